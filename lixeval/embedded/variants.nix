# Names for versions and flavours of a package (nodejs_22, php83, nginxStable), from the rules in host-packages.json:
#
#   rule    = word {" " word}                 "also" of an entry
#   word    = name | before "{" [ N ("." | "_") ] FROM "-" TO "}" after
#
# nodejs_{10-30} stands for nodejs_10 to nodejs_30; php{8.0-9} for php80 to php89, versions 8.0 to 8.9, and ruby_{3_0-9}
# for ruby_3_0 to ruby_3_9.  host/variants.py reads the same rules.
table:
let
  word =
    text:
    let
      parts = builtins.match "([^{]*)[{](([0-9]+)([._]))?([0-9]+)-([0-9]+)[}](.*)" text;
      at = builtins.elemAt parts;
      from = builtins.fromJSON (at 4);
      to = builtins.fromJSON (at 5);
      major = if at 2 == null then "" else at 2 + (if at 3 == "_" then "_" else "");
    in
    if parts == null then
      [ text ]
    else
      builtins.genList (number: "${at 0}${major}${toString (from + number)}${at 6}") (to - from + 1);

  # Most rules are names and nothing else, and cutting at a letter is faster than any expression.
  names =
    rule:
    let
      words = builtins.filter builtins.isString (builtins.split " " rule);
    in
    if builtins.length (builtins.split "\\{" rule) == 1 then words else builtins.concatMap word words;
in
builtins.concatMap (entry: if entry ? also then names entry.also else [ ]) (builtins.attrValues table)
