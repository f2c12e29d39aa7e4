# sorted by a comparator of one's own, which looks into the sets
{ n ? 20000 }:
let
  people = builtins.genList (index: { name = "p${toString index}"; age = index * 7919 - index * 7919 / 1009 * 1009; }) n;
  sorted = builtins.sort (a: b: if a.age == b.age then a.name < b.name else a.age < b.age) people;
in
[ (builtins.head sorted) (builtins.elemAt sorted (n / 2)) ]
