# Packages that need nothing but the host's coreutils and bash, by lixeval's own package set.
let
  pkgs = import <nixpkgs> { };
  scripts = name: attributes: names:
    pkgs.runCommand name attributes ''
      for output in $outputs; do mkdir -p ''${!output}/bin; done
      for name in ${toString names}; do
        printf '#!%s\necho "$name: $*"\n' ${pkgs.bash}/bin/bash | sed "s/\$name/$name/" > $out/bin/$name
        chmod +x $out/bin/$name
      done
    '';
in
rec {
  byName = scripts "tool-1.0" { } [ "tool" ];
  byPname = scripts "tool-1.0" { pname = "other"; } [ "tool" "other" ];
  byMeta = byPname // { meta.mainProgram = "third"; };
  inMeta = scripts "tool-1.0" { meta.mainProgram = "third"; } [ "tool" "third" ];
  bash = pkgs.bash;
  app = { type = "app"; program = "${byName}/bin/tool"; };
  outside = { type = "app"; program = "/bin/sh"; };
  odd = { type = "thing"; };
  text = "text";
  also = pkgs.runCommand "also" { } ''
    mkdir -p $out/bin $out/nix-support
    echo ${byName} > $out/nix-support/propagated-user-env-packages
  '';
}
