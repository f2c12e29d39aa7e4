# blame: 6:22
let
  mkHost = { name, port ? 80 }: "${name}:${toString port}";
  hosts = [
    (mkHost { name = "a"; })
    (mkHost { name = 5; })
  ];
in
hosts
