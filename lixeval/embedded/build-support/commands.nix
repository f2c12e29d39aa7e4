# Derivations from shell commands, and what is written with them.
{ lib, pkgs, system }:
let
  inherit (pkgs) runCommand runCommandLocal;
in
{
  runCommandWith =
    {
      name,
      stdenv ? pkgs.stdenvNoCC,
      runLocal ? false,
      derivationArgs ? { },
    }:
    buildCommand:
    stdenv.mkDerivation (
      {
        inherit name buildCommand;
        enableParallelBuilding = true;
      }
      // lib.optionalAttrs runLocal {
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      // derivationArgs
      // lib.optionalAttrs (!(derivationArgs.__structuredAttrs or false)) {
        passAsFile = [ "buildCommand" ] ++ derivationArgs.passAsFile or [ ];
      }
    );

  runCommand =
    name: env: command:
    pkgs.runCommandWith {
      inherit name;
      derivationArgs = env;
    } command;

  runCommandLocal =
    name: env: command:
    pkgs.runCommandWith {
      inherit name;
      runLocal = true;
      derivationArgs = env;
    } command;

  runCommandNoCC = runCommand;
  runCommandNoCCLocal = runCommandLocal;
  runCommandCC =
    name: env: command:
    pkgs.runCommandWith {
      inherit name;
      stdenv = builtins.seq pkgs.stdenv.cc pkgs.stdenv;
      derivationArgs = env;
    } command;

  concatTextFile =
    {
      name,
      files,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
    }:
    runCommandLocal name
      {
        inherit
          files
          executable
          destination
          checkPhase
          meta
          passthru
          ;
      }
      ''
        target=$out$destination
        mkdir -p "$(dirname "$target")"
        cat $files > "$target"
        if [ -n "$executable" ]; then chmod +x "$target"; fi
        eval "$checkPhase"
      '';
  concatText = name: files: pkgs.concatTextFile { inherit name files; };
  concatScript =
    name: files:
    pkgs.concatTextFile {
      inherit name files;
      executable = true;
    };

  srcOnly =
    attrs:
    let
      args = attrs.drvAttrs or attrs;
    in
    pkgs.stdenvNoCC.mkDerivation {
      name = "${args.name or "${args.pname}-${args.version}"}-source";
      inherit (args) src;
      patches = args.patches or [ ];
      phases = [
        "unpackPhase"
        "patchPhase"
        "installPhase"
      ];
      installPhase = "cp -r . $out";
    };

  applyPatches =
    {
      src,
      name ? "${src.name or (baseNameOf src)}-patched",
      patches ? [ ],
      postPatch ? "",
      ...
    }@args:
    pkgs.stdenvNoCC.mkDerivation (
      {
        inherit
          name
          src
          patches
          postPatch
          ;
        phases = [
          "unpackPhase"
          "patchPhase"
          "installPhase"
        ];
        installPhase = "cp -R ./ $out";
      }
      // removeAttrs args [ "postPatch" ]
    );

  # The file with @name@ replaced by attributes.
  replaceVars =
    source: replacements:
    let
      placed = lib.mapAttrs (_: value: "${value}") (lib.filterAttrs (_: value: value != null) replacements);
    in
    runCommandLocal (baseNameOf (source.name or source))
      {
        inherit source;
        flags = lib.concatLists (
          lib.mapAttrsToList (name: value: [
            "--replace-fail"
            "@${name}@"
            value
          ]) placed
        );
        __structuredAttrs = true;
      }
      ''
        cp --no-preserve=mode "$source" "$out"
        substituteInPlace "$out" "''${flags[@]}"
      '';
  substituteAll =
    { src, ... }@args:
    runCommandLocal (args.name or (baseNameOf (src.name or src))) (removeAttrs args [ "name" ]) ''
      target=$out''${dir:+/$dir/$name}
      mkdir -p "$(dirname "$target")"
      substituteAll "$src" "$target"
      if [ -n "$isExecutable" ]; then chmod +x "$target"; fi
    '';

  makeSetupHook =
    {
      name ? "hook",
      propagatedBuildInputs ? [ ],
      propagatedNativeBuildInputs ? [ ],
      depsTargetTargetPropagated ? [ ],
      substitutions ? { },
      meta ? { },
      passthru ? { },
    }:
    script:
    runCommandLocal name
      (
        substitutions
        // {
          inherit meta passthru;
          # Everything is built where it runs, so nothing is told apart by where it is for.
          propagatedBuildInputs =
            propagatedBuildInputs ++ propagatedNativeBuildInputs ++ depsTargetTargetPropagated;
          script = script;
        }
      )
      ''
        mkdir -p "$out/nix-support"
        cp --no-preserve=mode "$script" "$out/nix-support/setup-hook"
        _writePropagated propagated-build-inputs propagatedBuildInputs
        substituteInPlace "$out/nix-support/setup-hook" ${
          lib.concatMapStringsSep " " (name: "--subst-var ${name}") (builtins.attrNames substitutions)
        }
      '';

  makeWrapper = pkgs.makeSetupHook {
    name = "make-shell-wrapper-hook";
    substitutions.shell = pkgs.runtimeShell;
  } ./make-wrapper.sh;
  makeShellWrapper = pkgs.makeWrapper;
  makeBinaryWrapper = pkgs.makeWrapper;

  installShellFiles = pkgs.makeSetupHook { name = "install-shell-files"; } ./install-shell-files.sh;

  mkShell =
    {
      name ? "nix-shell",
      packages ? [ ],
      inputsFrom ? [ ],
      ...
    }@args:
    pkgs.stdenvNoCC.mkDerivation (
      removeAttrs args [
        "packages"
        "inputsFrom"
      ]
      // {
        inherit name;
        nativeBuildInputs =
          args.nativeBuildInputs or [ ]
          ++ packages
          ++ lib.concatMap (drv: drv.nativeBuildInputs or [ ]) inputsFrom;
        buildInputs = args.buildInputs or [ ] ++ lib.concatMap (drv: drv.buildInputs or [ ]) inputsFrom;
        phases = [ "buildPhase" ];
        buildPhase = "export > $out";
        preferLocalBuild = true;
      }
    );
  mkShellNoCC = pkgs.mkShell;

  emptyFile = pkgs.writeText "empty-file" "";
  emptyDirectory = runCommandLocal "empty-directory" { } "mkdir $out";
}
