# title: Types say how to merge
# kind: predict
# read: Lists of several modules are joined, sets are united attribute by attribute.
# ask: What is the value?
# answer: { eve = 1; root = 0; }
# hint: attrsOf unites.
let
  lib = import <nixpkgs/lib>;
  declaration = { options.users = lib.mkOption { type = lib.types.attrsOf lib.types.int; }; };
in
(lib.evalModules { modules = [ declaration { users.root = 0; } { users.eve = 1; } ]; }).config.users
