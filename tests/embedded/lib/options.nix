{ lib }:
let
  inherit (lib) options types mkOption;
  defs = map (value: { file = "file.nix"; inherit value; });
  fails = value: !(builtins.tryEval (builtins.deepSeq value value)).success;
  packages = { hello = { type = "derivation"; name = "hello"; }; nested.tool = { type = "derivation"; name = "tool"; }; };
  docs = declared: map (entry: removeAttrs entry [ "declarations" "declarationPositions" ]) (lib.filter (entry: !lib.hasInfix "_module" entry.name) (lib.optionAttrSetToDocList (lib.evalModules { modules = [ { options = declared; } ]; }).options));
in
{
  "isOption-kinds" = map lib.isOption [ (mkOption { }) { } 1 ];
  "mkOption-declaration" = mkOption { default = 1; example = 2; description = "d"; };
  "mkEnableOption-declaration" = removeAttrs (lib.mkEnableOption "thing") [ "type" ];
  "mkEnableOption-type" = (lib.mkEnableOption "thing").type.name;
  "mkPackageOption-plain" = let o = lib.mkPackageOption packages "hello" { }; in [ o.default.name o.defaultText o.description o.type.name ];
  "mkPackageOption-path" = let o = lib.mkPackageOption packages [ "nested" "tool" ] { extraDescription = "More."; pkgsText = "p"; }; in [ o.default.name o.defaultText o.description ];
  "mkPackageOption-nullable" = let o = lib.mkPackageOption packages "hello" { nullable = true; default = null; example = "pkgs.other"; }; in [ o.default o.example o.type.name o.description ];
  "mkPackageOption-missing" = fails (lib.mkPackageOption packages "nope" { }).default;
  "mkPackageOption-example-path" = (lib.mkPackageOption packages "hello" { example = [ "a" "b" ]; }).example;
  "mkSinkUndeclaredOptions-sink" = let o = lib.mkSinkUndeclaredOptions { description = "mine"; }; in [ o.description o.internal o.default (o.type.merge [ ] [ ]) ];
  "getValues-list" = lib.getValues (defs [ 1 2 ]);
  "getFiles-list" = lib.getFiles (defs [ 1 2 ]);
  "mergeDefaultOption-kinds" = map (values: lib.mergeDefaultOption [ "x" ] (defs values)) [ [ 1 ] [ [ 1 ] [ 2 ] ] [ { a = 1; b = 1; } { a = 2; } ] [ true false ] [ "a" "b" ] [ 3 3 ] ];
  "mergeDefaultOption-conflict" = lib.mergeDefaultOption [ "x" ] (defs [ 1 2 ]);
  "mergeOneOption-one" = lib.mergeOneOption [ "x" ] (defs [ 1 ]);
  "mergeOneOption-two" = lib.mergeOneOption [ "x" ] (defs [ 1 1 ]);
  "mergeUniqueOption-merge" = lib.mergeUniqueOption { message = "m"; merge = loc: d: [ loc (lib.getValues d) ]; } [ "x" ] (defs [ 1 ]);
  "mergeUniqueOption-two" = lib.mergeUniqueOption { message = "m"; } [ "x" ] (defs [ 1 2 ]);
  "mergeEqualOption-equal" = map (values: lib.mergeEqualOption [ "x" ] (defs values)) [ [ 1 ] [ 1 1 1 ] [ { a = 1; } { a = 1; } ] ];
  "mergeEqualOption-different" = lib.mergeEqualOption [ "x" ] (defs [ 1 2 ]);
  "literalExpression-text" = lib.literalExpression "a";
  "literalExpression-not-text" = lib.literalExpression 1;
  "literalMD-text" = lib.literalMD "a";
  "literalCode-text" = options.literalCode "nix" "a";
  "renderOptionValue-kinds" = map options.renderOptionValue [ 1 { a = [ "x" ]; } (lib.literalExpression "e") (lib.literalMD "m") ];
  "scrubOptionValue-derivation" = lib.scrubOptionValue { a = [ { type = "derivation"; name = "n"; drvPath = abort "x"; outPath = abort "x"; } ]; };
  "optionAttrSetToDocList-entries" = docs {
    a = mkOption { type = types.int; default = 1; description = "An int."; example = 2; };
    b.c = mkOption { type = types.listOf types.str; internal = true; readOnly = true; };
    hidden = mkOption { visible = false; };
    text = mkOption { type = types.str; defaultText = lib.literalExpression "later"; };
    sub = mkOption { description = "S."; type = types.attrsOf (types.submodule { options.port = mkOption { type = types.port; default = 80; }; }); };
  };
  "optionAttrSetToDocList'-is-function" = lib.isFunction (lib.optionAttrSetToDocList' [ ]);
  "showOption-parts" = map lib.showOption [ [ "a" "b" ] [ "a" "b.c" "*" ] [ "x" "<name>" "if" "0" ] [ ] ];
  "showFiles-two" = lib.showFiles [ "a" "b" ];
  "showDefs-values" = options.showDefs (defs [ 1 "a\nb\nc\nd\ne\nf\ng" { x.y = [ 1 2 3 ]; } (throw "hidden") ]);
  "showOptionWithDefLocs-text" = lib.showOptionWithDefLocs { loc = [ "a" "b" ]; files = [ "f" "g" ]; };
  "unknownModule-text" = lib.unknownModule;
}
