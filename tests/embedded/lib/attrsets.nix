{ lib }:
let
  inherit (lib) attrsets;
  bomb = abort "forced";
  tree = {
    n = {
      a = "A";
      m = {
        b = "B";
        c = "C";
      };
    };
    d = "D";
  };
  package = {
    type = "derivation";
    name = "p";
    outPath = "/default";
    out = { outPath = "/out"; };
    dev = { outPath = "/dev"; };
    lib = { outPath = "/lib"; };
    man = { outPath = "/man"; };
    static = { outPath = "/static"; };
  };
  plain = { outPath = "/plain"; };
  chosen = package // { outputSpecified = true; };
in
{
  "attrByPath-found" = lib.attrByPath [ "a" "b" ] bomb { a.b = 3; };
  "attrByPath-default" = lib.attrByPath [ "z" "z" ] 6 { a.b = 3; };
  "attrByPath-empty" = lib.attrByPath [ ] bomb 5;
  "attrByPath-through-value" = lib.attrByPath [ "a" "b" ] 6 { a = 1; };
  "hasAttrByPath-cases" = [ (lib.hasAttrByPath [ "a" "b" ] { a.b = bomb; }) (lib.hasAttrByPath [ "a" "c" ] { a.b = 1; }) (lib.hasAttrByPath [ ] bomb) (lib.hasAttrByPath [ "a" ] 1) ];
  "longestValidPathPrefix-cases" = [
    (attrsets.longestValidPathPrefix [ "a" "b" "c" ] { a.b = 3; })
    (attrsets.longestValidPathPrefix [ "z" bomb ] { a = 1; })
    (attrsets.longestValidPathPrefix [ ] bomb)
  ];
  "getAttrFromPath-found" = lib.getAttrFromPath [ "a" "b" ] { a.b = 3; };
  "setAttrByPath-deep" = lib.setAttrByPath [ "a" "b" ] 3;
  "setAttrByPath-empty" = lib.setAttrByPath [ ] 3;
  "setAttrByPath-lazy" = lib.attrNames (lib.setAttrByPath [ "a" bomb ] bomb);
  "attrVals-order" = lib.attrVals [ "b" "a" ] { a = 1; b = 2; };
  "attrValues-sorted" = lib.attrValues { c = 3; a = 1; b = 2; };
  "attrNames-sorted" = lib.attrNames { c = bomb; a = bomb; };
  "getAttr-value" = lib.getAttr "a" { a = 1; };
  "hasAttr-both" = map (n: lib.hasAttr n { a = bomb; }) [ "a" "b" ];
  "getAttrs-some" = lib.getAttrs [ "a" "b" ] { a = 1; b = 2; c = 3; };
  "getAttrs-missing-lazy" = lib.attrNames (lib.getAttrs [ "a" "z" ] { a = 1; });
  "catAttrs-present" = lib.catAttrs "a" [ { a = 1; } { b = 0; } { a = 2; } ];
  "intersectAttrs-right-values" = lib.intersectAttrs { a = bomb; b = bomb; } { b = 2; c = 3; };
  "isAttrs-kinds" = map lib.isAttrs [ { } [ ] (x: x) "" ];
  "listToAttrs-first-wins" = lib.listToAttrs [ { name = "a"; value = 1; } { name = "a"; value = 2; } ];
  "mapAttrs-values" = lib.mapAttrs (n: v: n + "-" + v) { x = "foo"; y = "bar"; };
  "mapAttrs-lazy" = lib.attrNames (lib.mapAttrs bomb { a = 1; });
  "removeAttrs-some" = lib.removeAttrs { a = 1; b = 2; } [ "a" "z" ];
  "nameValuePair-pair" = lib.nameValuePair "some" 6;
  "genAttrs-values" = lib.genAttrs [ "foo" "bar" ] (n: "x_" + n);
  "genAttrs-lazy" = lib.attrNames (lib.genAttrs [ "a" ] bomb);
  "genAttrs'-names" = lib.genAttrs' [ "foo" "bar" ] (s: lib.nameValuePair ("x_" + s) ("y_" + s));
  "genAttrs'-first-wins" = lib.genAttrs' [ 1 2 ] (s: lib.nameValuePair "foo" s);
  "optionalAttrs-both" = [ (lib.optionalAttrs true { a = 1; }) (lib.optionalAttrs false bomb) ];
  "mapAttrs'-rename" = lib.mapAttrs' (n: v: lib.nameValuePair ("foo_" + n) ("bar-" + v)) { x = "a"; y = "b"; };
  "mapAttrsToList-order" = lib.mapAttrsToList (n: v: n + v) { y = "b"; x = "a"; };
  "mapAttrsToList-lazy" = lib.length (lib.mapAttrsToList bomb { a = 1; });
  "mapAttrsFlatten-order" = (lib.mapAttrsFlatten or lib.mapAttrsToList) (n: v: n + v) { y = "b"; x = "a"; };
  "attrsToList-pairs" = lib.attrsToList { foo = 1; bar = "asdf"; };
  "concatMapAttrs-example" = lib.concatMapAttrs (n: v: { ${n} = v; ${n + v} = v; }) { x = "a"; y = "b"; };
  "concatMapAttrs-later-wins" = lib.concatMapAttrs (n: v: { same = v; }) { a = 1; b = 2; c = 3; };
  "foldlAttrs-order" = lib.foldlAttrs (acc: n: v: { sum = acc.sum + v; names = acc.names ++ [ n ]; }) { sum = 0; names = [ ]; } { foo = 1; bar = 10; };
  "foldlAttrs-empty" = lib.foldlAttrs bomb 123 { };
  "foldlAttrs-lazy-values" = lib.foldlAttrs (acc: n: v: acc) 3 { z = bomb; a = bomb; };
  "cartesianProduct-order" = lib.cartesianProduct { b = [ 10 20 ]; a = [ 1 2 ]; };
  "cartesianProduct-empty" = [ (lib.cartesianProduct { }) (lib.cartesianProduct { a = [ ]; b = [ 1 ]; }) ];
  "cartesianProductOfSets-old-name" = (lib.cartesianProductOfSets or lib.cartesianProduct) { a = [ 1 2 ]; };
  "mapCartesianProduct-strings" = lib.mapCartesianProduct ({ a, b }: "${a}-${b}") { a = [ "1" "2" ]; b = [ "3" "4" ]; };
  "filterAttrs-by-name" = lib.filterAttrs (n: v: n == "foo") { foo = 1; bar = bomb; } // { bar = 0; };
  "filterAttrs-lazy-values" = lib.attrNames (lib.filterAttrs (n: v: n != "a") { a = bomb; b = bomb; });
  "filterAttrsRecursive-null" = lib.filterAttrsRecursive (n: v: v != null) { foo = { bar = null; baz = 1; }; qux = null; l = [ { a = null; } ]; };
  "matchAttrs-cases" = [
    (lib.matchAttrs { cpu = { }; } { cpu.bits = 64; })
    (lib.matchAttrs { cpu.bits = 64; } { cpu.bits = 64; os = 1; })
    (lib.matchAttrs { cpu.bits = 128; } { cpu.bits = 64; })
    (lib.matchAttrs { cpu = { }; } { })
    (lib.matchAttrs { a.b = 1; } { a = 5; })
    (lib.matchAttrs { a = [ 1 ]; } { a = [ 1 ]; })
    (lib.matchAttrs { } { a = 1; })
  ];
  "matchAttrs-no-pattern" = lib.matchAttrs 1 { };
  "zipAttrsWithNames-some" = lib.zipAttrsWithNames [ "a" ] (n: vs: vs) [ { a = "x"; } { a = "y"; b = bomb; } ];
  "zipAttrsWith-all" = lib.zipAttrsWith (n: vs: [ n vs ]) [ { a = "x"; } { a = "y"; b = "z"; } ];
  "zipAttrsWith-lazy" = lib.attrNames (lib.zipAttrsWith (n: vs: bomb) [ { a = bomb; } ]);
  "zipAttrs-all" = lib.zipAttrs [ { a = "x"; } { a = "y"; b = "z"; } ];
  "foldAttrs-grouped" = lib.foldAttrs (x: acc: [ x ] ++ acc) [ ] [ { a = 2; b = 7; } { a = 3; } { b = 6; } ];
  "mergeAttrsList-later-wins" = lib.mergeAttrsList [ { a = 0; b = 1; } { c = 2; } { a = 1; } ];
  "mergeAttrsList-few" = [ (lib.mergeAttrsList [ ]) (lib.mergeAttrsList [ { a = 1; } ]) ];
  "mergeAttrsList-many" = lib.mergeAttrsList (lib.genList (n: { "k${toString (n / 3)}" = n; }) 20);
  "mergeAttrsList-lazy" = lib.attrNames (lib.mergeAttrsList [ { a = bomb; } { b = bomb; } ]);
  "recursiveUpdateUntil-example" = lib.recursiveUpdateUntil (path: l: r: path == [ "foo" ]) { foo.bar = 1; foo.baz = 2; bar = 3; } { foo.bar = 1; foo.quz = 2; baz = 4; };
  "recursiveUpdate-nested" = lib.recursiveUpdate { boot.loader.grub.enable = true; boot.loader.grub.device = "/dev/hda"; l = [ 1 ]; } { boot.loader.grub.device = ""; l = [ 2 ]; };
  "recursiveUpdate-kinds" = lib.recursiveUpdate { a = { b = 1; }; c = 1; } { a = 2; c.d = 3; };
  "recursiveUpdate-lazy" = lib.attrNames (lib.recursiveUpdate { a = bomb; } { a = bomb; b = bomb; });
  "overrideExisting-cases" = [ (lib.overrideExisting { } { a = 1; }) (lib.overrideExisting { b = 2; } { a = 1; }) (lib.overrideExisting { a = bomb; b = 2; } { a = 1; }) ];
  "unionOfDisjoint-disjoint" = attrsets.unionOfDisjoint { a = 1; } { b = 2; };
  "unionOfDisjoint-collision-name" = lib.attrNames (attrsets.unionOfDisjoint { a = 1; c = 3; } { a = 2; });
  "unionOfDisjoint-collision" = (attrsets.unionOfDisjoint { a = 1; } { a = 2; }).a;
  "collect-lists" = lib.collect lib.isList { a = { b = [ "b" ]; }; c = [ 1 ]; d = 5; };
  "collect-outPath" = lib.collect (x: x ? outPath) { a = { outPath = "a/"; }; b = { c = { outPath = "b/"; }; }; };
  "collect-top" = lib.collect (x: true) { a = 1; };
  "mapAttrsRecursive-example" = lib.mapAttrsRecursive (path: v: lib.concatStringsSep "-" (path ++ [ v ])) tree;
  "mapAttrsRecursiveCond-stop" = lib.mapAttrsRecursiveCond (as: !(as ? b)) (path: v: path) tree;
  "mapAttrsRecursiveCond-top-entered" = lib.mapAttrsRecursiveCond (as: false) (path: v: path) { a.b = 1; };
  "mapAttrsToListRecursive-order" = lib.mapAttrsToListRecursive (path: v: "${lib.concatStringsSep "." path}=${v}") tree;
  "mapAttrsToListRecursiveCond-path" = lib.mapAttrsToListRecursiveCond (path: as: path != [ "n" "m" ]) (path: v: path) tree;
  "showAttrPath-cases" = map lib.showAttrPath [ [ ] [ "foo" "10" "bar" ] [ "a b" "if" "x'" ] ];
  "updateManyAttrsByPath-example" = lib.updateManyAttrsByPath [
    { path = [ "a" "b" ]; update = old: { d = old.c; }; }
    { path = [ "a" "b" "c" ]; update = old: old + 1; }
    { path = [ "x" "y" ]; update = old: "xy"; }
  ] { a.b.c = 0; };
  "updateManyAttrsByPath-order" = lib.updateManyAttrsByPath [
    { path = [ "a" ]; update = old: old + "1"; }
    { path = [ "a" ]; update = old: old + "2"; }
    { path = [ ]; update = old: old // { b = old.a; }; }
  ] { a = "0"; };
  "updateManyAttrsByPath-keeps" = lib.updateManyAttrsByPath [ { path = [ "a" "z" ]; update = old: 1; } ] { a = { y = 2; }; b = 3; };
  "updateManyAttrsByPath-missing-old" = lib.updateManyAttrsByPath [ { path = [ "a" ]; update = old: old; } ] { };
  "updateManyAttrsByPath-not-a-set" = lib.updateManyAttrsByPath [ { path = [ "a" "b" ]; update = old: 1; } ] { a = 5; };
  "updateManyAttrsByPath-none" = lib.updateManyAttrsByPath [ ] { a = 5; };
  "isDerivation-kinds" = map lib.isDerivation [ package { } "x" 1 { type = "other"; } ];
  "toDerivation-is-function" = lib.isFunction lib.toDerivation;
  "getOutput-cases" = map (p: "${lib.getOutput "dev" p}") [ package plain chosen (removeAttrs package [ "dev" ]) ];
  "getOutput-string" = lib.getOutput "bin" "text";
  "getFirstOutput-cases" = map (names: "${lib.getFirstOutput names package}") [ [ "static" "dev" ] [ "nope" "man" ] [ "nope" ] [ ] ];
  "getBin-falls-back" = "${lib.getBin package}";
  "getLib-output" = "${lib.getLib package}";
  "getDev-output" = "${lib.getDev package}";
  "getMan-output" = "${lib.getMan package}";
  "getStatic-cases" = map (p: "${lib.getStatic p}") [ package (removeAttrs package [ "static" ]) (removeAttrs package [ "static" "lib" ]) plain ];
  "getInclude-cases" = map (p: "${lib.getInclude p}") [ package (removeAttrs package [ "dev" ]) plain ];
  "chooseDevOutputs-list" = map toString (lib.chooseDevOutputs [ package plain ]);
  "recurseIntoAttrs-mark" = lib.recurseIntoAttrs { a = 1; };
  "dontRecurseIntoAttrs-mark" = lib.dontRecurseIntoAttrs { recurseForDerivations = true; };
}
