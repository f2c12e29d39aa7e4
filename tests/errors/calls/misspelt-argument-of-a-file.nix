# blame: 4:29
let
  package = import ./data/package.nix;
  hello = { name = "hello"; scr = ./.; };
in
package (hello // { name = "hello-2"; })
