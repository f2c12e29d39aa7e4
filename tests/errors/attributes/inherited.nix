# blame: 6:26
let
  versions = { gcc = "12"; clang = "16"; };
in
{
  inherit (versions) gcc clnag;
}
