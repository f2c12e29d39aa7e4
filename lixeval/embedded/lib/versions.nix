# Parts of version strings.
{ lib }:
let
  inherit (builtins) concatStringsSep elemAt match splitVersion;
  part = index: version: elemAt (splitVersion version) index;
in
rec {
  inherit (builtins) compareVersions splitVersion;

  major = part 0;
  minor = part 1;
  patch = part 2;
  majorMinor = version: "${major version}.${minor version}";

  # Only the numbers before the first "-" are counted; what follows is kept as it is.
  pad =
    count: version:
    let
      pieces = match "([^-]*)(-.*)?" version;
      numbers = lib.splitString "." (elemAt pieces 0);
      suffix = if elemAt pieces 1 == null then "" else elemAt pieces 1;
      zeroes = lib.genList (_: "0") (lib.max 0 (count - lib.length numbers));
    in
    concatStringsSep "." (lib.take count (numbers ++ zeroes)) + suffix;
}
