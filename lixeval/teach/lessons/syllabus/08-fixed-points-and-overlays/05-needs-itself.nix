# title: final where prev was meant
# kind: repair
# read: To change an attribute, look at the one below: prev. final is the one that you are making.
# ask: Repair the overlay.
# answer: [ "base" "more" ]
# replace: final.flags ++
# solution: prev.flags ++
# hint: Which flags does the definition ask for?
let
  lib = import <nixpkgs/lib>;
  base = final: { flags = [ "base" ]; };
  overlay = final: prev: { flags = final.flags ++ [ "more" ]; };
in
(lib.fix (lib.extends overlay base)).flags
