# blame: 6:12
let
  lib = import <nixpkgs/lib>;
  base = final: { tool = { version = 1; }; };
  overlay = final: prev: {
    tool = final.tool // { version = 2; };
  };
in
(lib.fix (lib.extends overlay base)).tool
