# What `import <nix/fetchurl.nix>` gives: a derivation that downloads one file, its hash known beforehand.
#
# The builder is part of the evaluator ("builtin:fetchurl"), so this needs nothing else: bootstraps start from it.  The
# attributes, unused ones included, are those of C++ Nix's function of this name, since they are what the .drv consists
# of.  `unpack` wants a NAR compressed by xz at the URL; `executable` sets the file's bit.
{
  url,
  name ? baseNameOf (toString url),

  # The hash: SRI in `hash`, else one of the old notations, else both attributes of the derivation themselves.
  hash ? "",
  sha512 ? "",
  sha1 ? "",
  md5 ? "",
  sha256 ? "",
  outputHash ? null,
  outputHashAlgo ? null,

  executable ? false,
  unpack ? false,
  impure ? false,

  # Accepted and ignored.
  system ? "",
}@arguments:

let
  candidates = [
    { algorithm = ""; value = hash; }
    { algorithm = "sha512"; value = sha512; }
    { algorithm = "sha1"; value = sha1; }
    { algorithm = "md5"; value = md5; }
  ];

  given = builtins.filter (candidate: candidate.value != "") candidates;

  chosen = if given == [ ] then { algorithm = "sha256"; value = sha256; } else builtins.head given;

  declared = {
    outputHash = arguments.outputHash or chosen.value;
    outputHashAlgo = arguments.outputHashAlgo or chosen.algorithm;
  };
in

derivation (
  {
    inherit executable name unpack url;
    builder = "builtin:fetchurl";
    system = "builtin";
    outputHashMode = if executable || unpack then "recursive" else "flat";
    urls = [ url ];
    preferLocalBuild = true;
    impureEnvVars = map (scheme: "${scheme}_proxy") [ "http" "https" "ftp" "all" "no" ];
  }
  // (if impure then { __impure = true; } else declared)
)
