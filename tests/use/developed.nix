# Derivations whose environment `lixeval develop` gives; their builder is the machine's bash.
{
  plain = derivation {
    name = "thing-1.0";
    system = builtins.currentSystem;
    builder = "/bin/bash";
    args = [ "-c" "exit 1" ];
    stdenv = ./stdenv;
    shellHook = "echo hook $foo; greeting=hello";
    outputs = [ "out" "dev" ];
    A = "it's";
    allowedReferences = [ ];
  };
  structured = derivation {
    __structuredAttrs = true;
    name = "thing-1.0";
    system = builtins.currentSystem;
    builder = "/bin/bash";
    args = [ "-c" "exit 1" ];
    stdenv = ./stdenv;
    list = [ 1 "two" ];
    set.a = "b";
    outputs = [ "out" "dev" ];
  };
  sh = derivation { name = "thing-1.0"; system = builtins.currentSystem; builder = "/bin/sh"; };
}
