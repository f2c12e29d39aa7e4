let
  made = derivation {
    name = "x";
    system = "s";
    builder = "b";
    outputs = [ "out" "dev" ];
  };
in
{
  places = map (name: builtins.unsafeGetAttrPos name made) [ "all" "dev" "drvAttrs" "drvPath" "outPath" "outputName" "type" ];
  formals = builtins.functionArgs derivation;
  place = builtins.unsafeGetAttrPos "outputs" (builtins.functionArgs derivation);
  xml = builtins.toXML derivation;
}
