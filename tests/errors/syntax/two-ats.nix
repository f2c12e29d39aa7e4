# blame: 2:8
a@{ b }@c: a
