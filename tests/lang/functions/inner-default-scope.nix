let b = 10; in ({ a ? b, b ? 1 }: a) { }
