# title: What every derivation needs
# kind: repair
# read: A derivation needs name, system and builder.
# ask: Repair it: the builder is /bin/sh.
# answer: "/bin/sh"
# replace: system = "x86_64-linux"; }
# solution: system = "x86_64-linux"; builder = "/bin/sh"; }
# hint: The error names the attribute that is missing.
let
  hello = derivation { name = "hello"; system = "x86_64-linux"; };
in
builtins.seq hello.outPath hello.builder
