# a lazy linked list, built to its end and counted without a tail call
{ n ? 100000 }:
let
  make = index: if index == n then null else { value = index; next = make (index + 1); };
  count = list: if list == null then 0 else 1 + count list.next;
in
count (make 0)
