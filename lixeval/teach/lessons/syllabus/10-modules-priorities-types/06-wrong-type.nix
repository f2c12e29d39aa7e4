# title: A value of another type
# kind: repair
# read: A definition is checked by the type of its option. The error names the option and the module.
# ask: Repair the definition.
# answer: 8080
# replace: "8080"
# solution: 8080
# hint: types.port wants a number.
let
  lib = import <nixpkgs/lib>;
  declaration = { options.port = lib.mkOption { type = lib.types.port; }; };
in
(lib.evalModules { modules = [ declaration { port = "8080"; } ]; }).config.port
