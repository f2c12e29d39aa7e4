# title: What runs in the image
# kind: complete
# read: buildImage takes layers, copyToRoot, perms and config. The configuration says what is started, where, and with which environment.
# ask: Write the environment as the image wants it: a list of NAME=value.
# answer: { Cmd = [ "/bin/bash" ]; Env = [ "HOME=/root" "USER=root" ]; WorkingDir = "/root"; }
# solution: "${name}=${value}"
# hint: name and value are strings.
let
  lib = import <nixpkgs/lib>;
  environment = { USER = "root"; HOME = "/root"; };
in
{
  Cmd = [ "/bin/bash" ];
  WorkingDir = environment.HOME;
  Env = lib.mapAttrsToList (name: value: ???) environment;
}
