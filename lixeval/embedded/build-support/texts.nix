# Files and scripts from strings.  Made inside lixeval (builtin:write-text), so that an image of
# configuration files and host packages needs neither a shell nor a sandbox; only a check runs one.
{ lib, pkgs, system }:
let
  native = import ./native.nix { inherit lib pkgs system; };

  # `text` at $out, or at $out/destination.
  kind = {
    builder = "write-text";
    byShell = attrs: attrs.checkPhase or "" != "" && attrs.checkPhase != null;
    arguments = attrs: attrs // { executable = if attrs.executable then "1" else ""; };
    environment =
      attrs:
      removeAttrs attrs [ "text" ]
      // {
        file = written (attrs // { destination = ""; checkPhase = ""; inherit (kind) buildCommand; });
      };
    buildCommand = ''
      target=$out$destination
      mkdir -p "$(dirname "$target")"
      cp "$file" "$target"
      chmod u+w "$target"
      runHook preCheck
      eval "$checkPhase"
      runHook postCheck
    '';
  };
  written = native kind;

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
      main = lib.removePrefix "/bin/" destination;
    in
    written (
      {
        inherit
          name
          text
          executable
          destination
          checkPhase
          passthru
          allowSubstitutes
          preferLocalBuild
          ;
        meta =
          lib.optionalAttrs (executable && lib.hasPrefix "/bin/" destination) (scriptMeta main) // meta;
      }
      // derivationArgs
    );

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
