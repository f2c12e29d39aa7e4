(all@{ a, b ? 2 }: [ a b (all ? b) ]) { a = 1; }
