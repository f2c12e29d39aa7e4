# blame: 2:1
