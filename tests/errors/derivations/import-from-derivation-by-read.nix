# blame: 12:28
# flags: --option allow-import-from-derivation false
let
  generated = derivation {
    name = "generated";
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" "echo 1 > $out" ];
  };
in
{
  text = builtins.readFile "${generated}/version";
}
