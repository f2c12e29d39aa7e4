# title: One string out of many
# kind: complete
# read: builtins.concatStringsSep sep list joins strings with sep between them.
# ask: Join the names with commas.
# answer: "root,eve,bob"
# solution: builtins.concatStringsSep "," names
# hint: First the separator, then the list.
# after: doc concatStringsSep
let
  names = [ "root" "eve" "bob" ];
in
???
