# title: The whole argument has a name too
# kind: predict
# read: args@{ a, ... }: … gives the whole set the name args. It holds what the caller gave. Defaults are not in it.
# ask: What is the value?
# answer: [ "host" ]
# hint: Which attributes did the caller write?
# hint: port was not given, so it is only in the function's own scope.
# after: explain
let
  f = args@{ host, port ? 80, ... }: builtins.attrNames args;
in
f { host = "a"; }
