# blame: 2:18
x: { inherit (x) ${"a" + "b"}; }
