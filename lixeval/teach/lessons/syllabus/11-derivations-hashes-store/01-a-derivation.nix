# title: A derivation is a set
# kind: predict
# read: derivation { … } describes a build. It gives a set; nothing is built until somebody wants the output.
# ask: What is the value?
# answer: [ "set" "derivation" "hello" ]
# hint: The attribute type says what kind of set it is.
let
  hello = derivation { name = "hello"; system = "x86_64-linux"; builder = "/bin/sh"; };
in
[ (builtins.typeOf hello) hello.type hello.name ]
