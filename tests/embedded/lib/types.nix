{ lib }:
let
  inherit (lib) types mkOption;
  inherit (types) int str listOf attrsOf lazyAttrsOf either enum nullOr submodule;
  drv = { type = "derivation"; outPath = "/a"; name = "n"; };
  samples = [
    1 1.5 (-1) 70000 true null "" "a" "a\n" "a\nb" " " "/a" "a:b"
    "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-x" "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-x/y" "x/y" ./. [ ] [ "a" ] { } { a = 1; } (x: x) drv { outPath = "/a"; } { __functor = self: x: x; } { __toString = self: "x"; } { _type = "lua-inline"; }
    { _type = "pkgs"; } int (mkOption { }) (drv // { shellPath = "/bin/x"; })
  ];
  # Which samples pass, by number.
  checked = type: lib.concatLists (lib.imap0 (n: value: lib.optional (type.check value) n) samples);
  merged = type: values:
    let
      value = type.merge [ "loc" ] (map (value: { file = "file.nix"; inherit value; }) values);
      result = builtins.tryEval (builtins.deepSeq value value);
    in
    if result.success then result.value else "throws";
  described = type: [ type.name type.description (toString (type.descriptionClass or "")) ];
  all = {
    inherit (types) anything attrs bool fileset boolByOr commas deferredModule envVar externalPath float int lines luaInline nonEmptyStr number optionType package path pathInStore pkgs port raw shellPackage singleLineStr str unspecified optionDeclaration;
    inherit (types.ints) u8 u16 u32 s8 s16 s32 unsigned positive;
    numbersPositive = types.numbers.positive;
    numbersNonnegative = types.numbers.nonnegative;
    intsBetween = types.ints.between 1 5;
    numbersBetween = types.numbers.between 1 5;
    listOf = listOf int;
    nonEmptyListOf = types.nonEmptyListOf int;
    attrsOf = attrsOf int;
    lazyAttrsOf = lazyAttrsOf int;
    attrsWith = types.attrsWith { elemType = int; lazy = true; placeholder = "host"; };
    nullOr = nullOr int;
    nullOrList = nullOr (listOf int);
    enum0 = enum [ ];
    enum1 = enum [ "a" ];
    enum3 = enum [ "a" 1 true ];
    either = either int str;
    eitherList = either (listOf int) str;
    eitherEnum = either (enum [ "a" ]) (nullOr int);
    eitherPositive = either types.ints.positive (enum [ "a" "b" ]);
    oneOf = types.oneOf [ int str types.bool ];
    listOfEither = listOf (either int str);
    listOfPositive = listOf types.ints.positive;
    attrsOfNull = attrsOf (nullOr str);
    uniq = types.uniq int;
    unique = types.unique { message = "m"; } int;
    functionTo = types.functionTo int;
    submodule = submodule { };
    openSubmodule = submodule { freeformType = attrsOf int; };
    described = types.submoduleWith { modules = [ ]; description = "mine"; };
    coercedTo = types.coercedTo int toString str;
    strMatching = types.strMatching "a.*";
    separatedString = types.separatedString ":";
    passwdEntry = types.passwdEntry str;
    pathWith = types.pathWith { };
    pathRelative = types.pathWith { absolute = false; };
    addCheck = types.addCheck int (x: x > 1);
    deferredModuleWith = types.deferredModuleWith { };
    attrTag = types.attrTag { a = mkOption { type = int; }; "b c" = mkOption { }; };
    loaOf = types.loaOf int;
  };
  same = name: let m = all.${name}.typeMerge all.${name}.functor; in if m == null then null else m.description;
in
{
  "descriptions-all" = lib.mapAttrs (_: described) all;
  "checks-all" = lib.mapAttrs (_: checked) all;
  "emptyValue-all" = lib.mapAttrs (_: type: type.emptyValue) (removeAttrs all [ "fileset" ]);
  "nestedTypes-all" = lib.mapAttrs (_: type: lib.attrNames type.nestedTypes) all;
  "typeMerge-same" = lib.genAttrs (lib.filter (n: n != "attrTag") (lib.attrNames all)) same;
  "typeMerge-different" = [ (int.typeMerge str.functor) ((listOf int).typeMerge (listOf str).functor) ((enum [ "a" ]).typeMerge (enum [ "b" "a" ]).functor).description ((attrsOf int).typeMerge (lazyAttrsOf int).functor) (types.lines.typeMerge types.commas.functor) ((types.attrTag { a = mkOption { }; }).typeMerge (types.attrTag { b = mkOption { }; }).functor).description ];
  "mkOptionType-names" = lib.attrNames (lib.mkOptionType { name = "n"; });
  "mkOptionType-defaults" = let t = types.mkOptionType { name = "n"; }; in [ t.description (t.check null) t.emptyValue t.getSubModules (t.getSubOptions [ ]) t._type ];
  "isOptionType-kinds" = map lib.isOptionType [ int { } 1 ];
  "isType-kinds" = map (types.isType "a") [ { _type = "a"; } { } 1 ];
  "setType-mark" = types.setType "a" { _type = "b"; c = 1; };
  "defaultFunctor-names" = [ (lib.defaultFunctor "int").name (lib.defaultFunctor "int").type.name (lib.defaultFunctor "nope").type ];
  "defaultTypeMerge-names" = [ (lib.defaultTypeMerge int.functor int.functor).name (lib.defaultTypeMerge int.functor str.functor) ];
  "optionDescriptionPhrase-parentheses" = map (types.optionDescriptionPhrase (kind: kind == "noun")) [ int (listOf int) ];
  "addCheck-both" = map (types.addCheck int (x: x > 1)).check [ 1 2 "a" ];
  "mergeTypes-good" = (types.mergeTypes (enum [ 1 ]) (enum [ 2 ])).description;
  "mergeTypes-bad" = (types.mergeTypes int str)._type;

  "anything-merge" = map (merged types.anything) [ [ 1 1 ] [ 1 2 ] [ [ 1 ] [ 1 ] ] [ [ 1 ] [ 2 ] ] [ { a = 1; b.c = 1; } { b.d = 2; } ] [ { a = 1; } { a = lib.mkForce 2; } ] [ { a = lib.mkIf false 1; b = 2; } ] [ "a" "a" ] [ { a = 1; } 1 ] [ null null ] ];
  "anything-functions" = merged types.anything [ (x: { a = x; }) (x: { b = x; }) ] 1;
  "unspecified-merge" = map (merged types.unspecified) [ [ 1 2 ] [ [ 1 ] [ 2 ] ] [ 1 ] ];
  "raw-merge" = map (merged types.raw) [ [ 1 1 ] [ 1 ] ];
  "bool-merge" = map (merged types.bool) [ [ true true ] [ true false ] ];
  "boolByOr-merge" = map (merged types.boolByOr) [ [ true false ] [ false false ] ];
  "int-merge" = map (merged int) [ [ 1 1 ] [ 1 2 ] ];
  "float-merge" = map (merged types.float) [ [ 1.5 1.5 ] [ 1.5 2.5 ] ];
  "number-merge" = map (merged types.number) [ [ 1 1 ] [ 1 2.5 ] ];
  "str-merge" = map (merged str) [ [ "a" "a" ] [ "a" "b" ] ];
  "lines-merge" = merged types.lines [ "a" "b\n" "c" ];
  "commas-merge" = merged types.commas [ "a" "b" ];
  "envVar-merge" = merged types.envVar [ "a" "b" ];
  "separatedString-merge" = merged (types.separatedString "--") [ "a" "b" ];
  "singleLineStr-merge" = map (merged types.singleLineStr) [ [ "a\n" ] [ "a\n" "a\n" ] [ "a" "b" ] ];
  "nonEmptyStr-merge" = merged types.nonEmptyStr [ "a" "a" ];
  "strMatching-check" = map (types.strMatching "[a-z]+").check [ "abc" "ABC" 1 ];
  "passwdEntry-check" = map (types.passwdEntry str).check [ "a" "a:b" "a\nb" ];
  "attrs-merge" = merged types.attrs [ { a = 1; b = { c = 1; }; } { a = 2; b = { d = 1; }; } ];
  "package-merge" = let p = types.package.merge [ ] [ { file = "f"; value = drv; } ]; in p.name;
  "shellPackage-check" = checked types.shellPackage;
  "pkgs-check" = checked types.pkgs;
  "port-check" = map types.port.check [ 0 65535 65536 (-1) ];
  "path-merge" = map (merged types.path) [ [ "/a" "/a" ] [ "/a" "/b" ] ];
  "pathInStore-check" = checked types.pathInStore;
  "externalPath-check" = checked types.externalPath;
  "pathWith-check" = map (settings: checked (types.pathWith settings)) [ { inStore = true; } { inStore = false; } { absolute = true; } { absolute = false; } { } ];
  "pathWith-impossible" = (types.pathWith { inStore = true; absolute = false; }).name;
  "fileset-merge" = map (path: baseNameOf (toString path)) (lib.fileset.toList (types.fileset.merge [ ] (map (value: { file = "f"; inherit value; }) [ ./files/text ./files/tree/b.nix ])));
  "luaInline-check" = map types.luaInline.check [ (lib.mkLuaInline "x") { } ];
  "optionType-merge" = (types.optionType.merge [ ] (map (value: { file = "f"; inherit value; }) [ (enum [ 1 ]) (enum [ 2 ]) ])).description;
  "optionType-conflict" = types.optionType.merge [ ] (map (value: { file = "f"; inherit value; }) [ int str ]);
  "optionDeclaration-check" = map types.optionDeclaration.check [ (mkOption { }) 1 ];
  "listOf-merge" = map (merged (listOf int)) [ [ [ 1 ] [ 2 3 ] ] [ [ "a" ] ] [ [ (lib.mkIf false 1) (lib.mkIf true 2) (lib.mkForce 3) ] ] ];
  "nonEmptyListOf-check" = map (types.nonEmptyListOf int).check [ [ ] [ 1 ] [ "a" ] ];
  "attrsOf-merge" = map (merged (attrsOf int)) [ [ { a = 1; } { b = lib.mkIf false 1; c = lib.mkIf true 2; } ] [ { a = 1; } { a = 2; } ] ];
  "lazyAttrsOf-merge" = [ (merged (lazyAttrsOf int) [ { a = 1; } { b = 2; } ]) (merged (lazyAttrsOf (nullOr int)) [ { a = lib.mkIf false 1; } ]) (merged (lazyAttrsOf int) [ { a = lib.mkIf false 1; } ]) (lib.attrNames ((lazyAttrsOf int).merge [ ] [ { file = "f"; value.a = lib.mkIf (abort "forced") 1; } ])) ];
  "attrsWith-options" = lib.attrNames ((types.attrsWith { elemType = submodule { options.a = mkOption { }; }; placeholder = "host"; }).getSubOptions [ "x" ]);
  "attrsWith-place" = lib.showOption ((types.attrsWith { elemType = submodule { options.a = mkOption { }; }; placeholder = "host"; }).getSubOptions [ "x" ]).a.loc;
  "loaOf-merge" = merged (types.loaOf int) [ { a = 1; } ];
  "nullOr-merge" = map (merged (nullOr int)) [ [ null null ] [ null 1 ] [ 1 1 ] ];
  "uniq-merge" = map (merged (types.uniq int)) [ [ 1 ] [ 1 1 ] ];
  "unique-merge" = map (merged (types.unique { message = "m"; } (listOf int))) [ [ [ 1 ] ] [ [ 1 ] [ 1 ] ] ];
  "functionTo-merge" = (types.functionTo (listOf int)).merge [ ] (map (value: { file = "f"; inherit value; }) [ (x: [ x ]) ({ ... }: [ 2 ]) ]) { };
  "functionTo-result" = (types.functionTo (listOf int)).merge [ ] (map (value: { file = "f"; inherit value; }) [ (x: [ x ]) (x: [ (x + 1) ]) ]) 1;
  "enum-merge" = map (merged (enum [ "a" "b" ])) [ [ "a" "a" ] [ "a" "b" ] ];
  "either-merge" = [ (merged (either int str) [ 1 1 ]) (merged (either int str) [ 1 "a" ]) (merged (either int (listOf int)) [ [ 1 ] [ 2 ] ]) (merged (either (listOf int) (listOf str)) [ [ 1 ] [ 2 ] ]) ];
  "oneOf-merge" = merged (types.oneOf [ int (listOf int) ]) [ [ 1 ] [ 2 ] ];
  "oneOf-none" = types.oneOf [ ];
  "coercedTo-merge" = [ (merged (types.coercedTo int toString str) [ 1 "1" ]) (merged (types.coercedTo str lib.singleton (listOf str)) [ "a" [ "b" ] ]) ];
  "coercedTo-check" = map (types.coercedTo int toString str).check [ 1 "a" true ];
  "submodule-merge" = let t = submodule { options.a = mkOption { type = listOf int; }; options.b = mkOption { default = 5; }; }; in [ (merged t [ { a = [ 1 ]; } { a = [ 2 ]; } ]) (merged t [ ({ name, ... }: { b = name; }) ]) (merged t [ { c = 1; } ]) ];
  "submodule-sub-options" = lib.attrNames ((submodule { options.a = mkOption { }; }).getSubOptions [ "p" ]);
  "submoduleWith-shorthand" = merged (types.submoduleWith { shorthandOnlyDefinesConfig = true; modules = [ { options.config = mkOption { }; } ]; }) [ { config = 1; } ];
  "submoduleWith-special-args" = merged (types.submoduleWith { specialArgs.x = 4; modules = [ ({ x, ... }: { options.a = mkOption { default = x; }; }) ]; }) [ { } ];
  "submoduleWith-typeMerge" = lib.attrNames (((types.submoduleWith { modules = [ { options.a = mkOption { }; } ]; }).typeMerge (types.submoduleWith { modules = [ { options.b = mkOption { }; } ]; }).functor).getSubOptions [ ]);
  "deferredModule-merge" = map (m: m.imports) (types.deferredModule.merge [ "x" ] [ { file = "f"; value.a = 1; } ]).imports;
  "deferredModuleWith-merge" = lib.length ((types.deferredModuleWith { staticModules = [ { } ]; }).merge [ "x" ] [ { file = "f"; value.a = 1; } ]).imports;
  "attrTag-merge" = let t = types.attrTag { a = mkOption { type = listOf int; }; b = mkOption { default = 1; }; }; in [ (merged t [ { a = [ 1 ]; } { a = [ 2 ]; } ]) (merged t [ { a = [ 1 ]; } { b = 2; } ]) (map t.check [ { a = 1; } { c = 1; } { a = 1; b = 1; } { } 1 ]) ];
  "ints-between-reversed" = (types.ints.between 5 1).name;
  "noCheckForDocsModule-check" = lib.attrNames types.noCheckForDocsModule;
  "types-again" = types.types.int.name;
}
