{ lib }:
let
  inherit (lib) generators;
  pretty = generators.toPretty;
  value = {
    text = "x\n''y\n\${z}";
    "b c" = [ 1 [ ] { } (x: x) ({ a, b ? 1 }: 1) ({ }: 1) builtins.add 1.5 null true ];
    path = /some/path;
    drv = { type = "derivation"; name = "d"; };
    nameless.type = "derivation";
    functor.__functor = self: { q }: q;
    if' = "$";
    "if" = "\${x}";
  };
in
{
  "mkValueStringDefault-kinds" = map (generators.mkValueStringDefault { }) [ 42 "fo\"o" true false null 1.5 { type = "derivation"; outPath = "/p"; }];
  "mkKeyValueDefault-escape" = generators.mkKeyValueDefault { } ":" "f:oo" "bar";
  "mkKeyValueDefault-own" = generators.mkKeyValueDefault { mkValueString = v: "<${toString v}>"; } " = " "k" 1;
  "toKeyValue-set" = generators.toKeyValue { } { key = "value"; "other=key" = "baz"; n = 1; };
  "toKeyValue-lists" = generators.toKeyValue { listsAsDuplicateKeys = true; indent = "  "; } { a = [ 1 2 ]; b = "x"; c = [ ]; };
  "toKeyValue-own" = generators.toKeyValue { mkKeyValue = k: v: "${k}!${v}"; } { a = "b"; };
  "toINI-sections" = generators.toINI { } { foo = { hi = "x"; ciao = "bar"; }; baz."also, integers" = 42; "s[]" = { "d=e" = null; }; };
  "toINI-empty" = generators.toINI { } { };
  "toINI-duplicates" = generators.toINI { listsAsDuplicateKeys = true; } { a.b = [ 1 false ]; };
  "toINI-own" = generators.toINI { mkSectionName = lib.toUpper; mkKeyValue = k: v: "${k}:${v}"; } { a.b = "c"; };
  "toINIWithGlobalSection-both" = generators.toINIWithGlobalSection { } { globalSection.a = 1; sections.b.c = 2; };
  "toINIWithGlobalSection-empty-global" = generators.toINIWithGlobalSection { } { globalSection = { }; sections.b.c = 2; };
  "toINIWithGlobalSection-only-global" = generators.toINIWithGlobalSection { } { globalSection.a = 1; };
  "toGitINI-config" = generators.toGitINI { user.name = "a b"; url."x".y = [ "1" true 2 ]; core.a.b.c = "d\n\"\\\t"; top.q = 1.5; alias.x = null; };
  "toJSON-value" = generators.toJSON { } { a = [ 1 2.5 ]; };
  "toYAML-value" = generators.toYAML { } { a = [ 1 2.5 ]; };
  "toPretty-everything" = pretty { } value;
  "toPretty-one-line" = pretty { multiline = false; } value;
  "toPretty-indent" = pretty { indent = "    "; } { a.b = [ 1 ]; };
  "toPretty-strings" = map (pretty { }) [ "a" "a\nb" "a\nb\n" "a\n" "\n" "" "\"\${" "$" "$$" "$\${x" "a\n$" ];
  "toPretty-pretty-values" = pretty { allowPrettyValues = true; } [ { __pretty = x: "<${x}>"; val = "v"; } { __pretty = 1; } ];
  "toPretty-sets" = map (pretty { }) [ { outPath = "a"; } { __toString = self: "x"; } { _type = "option"; } ];
  "withRecursion-limit" = generators.withRecursion { depthLimit = 1; throwOnDepthLimit = false; } { a.b.c = 1; l = [ 1 [ 2 ] ]; n = 1; };
  "withRecursion-deeper" = generators.withRecursion { depthLimit = 3; throwOnDepthLimit = false; } { a.b.c.d = 1; l = [ 1 [ 2 ] ]; n = 1; };
  "withRecursion-throws" = generators.withRecursion { depthLimit = 1; } { a.b.c = 1; };
  "withRecursion-cyclic" = pretty { } (generators.withRecursion { depthLimit = 2; throwOnDepthLimit = false; } (lib.fix (self: { inherit self; x = [ self ]; })));
  "toLua-table" = generators.toLua { } { a = [ 1 { b = "x\"\n"; } null true 1.5 (generators.mkLuaInline "f()") ]; c = { }; d = [ ]; "e f" = 1; h = "\${x}"; };
  "toLua-one-line" = generators.toLua { multiline = false; } { a = [ 1 { b = "x"; } ]; };
  "toLua-bindings" = generators.toLua { asBindings = true; } { a.b = 1; "c.d" = 1; e = [ 1 ]; };
  "toLua-bindings-bad-name" = generators.toLua { asBindings = true; } { "a b" = 1; };
  "toLua-indent" = generators.toLua { indent = "  "; } { a = [ 1 ]; };
  "toLua-scalars" = map (generators.toLua { }) [ "x" 1 1.5 true false null { type = "derivation"; outPath = "/p"; } ];
  "mkLuaInline-mark" = lib.mkLuaInline "x";
  "toPlist-plain" = generators.toPlist { } { a = 1; b = [ 1 true "x" 1.5 "<&>" [ ] ]; c = { }; d = null; e = false; };
  "toPlist-escape" = generators.toPlist { escape = true; } { "a<" = 1; b = "<&>"; n = [ [ 1 ] { q = "r"; } ]; };
  "toDhall-values" = map (generators.toDhall { }) [ { a = 1; b = [ true "x" 1.5 ]; c.d = "e"; } [ ] (-3) { } ];
}
