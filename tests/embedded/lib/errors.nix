# Errors that tryEval does not catch; evaluated one by one.
{ lib }:
{
  "mkValueStringDefault-list" = lib.generators.mkValueStringDefault { } [ 1 ];
  "mkValueStringDefault-attrs" = lib.generators.mkValueStringDefault { } { outPath = "/p"; };
  "getAttrFromPath-missing" = lib.getAttrFromPath [ "z" ] { };
  "callPackageWith-missing" = lib.callPackageWith { naem = 1; } ({ name }: name) { };
  "toLua-function" = lib.generators.toLua { } (x: x);
  "charToInt-unknown" = lib.strings.charToInt "é";
  "versions-minor-missing" = lib.versions.minor "1";
}
