# A choice between options: a set of one attribute, whose name says which is meant.
{ lib }:
let
  inherit (builtins)
    attrNames
    filter
    head
    intersectAttrs
    isAttrs
    length
    map
    mapAttrs
    ;
  inherit (lib) concatMapStringsSep showOption;
  inherit (lib.modules) evalOptionValue mergeOptionDecls;
  inherit (lib.options) showDefs;
  inherit (import ./make.nix { inherit lib; }) defaultFunctor mkOptionType;
in
rec {
  attrTag =
    tags:
    let
      choices = concatMapStringsSep ", " lib.strings.escapeNixIdentifier (attrNames tags);
      declared = mapAttrs (
        name: option:
        let
          position = builtins.unsafeGetAttrPos name tags;
        in
        if option._type or null == "option" then
          {
            declarations = if position == null then [ ] else [ position.file ];
            declarationPositions = lib.optional (position != null) position;
          }
          // option
        else
          throw "In attrTag, each tag value must be an option, but tag ${name} ${
            if option._type or null == "option-type" then "was a bare type, not wrapped in mkOption." else "is not."
          }"
      ) tags;
      isTagged = value: isAttrs value && length (attrNames value) == 1;
    in
    mkOptionType {
      name = "attrTag";
      description = "attribute-tagged union with choices: ${choices}";
      descriptionClass = "noun";
      check = value: isTagged value && tags ? ${head (attrNames value)};
      merge =
        loc: defs:
        let
          choice = head (attrNames (head defs).value);
          others = filter (def: attrNames def.value != [ choice ]) defs;
          option = evalOptionValue (loc ++ [ choice ]) declared.${choice} (
            map (def: def // { value = def.value.${choice}; }) defs
          );
        in
        if others != [ ] then
          throw "The option `${showOption loc}` is defined as different tags. Definition values:${showDefs defs}"
        else
          { ${choice} = option.value; };
      getSubOptions = prefix: mapAttrs (name: option: option // { loc = prefix ++ [ name ]; }) declared;
      nestedTypes = declared;
      functor = defaultFunctor "attrTag" // {
        type = payload: attrTag payload.tags;
        payload.tags = declared;
        binOp =
          a: b:
          let
            same = intersectAttrs a.tags b.tags;
            merged = mapAttrs (
              name: _:
              mergeOptionDecls [ name ] (
                map (options: {
                  _file = head (options.declarations ++ [ lib.unknownModule ]);
                  position = head (options.declarationPositions ++ [ null ]);
                  inherit options;
                }) [
                  a.tags.${name}
                  b.tags.${name}
                ]
              )
            ) same;
          in
          { tags = a.tags // b.tags // merged; };
      };
    };
}
