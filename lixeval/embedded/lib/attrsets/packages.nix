# Attribute sets as packages: what is a derivation, and which output of it is meant.
{ lib }:
let
  inherit (builtins) map substring;
in
rec {
  isDerivation = value: value.type or null == "derivation";

  toDerivation =
    path:
    let
      outPath = builtins.storePath path;
      self = {
        type = "derivation";
        name = lib.strings.sanitizeDerivationName (substring 33 (-1) (baseNameOf outPath));
        inherit outPath;
        outputs = [ "out" ];
        out = self;
        outputName = "out";
      };
    in
    self;

  # A package whose output was chosen already stays as it is, so the choice is made once.
  getFirstOutput =
    outputs: package:
    let
      available = builtins.filter (output: package ? ${output}) outputs;
    in
    if package.outputSpecified or false || available == [ ] then
      package
    else
      package.${builtins.head available};
  getOutput = output: getFirstOutput [ output "out" ];
  getBin = getOutput "bin";
  getLib = getOutput "lib";
  getDev = getOutput "dev";
  getMan = getOutput "man";
  getStatic = getFirstOutput [ "static" "lib" "out" ];
  getInclude = getFirstOutput [ "include" "dev" "out" ];
  chooseDevOutputs = map getDev;

  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };
}
