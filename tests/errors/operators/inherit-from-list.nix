# blame: 6:12
let
  people = [ { name = "eve"; } ];
in
{
  inherit (people) name;
}
