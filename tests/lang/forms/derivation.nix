let
  d = derivation { name = "x"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; };
in
{
  inherit d;
  again = [ d d.dev { type = "deriva" + "tion"; drvPath = "x"; } ];
}
