# blame: 6:4
{
  inputs = [
    "a"
    "b"
  ]
  outputs = [ "out" ];
}
