# blame: 4:29
let
  package = import ./data/long-package.nix;
  hello = { name = "hello"; scr = ./.; };
in
package (hello // { name = "hello-2"; })
