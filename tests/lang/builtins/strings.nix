{
  concatStringsSep = [ (builtins.concatStringsSep ", " [ "a" "b" "${"c"}" ]) (builtins.concatStringsSep "-" [ ]) ];
  match = [
    (builtins.match "(a)(b)?" "a") (builtins.match "a" "ab") (builtins.match "[[:space:]]+([^ ]*) .*" "  x y z") (builtins.match "" "")
    (builtins.match "(a|ab)(c|bcd)(d*)" "abcd") (builtins.match "[]a]+" "]a") (builtins.match "a{2,3}" "aaa")
  ];
  split = [ (builtins.split "(a)|b" "xaybz") (builtins.split "," "a,b") (builtins.split "" "ab") (builtins.split "x" "") ];
  replaceStrings = [
    (builtins.replaceStrings [ "a" "b" ] [ "b" "a" ] "abab") (builtins.replaceStrings [ "" ] [ "-" ] "ab")
    (builtins.replaceStrings [ "x" ] [ (throw "unused") ] "ab") (builtins.replaceStrings [ "ab" "a" ] [ "1" "2" ] "aab")
  ];
  stringLength = [ (builtins.stringLength "é") (builtins.stringLength "") ];
  substring = [ (builtins.substring 1 2 "abcd") (builtins.substring 1 (-1) "abcd") (builtins.substring 10 1 "ab") (builtins.substring 0 100 "ab") ];
  toString = map toString [ 1 1.5 true false null "s" [ 1 [ 2 "x" ] null ] { __toString = self: "me"; } { outPath = "out"; } ];
  hashString = map (algorithm: builtins.hashString algorithm "abc") [ "md5" "sha1" "sha256" "sha512" ];
  hashFile = builtins.hashFile "sha256" ./data/a.txt;
  convertHash = map (toHashFormat: builtins.convertHash { hash = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; inherit toHashFormat; }) [ "base16" "nix32" "base32" "base64" "sri" ];
  splitVersion = map builtins.splitVersion [ "1.2.3pre4-x" "" "1..2" "a1b" ];
  compareVersions = [ (builtins.compareVersions "1.0" "1.0.1") (builtins.compareVersions "2.3pre1" "2.3") (builtins.compareVersions "a" "1") (builtins.compareVersions "1" "1") ];
  parseDrvName = map builtins.parseDrvName [ "foo-1.2" "foo-bar-2.0pre" "foo" "a-b-c" "foo-1-2" ];
}
