# What the image needs of nixpkgs.
{
  outputs =
    { self }:
    rec {
      lib = import ./lib.nix;
      legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: {
        inherit lib system;
        stdenv.hostPlatform.system = system;
        hello = builtins.toFile "hello" "hi\n";
        buildGoModule = throw "the original program is built";
      });
    };
}
