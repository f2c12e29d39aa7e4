# a list put together from the right, an element at a time
{ n ? 5000 }:
let
  make = index: if index == n then [ ] else [ index ] ++ make (index + 1);
in
builtins.length (make 0)
