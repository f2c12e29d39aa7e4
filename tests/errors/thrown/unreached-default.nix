# blame: 7:14
let
  lookup = name: set: set.${name} or (throw "unknown name '${name}'");
in
{
  a = lookup "a" { a = 1; };
  b = lookup "b" { a = 1; };
}
