# title: A path is not a string
# kind: predict
# read: /etc/hosts without quotes is a path. A path and a string with + give a path; dots in it are resolved.
# ask: What is the value?
# answer: [ "path" "string" /etc/passwd ]
# hint: builtins.typeOf says what kind a value is.
# hint: /etc/ssl/.. is /etc.
[ (builtins.typeOf /etc/hosts) (builtins.typeOf "/etc/hosts") (/etc/ssl + "/../passwd") ]
