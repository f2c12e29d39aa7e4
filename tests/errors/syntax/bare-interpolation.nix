# blame: 2:4
x: ${x}
