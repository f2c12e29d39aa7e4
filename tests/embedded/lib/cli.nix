{ lib }:
let
  inherit (lib) cli;
  options = {
    data = builtins.toJSON { id = 0; };
    X = "PUT";
    retry = 3;
    retry-delay = null;
    url = [ "https://example.com/foo" "https://example.com/bar" ];
    silent = false;
    verbose = true;
    v = [ true false null ];
  };
  format = name: { option = "-${name}"; sep = if name == "X" then null else "="; explicitBool = true; };
in
{
  "toGNUCommandLine-list" = cli.toGNUCommandLine { } (removeAttrs options [ "v" ]);
  "toGNUCommandLine-own" = cli.toGNUCommandLine { mkOptionName = n: "+${n}"; optionValueSeparator = ":"; mkBool = k: v: [ "${k}=${lib.boolToString v}" ]; } { a = 1; b = [ 1 2 ]; c = true; };
  "toGNUCommandLine-mkList" = cli.toGNUCommandLine { mkList = k: v: [ k (toString v) ]; } { b = [ 1 2 ]; };
  "toGNUCommandLineShell-text" = cli.toGNUCommandLineShell { } (removeAttrs options [ "v" ]);
  "toCommandLine-list" = cli.toCommandLine format options;
  "toCommandLine-formatArg" = cli.toCommandLine (name: format name // { formatArg = v: "<${builtins.toJSON v}>"; }) { a = true; b = { c = 1; }; };
  "toCommandLineShell-text" = cli.toCommandLineShell format options;
  "toCommandLineGNU-list" = cli.toCommandLineGNU { } options;
  "toCommandLineGNU-own" = cli.toCommandLineGNU { explicitBool = true; isLong = n: false; } { ab = true; c = 1; };
  "toCommandLineShellGNU-text" = cli.toCommandLineShellGNU { } options;
}
