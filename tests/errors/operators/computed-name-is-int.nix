# blame: 6:5
let
  key = 1;
in
{
  ${key} = "one";
}
