# Modules for options that were renamed, merged into others or removed.
{ lib }:
let
  inherit (builtins) any filter map;
  inherit (lib)
    attrByPath
    getAttrFromPath
    isOption
    mkIf
    mkMerge
    mkOption
    mkOverride
    optional
    optionalAttrs
    setAttrByPath
    showFiles
    showOption
    types
    ;
  properties = import ./properties.nix { inherit lib; };

  warning = from: option: instead: "The option `${showOption from}' defined in ${showFiles option.files} has been ${instead}";
in
rec {
  mkAliasDefinitions = mkAliasAndWrapDefinitions lib.id;
  mkAliasAndWrapDefinitions = wrap: option: mkAliasIfDef option (wrap (mkMerge option.definitions));
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    let
      priority = option.highestPrio or properties.defaultOverridePriority;
    in
    mkAliasIfDef option (wrap (mkMerge (map (mkOverride priority) option.definitions)));
  mkAliasIfDef = option: mkIf (isOption option && option.isDefined);
  mkDerivedConfig = option: f: mkOverride (option.highestPrio or properties.defaultOverridePriority) (f option.value);

  mkRemovedOptionModule =
    path: advice:
    { options, ... }:
    let
      option = getAttrFromPath path options;
      gone = "The option `${showOption path}' can no longer be used since it's been removed. ${advice}";
    in
    {
      options = setAttrByPath path (mkOption {
        visible = false;
        apply = _: throw gone;
      });
      config.assertions = [
        {
          assertion = !option.isDefined;
          message = "The option definition `${showOption path}' in ${showFiles option.files} no longer has any effect; please remove it.\n${advice}";
        }
      ];
    };

  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use = builtins.trace "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
  mkRenamedOptionModuleWith =
    {
      from,
      to,
      sinceRelease,
    }:
    let
      warn = lib.trivial.oldestSupportedReleaseIsAtLeast sinceRelease;
    in
    doRename {
      inherit from to warn;
      visible = false;
      use = lib.warnIf warn "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = lib.id;
    };
  mkAliasOptionModuleMD = mkAliasOptionModule;

  mkChangedOptionModule = from: to: change: mkMergedOptionModule [ from ] to change;
  mkMergedOptionModule =
    froms: to: merge:
    { config, options, ... }:
    let
      # What nobody defined is null to those who read it.
      nothing = "_mkMergedOptionModule";
      isDefined = from: attrByPath from nothing config != nothing;
      used = filter isDefined froms;
    in
    {
      options = lib.foldl' lib.recursiveUpdate { } (
        map (
          from:
          setAttrByPath from (mkOption {
            visible = false;
            default = nothing;
          })
        ) froms
      );
      config =
        optionalAttrs (options ? warnings) {
          warnings = map (
            from:
            let
              option = getAttrFromPath from options;
            in
            "The option `${showOption from}' defined in ${showFiles option.files} has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly."
          ) used;
        }
        // setAttrByPath to (mkMerge (optional (any isDefined froms) (merge config)));
    };

  doRename =
    {
      from,
      to,
      visible,
      warn,
      use,
      withPriority ? true,
      condition ? true,
    }:
    { config, options, ... }:
    let
      old = getAttrFromPath from options;
      current = attrByPath to (abort "Renaming error: option `${showOption to}' does not exist.");
      target = attrByPath to { } options;
      type = target.type or (types.submodule { });
      alias = if withPriority then mkAliasAndWrapDefsWithPriority else mkAliasAndWrapDefinitions;
    in
    {
      options = setAttrByPath from (
        mkOption {
          inherit visible;
          description = "Alias of {option}`${showOption to}`.";
          apply = _: use (current config);
        }
        // optionalAttrs (type != null) { inherit type; }
      );
      config = mkIf condition (mkMerge [
        (optionalAttrs (options ? warnings) {
          warnings = optional (warn && old.isDefined) (warning from old "renamed to `${showOption to}'.");
        })
        (alias (setAttrByPath to) old)
      ]);
    };
}
