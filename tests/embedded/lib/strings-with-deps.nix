{ lib }:
let
  steps = {
    a = lib.fullDepEntry "A" [ "b" "c" "e" ];
    b = lib.noDepEntry "B";
    c = lib.stringAfter [ "b" ] "C";
    d = lib.fullDepEntry "D" [ "c" ];
    e = lib.fullDepEntry "E" [ "c" ];
    s = "b";
    p = lib.packEntry [ "s" "b" ];
  };
in
{
  "noDepEntry-entry" = lib.noDepEntry "x";
  "fullDepEntry-entry" = lib.fullDepEntry "x" [ "a" ];
  "packEntry-entry" = lib.packEntry [ "a" ];
  "stringAfter-entry" = lib.stringAfter [ "a" ] "x";
  "textClosureList-order" = lib.textClosureList steps [ "a" "b" "c" ];
  "textClosureList-own-entries" = lib.textClosureList steps [ "p" (lib.noDepEntry "x") (lib.noDepEntry "x") "s" ];
  "textClosureMap-text" = lib.textClosureMap (t: "<${t}>") steps [ "d" "p" ];
}
