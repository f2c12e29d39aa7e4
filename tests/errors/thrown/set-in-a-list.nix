# blame: 6:3
let
  check = p: if p.ok then p else throw "${p.name} is not ready";
in
map (p: (check p).name) [
  { name = "b"; ok = false; }
]
