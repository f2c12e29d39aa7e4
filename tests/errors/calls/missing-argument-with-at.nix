# blame: 7:4
let
  build = args@{ name, src, ... }: args // { inherit src; };
in
[
  (build { name = "a"; src = ./.; })
  (build { name = "b"; })
]
