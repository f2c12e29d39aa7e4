let
  derive = import <nix/derivation-internal.nix>;
  set = derive { name = "n"; builder = "b"; system = "s"; outputs = [ "out" "dev" ]; };
in
{
  paths = [ set.outPath set.dev.outPath set.drvPath ];
  names = builtins.attrNames set;
  same = set == derivation set.drvAttrs;
  all = map (output: output.outputName) set.all;
  arguments = builtins.functionArgs derive;
}
