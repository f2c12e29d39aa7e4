# joining, splitting, replacing and hashing 1.3 MB of text
let
  text = builtins.concatStringsSep "," (builtins.genList toString 200000);
  parts = builtins.filter builtins.isString (builtins.split "," text);
  replaced = builtins.replaceStrings [ "1" "22" "," ] [ "one" "two" ";" ] text;
in
[
  (builtins.stringLength text)
  (builtins.hashString "sha256" text)
  (builtins.length parts)
  (builtins.stringLength replaced)
  (builtins.hashString "sha256" replaced)
  (builtins.substring 1000 20 text)
]
