# blame: 3:3
let
  ${"a" + "b"} = 1;
in
ab
