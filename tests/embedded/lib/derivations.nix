{ lib }:
let
  bomb = abort "forced";
  drv = derivation { name = "simple"; system = "x86_64-linux"; builder = "/bin/sh"; outputs = [ "out" "dev" ]; };
  lazy = lib.lazyDerivation { derivation = bomb; };
in
{
  "lazyDerivation-names" = lib.attrNames lazy;
  "lazyDerivation-type" = lazy.type;
  "lazyDerivation-passthru" = (lib.lazyDerivation { derivation = bomb; passthru.tests = 1; }).tests;
  "lazyDerivation-meta" = (lib.lazyDerivation { derivation = bomb; meta.m = 1; }).meta;
  "lazyDerivation-outputs" = lib.attrNames (lib.lazyDerivation { derivation = bomb; outputs = [ "out" "dev" ]; });
  "lazyDerivation-path" = (lib.lazyDerivation { derivation = drv; outputs = [ "out" "dev" ]; }).dev.outPath == drv.dev.outPath;
  "lazyDerivation-other-outputs" = (lib.lazyDerivation { derivation = drv; }).outPath;
  "lazyDerivation-no-derivation" = (lib.lazyDerivation { derivation = { }; }).outPath;
  "optionalDrvAttr-both" = [ (lib.optionalDrvAttr true 1) (lib.optionalDrvAttr false bomb) ];
  "warnOnInstantiate-silent" = (lib.warnOnInstantiate bomb { name = "n"; type = "derivation"; meta = { }; outputName = "out"; x = bomb; }).name;
  "warnOnInstantiate-value" = (lib.warnOnInstantiate "old" { drvPath = "/x"; }).drvPath;
  "unsafeDiscardOutputDependency-keeps-text" = lib.unsafeDiscardOutputDependency drv.drvPath == drv.drvPath;
  "addDrvOutputDependencies-is-function" = lib.isFunction lib.addDrvOutputDependencies;
}
