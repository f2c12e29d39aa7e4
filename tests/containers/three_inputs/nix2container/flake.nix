# As much of nix2container's flake as a user of it sees.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs =
    { self, nixpkgs }:
    {
      packages = nixpkgs.lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (
        system:
        let
          made = import ./. { pkgs = nixpkgs.legacyPackages.${system}; };
        in
        {
          inherit (made) nix2container-bin nix2container;
          default = made.nix2container-bin;
        }
      );
    };
}
