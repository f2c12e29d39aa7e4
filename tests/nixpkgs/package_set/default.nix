# A package set as nixpkgs makes one: stages that build one another, overlays, splicing, sets of packages in it.
{ system ? "x86_64-linux", crossSystem ? null, overlays ? [ ], config ? { } }:
let
  lib = import ./lib.nix;
  platform = system: {
    inherit system;
    config = builtins.replaceStrings [ "-linux" ] [ "-unknown-linux-gnu" ] system;
    isLinux = builtins.match ".*-linux" system != null;
    is64bit = builtins.match "(x86_64|aarch64|riscv64)-.*" system != null;
  };
  build = platform system;
  host = if crossSystem == null then build else platform crossSystem;

  seed = builtins.derivation { name = "bootstrap-tools"; inherit system; builder = "builtin:fetchurl"; url = "http://example.org/tools.nar"; outputHash = "0000000000000000000000000000000000000000000000000000"; outputHashAlgo = "sha256"; outputHashMode = "recursive"; unpack = true; executable = true; };
  plain = import ./stdenv.nix { inherit lib config; buildPlatform = build; hostPlatform = build; shell = "${seed}/bin/sh"; initial = [ seed ]; name = "bootstrap"; };
  first = stage plain build null;
  native = import ./stdenv.nix { inherit lib config; buildPlatform = build; hostPlatform = build; shell = "${first.shell}/bin/sh"; initial = [ first.tools first.shell ]; };
  second = stage native build null;
  cross = import ./stdenv.nix { inherit lib config; buildPlatform = build; hostPlatform = host; shell = "${second.shell}/bin/sh"; initial = [ second.tools second.compiler ]; name = "cross"; };

  stage = stdenv: hostPlatform: buildPackages:
    lib.fix (lib.compose
      (self: {
        inherit lib stdenv config hostPlatform;
        buildPackages = if buildPackages == null then self else buildPackages;
        pkgs = self;
        callPackage = lib.callPackageWith (if buildPackages == null then self else lib.splice buildPackages self);
        newScope = extra: lib.callPackageWith (self // extra);
      })
      ([ (import ./packages.nix) ] ++ overlays ++ [ (config.packageOverrides or (_: _: { })) ]));
in
if crossSystem == null then second else stage cross host second
