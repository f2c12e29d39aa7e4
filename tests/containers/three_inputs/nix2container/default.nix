{
  pkgs ? import <nixpkgs> { },
}:
let
  nix2container-bin = pkgs.buildGoModule { pname = "nix2container"; };
in
{
  inherit nix2container-bin;
  nix2container.buildImage = arguments: nix2container-bin;
  nix2container.buildLayer = arguments: nix2container-bin;
}
