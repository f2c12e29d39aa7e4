# pkgs.writers: programs and data files from strings and values, each with its interpreter.
#
#   writeX NAME TEXT                  an executable
#   writeX NAME { libraries = [ … ]; check = "…"; makeWrapperArgs = [ … ]; } TEXT
#   writeXBin NAME TEXT               the same at bin/NAME
#
# Linters that nixpkgs runs over scripts (flake8, luacheck) are run where the host has them; a shell's own check always.
{ lib, pkgs, system }:
let
  isName = builtins.match "[0-9A-Za-z._][0-9A-Za-z._-]*";
  isPlace = lib.hasPrefix "/";

  makeScriptWriter =
    {
      interpreter,
      check ? "",
      makeWrapperArgs ? [ ],
    }:
    nameOrPath: content:
    assert lib.assertMsg (
      isPlace nameOrPath || isName nameOrPath != null
    ) "writers: '${nameOrPath}' is neither a name nor an absolute place below the output";
    let
      name = baseNameOf nameOrPath;
      text = if builtins.isPath content || lib.isDerivation content then builtins.readFile content else content;
      script = {
        inherit name;
        text = "#! ${interpreter}\n${text}";
        executable = true;
        destination = if isPlace nameOrPath then nameOrPath else "";
        meta.mainProgram = name;
        checkPhase = lib.optionalString (check != "") ''${check} "$target"'';
      };
    in
    if makeWrapperArgs == [ ] then
      pkgs.writeTextFile script
    else
      pkgs.runCommandLocal name
        {
          nativeBuildInputs = [ pkgs.makeWrapper ];
          script = pkgs.writeTextFile (script // { destination = ""; });
          meta.mainProgram = name;
        }
        ''
          mkdir -p "$(dirname "$out${script.destination}")"
          makeWrapper "$script" "$out${script.destination}" ${lib.escapeShellArgs (map toString makeWrapperArgs)}
        '';

  # A writer that may be given options before the text.
  forShell =
    options: name: argsOrScript:
    if lib.isAttrs argsOrScript && !lib.isDerivation argsOrScript then
      makeScriptWriter (options // argsOrScript) name
    else
      makeScriptWriter options name argsOrScript;

  binOf = write: name: write "/bin/${name}";

  # The host's libraries for a language are in the interpreter's own package, or in packages beside it.
  withLibraries =
    language: variable: interpreter: check: name:
    {
      libraries ? [ ],
      makeWrapperArgs ? [ ],
      ...
    }@args:
    makeScriptWriter (
      {
        inherit check;
        makeWrapperArgs =
          lib.concatMap (library: [
            "--prefix"
            variable.name
            ":"
            "${library}/${variable.place}"
          ]) libraries
          ++ makeWrapperArgs;
      }
      // removeAttrs args [
        "flakeIgnore"
        "libraries"
        "makeWrapperArgs"
        "doCheck"
      ]
      // {
        inherit interpreter;
      }
    ) name;

  scripts = rec {
    writeBash = forShell {
      interpreter = lib.getExe pkgs.bash;
      check = "${lib.getExe pkgs.bash} -n";
    };
    writeDash = forShell { interpreter = "${pkgs.dash}/bin/dash"; };
    writeFish = forShell {
      interpreter = "${pkgs.fish}/bin/fish --no-config";
      check = "${pkgs.fish}/bin/fish --no-config --no-execute";
    };
    writeNu = forShell { interpreter = "${pkgs.nushell}/bin/nu --no-config-file"; };
    writeGuile = forShell { interpreter = "${pkgs.guile}/bin/guile --no-auto-compile -s"; };
    writePython3 = withLibraries "python3" {
      name = "PYTHONPATH";
      place = "lib/python3/dist-packages";
    } "${pkgs.python3}/bin/python3" pythonCheck;
    writePerl = withLibraries "perl" {
      name = "PERL5LIB";
      place = "share/perl5";
    } "${pkgs.perl}/bin/perl" "";
    writeRuby = withLibraries "ruby" {
      name = "RUBYLIB";
      place = "lib/ruby/vendor_ruby";
    } "${pkgs.ruby}/bin/ruby" "";
    writeLua = withLibraries "lua" {
      name = "LUA_PATH";
      place = "share/lua";
    } "${pkgs.lua}/bin/lua" "";
    writeJS =
      name:
      {
        libraries ? [ ],
      }:
      content:
      writeDash name ''
        export NODE_PATH=${lib.makeSearchPath "lib/node_modules" libraries}
        exec ${lib.getExe pkgs.nodejs} ${pkgs.writeText "js" content} "$@"
      '';
  };

  # Whether it is Python at all.
  pythonCheck = "${pkgs.python3}/bin/python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])'";

  bins = lib.mapAttrs' (name: write: lib.nameValuePair "${name}Bin" (binOf write)) scripts;
in
{
  writers =
    scripts
    // bins
    // {
      inherit makeScriptWriter;
      inherit (pkgs) writeText;
      writeJSON = (pkgs.formats.json { }).generate;
      writeYAML = (pkgs.formats.yaml { }).generate;
      writeTOML = (pkgs.formats.toml { }).generate;
    };
}
