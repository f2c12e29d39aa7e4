{ lib }:
let
  bomb = abort "forced";
  f = { a, b ? 2 }: { result = a + b; };
  overridable = lib.makeOverridable f { a = 1; };
  drv = derivation {
    name = "simple";
    system = "x86_64-linux";
    builder = "/bin/sh";
    outputs = [ "out" "dev" ];
  };
  extended = lib.extendDerivation true { extra = 5; } drv;
  scope = lib.makeScope lib.callPackageWith (self: { x = 1; y = self.callPackage ({ x }: x + 1) { }; });
in
{
  "makeOverridable-value" = overridable.result;
  "makeOverridable-override" = (overridable.override { a = 10; }).result;
  "makeOverridable-override-function" = (overridable.override (old: { a = old.a + 5; })).result;
  "makeOverridable-override-twice" = ((overridable.override { a = 10; }).override { b = 20; }).result;
  "makeOverridable-names" = lib.attrNames overridable;
  "makeOverridable-formals" = [ (lib.functionArgs (lib.makeOverridable f)) (lib.functionArgs overridable.override) ];
  "makeOverridable-function-result" = ((lib.makeOverridable ({ a }: b: a + b) { a = 1; }).override { a = 10; }) 5;
  "makeOverridable-plain-result" = lib.makeOverridable ({ a }: a) { a = 4; };
  "makeOverridable-functor" = (lib.makeOverridable { __functor = self: { a }: { r = a; }; mark = "m"; }).mark;
  "makeOverridable-overrideDerivation" = ((lib.makeOverridable ({ n }: derivation { name = n; system = "s"; builder = "b"; }) { n = "one"; }).overrideDerivation (old: { name = old.name + "-two"; })).name;
  "makeOverridable-overrideAttrs" =
    let
      make = { n }: { inherit n; overrideAttrs = change: { n = "${n}-${change}"; }; };
      changed = (lib.makeOverridable make { n = "a"; }).overrideAttrs "b";
    in
    [ changed.n (changed.override { n = "c"; }).n ];
  "callPackageWith-auto" = (lib.callPackageWith { a = 1; b = 5; c = bomb; } f { }).result;
  "callPackageWith-given-wins" = (lib.callPackageWith { a = 1; } f { a = 7; }).result;
  "callPackageWith-file" = (lib.callPackageWith { greeting = "hi"; } ./files/package.nix { }).text;
  "callPackageWith-override" = ((lib.callPackageWith { a = 1; } f { }).override { b = 40; }).result;
  "callPackagesWith-set" =
    let
      packages = lib.callPackagesWith { a = 1; b = 2; } ({ a, b }: { p.v = a; q.v = b; }) { };
    in
    [ packages.p.v packages.q.v (packages.q.override { b = 9; }).v ];
  "callPackagesWith-derivation" = lib.callPackagesWith { } ({ }: { type = "derivation"; name = "d"; }) { };
  "extendDerivation-names" = lib.attrNames extended;
  "extendDerivation-output" = [ extended.dev.extra extended.dev.outputSpecified extended.dev.outputName (extended.dev.outPath == drv.dev.outPath) (lib.length extended.all) ];
  "extendDerivation-paths" = [ (extended.drvPath == drv.drvPath) (extended.outPath == drv.outPath) ];
  "extendDerivation-condition" = map builtins.tryEval [ (lib.extendDerivation false { } drv).outPath (lib.extendDerivation false { } drv).dev.drvPath (lib.extendDerivation false { } drv).name ];
  "overrideDerivation-drvPath" = (lib.overrideDerivation drv (old: { FOO = "bar"; name = old.name + "-x"; })).drvPath;
  "overrideDerivation-names" = lib.attrNames (lib.overrideDerivation drv (old: { FOO = "bar"; }));
  "hydraJob-names" = lib.attrNames (lib.hydraJob (drv // { meta = { }; }));
  "hydraJob-null" = lib.hydraJob null;
  "makeScope-value" = scope.y;
  "makeScope-names" = lib.attrNames scope;
  "makeScope-overrideScope" = (scope.overrideScope (final: prev: { x = prev.x + 10; })).y;
  "makeScope-newScope" = scope.newScope { z = 5; } ({ x, z }: x + z) { };
  "makeScope-packages" = (scope.packages { callPackage = g: args: 0; }).y;
  "makeScope-own-callPackage" = (lib.makeScope lib.callPackageWith (self: { callPackage = g: args: "own"; v = self.callPackage bomb bomb; })).v;
  "makeScopeWithSplicing-value" = (lib.makeScopeWithSplicing (p: p.pkgsHostTarget) lib.callPackageWith { selfBuildBuild = { }; selfBuildHost = { }; selfBuildTarget = { }; selfHostHost = { }; selfTargetTarget = { }; } (_: { }) (_: { }) (self: { x = 1; y = self.callPackage ({ x }: x + 1) { }; })).y;
  "makeScopeWithSplicing'-value" =
    (lib.makeScopeWithSplicing' { splicePackages = p: p.pkgsHostTarget; newScope = lib.callPackageWith; } {
      otherSplices = { selfBuildBuild = { }; selfBuildHost = { }; selfBuildTarget = { }; selfHostHost = { }; selfTargetTarget = { }; };
      f = self: { x = 1; y = self.callPackage ({ x }: x + 1) { }; };
    }).y;
  "extendMkDerivation-arguments" =
    let
      base = lib.mirrorFunctionArgs ({ name, ... }: null) (args: lib.fix (lib.toFunction args));
      make = lib.extendMkDerivation {
        constructDrv = base;
        excludeDrvArgNames = [ "special" ];
        extendDrvArgs = final: { flag ? true, special ? 1, ... }@args: { inherit flag; copied = final.name; };
      };
    in
    [ (make { name = "n"; special = 2; }) (make (final: { name = "m"; flag = false; other = final.name; })) (lib.functionArgs make) ];
  "renameCrossIndexFrom-names" = lib.renameCrossIndexFrom "pkgs" { pkgsBuildBuild = 1; pkgsBuildHost = 2; pkgsBuildTarget = 3; pkgsHostHost = 4; pkgsHostTarget = 5; pkgsTargetTarget = 6; };
  "renameCrossIndexTo-names" = lib.renameCrossIndexTo "self" { buildBuild = 1; buildHost = 2; buildTarget = 3; hostHost = 4; hostTarget = 5; targetTarget = 6; };
  "mapCrossIndex-values" = lib.mapCrossIndex (x: x * 10) { buildBuild = 1; buildHost = 2; buildTarget = 3; hostHost = 4; hostTarget = 5; targetTarget = 6; };
}
