# package sets, overlays, options: how nixpkgs and flakes put things together
{ n, lib }:
let
  inherit (builtins) attrNames attrValues foldl' genList length listToAttrs map mapAttrs stringLength;
  mod = a: b: a - b * (a / b);
  numbers = genList (i: i) n;
  few = genList (i: i) (n / 20);
  package = { name, version ? "1", deps ? [ ], meta ? { } }: { inherit name version deps; meta = { description = name; } // meta; outPath = "/nix/store/${name}-${version}"; };
in
{
  fix = let set = lib.fix (self: listToAttrs (map (i: { name = "p${toString i}"; value = if i == 0 then 1 else mod (self."p${toString (i / 2)}" + i) 1009; }) numbers)); in foldl' (a: b: a + b) 0 (attrValues set);
  extends =
    let
      base = self: listToAttrs (map (i: { name = "p${toString i}"; value = i; }) few) // { total = foldl' (s: i: s + self."p${toString i}") 0 few; };
      overlay = k: self: super: { p1 = super.p1 + k; "extra${toString k}" = self.p1; };
    in (lib.fix (lib.extends (lib.composeManyExtensions (map overlay (lib.range 1 50))) base)).total;
  extensible = let o = lib.makeExtensible (self: { a = 1; b = self.a + 1; }); more = foldl' (o: i: o.extend (self: super: { a = super.a + i; })) o (lib.take (n / 50) numbers); in more.b;
  call-package =
    let
      scope = lib.genAttrs (map (i: "dep${toString i}") (lib.range 0 99)) (name: package { inherit name; });
      call = lib.callPackageWith scope;
      make = i: call ({ dep1, dep2, dep3 ? null, extra }: package { name = "pkg${toString i}"; deps = [ dep1 dep2 extra ]; }) { extra = i; };
    in foldl' (sum: i: sum + length (make i).deps) 0 few;
  overridable = foldl' (sum: i: let p = lib.makeOverridable package { name = "x${toString i}"; }; in sum + stringLength (p.override { version = "2"; }).outPath) 0 few;
  scope = let s = lib.makeScope lib.callPackageWith (self: { a = 1; b = self.callPackage ({ a }: { v = a + 1; }) { }; }); in foldl' (sum: i: sum + (s.overrideScope (final: prev: { a = i; })).b.v) 0 few;
  new-scope-packages = let s = lib.makeScope lib.callPackageWith (self: lib.genAttrs (map (i: "p${toString i}") few) (name: self.callPackage ({ lib ? null, p0 ? 0, p1 ? 0 }: { inherit name; dep = lib; }) { p0 = 0; p1 = 1; })); in foldl' (sum: i: sum + stringLength s.${"p${toString i}"}.name) 0 few;
  closures =
    let
      packages = listToAttrs (map (i: { name = "p${toString i}"; value = package { name = "p${toString i}"; deps = map (d: packages."p${toString d}") (lib.unique [ (i / 2) (i / 3) (i / 5) ]); }; }) (lib.range 1 (n / 10))) // { p0 = package { name = "p0"; }; };
      close = start: builtins.genericClosure { startSet = map (p: { key = p.name; inherit p; }) start; operator = item: map (p: { key = p.name; inherit p; }) item.p.deps; };
    in length (close (attrValues packages));
  flake-outputs =
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      eachSystem = f: foldl' (all: system: let ret = f system; in foldl' (a: key: a // { ${key} = (a.${key} or { }) // { ${system} = ret.${key}; }; }) all (attrNames ret)) { } systems;
      outputs = i: eachSystem (system: { packages = { default = package { name = "${system}-${toString i}"; }; }; devShells.default = { inherit system; }; apps.run = { type = "app"; program = "${system}/bin"; }; });
    in foldl' (sum: i: sum + stringLength (outputs i).packages.aarch64-linux.default.outPath + length (attrNames (outputs i))) 0 few;
  meta-checks = length (lib.filter (p: lib.meta.availableOn { system = "x86_64-linux"; } p || p.meta.description != "") (map (i: package { name = "m${toString i}"; }) numbers));
  options =
    let
      module = { config, lib, ... }: {
        options.items = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule { options = { port = lib.mkOption { type = lib.types.int; default = 1; }; name = lib.mkOption { type = lib.types.str; default = ""; }; }; }); default = { }; };
        config.items = listToAttrs (map (i: { name = "i${toString i}"; value = { port = i; }; }) (genList (i: i) (n / 60)));
      };
    in foldl' (sum: item: sum + item.port) 0 (attrValues (lib.evalModules { modules = [ module ]; }).config.items);
  option-types = let t = lib.types; type = t.attrsOf (t.listOf (t.either t.int t.str)); in length (lib.filter (i: type.check { a = [ i "x" ]; } && (t.nullOr t.int).check i && (t.enum [ "a" "b" ]).check "a") numbers);
  merged-options =
    let
      module = i: { options."o${toString i}" = lib.mkOption { type = lib.types.listOf lib.types.int; default = [ ]; }; config."o${toString i}" = lib.mkMerge [ [ i ] (lib.mkIf (mod i 2 == 0) [ 1 2 ]) (lib.mkBefore [ 0 ]) ]; };
    in foldl' (sum: l: sum + length l) 0 (attrValues (builtins.removeAttrs (lib.evalModules { modules = map module (genList (i: i) (n / 60)); }).config [ "_module" ]));
  systems = foldl' (sum: i: sum + length (attrNames (lib.systems.elaborate (if mod i 2 == 0 then "x86_64-linux" else "aarch64-darwin")))) 0 (lib.take (n / 500) numbers);
  filesets = length (lib.unique (map (i: lib.path.subpath.normalise "a/./b/${toString i}//c") few));
  licenses = foldl' (sum: i: sum + length (attrNames (lib.filterAttrs (name: l: l.free or true && lib.hasPrefix "g" name) lib.licenses))) 0 (lib.take (n / 1000) numbers);
}
