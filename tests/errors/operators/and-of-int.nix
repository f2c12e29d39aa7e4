# blame: 7:22
let
  debug = true;
  level = 3;
in
{
  verbose = debug && level;
}
