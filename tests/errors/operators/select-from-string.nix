# blame: 6:10
let
  package = "hello";
in
{
  path = package.outPath;
}
