# blame: 3:28
let
  self = { a = 1; } // (if self ? b then { c = 1; } else { });
in
self
