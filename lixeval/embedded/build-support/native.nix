# Packages that a builder inside lixeval makes, with what packages of stdenv.mkDerivation have beside them: overrideAttrs,
# meta, passthru.
#
#   native kind attrs          a package; `attrs` is a set, or a function of the finished package (finalAttrs)
#
# In nixpkgs these are made by shell commands (runCommand), and people override what such packages have: the text, the
# name, and above all buildCommand ("${old.buildCommand} && more").  So each kind says how a shell would do it; a shell
# does, once buildCommand is another one or there is something that only a shell can do (postBuild, checkPhase).
#
#   kind = {
#     builder       the builder's name
#     buildCommand  what makes the same by shell
#     byShell       attrs: whether only a shell can
#     arguments     attrs: of the derivation for the builder inside lixeval
#     environment   attrs: of the derivation for the shell, buildCommand apart
#   }
{ lib, pkgs, system }:
let
  # Attributes that steer evaluation, and those that a builder inside lixeval has no use for.
  unused = [
    "buildCommand"
    "buildInputs"
    "checkPhase"
    "enableParallelBuilding"
    "meta"
    "nativeBuildInputs"
    "passAsFile"
    "passthru"
    "pname"
    "postBuild"
    "version"
  ];

  build =
    kind: attrs: extra:
    let
      drv =
        if kind.byShell attrs || attrs.buildCommand != kind.buildCommand then
          pkgs.stdenvNoCC.mkDerivation (
            {
              enableParallelBuilding = true;
              preferLocalBuild = true;
              allowSubstitutes = false;
            }
            // kind.environment attrs
            // {
              inherit (attrs) name buildCommand;
            }
            // lib.optionalAttrs (!(attrs.__structuredAttrs or false)) {
              passAsFile = [ "buildCommand" ] ++ attrs.passAsFile or [ ];
            }
          )
        else
          derivation (
            {
              inherit system;
              preferLocalBuild = true;
              allowSubstitutes = false;
            }
            // removeAttrs (kind.arguments attrs) unused
            // {
              builder = "builtin:${kind.builder}";
            }
          );
    in
    lib.extendDerivation true (
      {
        passthru = attrs.passthru or { };
        meta = {
          inherit (attrs) name;
          available = true;
          outputsToInstall = [ "out" ];
        }
        // attrs.meta or { };
        outputs = [ "out" ];
        stdenv = pkgs.stdenvNoCC;
      }
      // extra
      // builtins.intersectAttrs {
        pname = null;
        version = null;
      } attrs
      // attrs.passthru or { }
    ) drv;

  native =
    kind: given:
    let
      describe =
        final:
        {
          inherit (kind) buildCommand;
        }
        // lib.toFunction given final;
      made =
        describe:
        let
          attrs = describe (attrs // { inherit finalPackage overrideAttrs; });
          overrideAttrs = changes: made (lib.extends (lib.toExtension changes) describe);
          finalPackage = build kind attrs { inherit overrideAttrs; };
        in
        finalPackage;
    in
    made describe;
in
native
