# a set of 100,000 attributes, made, mapped, and taken apart
let
  count = 100000;
  made = builtins.listToAttrs (
    builtins.genList (index: {
      name = "k${toString index}";
      value = index;
    }) count
  );
  mapped = builtins.mapAttrs (name: value: value + 1) made;
in
builtins.length (builtins.attrNames mapped)
+ mapped.k99999
+ builtins.foldl' (sum: value: sum + value) 0 (builtins.attrValues mapped)
