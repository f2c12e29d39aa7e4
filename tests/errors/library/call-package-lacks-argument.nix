# blame: 5:37
let
  lib = import <nixpkgs/lib>;
  scope = lib.makeScope (extra: lib.callPackageWith ({ inherit lib; } // extra)) (self: {
    tool = self.callPackage ({ lib, libfoo }: libfoo) { };
  });
in
scope.tool
