# The package set that `<nixpkgs>` is where nobody has put another one: real programs of the host
# under nixpkgs' names, and the functions that nixpkgs users write builds with.
#
#   import <nixpkgs> { system ? …, config ? { }, overlays ? [ ], hostDirectory ? … }
#
# It is plain Nix: real Nix instantiates it to the same derivations.  What it knows of the host it
# asks through `builtins.__hostPackage`, or reads from `hostDirectory` (host.nix says how).
#
# The names of the set are those of this directory's own files and of host-names.json, never
# those of what happens to be installed: `callPackage` fills formals by name, so a set that changed
# its names from host to host would change what other people's functions are called with.
# Everything else the host has is in `hostPackages`.
{
  system ? args.localSystem.system or args.localSystem or builtins.currentSystem,
  localSystem ? system,
  crossSystem ? null,
  config ? { },
  overlays ? [ ],
  crossOverlays ? [ ],
  hostDirectory ? null,
  ...
}@args:
let
  lib = import ./lib;

  configuration =
    let
      given = if builtins.isPath config || builtins.isString config then import config else config;
    in
    {
      allowUnfree = false;
      allowBroken = false;
      allowUnsupportedSystem = false;
      allowAliases = true;
    }
    // (if lib.isFunction given then given { inherit pkgs lib; } else given);

  platform = import ./platform.nix { inherit lib system; };

  host = import ./host.nix { inherit lib system hostDirectory; };

  toolset = pkgs: {
    inherit lib system pkgs;
    config = configuration;
    path = ./.;

    callPackage = lib.callPackageWith pkgs;
    callPackages = lib.callPackagesWith pkgs;
    newScope = extra: lib.callPackageWith (pkgs // extra);
    makeOverridable = lib.makeOverridable;

    appendOverlays = more: import ./. (args // { overlays = overlays ++ more; });
    extend = overlay: import ./. (args // { overlays = overlays ++ [ overlay ]; });
    overlays = overlays;

    # Everything is built where it runs.
    buildPackages = pkgs;
    targetPackages = pkgs;
    pkgsBuildBuild = pkgs;
    pkgsBuildHost = pkgs;
    pkgsBuildTarget = pkgs;
    pkgsHostHost = pkgs;
    pkgsHostTarget = pkgs;
    pkgsTargetTarget = pkgs;
    __splicedPackages = pkgs;

    # What a host without a compiler can do, and all that functions of this set need.
    stdenvNoCC = import ./stdenv {
      inherit lib platform pkgs;
      inherit (host) has;
      config = configuration;
    };
    stdenv =
      if builtins.all host.has [ "gcc-unwrapped" "binutils" "libc-dev" "glibc" ] then
        import ./stdenv {
          inherit lib platform pkgs;
          inherit (host) has;
          config = configuration;
          cc = pkgs.gcc;
        }
      else
        pkgs.stdenvNoCC;
    gcc = import ./stdenv/cc.nix { inherit lib pkgs; inherit (pkgs) stdenvNoCC; };
    libgcc = pkgs.gcc.cc;
    gccStdenv = pkgs.stdenv;
    inherit (pkgs.stdenv) mkDerivation;

    hostPlatform = platform;
    buildPlatform = platform;
    targetPlatform = platform;

    # Image configurations want Go's name of this architecture, from hosts without Go as well.
    go = platform.go // {
      type = "derivation";
      inherit (host.attributes.go) name pname version system outPath drvPath out bin outputs outputName meta drvAttrs all;
    };

    hostPackages = host.packages;
    python3Packages = python.packages;

    nix2container = import ./nix2container.nix { inherit pkgs lib; };

    formats = import ./build-support/formats.nix { inherit lib pkgs; };
    dockerTools = import ./build-support/docker-tools.nix {
      inherit lib pkgs;
      hasPython = host.has "python3";
    };
    testers = { };
  };

  python = import ./python.nix {
    inherit lib pkgs;
    inherit (host) ask;
    hostPackages = host.packages;
  };

  overlay =
    functions: final: prev:
    functions {
      inherit lib system;
      pkgs = final;
    };

  layers = [
    (final: prev: host.attributes)
    (final: prev: {
      python3 = prev.python3 // {
        inherit (python) withPackages;
        pkgs = python.packages;
      };
    })
    # Small systems have no package of these names, and need none to make an image that has them.
    (final: prev: {
      iana-etc = if host.has "iana-etc" then prev.iana-etc else final.callPackage ./iana-etc.nix { };
    })
    (final: prev: toolset final)
    (overlay (import ./build-support/texts.nix))
    (overlay (import ./build-support/commands.nix))
    (overlay (import ./build-support/environments.nix))
    (overlay (import ./build-support/fetchers.nix))
    (overlay (import ./build-support/forges.nix))
    (overlay (import ./build-support/writers.nix))
  ]
  ++ overlays
  ++ lib.optional (configuration ? packageOverrides) (final: prev: configuration.packageOverrides prev);

  pkgs = lib.fix (builtins.foldl' (lib.flip lib.extends) (final: { }) layers);
in
pkgs
