# blame: 2:8
{ ..., a }: a
