# title: A default has the weakest priority
# kind: predict
# read: The default of an option counts only where no module defines it.
# ask: What is the value?
# answer: [ 80 8080 ]
# hint: In the second, a module defines it.
let
  lib = import <nixpkgs/lib>;
  declaration = { options.port = lib.mkOption { type = lib.types.int; default = 80; }; };
  portOf = modules: (lib.evalModules { modules = [ declaration ] ++ modules; }).config.port;
in
[ (portOf [ ]) (portOf [ { port = 8080; } ]) ]
