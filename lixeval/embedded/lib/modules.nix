# The module system: modules declare options and define their values; together they make
# one configuration, a fixed point.
#
#   modules -> collect (modules/collect.nix) -> merge declarations and definitions
#   (modules/merge.nix) -> options and config
#
# Properties of definitions (mkIf, mkForce, ...) are in modules/properties.nix.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    head
    map
    removeAttrs
    seq
    ;
  inherit (lib)
    isOption
    mapAttrsRecursiveCond
    mkOption
    recursiveUpdate
    reverseList
    setAttrByPath
    showOption
    types
    ;
  collect = import ./modules/collect.nix { inherit lib; };
  merge = import ./modules/merge.nix { inherit lib; };

  # `_module`, what the module system itself can be told, declared as any other options.
  internalModule =
    {
      prefix,
      specialArgs,
      extendModules,
      type,
    }:
    {
      _file = "lib/modules.nix";
      key = "lib/modules.nix";
      options._module = {
        args = mkOption {
          # Lazy, so that an argument may be made from options that modules define with others.
          type = types.lazyAttrsOf types.raw;
          # Documented once, at the outermost level.
          internal = prefix != [ ];
          description = "Additional arguments passed to each module in addition to ones like `lib`, `config`, and `pkgs`, `modulesPath`.";
        };
        check = mkOption {
          type = types.bool;
          internal = true;
          default = true;
          description = "Whether to check whether all option definitions have matching declarations.";
        };
        freeformType = mkOption {
          type = types.nullOr types.optionType;
          internal = true;
          default = null;
          description = "If set, merge all definitions that don't have an associated option together using this type.";
        };
        specialArgs = mkOption {
          readOnly = true;
          internal = true;
          description = "Externally provided module arguments that can't be modified from within a configuration, but can be used in module imports.";
        };
      };
      config._module = {
        args = {
          inherit extendModules;
          moduleType = type;
        };
        inherit specialArgs;
      };
    };
in
{
  evalModules =
    {
      modules,
      prefix ? [ ],
      # Arguments that `imports` may depend on.
      specialArgs ? { },
      # What kind of modules these are; a module for another kind is refused.
      class ? null,
      args ? { },
      check ? true,
    }@given:
    let
      legacy = {
        _file = "lib/modules.nix";
        key = "lib/modules.nix:legacy";
        config._module =
          lib.optionalAttrs (given ? args) { inherit args; }
          // lib.optionalAttrs (given ? check) { check = lib.mkDefault check; };
      };
      regular = modules ++ lib.optional (given ? args || given ? check) legacy;

      collected = collect.collectModules class (specialArgs.modulesPath or "") (
        regular
        ++ [
          (internalModule {
            inherit
              prefix
              specialArgs
              extendModules
              type
              ;
          })
        ]
      ) ({
        inherit
          lib
          options
          specialArgs
          ;
        _class = class;
        _prefix = prefix;
        config = addErrorContext "if you get an infinite recursion here, you probably reference `config` in `imports`. If you are trying to achieve a conditional import behavior dependent on `config`, consider importing unconditionally, and using `mkEnableOption` and `mkIf` to control its effect." config;
      } // specialArgs);
      merged = merge.mergeModules prefix (reverseList collected);

      options = merged.matchedOptions;
      declared = mapAttrsRecursiveCond (value: !isOption value) (_: option: option.value) options;
      freeformType = declared._module.freeformType;
      freeform =
        if merged.unmatchedDefns == [ ] then
          { }
        else
          freeformType.merge prefix (
            map (def: {
              inherit (def) file;
              value = setAttrByPath def.prefix def.value;
            }) merged.unmatchedDefns
          );
      # Free definitions are never at an option's place, so nothing is overwritten.
      config = if freeformType == null then declared else recursiveUpdate freeform declared;

      first = head merged.unmatchedDefns;
      undeclared =
        let
          base = "The option `${showOption (prefix ++ first.prefix)}' does not exist. Definition values:${lib.options.showDefs [ first ]}";
          onlyOwn = attrNames options == [ "_module" ];
        in
        if onlyOwn && prefix == [ ] then
          "${base}\n\nIt seems as if you're trying to declare an option by placing it into `config' rather than `options'!"
        else if onlyOwn then
          "${base}\n\nHowever there are no options defined in `${showOption prefix}'. Are you sure you've declared your options properly? This can happen if you e.g. declared your options in `types.submodule' under `config' rather than `options'."
        else
          base + collect.suggestOptions prefix options first.prefix;
      checkUnmatched =
        if config._module.check && freeformType == null && merged.unmatchedDefns != [ ] then
          addErrorContext "while evaluating the error message for definitions for `${showOption (prefix ++ first.prefix)}', which is an option that does not exist" (throw undeclared)
        else
          null;
      checked = seq checkUnmatched;

      extendModules =
        {
          modules ? [ ],
          specialArgs ? { },
          prefix ? given.prefix or [ ],
        }:
        lib.evalModules (
          removeAttrs given [
            "args"
            "check"
          ]
          // {
            inherit prefix;
            modules = regular ++ modules;
            specialArgs = given.specialArgs or { } // specialArgs;
          }
        );
      type = types.submoduleWith {
        modules = regular;
        inherit class specialArgs;
      };
    in
    {
      _type = "configuration";
      options = checked options;
      config = checked (removeAttrs config [ "_module" ]);
      _module = checked config._module;
      inherit extendModules type class;
    };

  inherit (collect)
    applyModuleArgsIfFunction
    collectModules
    importApply
    importJSON
    importTOML
    setDefaultModuleLocation
    unifyModuleSyntax
    ;
  inherit (merge)
    evalOptionValue
    fixupOptionType
    mergeAttrDefinitionsWithPrio
    mergeDefinitions
    mergeModules
    mergeModules'
    mergeOptionDecls
    ;
  inherit (import ./modules/properties.nix { inherit lib; })
    defaultOrderPriority
    defaultOverridePriority
    dischargeProperties
    filterOverrides
    filterOverrides'
    mapDefinitionValue
    mkAfter
    mkAssert
    mkBefore
    mkDefault
    mkDefinition
    mkFixStrictness
    mkForce
    mkIf
    mkImageMediaOverride
    mkMerge
    mkOptionDefault
    mkOrder
    mkOverride
    mkVMOverride
    pushDownProperties
    sortProperties
    ;
  inherit (import ./modules/renames.nix { inherit lib; })
    doRename
    mkAliasAndWrapDefinitions
    mkAliasAndWrapDefsWithPriority
    mkAliasDefinitions
    mkAliasIfDef
    mkAliasOptionModule
    mkAliasOptionModuleMD
    mkChangedOptionModule
    mkDerivedConfig
    mkMergedOptionModule
    mkRemovedOptionModule
    mkRenamedOptionModule
    mkRenamedOptionModuleWith
    ;
}
