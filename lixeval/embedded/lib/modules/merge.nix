# Declarations of options brought together over all modules, and each option's definitions
# merged into its value.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    all
    attrNames
    concatLists
    concatMap
    filter
    foldl'
    head
    isAttrs
    length
    map
    mapAttrs
    removeAttrs
    zipAttrsWith
    ;
  inherit (lib)
    isOption
    mapAttrsToList
    optional
    optionalAttrs
    showFiles
    showOption
    types
    ;
  inherit (lib.options) showDefs;
  properties = import ./properties.nix { inherit lib; };
  collect = import ./collect.nix { inherit lib; };
  inherit (properties)
    dischargeProperties
    filterOverrides'
    mkOptionDefault
    pushDownProperties
    sortProperties
    ;

  show = value: if isAttrs value then "an attribute set" else "a value of type ${builtins.typeOf value}";

  # A set of options where a submodule is declared too becomes part of the submodule.
  treeAsOption =
    decl:
    if isOption decl.options then
      decl
    else
      decl
      // {
        options = lib.mkOption {
          type = types.submoduleWith {
            modules = [ { inherit (decl) options; } ];
            shorthandOnlyDefinesConfig = null;
          };
        };
      };
in
rec {
  mergeModules =
    prefix: modules:
    mergeModules' prefix modules (
      concatMap (
        module:
        map (config: {
          file = module._file;
          inherit config;
        }) (pushDownProperties module.config)
      ) modules
    );

  # Gives { matchedOptions, unmatchedDefns }: a tree of evaluated options, and the
  # definitions that no option is declared for.
  mergeModules' =
    prefix: modules: configs:
    let
      declsByName = zipAttrsWith (_: decls: decls) (
        map (
          module:
          if isAttrs module.options then
            mapAttrs (name: options: {
              inherit (module) _file;
              inherit options;
              position = builtins.unsafeGetAttrPos name module.options;
            }) module.options
          else
            throw "In module `${module._file}', option `${showOption prefix}' is expected to be an attribute set of options, but is ${show module.options}."
        ) modules
      );
      checked =
        entry:
        if isAttrs entry.config then
          entry.config
        else
          throw "In module `${entry.file}', you're trying to define a value of type `${builtins.typeOf entry.config}'\nrather than an attribute set for the option\n`${showOption prefix}'!\n\nThis usually happens if `${showOption prefix}' has option\ndefinitions inside that are not matched. Please check how to properly define\nthis option by e.g. referring to `man 5 configuration.nix'!";
      # For options below a name: configurations; for an option: definitions as they are.
      configsByName = zipAttrsWith (_: concatLists) (
        map (
          entry:
          mapAttrs (
            _: value:
            map (config: {
              inherit (entry) file;
              inherit config;
            }) (pushDownProperties value)
          ) (checked entry)
        ) configs
      );
      defsByName = zipAttrsWith (_: defs: defs) (
        map (
          entry:
          mapAttrs (_: value: {
            inherit (entry) file;
            inherit value;
          }) (checked entry)
        ) configs
      );

      results = mapAttrs (
        name: decls:
        let
          loc = prefix ++ [ name ];
          isDeclaration =
            decl:
            decl.options ? _type
            && (
              isOption decl.options
              || throw "In module ${decl._file}: expected an option declaration at option path `${showOption loc}` but got an attribute set with type ${decl.options._type}"
            );
          optionDecls = filter isDeclaration decls;
          evaluated = decls: {
            matchedOptions = evalOptionValue loc (fixupOptionType loc (mergeOptionDecls loc decls)) (
              defsByName.${name} or [ ]
            );
            unmatchedDefns = [ ];
          };
          nested = head (filter (decl: !isOption decl.options) decls);
          parent = head optionDecls;
          takesOptions = decl: decl.options.type.name or null == "submodule";
        in
        if length optionDecls == length decls then
          evaluated decls
        else if optionDecls == [ ] then
          mergeModules' loc decls (configsByName.${name} or [ ])
        else if all takesOptions optionDecls then
          evaluated (map treeAsOption decls)
        else
          throw "The option `${showOption loc}' in module `${parent._file}' would be a parent of the following options, but its type `${
            parent.options.type.description or "<no description>"
          }' does not support nested options.\n- option(s) with prefix `${
            showOption (loc ++ [ (head (attrNames nested.options)) ])
          }' in module `${nested._file}'"
      ) declsByName;
      matchedOptions = mapAttrs (_: result: result.matchedOptions) results;
      unmatchedByName =
        mapAttrs (_: result: result.unmatchedDefns) results
        // removeAttrs defsByName (attrNames matchedOptions);
    in
    {
      inherit matchedOptions;
      unmatchedDefns =
        # Where nothing is defined, the declarations need not be looked at.
        if configs == [ ] then
          [ ]
        else
          concatLists (
            mapAttrsToList (
              name: defs: map (def: def // { prefix = [ name ] ++ (def.prefix or [ ]); }) defs
            ) unmatchedByName
          );
    };

  # An option may be declared several times when no part of it is said twice and the types agree.
  mergeOptionDecls =
    loc: decls:
    foldl'
      (
        merged: decl:
        let
          both = name: decl.options ? ${name} && merged ? ${name};
          mergedType = merged.type.typeMerge decl.options.type.functor;
          twice = builtins.any both [
            "default"
            "example"
            "description"
            "apply"
          ];
          subModules = decl.options.type.getSubModules or null;
        in
        if twice || both "type" && mergedType == null then
          throw "The option `${showOption loc}' in `${decl._file}' is already declared in ${showFiles merged.declarations}."
        else
          decl.options
          // merged
          // {
            declarations = merged.declarations ++ [ decl._file ];
            declarationPositions = merged.declarationPositions ++ [ (positionOf decl) ];
            options =
              if subModules == null then
                merged.options
              else
                map (collect.setDefaultModuleLocation decl._file) subModules ++ merged.options;
          }
          // optionalAttrs (both "type") { type = mergedType; }
      )
      {
        inherit loc;
        declarations = [ ];
        declarationPositions = [ ];
        options = [ ];
      }
      decls;
  positionOf =
    decl:
    if decl.position or null != null then
      decl.position
    else
      {
        file = decl._file;
        line = null;
        column = null;
      };

  fixupOptionType =
    _: opt:
    if opt.type.getSubModules or null == null then
      opt // { type = opt.type or types.unspecified; }
    else
      opt
      // {
        type = opt.type.substSubModules opt.options;
        options = [ ];
      };

  evalOptionValue =
    loc: opt: defs:
    let
      default = optional (opt ? default) {
        file = head opt.declarations;
        value = mkOptionDefault opt.default;
      };
      all = default ++ defs;
      merged =
        if opt.readOnly or false && length all > 1 then
          throw "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${
            showDefs (map (def: def // { value = (mergeDefinitions loc opt.type [ def ]).mergedValue; }) all)
          }"
        else
          mergeDefinitions loc opt.type all;
      value = if opt ? apply then opt.apply merged.mergedValue else merged.mergedValue;
      warned =
        if opt.type.deprecationMessage or null == null then
          opt
        else
          lib.warn "The type `types.${opt.type.name}' of option `${showOption loc}' defined in ${showFiles opt.declarations} is deprecated. ${opt.type.deprecationMessage}" opt;
    in
    warned
    // {
      value = addErrorContext "while evaluating the option `${showOption loc}':" value;
      inherit (merged.defsFinal') highestPrio;
      definitions = map (def: def.value) merged.defsFinal;
      files = map (def: def.file) merged.defsFinal;
      definitionsWithLocations = merged.defsFinal;
      inherit (merged) isDefined;
      # Shows itself as its name in messages.
      __toString = _: showOption loc;
    };

  mergeDefinitions = loc: type: defs: rec {
    defsFinal' =
      let
        normal = concatMap (
          def:
          let
            context = addErrorContext "while evaluating a definition from `${def.file}':";
          in
          map (
            value:
            if context value._type or null == "definition" then
              value
            else
              {
                inherit (def) file;
                value = context value;
              }
          ) (context (dischargeProperties def.value))
        ) defs;
        filtered = filterOverrides' normal;
      in
      {
        values = sortProperties filtered.values;
        inherit (filtered) highestPrio;
      };
    defsFinal = defsFinal'.values;
    isDefined = defsFinal != [ ];
    mergedValue =
      if !isDefined then
        (
          if type.emptyValue ? value then
            type.merge loc [
              {
                file = lib.unknownModule;
                inherit (type.emptyValue) value;
              }
            ]
          else
            throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option."
        )
      else if all (def: type.check def.value) defsFinal then
        type.merge loc defsFinal
      else
        throw "A definition for option `${showOption loc}' is not of type `${type.description}'. Definition values:${
          showDefs (filter (def: !type.check def.value) defsFinal)
        }";
    optionalValue = if isDefined then { value = mergedValue; } else { };
  };

  # The attributes of an attrsOf option, each with the priority of its definitions.
  mergeAttrDefinitionsWithPrio =
    opt:
    let
      defsByName = zipAttrsWith (_: defs: defs) (
        concatMap (
          def:
          map (mapAttrs (_: value: { inherit (def) file; inherit value; })) (pushDownProperties def.value)
        ) opt.definitionsWithLocations
      );
    in
    assert builtins.elem opt.type.name [
      "attrsOf"
      "lazyAttrsOf"
    ];
    mapAttrs (
      name: defs:
      let
        merged = mergeDefinitions (opt.loc ++ [ name ]) opt.type.nestedTypes.elemType defs;
      in
      {
        value = merged.mergedValue;
        inherit (merged.defsFinal') highestPrio;
      }
    ) defsByName;
}
