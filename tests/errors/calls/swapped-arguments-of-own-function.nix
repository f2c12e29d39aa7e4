# blame: 5:10
let
  repeat = text: count: builtins.concatStringsSep "" (builtins.genList (i: text) count);
in
repeat 3 "ab"
