{ lib }:
let
  bomb = abort "forced";
  package = n: deps: { type = "derivation"; outPath = n; propagatedBuildInputs = deps; propagatedNativeBuildInputs = [ null ]; };
  a = package "/a" [ b c ];
  b = package "/b" [ c ];
  c = package "/c" [ ];
in
{
  "fakeHash-text" = lib.fakeHash;
  "fakeSha256-text" = lib.fakeSha256;
  "fakeSha512-text" = lib.fakeSha512;
  "fetchers-proxies" = lib.fetchers.proxyImpureEnvVars;
  "imap-index" = lib.imap (i: v: "${toString i}${v}") [ "a" "b" ];
  "nvs-pair" = lib.nvs "a" 1;
  "setAttr-value" = lib.setAttr { a = 1; } "b" 2;
  "maybeEnv-default" = lib.maybeEnv "LIXEVAL_NO_SUCH_VARIABLE" "default";
  "ifEnable-cases" = [ (lib.ifEnable true "a") (lib.ifEnable false "a") (lib.ifEnable false [ 1 ]) ];
  "closePropagation-packages" = builtins.sort builtins.lessThan (map toString (lib.closePropagation [ a ]));
  "mdDoc-text" = (lib.mdDoc or (text: text)) "text";
  "mapAttrsFlatten-old-name" = (lib.misc.mapAttrsFlatten or lib.mapAttrsToList) (n: v: n) { b = 1; a = 2; };
  "cartesianProductOfSets-old-name" = (lib.misc.cartesianProductOfSets or lib.cartesianProduct) { a = [ 1 ]; };
  "replaceChars-old-name" = (lib.misc.replaceChars or lib.replaceStrings) [ "a" ] [ "b" ] "aa";
  "mkPackageOptionMD-is-function" = lib.isFunction (lib.mkPackageOptionMD or lib.id);
  "readPathsFromFile-is-function" = lib.isFunction (lib.misc.readPathsFromFile or lib.id);
}
