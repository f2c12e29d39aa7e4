# blame: 5:1
let
  package = import ./data/package.nix;
in
package { name = "hello"; }
