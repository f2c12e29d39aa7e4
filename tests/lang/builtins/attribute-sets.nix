let
  bomb = throw "bomb";
in
{
  attrNames = builtins.attrNames { b = bomb; a = 1; "é" = 1; Z = 1; };
  attrValues = builtins.attrValues { b = 2; a = 1; Z = 0; };
  catAttrs = builtins.catAttrs "a" [ { a = 1; } { b = bomb; } { a = 2; } ];
  functionArgs = [ (builtins.functionArgs ({ a, b ? bomb, ... }: a)) (builtins.functionArgs (x: x)) ];
  getAttr = builtins.getAttr "a" { a = 1; b = bomb; };
  hasAttr = [ (builtins.hasAttr "a" { a = bomb; }) (builtins.hasAttr "b" { a = 1; }) ];
  intersectAttrs = builtins.intersectAttrs { a = bomb; b = 1; } { a = 2; c = bomb; };
  listToAttrs = builtins.listToAttrs [ { name = "a"; value = 1; } { name = "a"; value = bomb; } { name = "b c"; value = 2; } ];
  mapAttrs = (builtins.mapAttrs (name: value: name + toString value) { a = 1; b = bomb; }).a;
  removeAttrs = removeAttrs { a = 1; b = bomb; c = 3; } [ "b" "x" ];
  unsafeGetAttrPos = (builtins.unsafeGetAttrPos "here" { here = 1; }).line;
  zipAttrsWith = builtins.zipAttrsWith (name: values: { inherit name values; }) [ { a = 1; } { b = 2; a = 3; } ];
}
