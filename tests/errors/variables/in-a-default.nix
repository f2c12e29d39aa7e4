# blame: 2:24
({ first ? 1, second ? frist + 1 }: second) { }
