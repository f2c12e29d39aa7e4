# Properties of definitions: conditions, priorities, order. A property is a set with a
# `_type` around the content; this file makes them, and takes them off again.
{ lib }:
let
  inherit (builtins)
    any
    concatMap
    foldl'
    isAttrs
    isBool
    map
    mapAttrs
    ;
  isProperty = kind: value: value._type or null == kind;
in
rec {
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkAssert = assertion: message: mkIf (if assertion then true else throw "\nFailed assertion: ${message}");
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };
  # A definition that says itself where it is from.
  mkDefinition = definition: definition // { _type = "definition"; };
  mkFixStrictness = lib.id;

  # The lowest number wins.
  defaultOverridePriority = 100;
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;

  # The lowest number comes first.
  defaultOrderPriority = 1000;
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;

  # Applies a function to what is inside of all properties.
  mapDefinitionValue =
    f: value:
    if isProperty "merge" value then
      value // { contents = map (mapDefinitionValue f) value.contents; }
    else if isProperty "if" value || isProperty "override" value || isProperty "order" value then
      value // { content = mapDefinitionValue f value.content; }
    else if isProperty "definition" value then
      value // { value = mapDefinitionValue f value.value; }
    else
      f value;

  # A configuration as several without properties of their own: these go into the attributes.
  # What is no set has none, and is refused where a set is expected.
  pushDownProperties =
    config:
    let
      intoAttributes = f: map (content: if isAttrs content then mapAttrs (_: f) content else content);
    in
    if isProperty "merge" config then
      concatMap pushDownProperties config.contents
    else if isProperty "if" config then
      intoAttributes (mkIf config.condition) (pushDownProperties config.content)
    else if isProperty "override" config then
      intoAttributes (mkOverride config.priority) (pushDownProperties config.content)
    else
      [ config ];

  # The values of a definition whose conditions hold.
  dischargeProperties =
    value:
    if isProperty "merge" value then
      concatMap dischargeProperties value.contents
    else if isProperty "if" value then
      (
        if !isBool value.condition then
          throw "‘mkIf’ called with a non-Boolean condition"
        else if value.condition then
          dischargeProperties value.content
        else
          [ ]
      )
    else
      [ value ];

  filterOverrides = defs: (filterOverrides' defs).values;
  filterOverrides' =
    defs:
    let
      priority = def: if isProperty "override" def.value then def.value.priority else defaultOverridePriority;
      highestPrio = foldl' (best: def: lib.min best (priority def)) 9999 defs;
      strip = def: if isProperty "override" def.value then def // { value = def.value.content; } else def;
    in
    {
      values = concatMap (def: if priority def == highestPrio then [ (strip def) ] else [ ]) defs;
      inherit highestPrio;
    };

  sortProperties =
    defs:
    let
      ordered = def: isProperty "order" def.value;
      entry =
        def:
        if ordered def then
          {
            inherit (def.value) priority;
            def = def // { value = def.value.content; };
          }
        else
          {
            priority = defaultOrderPriority;
            inherit def;
          };
    in
    if any ordered defs then
      map (e: e.def) (builtins.sort (a: b: a.priority < b.priority) (map entry defs))
    else
      defs;
}
