# text into values and values into text
let
  data = builtins.genList (index: {
    name = "item-${toString index}";
    tags = [ "a" "b" (toString index) ];
    nested = { value = index; flag = index / 2 * 2 == index; empty = null; };
  }) 20000;
  text = builtins.toJSON data;
  back = builtins.fromJSON text;
in
[ (builtins.stringLength text) (builtins.hashString "sha256" (builtins.toJSON back)) (back == data) ]
