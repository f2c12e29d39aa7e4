# blame: 2:16
x: { inherit x = 1; }
