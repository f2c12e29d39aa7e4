# title: A module declares, another defines
# kind: complete
# read: options.x declares that there is an option, config.x gives it a value. evalModules puts modules together.
# ask: Set the port to 8080.
# answer: 8080
# solution: port = 8080;
# hint: A module that only defines needs no config in front.
let
  lib = import <nixpkgs/lib>;
  declaration = { options.port = lib.mkOption { type = lib.types.int; }; };
  mine = { ??? };
in
(lib.evalModules { modules = [ declaration mine ]; }).config.port
