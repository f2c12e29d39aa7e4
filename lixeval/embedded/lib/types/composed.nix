# Types around other types: lists, sets, alternatives, functions.
{ lib }:
let
  inherit (builtins)
    all
    concatLists
    concatMap
    elem
    filter
    foldl'
    head
    isAttrs
    isBool
    isInt
    isList
    isString
    length
    map
    mapAttrs
    ;
  inherit (lib)
    concatMapStringsSep
    imap1
    mergeEqualOption
    showOption
    ;
  inherit (lib.modules) mergeDefinitions pushDownProperties;
  inherit (lib.options) getFiles getValues showDefs;
  inherit (import ./make.nix { inherit lib; })
    defaultFunctor
    elemTypeFunctor
    mkOptionType
    optionDescriptionPhrase
    ;

  isNoun = kind: kind == "noun" || kind == "composite";
  isPhrase = kind: kind == "noun" || kind == "conjunction";

  # What passes submodules on to the type inside.
  throughTo = elemType: make: {
    getSubOptions = prefix: elemType.getSubOptions prefix;
    inherit (elemType) getSubModules;
    substSubModules = modules: make (elemType.substSubModules modules);
  };
in
rec {
  listOf =
    elemType:
    mkOptionType (
      {
        name = "listOf";
        description = "list of ${optionDescriptionPhrase isNoun elemType}";
        descriptionClass = "composite";
        check = isList;
        merge =
          loc: defs:
          let
            element =
              n: def: m: value:
              (mergeDefinitions (loc ++ [ "[definition ${toString n}-entry ${toString m}]" ]) elemType [
                {
                  inherit (def) file;
                  inherit value;
                }
              ]).optionalValue;
          in
          map (found: found.value) (
            filter (found: found ? value) (concatLists (imap1 (n: def: imap1 (element n def) def.value) defs))
          );
        emptyValue.value = [ ];
        nestedTypes = { inherit elemType; };
        functor = elemTypeFunctor "listOf" { inherit elemType; } (payload: listOf payload.elemType);
      }
      // throughTo elemType listOf
      // {
        getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      }
    );
  nonEmptyListOf =
    elemType:
    let
      list = lib.types.addCheck (listOf elemType) (value: value != [ ]);
    in
    list
    // {
      description = "non-empty ${optionDescriptionPhrase (kind: kind == "noun") list}";
      emptyValue = { };
      substSubModules = modules: nonEmptyListOf (elemType.substSubModules modules);
    };

  attrsOf = elemType: attrsWith { inherit elemType; };
  # The names are known before the values are looked at: conditions cannot remove one.
  lazyAttrsOf =
    elemType:
    attrsWith {
      inherit elemType;
      lazy = true;
    };
  attrsWith =
    {
      elemType,
      lazy ? false,
      placeholder ? "name",
    }:
    let
      name = if lazy then "lazyAttrsOf" else "attrsOf";
      inside = elemType: attrsWith { inherit elemType lazy placeholder; };
    in
    mkOptionType (
      throughTo elemType inside
      // {
        inherit name;
        description = "${if lazy then "lazy " else ""}attribute set of ${optionDescriptionPhrase isNoun elemType}";
        descriptionClass = "composite";
        check = isAttrs;
        merge =
          loc: defs:
          let
            pushed = concatMap (
              def:
              map (value: {
                inherit (def) file;
                inherit value;
              }) (pushDownProperties def.value)
            ) defs;
            merged = lib.zipAttrsWith (name: entries: mergeDefinitions (loc ++ [ name ]) elemType entries) (
              map (
                def:
                mapAttrs (_: value: {
                  inherit (def) file;
                  inherit value;
                }) def.value
              ) pushed
            );
          in
          if lazy then
            mapAttrs (_: entry: entry.optionalValue.value or elemType.emptyValue.value or entry.mergedValue) merged
          else
            mapAttrs (_: entry: entry.optionalValue.value) (lib.filterAttrs (_: entry: entry.isDefined) merged);
        emptyValue.value = { };
        getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<${placeholder}>" ]);
        nestedTypes = { inherit elemType; };
        functor = defaultFunctor "attrsWith" // {
          type = attrsWith;
          payload = { inherit elemType lazy placeholder; };
          binOp =
            a: b:
            let
              merged = a.elemType.typeMerge b.elemType.functor;
              placeholder =
                if a.placeholder == b.placeholder then
                  a.placeholder
                else if a.placeholder == "name" then
                  b.placeholder
                else if b.placeholder == "name" then
                  a.placeholder
                else
                  null;
            in
            if merged == null || a.lazy != b.lazy || placeholder == null then
              null
            else
              {
                elemType = merged;
                inherit (a) lazy;
                inherit placeholder;
              };
        };
      }
    );
  loaOf =
    elemType:
    attrsOf elemType
    // {
      name = "loaOf";
      deprecationMessage = "Mixing lists with attribute values is no longer possible; please use `types.attrsOf` instead. See https://github.com/NixOS/nixpkgs/issues/1800 for the motivation.";
    };

  uniq = unique { message = ""; };
  unique =
    { message }:
    elemType:
    mkOptionType (
      throughTo elemType uniq
      // {
        name = "unique";
        inherit (elemType)
          description
          descriptionClass
          check
          emptyValue
          ;
        merge = lib.options.mergeUniqueOption {
          inherit message;
          inherit (elemType) merge;
        };
        nestedTypes = { inherit elemType; };
        functor = elemTypeFunctor "unique" { inherit elemType; } (payload: unique { inherit message; } payload.elemType);
      }
    );

  nullOr =
    elemType:
    mkOptionType (
      throughTo elemType nullOr
      // {
        name = "nullOr";
        description = "null or ${optionDescriptionPhrase isPhrase elemType}";
        descriptionClass = "conjunction";
        check = value: value == null || elemType.check value;
        merge =
          loc: defs:
          let
            nulls = length (filter (def: def.value == null) defs);
          in
          if nulls == length defs then
            null
          else if nulls > 0 then
            throw "The option `${showOption loc}` is defined both null and not null, in ${lib.showFiles (getFiles defs)}."
          else
            elemType.merge loc defs;
        emptyValue.value = null;
        nestedTypes = { inherit elemType; };
        functor = elemTypeFunctor "nullOr" { inherit elemType; } (payload: nullOr payload.elemType);
      }
    );

  functionTo =
    elemType:
    mkOptionType (
      throughTo elemType functionTo
      // {
        name = "functionTo";
        description = "function that evaluates to a(n) ${optionDescriptionPhrase isNoun elemType}";
        descriptionClass = "composite";
        check = lib.isFunction;
        # Takes what any of the functions takes.
        merge =
          loc: defs:
          let
            formals = lib.foldAttrs lib.and true (map (def: lib.functionArgs def.value) defs);
            result =
              argument:
              (mergeDefinitions (loc ++ [ "<function body>" ]) elemType (
                map (def: {
                  inherit (def) file;
                  value = def.value argument;
                }) defs
              )).mergedValue;
          in
          lib.setFunctionArgs result formals;
        getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<function body>" ]);
        nestedTypes = { inherit elemType; };
        functor = elemTypeFunctor "functionTo" { inherit elemType; } (payload: functionTo payload.elemType);
      }
    );

  enum =
    values:
    let
      show =
        value:
        if isString value then
          "\"${value}\""
        else if isInt value then
          toString value
        else if isBool value then
          lib.boolToString value
        else
          "<${builtins.typeOf value}>";
    in
    mkOptionType {
      name = "enum";
      description =
        if values == [ ] then
          "impossible (empty enum)"
        else if length values == 1 then
          "value ${show (head values)} (singular enum)"
        else
          "one of ${concatMapStringsSep ", " show values}";
      descriptionClass = if length values < 2 then "noun" else "conjunction";
      check = value: elem value values;
      merge = mergeEqualOption;
      functor = defaultFunctor "enum" // {
        type = payload: enum payload.values;
        payload = { inherit values; };
        binOp = a: b: { values = lib.unique (a.values ++ b.values); };
      };
    };

  either =
    left: right:
    let
      name = "either";
      functor = defaultFunctor name // {
        type = payload: either (builtins.elemAt payload.elemType 0) (builtins.elemAt payload.elemType 1);
        payload.elemType = [
          left
          right
        ];
      };
    in
    mkOptionType {
      inherit name functor;
      description =
        if left.descriptionClass or null == "nonRestrictiveClause" then
          "${left.description}, or ${optionDescriptionPhrase isPhrase right}"
        else
          "${optionDescriptionPhrase isPhrase left} or ${
            optionDescriptionPhrase (kind: isPhrase kind || kind == "composite") right
          }";
      descriptionClass = "conjunction";
      check = value: left.check value || right.check value;
      # All on one side, or all the same.
      merge =
        loc: defs:
        let
          values = getValues defs;
        in
        if all left.check values then
          left.merge loc defs
        else if all right.check values then
          right.merge loc defs
        else if all (value: left.check value || right.check value) values then
          mergeEqualOption loc defs
        else
          # A free-form type is not checked before.
          lib.warn "One or more definitions did not pass the type-check of the 'either' type.\nDefinitions: ${showDefs defs}" (
            mergeEqualOption loc defs
          );
      typeMerge =
        other:
        let
          others = other.payload.elemType;
          mergedLeft = left.typeMerge (builtins.elemAt others 0).functor;
          mergedRight = right.typeMerge (builtins.elemAt others 1).functor;
        in
        if other.name == name && mergedLeft != null && mergedRight != null then either mergedLeft mergedRight else null;
      nestedTypes = { inherit left right; };
    };
  oneOf =
    types:
    if types == [ ] then
      throw "types.oneOf needs to get at least one type in its argument"
    else
      foldl' either (head types) (builtins.tail types);

  coercedTo =
    coercedType: coerce: finalType:
    if coercedType.getSubModules != null then
      throw "coercedTo: coercedType must not have submodules (it’s a ${coercedType.description})"
    else
      mkOptionType (
        throughTo finalType (coercedTo coercedType coerce)
        // {
          name = "coercedTo";
          description = "${optionDescriptionPhrase (kind: kind == "noun") finalType} or ${
            optionDescriptionPhrase (kind: kind == "noun") coercedType
          } convertible to it";
          check = value: coercedType.check value && finalType.check (coerce value) || finalType.check value;
          merge =
            loc: defs:
            finalType.merge loc (
              map (def: if coercedType.check def.value then def // { value = coerce def.value; } else def) defs
            );
          inherit (finalType) emptyValue;
          typeMerge = _: null;
          functor = defaultFunctor "coercedTo";
          nestedTypes = { inherit coercedType finalType; };
        }
      );
}
