let
  mk = n: deps: derivation { name = n; system = "x86_64-linux"; builder = "/bin/sh"; args = ["-c" "echo ${n} ${toString deps} > $out"]; };
  lib = mk "lib" [];
  tool = mk "tool" [];
  app = derivation { name = "app"; system = "x86_64-linux"; builder = "/bin/sh"; args = ["-c" "read x < ${tool}; echo ${lib} $x > $out; echo self $out >> $out"]; };
in { inherit lib tool app; }
