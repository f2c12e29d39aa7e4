# title: override calls it again
# kind: predict
# read: What callPackage gives has an override: it calls the function again with some arguments changed.
# ask: What is the value?
# answer: [ "8080" "8080 and debug" ]
# hint: The second changes debug and keeps the port.
# after: explain
let
  lib = import <nixpkgs/lib>;
  server = { port, debug ? false }: { text = toString port + (if debug then " and debug" else ""); };
  made = lib.makeOverridable server { port = 8080; };
in
[ made.text (made.override { debug = true; }).text ]
