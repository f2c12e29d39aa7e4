# Numbers that are made strings and joined, few and many, with what is no number among them.
let
  inherit (builtins) concatStringsSep genList;
  numbers = genList (i: i * 3 - 4) 12;
  broken = numbers ++ [ (throw "not looked at in time") ];
in
[
  (concatStringsSep "," (map toString numbers))
  (concatStringsSep "é" (map (i: "ü${toString i}") numbers))
  (concatStringsSep "" (map (i: toString (i / 2)) numbers))
  (concatStringsSep "" (map (i: "a") numbers))
  (concatStringsSep "${builtins.storeDir}/" (map toString (numbers ++ [ 1.5 ])))
  (concatStringsSep "," (map toString (numbers ++ [ [ 1 2 ] "x" null true ])))
  (builtins.tryEval (concatStringsSep "," (map toString broken))).success
  (builtins.tryEval (concatStringsSep "," (map (i: if i > 20 then throw "late" else toString i) numbers))).success
]
