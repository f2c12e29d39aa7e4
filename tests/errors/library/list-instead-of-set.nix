# blame: 4:36
# flags: -I nixpkgs=data/nixpkgs
with import <nixpkgs/lib>;
mapAttrsToList (name: value: name) [ "a" "b" ]
