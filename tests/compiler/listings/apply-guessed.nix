{ lib }: let inherit (lib) any length mapAttrs; in
s: if any (x: x == s.name) s.names then length s.names else mapAttrs (n: v: v) s
