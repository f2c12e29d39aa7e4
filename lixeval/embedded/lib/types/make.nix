# What a type is, and how two declarations of one option agree on a type.
#
# A type checks single definitions and merges several; the other attributes serve manuals
# and submodules. `functor` says what the type was made by and from (`payload`), so that two
# of a kind can become one: `binOp` merges payloads, null meaning that they do not agree.
{ lib }:
let
  inherit (lib.options) mergeDefaultOption;
in
rec {
  isOptionType = lib.isType "option-type";

  mkOptionType =
    {
      name,
      # Without it, the name.
      description ? null,
      # What kind of phrase the description is: "noun", "conjunction", "composite" or
      # "nonRestrictiveClause". It decides where parentheses go.
      descriptionClass ? null,
      deprecationMessage ? null,
      check ? _: true,
      merge ? mergeDefaultOption,
      # { value } when an empty definition has one.
      emptyValue ? { },
      getSubOptions ? prefix: { },
      getSubModules ? null,
      substSubModules ? modules: null,
      typeMerge ? defaultTypeMerge functor,
      functor ? defaultFunctor name,
      nestedTypes ? { },
    }:
    {
      _type = "option-type";
      description = if description == null then name else description;
      inherit
        name
        descriptionClass
        deprecationMessage
        check
        merge
        emptyValue
        getSubOptions
        getSubModules
        substSubModules
        typeMerge
        functor
        nestedTypes
        ;
    };

  defaultFunctor = name: {
    inherit name;
    type = lib.types.${name} or null;
    payload = null;
    binOp = _: _: null;
  };
  defaultTypeMerge =
    f: g:
    let
      payload = f.binOp f.payload g.payload;
    in
    if f.name != g.name then
      null
    else if f.payload == null && g.payload == null then
      f.type
    else if f.payload == null || g.payload == null || payload == null then
      null
    else
      f.type payload;

  # The functor of a type around another: both sides' inner types have to agree.
  elemTypeFunctor =
    name:
    { elemType, ... }@payload:
    make:
    defaultFunctor name
    // {
      type = make;
      inherit payload;
      binOp =
        a: b:
        let
          merged = a.elemType.typeMerge b.elemType.functor;
        in
        if merged == null then null else a // { elemType = merged; };
    };

  # A description within another, in parentheses where its kind asks for them.
  optionDescriptionPhrase =
    plain: type: if plain (type.descriptionClass or null) then type.description else "(${type.description})";

  addCheck = type: check: type // { check = x: type.check x && check x; };
  mergeTypes =
    a: b:
    assert isOptionType a && isOptionType b;
    let
      merged = a.typeMerge b.functor;
    in
    if merged == null then lib.setType "merge-error" { error = "Cannot merge types"; } else merged;
}
