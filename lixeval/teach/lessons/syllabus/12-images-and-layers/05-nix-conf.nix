# title: Settings, as text
# kind: repair
# read: In nix.conf a list is written with spaces. A string is written as it is.
# ask: One setting is a list. Repair the function.
# answer: "sandbox = false\nsubstituters = a b\n"
# replace: ${value}
# solution: ${toString value}
# hint: toString of a list puts spaces between its elements.
let
  lib = import <nixpkgs/lib>;
  settings = { sandbox = "false"; substituters = [ "a" "b" ]; };
in
lib.concatStrings (lib.mapAttrsToList (setting: value: "${setting} = ${value}\n") settings)
