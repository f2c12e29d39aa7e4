# blame: 6:3 or 6:21
let
  name = "outer";
in
let
  name = "inner-" + name;
in
name
