# blame: 2:4 or 2:8 or 2:11 or 2:15
({ a ? b, b ? a }: a) { }
