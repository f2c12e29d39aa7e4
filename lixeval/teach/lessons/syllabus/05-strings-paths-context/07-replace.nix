# title: Replace in a string
# kind: complete
# read: builtins.replaceStrings [ "from" … ] [ "to" … ] text replaces each of the first by its partner.
# ask: Fill the template.
# answer: "user eve at web"
# solution: [ "@user@" "@host@" ] [ "eve" "web" ]
# hint: Two lists of the same length.
builtins.replaceStrings ??? "user @user@ at @host@"
