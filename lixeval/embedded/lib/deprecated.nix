# Names that the library once had and that files still use.
{ lib }:
{
  inherit (lib.attrsets)
    cartesianProductOfSets
    mapAttrsFlatten
    ;
  replaceChars = builtins.replaceStrings;
  readPathsFromFile = lib.strings.readPathsFromFile;
  mdDoc = lib.id;
  mkPackageOptionMD = lib.mkPackageOption;

  # Placeholders for hashes that are not known yet.
  fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  fakeSha256 = lib.strings.replicate 64 "0";
  fakeSha512 = lib.strings.replicate 128 "0";

  imap = lib.imap1;
  nvs = name: value: { ${name} = value; };
  setAttr = set: name: value: set // { ${name} = value; };
  maybeEnv =
    name: default:
    let
      value = builtins.getEnv name;
    in
    if value == "" then default else value;
  ifEnable =
    condition: value:
    if condition then
      value
    else if builtins.isList value then
      [ ]
    else if builtins.isAttrs value then
      { }
    else
      null;
  closePropagation =
    packages:
    let
      # Every package a build of these hands on to whoever uses them.
      reach = builtins.genericClosure {
        startSet = map entry (builtins.filter lib.isAttrs packages);
        operator =
          { package, ... }:
          map entry (
            builtins.filter lib.isAttrs (
              package.propagatedBuildInputs or [ ] ++ package.propagatedNativeBuildInputs or [ ]
            )
          );
      };
      entry = package: {
        key = package.outPath;
        inherit package;
      };
    in
    map (found: found.package) reach;
}
