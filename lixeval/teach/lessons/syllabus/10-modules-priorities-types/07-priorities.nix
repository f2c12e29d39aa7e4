# title: The smaller number wins
# kind: predict
# read: An option's default has priority 1500, mkDefault 1000, a plain definition 100, mkForce 50. mkOverride sets any number.
# ask: What is the value?
# answer: "forty"
# hint: Write the number of each definition beside it.
let
  lib = import <nixpkgs/lib>;
  declaration = { options.x = lib.mkOption { type = lib.types.str; default = "default"; }; };
  definitions = [
    { x = "plain"; }
    { x = lib.mkForce "forced"; }
    { x = lib.mkOverride 40 "forty"; }
    { x = lib.mkDefault "weak"; }
  ];
in
(lib.evalModules { modules = [ declaration ] ++ definitions; }).config.x
