# A package set in small, as a channel has it: what a user calls and has not written.
{ }:
let
  lib = import ./lib;
  callPackageWith =
    scope: file: overrides:
    let
      function = if builtins.isFunction file then file else import file;
      wanted = builtins.functionArgs function;
    in
    function (builtins.intersectAttrs wanted scope // overrides);
  packages = {
    inherit lib;
    callPackage = callPackageWith packages;
    mkDerivation =
      { name, buildInputs ? [ ], ... }@arguments:
      derivation (
        {
          system = "x86_64-linux";
          builder = "/bin/sh";
          args = [ "-c" "echo > $out" ];
        }
        // arguments
        // {
          inputs = lib.concatMapStringsSep " " (input: "${input}") buildInputs;
        }
      );
    zlib = packages.mkDerivation { name = "zlib"; };
    oldlib = throw "'oldlib' has been renamed to/replaced by 'zlib'";
  };
in
packages
