{ lib }:
let
  bomb = abort "forced";
  object = lib.makeExtensible (final: { a = 1; b = final.a + 1; });
in
{
  "fix-set" = lib.fix (self: { foo = "foo"; bar = "bar"; foobar = self.foo + self.bar; });
  "fix-list" = lib.fix (self: [ 1 2 (lib.elemAt self 0 + lib.elemAt self 1) ]);
  "fix'-keeps-function" =
    let
      fixed = lib.fix' (self: { a = 1; b = self.a; });
    in
    [ fixed.b (fixed.__unfix__ { a = 5; }).b ];
  "converge-number" = lib.converge (x: x / 2) 16;
  "converge-immediately" = lib.converge (x: x) 3;
  "extends-prev" = lib.fix (lib.extends (final: prev: { a = prev.a + 10; c = final.a + final.b; }) (final: { a = 1; b = final.a + 2; }));
  "extends-lazy" = lib.attrNames (lib.extends (final: prev: { a = bomb; }) (final: { b = bomb; }) bomb);
  "composeExtensions-order" =
    let
      f = final: prev: { bar = false; baz = true; };
      g = final: prev: { bar = prev.baz or false; };
    in
    (object.extend (lib.composeExtensions f g)).bar;
  "composeManyExtensions-example" = lib.fix (
    lib.extends (lib.composeManyExtensions [
      (final: prev: { b = final.c; c = 3; })
      (final: prev: { c = 10; x = prev.c or 5; })
    ]) (final: { a = 1; })
  );
  "composeManyExtensions-none" = lib.fix (lib.extends (lib.composeManyExtensions [ ]) (final: { a = 1; }));
  "makeExtensible-value" = object.b;
  "makeExtensible-names" = lib.attrNames object;
  "makeExtensible-twice" = ((object.extend (final: prev: { a = prev.a + 10; })).extend (final: prev: { a = prev.a * 2; c = final.b; })).c;
  "makeExtensibleWithCustomName-name" = (lib.makeExtensibleWithCustomName "grow" (final: { a = 1; b = final.a; })).grow (final: prev: { a = 7; }) // { grow = null; __unfix__ = null; };
  "extend-lib" = (lib.extend (final: prev: { x = final.y + prev.length [ 1 ]; y = 1; })).x;
  "toExtension-forms" = map (e: lib.fix (lib.extends (lib.toExtension e) (final: { a = 0; c = final.a; }))) [
    { a = 1; b = 2; }
    (prev: { a = 1; b = prev.a; })
    (final: prev: { a = 1; b = prev.a; c = final.a + 1; })
  ];
}
