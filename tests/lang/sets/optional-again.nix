# the same name selected, asked for and given another default, on the ways that lead to it and on others
let
  f = s: [
    (if s.a.b or null == "x" then s.a.c else if s.a.b or null == "y" then s.a.c + s.a.c else s.a.b or "none")
    (s.a.b or 1)
    (s.a.b or null)
    (s ? a.b && s.a ? c)
    (s.a.${if s ? a then "c" else "b"} or (s.d or "d"))
    (if s ? d then s.d else s.d or 2)
    (s.d or [ ] == [ ])
    ((s.a or { }).c or 3)
    ((if s ? a.c then s.a.c else "no") == s.a.c or "no")
  ];
in
map f [
  { a = { b = "x"; c = 1; }; }
  { a = { b = "y"; c = 2; }; d = 4; }
  { a = { b = null; }; d = [ ]; }
  { a = 5; d = { }; }
  { }
  [ ]
  null
]
