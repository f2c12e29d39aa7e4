# <nix/derivation-internal.nix>: the function `derivation`, in the language itself.
#
# `derivation` puts a friendlier face on `derivationStrict`, which gives nothing but the paths of a derivation and of its
# outputs.  Its result is the first output:
#
#   the attributes that it was given;
#   drvAttrs        these again, as they were given;
#   drvPath         where the derivation is in the store;
#   outPath         where this output will be;
#   outputName      which of the outputs this is;
#   type            "derivation", by which such sets are known;
#   all             a list of all outputs, each a set like this one;
#   out, dev, ...   each output by its name.
#
# Nothing of the derivation is evaluated before one of the paths is wanted: a set of ten thousand packages costs no more
# than its names.
#
# The builtin of the same name does the same without being evaluated: this file is for who imports it, as in
#
#   (import <nix/derivation-internal.nix>) { name = "x"; system = builtins.currentSystem; builder = "/bin/sh"; }
#
# Where the function begins, line 30, is where C++ Nix says that `derivation` is written: messages and --xml name the
# place.
#
# Whoever changes this file changes `lixeval.builtins.derivation_sets` with it.


#

attributes@{ outputs ? [ "out" ], ... }:

let
  paths = derivationStrict attributes;

  common = attributes // builtins.listToAttrs sets // {
    all = map (set: set.value) sets;
    drvAttrs = attributes;
  };

  sets = map (outputName: {
    name = outputName;
    value = common // {
      inherit outputName;
      inherit (paths) drvPath;
      outPath = paths.${outputName};
      type = "derivation";
    };
  }) outputs;
in
(builtins.head sets).value
