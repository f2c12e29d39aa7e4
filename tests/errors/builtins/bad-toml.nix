# blame: 2:19
builtins.fromTOML ''
  name = hello
''
