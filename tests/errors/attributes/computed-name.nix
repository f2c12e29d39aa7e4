# blame: 6:9
let
  systems = { x86_64-linux = 1; aarch64-linux = 2; };
  system = "x86_64-darwin";
in
systems.${system}
