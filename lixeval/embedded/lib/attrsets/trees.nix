# Walking and editing nested attribute sets, with the path as a list of names.
{ lib }:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    elemAt
    filter
    isAttrs
    mapAttrs
    tail
    ;
in
rec {
  collect =
    wanted: value:
    if wanted value then
      [ value ]
    else if isAttrs value then
      concatMap (collect wanted) (attrValues value)
    else
      [ ];

  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  # The outermost set is entered without asking `enter`.
  mapAttrsRecursiveCond =
    enter: f:
    let
      walk =
        path:
        mapAttrs (
          name: value:
          let
            here = path ++ [ name ];
          in
          if isAttrs value && enter value then walk here value else f here value
        );
    in
    walk [ ];

  mapAttrsToListRecursive = mapAttrsToListRecursiveCond (_: _: true);
  mapAttrsToListRecursiveCond =
    enter: f:
    let
      walk =
        path: value:
        if isAttrs value && enter path value then
          concatMap (name: walk (path ++ [ name ]) value.${name}) (attrNames value)
        else
          [ (f path value) ];
    in
    walk [ ];

  showAttrPath =
    path:
    if path == [ ] then
      "<root attribute path>"
    else
      lib.concatMapStringsSep "." lib.strings.escapeNixIdentifier path;

  updateManyAttrsByPath =
    let
      # `exists` tells whether there is a `value` at `path`; it is not forced without need.
      edit =
        path: updates: exists: value:
        let
          here = filter (entry: entry.path == [ ]) updates;
          deeper = filter (entry: entry.path != [ ]) updates;
          byName = mapAttrs (_: map (entry: entry // { path = tail entry.path; })) (
            lib.groupBy (entry: elemAt entry.path 0) deeper
          );
          show = lib.showAttrPath path;
          inside =
            if deeper == [ ] then
              (if exists then value else throw "updateManyAttrsByPath: Path '${show}' does not exist in the given value, but the first update to this path tries to access the existing value.")
            else if !exists then
              mapAttrs (name: entries: edit (path ++ [ name ]) entries false null) byName
            else if isAttrs value then
              value
              // mapAttrs (
                name: entries: edit (path ++ [ name ]) entries (value ? ${name}) value.${name}
              ) byName
            else
              throw "updateManyAttrsByPath: Path '${show}' needs to be an attribute set because of further updates below it, but it is of type '${builtins.typeOf value}'.";
        in
        lib.foldl (old: entry: entry.update old) inside here;
    in
    updates: value:
    edit [ ] updates true value;
}
