{
  inputs = {
    nixpkgs.url = "path:../nixpkgs";
    nix2container.url = "path:../nix2container";
    nix2container.inputs.nixpkgs.follows = "nixpkgs";
    utils.url = "path:../utils";
  };
  outputs =
    {
      self,
      nixpkgs,
      nix2container,
      utils,
    }:
    utils.lib.eachSystem [ "x86_64-linux" "aarch64-linux" ] (
      system:
      let
        pkgs = nixpkgs.legacyPackages.${system};
        n2c = nix2container.packages.${system}.nix2container;
      in
      {
        packages.image = n2c.buildImage {
          name = "app";
          tag = "v1";
          config.Cmd = [ "${pkgs.hello}" ];
          layers = [ (n2c.buildLayer { deps = [ pkgs.hello ]; }) ];
        };
      }
    );
}
