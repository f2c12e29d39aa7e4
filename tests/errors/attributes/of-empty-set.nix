# blame: 5:10
let
  registry = { };
in
registry.hello
