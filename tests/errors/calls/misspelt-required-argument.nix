# blame: 7:3
let
  mkUser = { name, shell, ... }: "${name}:${shell}";
in
mkUser {
  name = "eve";
  shel = "/bin/sh";
}
