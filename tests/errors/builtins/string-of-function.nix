# blame: 2:10
toString (x: x)
