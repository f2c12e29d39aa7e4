{ lib }:
let
  inherit (lib) modules types mkOption;
  bomb = abort "forced";
  eval = list: (lib.evalModules { modules = list; }).config;
  int = mkOption { type = types.int; };
  list = mkOption { type = types.listOf types.int; };
  fails = value: !(builtins.tryEval (builtins.deepSeq value value)).success;
in
{
  "evalModules-definition" = eval [ { options.a = int; config.a = 1; } ];
  "evalModules-shorthand" = eval [ { options.a = int; } { a = 1; } ];
  "evalModules-function-arguments" = eval [ ({ config, options, lib, ... }: { options.a = int; options.b = int; config.a = config.b + 1; config.b = lib.length (lib.attrNames (removeAttrs options [ "_module" ])); }) ];
  "evalModules-module-args" = eval [ ({ extra, ... }: { options.a = int; config.a = extra; }) { _module.args.extra = 5; } ];
  "evalModules-special-args" = (lib.evalModules { modules = [ ({ extra, ... }: { imports = [ { options.${extra} = int; } ]; }) { named = 3; } ]; specialArgs.extra = "named"; }).config;
  "evalModules-imports" = eval [ { imports = [ ./files/module.nix { greeting = "hi"; } ]; } ];
  "evalModules-imports-once" = eval [ { imports = [ ./files/module.nix ./files/module.nix ]; } { greeting = "hi"; } ];
  "evalModules-disabled" = eval [ ./files/module.nix { disabledModules = [ ./files/module.nix ]; options.other = mkOption { default = 1; }; } ];
  "evalModules-default" = eval [ { options.a = mkOption { default = 7; type = types.int; }; } ];
  "evalModules-apply" = eval [ { options.a = mkOption { apply = x: x * 2; }; config.a = 21; } ];
  "evalModules-undeclared" = fails (eval [ { a = 1; } ]);
  "evalModules-unchecked" = eval [ { _module.check = false; a = 1; options.b = mkOption { default = 2; }; } ];
  "evalModules-wrong-type" = fails (eval [ { options.a = int; config.a = "x"; } ]);
  "evalModules-undefined" = fails (eval [ { options.a = int; } ]);
  "evalModules-empty-value" = eval [ { options.a = list; options.b = mkOption { type = types.attrsOf types.int; }; options.c = mkOption { type = types.nullOr types.int; }; } ];
  "evalModules-read-only" = map (m: fails (eval [ { options.a = mkOption { readOnly = true; default = 1; }; } m ])) [ { } { a = 2; } ];
  "evalModules-lazy-options" = (eval [ { options.a = int; options.b = int; config.a = 1; config.b = bomb; } ]).a;
  "evalModules-freeform-value" = eval [ { config._module.freeformType = types.attrsOf types.int; options.a = int; config = { a = 1; free = 2; }; } ];
  "evalModules-freeform-nested" = eval [ { config._module.freeformType = types.attrsOf (types.attrsOf types.int); options.a.b = int; config = { a = { b = 1; c = 2; }; }; } ];
  "evalModules-extendModules" = ((lib.evalModules { modules = [ { options.a = list; config.a = [ 1 ]; } ]; }).extendModules { modules = [ { a = [ 2 ]; } ]; }).config;
  "evalModules-extendModules-self" = eval [ ({ extendModules, config, ... }: { options.a = int; options.seen = mkOption { }; config.a = lib.mkDefault 1; config.seen = (extendModules { modules = [ { a = 2; seen = lib.mkForce 0; } ]; }).config.a; }) ];
  "evalModules-options-tree" = let o = (lib.evalModules { modules = [ { options.a.b = mkOption { type = types.int; default = 1; description = "d"; }; } ]; }).options.a.b; in [ o.value o.loc o.isDefined o.highestPrio o.definitions o.description "${o}" o.type.name ];
  "evalModules-result-names" = lib.attrNames (removeAttrs (lib.evalModules { modules = [ ]; }) [ "graph" ]);
  "evalModules-class-good" = (lib.evalModules { class = "a"; modules = [ { _class = "a"; options.x = mkOption { default = 1; }; } ]; }).config;
  "evalModules-class-bad" = fails (lib.evalModules { class = "a"; modules = [ { _class = "b"; } ]; }).config;
  "evalModules-prefix" = lib.showOption (lib.evalModules { prefix = [ "p" ]; modules = [ { options.a = int; } ]; }).options.a.loc;
  "evalModules-unsupported-attribute" = fails (eval [ { options.a = int; b = 1; } ]);
  "evalModules-not-a-module" = fails (eval [ [ ] ]);
  "evalModules-toplevel-if" = eval [ { options.a = mkOption { default = 0; }; } (lib.mkIf true { a = 1; }) ];
  "evalModules-meta" = eval [ { options.meta.x = mkOption { }; options.a = mkOption { default = 1; }; config = { }; meta.x = 5; } ];
  "evalModules-submodule-and-options" = eval [ { options.s = mkOption { type = types.submodule { options.a = int; }; }; } { options.s.b = int; } { s.a = 1; s.b = 2; } ];
  "evalModules-declared-twice" = map (pair: fails (eval (map (o: { options.a = o; }) pair ++ [ { a = 1; } ]))) [
    [ int int ]
    [ int (mkOption { type = types.str; }) ]
    [ (mkOption { default = 1; }) (mkOption { default = 1; }) ]
    [ (mkOption { description = "x"; }) int ]
  ];
  "evalModules-parent-of-option" = fails (eval [ { options.a = int; } { options.a.b = int; } { a = 1; } ]);

  "mkIf-both" = eval [ { options.a = list; config = lib.mkMerge [ (lib.mkIf true { a = [ 1 ]; }) (lib.mkIf false { a = [ bomb ]; }) ]; } ];
  "mkIf-recursive" = eval [ ({ config, ... }: { options.a = mkOption { default = true; }; options.b = mkOption { default = 0; }; config = lib.mkIf config.a { b = 1; }; }) ];
  "mkIf-not-bool" = fails (eval [ { options.a = int; config.a = lib.mkIf 1 2; } ]);
  "mkIf-structure" = lib.mkIf true 1;
  "mkAssert-good" = lib.mkAssert true "m" 1;
  "mkAssert-bad" = (lib.mkAssert false "m" 1).condition;
  "mkMerge-structure" = lib.mkMerge [ 1 ];
  "mkMerge-lists" = eval [ { options.a = list; config.a = lib.mkMerge [ [ 1 ] [ 2 ] ]; } ];
  "mkOverride-lowest-wins" = eval [ { options.a = int; } { a = lib.mkOverride 90 1; } { a = lib.mkOverride 80 2; } { a = 3; } ];
  "mkDefault-and-default" = eval [ { options.a = mkOption { default = 1; type = types.int; }; } { a = lib.mkDefault 2; } ];
  "mkForce-wins" = eval [ { options.a = int; } { a = lib.mkForce 1; } { a = 2; } ];
  "mkForce-conflict" = fails (eval [ { options.a = int; } { a = lib.mkForce 1; } { a = lib.mkForce 2; } ]);
  "mkForce-on-set" = eval [ { options.a = list; options.b = list; } (lib.mkForce { a = [ 1 ]; b = [ 2 ]; }) { a = [ 9 ]; b = [ 8 ]; } ];
  "mkOptionDefault-structure" = lib.mkOptionDefault 1;
  "mkImageMediaOverride-structure" = lib.mkImageMediaOverride 1;
  "mkVMOverride-structure" = lib.mkVMOverride 1;
  "mkFixStrictness-id" = lib.mkFixStrictness 1;
  "mkOrder-sorts" = eval [ { options.a = list; } { a = lib.mkOrder 1200 [ 3 ]; } { a = lib.mkAfter [ 4 ]; } { a = [ 2 ]; } { a = lib.mkBefore [ 1 ]; } ];
  "mkBefore-structure" = lib.mkBefore 1;
  "mkAfter-structure" = lib.mkAfter 1;
  "mkOrder-inside-override" = eval [ { options.a = list; } { a = lib.mkForce (lib.mkAfter [ 2 ]); } { a = lib.mkForce [ 1 ]; } ];
  "mkDefinition-file" = map (d: d.file) (lib.evalModules { modules = [ { options.a = int; config.a = lib.mkDefinition { file = "elsewhere"; value = 1; }; } ]; }).options.a.definitionsWithLocations;
  "order-of-modules" = eval [ { options.a = list; } { imports = [ { a = [ 1 ]; } ]; a = [ 2 ]; } { a = [ 3 ]; } ];
  "nested-properties" = eval [ { options.a = mkOption { type = types.attrsOf (types.attrsOf types.int); }; config.a = lib.mkIf true (lib.mkMerge [ { x = lib.mkIf true { y = lib.mkDefault 1; z = lib.mkIf false 2; }; } { x.y = 5; } ]); } ];

  "defaultOverridePriority-number" = modules.defaultOverridePriority;
  "defaultOrderPriority-number" = modules.defaultOrderPriority;
  "dischargeProperties-merge" = modules.dischargeProperties (lib.mkMerge [ 1 (lib.mkIf true (lib.mkMerge [ 2 3 ])) (lib.mkIf false 4) ]);
  "pushDownProperties-if" = modules.pushDownProperties (lib.mkMerge [ (lib.mkIf true { a = 1; }) (lib.mkForce { b = 2; }) { c = 3; } ]);
  "filterOverrides-lowest" = modules.filterOverrides [ { value = lib.mkDefault 1; } { value = lib.mkForce 2; } { value = lib.mkForce 3; } ];
  "filterOverrides'-priority" = modules.filterOverrides' [ { value = lib.mkDefault 1; } { value = 2; } ];
  "sortProperties-order" = map (d: d.value) (modules.sortProperties [ { value = lib.mkAfter 1; } { value = 2; } { value = lib.mkBefore 3; } ]);
  "mapDefinitionValue-inside" = modules.mapDefinitionValue (x: x + 1) (lib.mkMerge [ 1 (lib.mkIf true (lib.mkForce (lib.mkOrder 5 2))) ]);
  "mergeDefinitions-parts" = let m = modules.mergeDefinitions [ "x" ] (types.listOf types.int) [ { file = "f"; value = [ 1 ]; } { file = "g"; value = lib.mkForce [ 2 ]; } ]; in [ m.mergedValue m.isDefined m.defsFinal m.defsFinal'.highestPrio m.optionalValue ];
  "mergeOptionDecls-merged" = let o = modules.mergeOptionDecls [ "x" ] [ { _file = "f"; options = mkOption { type = types.enum [ 1 ]; }; } { _file = "g"; options = mkOption { type = types.enum [ 2 ]; default = 1; }; } ]; in [ o.declarations o.default o.type.description ];
  "fixupOptionType-default" = (modules.fixupOptionType [ ] { options = [ ]; }).type.name;
  "evalOptionValue-value" = let o = modules.evalOptionValue [ "x" ] { type = types.int; declarations = [ "f" ]; default = 1; } [ { file = "g"; value = 5; } ]; in [ o.value o.files o.isDefined ];
  "mergeModules-options" = let m = modules.mergeModules [ ] [ { _file = "f"; options.a = int; config = { a = 1; b = 2; }; } ]; in [ m.matchedOptions.a.value m.unmatchedDefns ];
  "mergeModules'-options" = (modules.mergeModules' [ ] [ { _file = "f"; options.a = int; config = { }; } ] [ { file = "g"; config.a = 4; } ]).matchedOptions.a.value;
  "mergeAttrDefinitionsWithPrio-each" = lib.mapAttrs (n: v: removeAttrs v [ "valueMeta" ]) (modules.mergeAttrDefinitionsWithPrio (lib.evalModules { modules = [ { options.a = mkOption { type = types.attrsOf types.int; }; } { a = { x = lib.mkDefault 1; y = 2; }; } { a.x = lib.mkDefault 1; } ]; }).options.a);
  "collectModules-is-function" = lib.isFunction modules.collectModules;
  "unifyModuleSyntax-shorthand" = modules.unifyModuleSyntax "file" "key" { a = 1; imports = [ ]; };
  "unifyModuleSyntax-explicit" = modules.unifyModuleSyntax "file" "key" { config.a = 1; _file = "other"; };
  "applyModuleArgsIfFunction-both" = [ (modules.applyModuleArgsIfFunction "k" ({ a, ... }: a) { a = 1; config = bomb; }) (modules.applyModuleArgsIfFunction "k" 5 { config = bomb; }) ];
  "setDefaultModuleLocation-module" = modules.setDefaultModuleLocation "f" { a = 1; };
  "importApply-module" = lib.attrNames (modules.importApply ./files/module-function.nix 5);
  "importApply-value" = eval [ (modules.importApply ./files/module-function.nix 5) ];
  "importJSON-module" = (modules.importJSON ./files/data.json).config;
  "importTOML-module" = (modules.importTOML ./files/data.toml).config;

  "mkAliasDefinitions-alias" = eval [ ({ options, ... }: { options.a = list; options.b = list; config.a = [ 1 ]; config.b = lib.mkAliasDefinitions options.a; }) ];
  "mkAliasAndWrapDefinitions-wrap" = eval [ ({ options, ... }: { options.a = list; options.b.c = list; config.a = [ 1 ]; config.b = lib.mkAliasAndWrapDefinitions (v: { c = v; }) options.a; }) ];
  "mkAliasAndWrapDefsWithPriority-priority" = eval [ ({ options, ... }: { options.a = int; options.b = mkOption { type = types.int; }; config.a = lib.mkForce 1; config.b = modules.mkAliasAndWrapDefsWithPriority lib.id options.a; }) { b = 2; } ];
  "mkAliasIfDef-undefined" = (modules.mkAliasIfDef { _type = "option"; isDefined = false; } 1).condition;
  "mkDerivedConfig-value" = eval [ ({ options, ... }: { options.a = int; options.b = int; config.a = 1; config.b = lib.mkDerivedConfig options.a (x: x + 1); }) ];
  "mkRenamedOptionModule-value" = let c = eval [ (lib.mkRenamedOptionModule [ "old" ] [ "new" "name" ]) { options.new.name = int; config.old = 3; } ]; in [ c.new c.old ];
  "mkRenamedOptionModule-warnings" = (eval [ (lib.mkRenamedOptionModule [ "old" ] [ "new" ]) { options.new = int; options.warnings = mkOption { default = [ ]; }; config.old = 3; } ]).warnings != [ ];
  "mkRenamedOptionModuleWith-value" = (eval [ (lib.mkRenamedOptionModuleWith { sinceRelease = 2111; from = [ "old" ]; to = [ "new" ]; }) { options.new = int; config.old = 3; } ]).new;
  "mkAliasOptionModule-value" = eval [ (lib.mkAliasOptionModule [ "old" ] [ "new" ]) { options.new = int; config.old = lib.mkForce 3; config.new = 4; } ];
  "mkAliasOptionModuleMD-value" = (eval [ (lib.mkAliasOptionModuleMD [ "old" ] [ "new" ]) { options.new = int; config.old = 3; } ]).new;
  "mkRemovedOptionModule-assertion" = let c = eval [ (lib.mkRemovedOptionModule [ "old" ] "Do not.") { options.assertions = mkOption { }; config.old = 1; } ]; in [ (map (a: a.assertion) c.assertions) (fails c.old) ];
  "mkRemovedOptionModule-unused" = map (a: a.assertion) (eval [ (lib.mkRemovedOptionModule [ "old" ] "Do not.") { options.assertions = mkOption { }; } ]).assertions;
  "mkChangedOptionModule-value" = (eval [ (lib.mkChangedOptionModule [ "old" ] [ "new" ] (config: toString config.old)) { options.warnings = mkOption { }; options.new = mkOption { type = types.str; }; config.old = 5; } ]).new;
  "mkMergedOptionModule-value" = (eval [ (lib.mkMergedOptionModule [ [ "x" ] [ "y" ] ] [ "new" ] (config: config.x + config.y)) { options.warnings = mkOption { }; options.new = int; config.x = 5; config.y = 6; } ]).new;
  "doRename-condition" = (eval [ (lib.doRename { from = [ "old" ]; to = [ "new" ]; visible = true; warn = false; use = lib.id; condition = false; }) { options.new = mkOption { default = 0; }; config.old = 5; } ]).new;
}
