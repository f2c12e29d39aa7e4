# Operations on attribute sets: reaching into nested sets, building, filtering and merging.
# What concerns packages and their outputs is in attrsets/packages.nix, what walks or
# edits whole trees in attrsets/trees.nix.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    elemAt
    filter
    intersectAttrs
    isAttrs
    length
    listToAttrs
    map
    mapAttrs
    removeAttrs
    ;
in
rec {
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    ;

  # --- reaching in -------------------------------------------------------------------

  attrByPath =
    path: default: set:
    let
      size = length path;
      descend =
        n: value:
        if n == size then
          value
        else if value ? ${elemAt path n} then
          descend (n + 1) value.${elemAt path n}
        else
          default;
    in
    descend 0 set;
  hasAttrByPath = path: set: length (longestValidPathPrefix path set) == length path;
  longestValidPathPrefix =
    path: set:
    let
      size = length path;
      reach =
        n: value: if n < size && value ? ${elemAt path n} then reach (n + 1) value.${elemAt path n} else n;
    in
    lib.take (reach 0 set) path;
  getAttrFromPath =
    path: attrByPath path (abort "cannot find attribute '${lib.concatStringsSep "." path}'");
  setAttrByPath =
    path: value: lib.foldr (name: inner: { ${name} = inner; }) value path;
  attrVals = names: set: map (name: set.${name}) names;
  getAttrs = names: set: genAttrs names (name: set.${name});

  # --- building ----------------------------------------------------------------------

  nameValuePair = name: value: { inherit name value; };
  genAttrs =
    names: f:
    listToAttrs (
      map (name: {
        inherit name;
        value = f name;
      }) names
    );
  genAttrs' = list: f: listToAttrs (map f list);
  optionalAttrs = condition: set: if condition then set else { };
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  attrsToList = mapAttrsToList nameValuePair;
  concatMapAttrs = f: set: mergeAttrsList (mapAttrsToList f set);
  foldlAttrs =
    f: start: set:
    builtins.foldl' (acc: name: f acc name set.${name}) start (attrNames set);
  cartesianProduct =
    set:
    builtins.foldl' (
      partial: name: concatMap (row: map (value: row // { ${name} = value; }) set.${name}) partial
    ) [ { } ] (attrNames set);
  mapCartesianProduct = f: set: map f (cartesianProduct set);

  # --- filtering ---------------------------------------------------------------------

  filterAttrs = keep: set: removeAttrs set (filter (name: !keep name set.${name}) (attrNames set));
  filterAttrsRecursive =
    keep: set:
    mapAttrs (_: value: if isAttrs value then filterAttrsRecursive keep value else value) (
      filterAttrs keep set
    );
  matchAttrs =
    pattern: set:
    assert isAttrs pattern;
    builtins.all (
      name:
      set ? ${name}
      && (if isAttrs pattern.${name} then matchAttrs pattern.${name} set.${name} else pattern.${name} == set.${name})
    ) (attrNames pattern);

  # --- merging -----------------------------------------------------------------------

  zipAttrsWithNames =
    names: f: sets:
    genAttrs names (name: f name (builtins.catAttrs name sets));
  zipAttrsWith =
    builtins.zipAttrsWith or (f: sets: zipAttrsWithNames (concatMap attrNames sets) f sets);
  zipAttrs = zipAttrsWith (_: values: values);
  foldAttrs = op: nul: zipAttrsWith (_: values: lib.foldr op nul values);

  # Halves are merged first: each attribute is copied a logarithmic number of times.
  mergeAttrsList =
    list:
    let
      merge =
        from: to:
        if to - from > 1 then
          let
            middle = from + (to - from) / 2;
          in
          merge from middle // merge middle to
        else
          elemAt list from;
    in
    if list == [ ] then { } else merge 0 (length list);

  recursiveUpdateUntil =
    stop: left: right:
    let
      merge =
        path:
        zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
            new = elemAt values 0;
            old = elemAt values 1;
          in
          if length values == 1 || stop here old new then new else merge here values
        );
    in
    merge [ ] [
      right
      left
    ];
  recursiveUpdate = recursiveUpdateUntil (_: old: new: !(isAttrs old && isAttrs new));
  overrideExisting = old: new: old // intersectAttrs old new;
  unionOfDisjoint =
    left: right:
    let
      common = intersectAttrs left right;
      collision = lib.concatStringsSep " " (attrNames common);
    in
    left // right // mapAttrs (name: _: throw "unionOfDisjoint: collision on ${name}; complete list: ${collision}") common;

  # --- trees and packages ------------------------------------------------------------

  inherit (import ./attrsets/trees.nix { inherit lib; })
    collect
    mapAttrsRecursive
    mapAttrsRecursiveCond
    mapAttrsToListRecursive
    mapAttrsToListRecursiveCond
    showAttrPath
    updateManyAttrsByPath
    ;
  inherit (import ./attrsets/packages.nix { inherit lib; })
    chooseDevOutputs
    dontRecurseIntoAttrs
    getBin
    getDev
    getFirstOutput
    getInclude
    getLib
    getMan
    getOutput
    getStatic
    isDerivation
    recurseIntoAttrs
    toDerivation
    ;

  # Former names.
  mapAttrsFlatten = mapAttrsToList;
  cartesianProductOfSets = cartesianProduct;
}
