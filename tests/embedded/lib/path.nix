{ lib }:
let
  inherit (lib) path;
  fails = value: !(builtins.tryEval (builtins.deepSeq value value)).success;
in
{
  "append-cases" = map (s: toString (path.append /foo s)) [ "bar/baz" "./bar//baz/./" "." ];
  "append-root" = toString (path.append /. "foo/bar");
  "append-refused" = map fails [ (path.append "/foo" "bar") (path.append /foo "") (path.append /foo "/bar") (path.append /foo "../bar") (path.append /foo "a/..") (path.append /foo 1) ];
  "hasPrefix-cases" = [ (path.hasPrefix /foo /foo/bar) (path.hasPrefix /foo /foo) (path.hasPrefix /foo/bar /foo) (path.hasPrefix /. /foo) (path.hasPrefix /foo /foobar) ];
  "hasPrefix-string" = path.hasPrefix "/foo" /foo;
  "removePrefix-cases" = [ (path.removePrefix /foo /foo/bar/baz) (path.removePrefix /foo /foo) (path.removePrefix /. /foo) ];
  "removePrefix-none" = path.removePrefix /foo/bar /foo;
  "splitRoot-cases" = map (p: let s = path.splitRoot p; in [ (toString s.root) s.subpath ]) [ /foo/bar /. /foo/../bar ];
  "splitRoot-string" = path.splitRoot "/foo";
  "hasStorePathPrefix-cases" = map path.hasStorePathPrefix [ /nix/store/nvl9ic0pj1fpyln3zaqrf4cclbqdfn1j-foo/bar /nix/store /nix/store/nvl9ic0pj1fpyln3zaqrf4cclbqdfn1j-foo /home/user /nix/store/.links/10gg8k3rmbw8p7gszarbk7qyd9jwxhcfq9i6s5i0qikx8alkk4hq /nix/store/nvl9ic0pj1fpyln3zaqrf4cclbqdfn1j-foo.drv (/. + "/1121rp0gvr1qya7hvy925g5kjwg66acz6sn1ra1hca09f1z5dsab/foo") ];
  "subpath-isValid" = map path.subpath.isValid [ null "" "/foo" "../foo" "foo/.." "foo/../bar" "foo/bar" "./foo//bar/" "." "..a" 1 ];
  "subpath-normalise" = map path.subpath.normalise [ "foo//bar" "foo/./bar" "foo/bar/" "foo/bar/." "." "./." "..a" ];
  "subpath-normalise-refused" = map (s: fails (path.subpath.normalise s)) [ "" "/foo" "foo/../bar" null ];
  "subpath-join" = map path.subpath.join [ [ "foo" "bar/baz" ] [ "./foo" "." "bar//./baz/" ] [ ] ];
  "subpath-join-refused" = map (l: fails (path.subpath.join l)) [ [ "" ] [ "/foo" ] [ "../foo" ] [ "a" 1 ] ];
  "subpath-components" = map path.subpath.components [ "." "./foo//bar/./baz/" ];
  "subpath-components-refused" = fails (path.subpath.components "/foo");
}
