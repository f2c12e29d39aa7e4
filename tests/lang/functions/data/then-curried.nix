{ a, b ? 2 }: c: { d ? b }: [ a b c d ]
