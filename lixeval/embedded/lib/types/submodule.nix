# Types whose values are configurations of modules, or modules themselves.
{ lib }:
let
  inherit (builtins)
    intersectAttrs
    isAttrs
    map
    ;
  inherit (lib) isFunction last optionalAttrs;
  inherit (lib.modules) setDefaultModuleLocation;
  inherit (import ./make.nix { inherit lib; }) defaultFunctor mkOptionType;
  isModule = value: isAttrs value || isFunction value || lib.types.path.check value;
  noCheckForDocsModule = {
    _file = "lib/types.nix";
    config._module.check = lib.mkForce false;
  };
in
rec {
  inherit noCheckForDocsModule;

  submodule =
    modules:
    submoduleWith {
      shorthandOnlyDefinesConfig = true;
      modules = lib.toList modules;
    };
  submoduleWith =
    {
      modules,
      specialArgs ? { },
      # Whether a definition that is a set is all configuration, even an attribute `config`.
      shorthandOnlyDefinesConfig ? false,
      description ? null,
      class ? null,
    }@attrs:
    let
      base = lib.evalModules {
        inherit class specialArgs;
        # The name is known where the submodule is used; here it stands for any.
        modules = [ { _module.args.name = lib.mkOptionDefault "‹name›"; } ] ++ modules;
      };
      # Descriptions are wanted of modules that contain mistakes, too.
      described = base.extendModules { modules = [ noCheckForDocsModule ]; };
      inherit (described._module) freeformType;
      asModule =
        def:
        if isAttrs def.value && shorthandOnlyDefinesConfig == true then
          {
            _file = def.file;
            config = def.value;
          }
        else
          setDefaultModuleLocation def.file def.value;
    in
    mkOptionType {
      name = "submodule";
      description =
        if description != null then
          description
        else if freeformType == null then
          "submodule"
        else
          "open submodule of ${lib.types.optionDescriptionPhrase (kind: kind == "noun" || kind == "composite") freeformType}";
      check = isModule;
      merge =
        loc: defs:
        (base.extendModules {
          modules = [ { _module.args.name = last loc; } ] ++ map asModule defs;
          prefix = loc;
        }).config;
      emptyValue.value = { };
      getSubOptions =
        prefix:
        let
          shown = base.extendModules {
            inherit prefix;
            modules = [ noCheckForDocsModule ];
          };
        in
        shown.options // optionalAttrs (freeformType != null) { _freeformOptions = freeformType.getSubOptions prefix; };
      getSubModules = modules;
      substSubModules = modules: submoduleWith (attrs // { inherit modules; });
      nestedTypes = optionalAttrs (freeformType != null) { inherit freeformType; };
      functor = defaultFunctor "submodule" // {
        type = submoduleWith;
        payload = {
          inherit
            modules
            class
            specialArgs
            shorthandOnlyDefinesConfig
            description
            ;
        };
        binOp =
          a: b:
          let
            agree =
              name: neutral: message:
              if a.${name} == neutral then
                b.${name}
              else if b.${name} == neutral || a.${name} == b.${name} then
                a.${name}
              else
                throw message;
            common = intersectAttrs a.specialArgs b.specialArgs;
          in
          {
            modules = a.modules ++ b.modules;
            class = agree "class" null "A submoduleWith option is declared multiple times with conflicting class values \"${toString a.class}\" and \"${toString b.class}\".";
            specialArgs =
              if common == { } then
                a.specialArgs // b.specialArgs
              else
                throw "A submoduleWith option is declared multiple times with the same specialArgs \"${toString (builtins.attrNames common)}\"";
            shorthandOnlyDefinesConfig = agree "shorthandOnlyDefinesConfig" null "A submoduleWith option is declared multiple times with conflicting shorthandOnlyDefinesConfig values";
            description = agree "description" null "A submoduleWith option is declared multiple times with conflicting descriptions";
          };
      };
    };

  # The module is not evaluated here; whoever reads the option imports it.
  deferredModule = deferredModuleWith { };
  deferredModuleWith =
    {
      staticModules ? [ ],
    }:
    mkOptionType {
      name = "deferredModule";
      description = "module";
      descriptionClass = "noun";
      check = isModule;
      merge = loc: defs: {
        imports =
          staticModules
          ++ map (def: setDefaultModuleLocation "${def.file}, via option ${lib.showOption loc}" def.value) defs;
      };
      inherit (submoduleWith { modules = staticModules; }) getSubOptions getSubModules;
      substSubModules = modules: deferredModuleWith { staticModules = modules; };
      functor = defaultFunctor "deferredModuleWith" // {
        type = deferredModuleWith;
        payload = { inherit staticModules; };
        binOp = a: b: { staticModules = a.staticModules ++ b.staticModules; };
      };
    };
}
