# blame: 5:9
let
  ratio = a: b: a / b;
in
ratio 6 null
