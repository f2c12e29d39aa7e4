# blame: 2:15
x: { inherit x.y; }
