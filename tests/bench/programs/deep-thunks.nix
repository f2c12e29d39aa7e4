# a lazy left fold: a chain of n thunks, forced at the end
{ n ? 100000 }:
let
  go = index: sum: if index == 0 then sum else go (index - 1) (sum + index);
in
go n 0
