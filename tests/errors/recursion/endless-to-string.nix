# blame: 4:24
let
  item = {
    __toString = self: "${self}";
  };
in
"${item}"
