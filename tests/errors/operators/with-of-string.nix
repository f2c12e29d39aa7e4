# blame: 2:6
with "builtins";
length [ 1 2 ]
