# blame: 2:5
{ a ?: 1 }: a
