# title: A hash of a text
# kind: predict
# read: builtins.hashString type text. The same text has the same hash, and a small change gives quite another one.
# ask: What is the value?
# answer: [ true false 64 ]
# hint: sha256 has 256 bits, a hexadecimal digit has 4.
let
  hash = builtins.hashString "sha256";
in
[ (hash "abc" == hash "abc") (hash "abc" == hash "abc ") (builtins.stringLength (hash "abc")) ]
