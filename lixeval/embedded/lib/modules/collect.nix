# From modules as people write them (functions, paths, sets) to a flat list of uniform ones,
# each once, without the disabled ones.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    concatMap
    concatStringsSep
    elem
    filter
    genericClosure
    head
    isAttrs
    isList
    isString
    map
    mapAttrs
    removeAttrs
    substring
    ;
  inherit (lib) imap1 isFunction mkMerge;

  # What a module may have beside its configuration.
  own = [
    "_class"
    "_file"
    "key"
    "disabledModules"
    "imports"
    "freeformType"
  ];
in
rec {
  setDefaultModuleLocation = file: module: {
    _file = file;
    imports = [ module ];
  };
  importApply = path: argument: setDefaultModuleLocation path (import path argument);
  importJSON = file: {
    _file = file;
    config = lib.importJSON file;
  };
  importTOML = file: {
    _file = file;
    config = lib.importTOML file;
  };

  # With `config` or `options` nothing else is configuration; without, everything is.
  unifyModuleSyntax =
    file: key: module:
    let
      explicit = module ? config || module ? options;
      unknown = removeAttrs module (
        own
        ++ [
          "options"
          "config"
          "meta"
        ]
      );
      withFreeform =
        config:
        if module ? freeformType then
          mkMerge [
            config
            { _module.freeformType = module.freeformType; }
          ]
        else
          config;
      withMeta =
        config:
        if module ? meta then
          mkMerge [
            config
            { inherit (module) meta; }
          ]
        else
          config;
      common = {
        _file = toString module._file or file;
        _class = module._class or null;
        key = toString module.key or key;
        disabledModules = module.disabledModules or [ ];
      };
    in
    if !isAttrs module then
      throw "module ${file} (${key}) does not look like a module."
    else if explicit && unknown != { } then
      throw "Module `${key}' has an unsupported attribute `${head (attrNames unknown)}'. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: ${concatStringsSep " " (attrNames unknown)}) into the explicit `config' attribute."
    else if explicit then
      common
      // {
        imports = module.imports or [ ];
        options = module.options or { };
        config = withFreeform (withMeta (module.config or { }));
      }
    else
      common
      // {
        imports = module.require or [ ] ++ module.imports or [ ];
        options = { };
        config = withFreeform (removeAttrs module (own ++ [ "require" ]));
      };

  # A module function gets every argument it names, from the special ones or from
  # `_module.args`, each only when it uses it.
  applyModuleArgs =
    key: f: arguments:
    let
      named = mapAttrs (
        name: _:
        addErrorContext "while evaluating the module argument `${name}' in \"${key}\":" (
          arguments.${name} or arguments.config._module.args.${name}
        )
      ) (lib.functionArgs f);
    in
    f (arguments // named);
  applyModuleArgsIfFunction =
    key: f: arguments: if isFunction f then applyModuleArgs key f arguments else f;

  # The options that a name which does not exist may have been meant for.
  suggestOptions =
    prefix: options: path:
    let
      # As deep as the path leads.
      known = filter (name: name != "_module") (attrNames options);
      name = head path;
      inner = options.${name};
      closest = lib.take 3 (lib.sortOn (lib.strings.levenshtein name) known);
      quoted = map (option: "`${lib.showOption (prefix ++ [ option ])}'") closest;
    in
    if options ? ${name} && !lib.isOption inner && builtins.length path > 1 then
      suggestOptions (prefix ++ [ name ]) inner (builtins.tail path)
    else if quoted == [ ] then
      ""
    else if builtins.length quoted == 1 then
      "\n\nDid you mean ${head quoted}?"
    else
      "\n\nDid you mean ${concatStringsSep ", " (lib.init quoted)} or ${lib.last quoted}?";

  collectModules =
    class: modulesPath: modules: arguments:
    let
      load =
        fallbackFile: fallbackKey: module:
        if isFunction module then
          unifyModuleSyntax fallbackFile fallbackKey (applyModuleArgs fallbackKey module arguments)
        else if isAttrs module then
          (
            if module._type or "module" == "module" then
              unifyModuleSyntax fallbackFile fallbackKey module
            else if module._type == "if" || module._type == "override" then
              unifyModuleSyntax fallbackFile fallbackKey { config = module; }
            else
              throw (
                "Expected a module, but found a value of type ${lib.strings.escapeNixString module._type}"
                + lib.optionalString (fallbackFile != lib.unknownModule) ", while trying to load a module into ${toString fallbackFile}"
                + "."
                + lib.optionalString (
                  module._type == "configuration"
                ) " A configuration is the result of evaluating modules; please only import the modules that make up the configuration."
              )
          )
        else if isList module then
          throw "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions: ${
            lib.options.showDefs [
              {
                file = fallbackFile;
                value = module;
              }
            ]
          }"
        else
          unifyModuleSyntax (toString module) (toString module) (
            applyModuleArgsIfFunction (toString module) (import module) arguments
          );

      checkClass =
        module:
        if class != null && module._class != null && module._class != class then
          throw "The module `${
            if module._file == lib.unknownModule then toString module.key else module._file
          }` (class: ${lib.strings.escapeNixString module._class}) cannot be imported into a module evaluation that expects class ${lib.strings.escapeNixString class}."
        else
          module;

      # Each module with those it imports, as a tree.
      tree =
        parentFile: parentKey: list:
        imap1 (
          n: module:
          let
            loaded = checkClass (load parentFile "${parentKey}:anon-${toString n}" module);
            below = tree loaded._file loaded.key loaded.imports;
          in
          {
            inherit (loaded) key;
            module = loaded;
            modules = below;
          }
        ) list;
      trees = tree lib.unknownModule "" modules;

      disabledKey =
        file: entry:
        if isString entry && substring 0 1 entry != "/" then
          toString modulesPath + "/" + entry
        else if isAttrs entry && entry ? key then
          toString entry.key
        else if lib.strings.isConvertibleWithToString entry then
          toString entry
        else if isAttrs entry then
          throw "Module `${file}` contains a disabledModules item that is an attribute set, presumably a module, that does not have a `key` attribute. Without one there is nothing to tell it by."
        else
          throw "Each disabledModules item must be a path, string, or a attribute set with a key attribute, or a value supported by toString. However, one of the disabledModules items in ${toString file} is none of that, but is of type ${builtins.typeOf entry}.";
      disabled = concatMap (
        node: map (disabledKey node.module._file) node.module.disabledModules ++ disabledIn node.modules
      );
      disabledIn = disabled;
      disabledKeys = disabled trees;
      enabled = filter (node: !elem node.key disabledKeys);
    in
    map (node: node.module) (genericClosure {
      startSet = enabled trees;
      operator = node: enabled node.modules;
    });
}
