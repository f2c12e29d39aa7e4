# title: Asking for the whole too early
# kind: repair
# read: The function may use self inside attributes. If it needs self to know which attributes there are, it needs its own result first.
# ask: Make b depend on self, not the names of the set.
# answer: { a = 1; b = 2; }
# replace: if self.a == 1 then { a = 1; b = 2; } else { a = 1; }
# solution: { a = 1; b = if self.a == 1 then 2 else 0; }
# hint: The set must be there before anybody looks into it.
# hint: Write { a = …; b = …; } outside, and the if inside b.
let
  fix = f: let x = f x; in x;
in
fix (self: if self.a == 1 then { a = 1; b = 2; } else { a = 1; })
