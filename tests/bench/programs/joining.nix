# many short texts joined, taken apart again by a regular expression, and counted
{ n ? 20000 }:
let
  words = builtins.genList (index: "w${toString index}") n;
  text = builtins.concatStringsSep "," words;
  parts = builtins.filter builtins.isString (builtins.split "," text);
in
[ (builtins.stringLength text) (builtins.length parts) (builtins.elemAt parts (n - 1)) ]
