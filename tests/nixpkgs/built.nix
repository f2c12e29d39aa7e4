# What nixpkgs' trivial builders make, by a checkout of it, for images.
{
  tree,
  system ? "x86_64-linux",
}:
let
  pkgs = import tree {
    inherit system;
    config = { };
    overlays = [ ];
  };
in
{
  text = pkgs.writeText "text" "uses ${pkgs.bash}\n";
  script = pkgs.writeShellScriptBin "script" "echo from a script";
  command = pkgs.runCommand "command" { greeting = "hello"; } ''
    mkdir -p $out/bin
    echo "$greeting" | tr a-z A-Z > $out/said
    substitute ${pkgs.writeText "template" "@greeting@ there\n"} $out/substituted --subst-var greeting
    echo '#!/usr/bin/env bash' > $out/bin/run; chmod +x $out/bin/run
    patchShebangs $out/bin
  '';
  environment = pkgs.buildEnv {
    name = "environment";
    paths = [
      pkgs.bash
      (pkgs.writeTextDir "share/text" "text\n")
    ];
    pathsToLink = [
      "/bin"
      "/share"
    ];
  };
  joined = pkgs.symlinkJoin {
    name = "joined";
    paths = [
      (pkgs.writeTextDir "share/a" "a\n")
      (pkgs.writeTextDir "share/b" "b\n")
    ];
  };
}
