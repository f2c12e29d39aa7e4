# blame: 2:15
builtins.tail [ ]
