# Files and scripts from strings.  Made inside lixeval (builtin:write-text), so that an image of
# configuration files and host packages needs neither a shell nor a sandbox; only a check runs one.
{ lib, pkgs, system }:
let
  # `text` at $out, or at $out/destination.
  written =
    {
      name,
      text,
      executable,
      destination,
      derivationArgs,
    }:
    derivation (
      {
        inherit name system text;
        executable = if executable then "1" else "";
        destination = destination;
        builder = "builtin:write-text";
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      // derivationArgs
    );

  checked =
    arguments: checkPhase:
    pkgs.runCommand arguments.name
      {
        file = written (arguments // { destination = ""; });
        inherit (arguments) destination;
        preferLocalBuild = true;
        allowSubstitutes = false;
        inherit checkPhase;
      }
      ''
        target=$out$destination
        mkdir -p "$(dirname "$target")"
        cp "$file" "$target"
        chmod u+w "$target"
        runHook preCheck
        eval "$checkPhase"
        runHook postCheck
      '';

  scriptMeta = name: { mainProgram = name; };
in
rec {
  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      allowSubstitutes ? false,
      preferLocalBuild ? true,
      derivationArgs ? { },
    }:
    assert lib.assertMsg (destination != "" -> lib.hasPrefix "/" destination) ''
      destination must be an absolute path below the output, it is "${destination}"
    '';
    let
      arguments = {
        inherit
          name
          text
          executable
          destination
          derivationArgs
          ;
      };
      drv = if checkPhase == "" || checkPhase == null then written arguments else checked arguments checkPhase;
      main = lib.removePrefix "/bin/" destination;
    in
    lib.extendDerivation true (
      {
        inherit passthru;
        meta =
          lib.optionalAttrs (executable && lib.hasPrefix "/bin/" destination) (scriptMeta main)
          // {
            inherit name;
            available = true;
          }
          // meta;
        outputs = [ "out" ];
      }
      // passthru
    ) drv;

  writeText = name: text: writeTextFile { inherit name text; };

  writeTextDir =
    path: text:
    writeTextFile {
      inherit text;
      name = baseNameOf path;
      destination = "/${path}";
    };

  writeScript =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
    };

  writeScriptBin =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
    };

  writeShellScript =
    name: text:
    writeTextFile {
      inherit name;
      executable = true;
      text = ''
        #!${pkgs.runtimeShell}
        ${text}
      '';
    };

  writeShellScriptBin =
    name: text:
    writeTextFile {
      inherit name;
      executable = true;
      destination = "/bin/${name}";
      text = ''
        #!${pkgs.runtimeShell}
        ${text}
      '';
    };

  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      runtimeEnv ? null,
      meta ? { },
      passthru ? { },
      checkPhase ? null,
      excludeShellChecks ? [ ],
      extraShellCheckFlags ? [ ],
      bashOptions ? [
        "errexit"
        "nounset"
        "pipefail"
      ],
      derivationArgs ? { },
      inheritPath ? true,
    }:
    writeTextFile {
      inherit name passthru derivationArgs;
      meta = scriptMeta name // meta;
      executable = true;
      destination = "/bin/${name}";
      text =
        "#!${pkgs.runtimeShell}\n"
        + lib.concatMapStrings (option: "set -o ${option}\n") bashOptions
        + lib.optionalString (runtimeEnv != null) (
          lib.concatStrings (
            lib.mapAttrsToList (variable: value: ''
              ${lib.toShellVar variable value}
              export ${variable}
            '') runtimeEnv
          )
        )
        + lib.optionalString (runtimeInputs != [ ] || !inheritPath) ''

          export PATH="${lib.makeBinPath runtimeInputs}${
            lib.optionalString inheritPath (lib.optionalString (runtimeInputs != [ ]) ":" + "$PATH")
          }"
        ''
        + ''

          ${text}
        '';
      checkPhase =
        if checkPhase == null then
          ''
            ${pkgs.stdenv.shellDryRun} "$target"
          ''
        else
          checkPhase;
    };

  runtimeShell = "${pkgs.bash}/bin/bash";
  runtimeShellPackage = pkgs.bash;

  # A text as an argument of a shell command: not a package, but nixpkgs has it beside these.
  writeStringReferencesToFile =
    string:
    writeText "string-references" (
      lib.concatMapStrings (path: path + "\n") (builtins.attrNames (builtins.getContext string))
    );
}
