let
  d = derivation { name = "d"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; };
  file = builtins.toFile "f" "";
  all = "${d}${d.dev}${file}${d.drvPath}";
in
{
  hasContext = map builtins.hasContext [ "" file "${d}" (builtins.substring 0 0 file) ];
  getContext = builtins.getContext all;
  appendContext = builtins.getContext (builtins.appendContext "x" { ${builtins.unsafeDiscardStringContext file}.path = true; });
  unsafeDiscardStringContext = [ (builtins.unsafeDiscardStringContext all) (builtins.hasContext (builtins.unsafeDiscardStringContext all)) ];
  unsafeDiscardOutputDependency = builtins.getContext (builtins.unsafeDiscardOutputDependency d.drvPath);
  addDrvOutputDependencies = builtins.getContext (builtins.addDrvOutputDependencies (builtins.unsafeDiscardOutputDependency d.drvPath));
  derivationStrict = derivationStrict { name = "s"; system = "s"; builder = "b"; };
}
