# title: The text becomes a build
# kind: predict
# read: With passAsFile the builder gets a file with the text, and its path as textPath. The text is part of the derivation: another user, another image.
# ask: What is the value?
# answer: [ "passwd" true ]
# hint: Which of the attributes go into files?
let
  base = passwd: derivation {
    name = "base-system";
    system = "x86_64-linux";
    builder = "/bin/sh";
    inherit passwd;
    passAsFile = [ "passwd" ];
  };
in
(base "root:x:0").passAsFile ++ [ ((base "root:x:0").drvPath != (base "root:x:0\neve:x:1000").drvPath) ]
