# What a build may leave, and what a builder is given: by attribute, with what real Nix makes of each in verdicts.json.
let
  b = name: script: more: derivation ({ inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" script ]; PATH = "/usr/bin:/bin"; } // more);
  dep = b "dep" "echo dep > $out" { };
  src = builtins.toFile "srcfile" "text ${dep.name}";
in {
  allowed = b "allowed" "echo $dep > $out" { inherit dep; allowedReferences = [ ]; };
  allowed2 = b "allowed2" "echo $dep $out > $out" { inherit dep; allowedReferences = [ dep ]; };
  allowedOk = b "allowedOk" "echo $dep $out > $out" { inherit dep; allowedReferences = [ dep "out" ]; };
  disallowed = b "disallowed" "echo $dep > $out" { inherit dep; disallowedReferences = [ dep ]; };
  disallowedReq = b "disallowedReq" "echo $mid > $out" { mid = b "mid" "echo $dep > $out" { inherit dep; }; disallowedRequisites = [ dep ]; };
  allowedReq = b "allowedReq" "echo $mid > $out" { mid = b "mid" "echo $dep > $out" { inherit dep; }; allowedRequisites = [ dep ]; };
  badName = b "badName" "echo $dep > $out" { inherit dep; allowedReferences = [ "nonexistent" ]; };
  checks = b "checks" "out=$(/usr/bin/cat $NIX_ATTRS_JSON_FILE | /usr/bin/sed 's/.*\"out\":\"\\([^\"]*\\)\".*/\\1/'); echo 1234567890 > $out" { __structuredAttrs = true; outputChecks.out.maxSize = 10; };
  checksClosure = b "checksClosure" "out=$(/usr/bin/cat $NIX_ATTRS_JSON_FILE | /usr/bin/sed 's/.*\"out\":\"\\([^\"]*\\)\".*/\\1/'); echo ${dep} > $out" { __structuredAttrs = true; outputChecks.out.maxClosureSize = 100; };
  checksRef = b "checksRef" "out=$(/usr/bin/cat $NIX_ATTRS_JSON_FILE | /usr/bin/sed 's/.*\"out\":\"\\([^\"]*\\)\".*/\\1/'); echo ${dep} > $out" { __structuredAttrs = true; outputChecks.out.disallowedReferences = [ "dep" dep ]; };
  missing = b "missing" "echo > $out" { outputs = [ "out" "dev" ]; };
  cycle = b "cycle" "echo $dev > $out; echo $out > $dev" { outputs = [ "out" "dev" ]; };
  fail = b "fail" "echo some; echo words >&2; exit 3" { };
  fodRef = b "fodRef" "echo $dep > $out" { inherit dep; outputHashMode = "recursive"; outputHash = "sha256-ETDpaMAo5QGPgKj8LVZ/LvpqTkVMgN7mUMaKRtVd4jw="; };
  fodBad = b "fodBad" "echo x > $out" { outputHashMode = "flat"; outputHash = "sha256-ETDpaMAo5QGPgKj8LVZ/LvpqTkVMgN7mUMaKRtVd4jw="; };
  fodExec = b "fodExec" "echo x > $out; chmod +x $out" { outputHashMode = "flat"; outputHash = "sha256-ETDpaMAo5QGPgKj8LVZ/LvpqTkVMgN7mUMaKRtVd4jw="; };
  fodDir = b "fodDir" "mkdir $out" { outputHashMode = "flat"; outputHash = "sha256-ETDpaMAo5QGPgKj8LVZ/LvpqTkVMgN7mUMaKRtVd4jw="; };
  graph = b "graph" "cat g > $out" { exportReferencesGraph = [ "g" (b "user" "echo $dep $src > $out" { inherit dep src; }) ]; };
  graphDrv = b "graphDrv" "cat g > $out" { exportReferencesGraph = [ "g" dep.drvPath ]; };
  graphJson = b "graphJson" "/usr/bin/sed 's/.*\"g\":\\(\\[.*\\]\\).*/\\1/' $NIX_ATTRS_JSON_FILE > ${builtins.placeholder "out"}" { __structuredAttrs = true; exportReferencesGraph.g = [ dep ]; };
  sh = b "sh" "/usr/bin/grep -v NIX_ $NIX_ATTRS_SH_FILE > ${builtins.placeholder "out"}" { __structuredAttrs = true; l = [ 1 2 "a b" ]; m = { a = 1; b = "c'd"; n = null; }; t = true; f = false; z = null; i = -3; q = "x\ny"; fl = 1.5; };
  passAs = b "passAs" "cat $bigPath > $out; echo $big >> $out" { big = "text\n"; passAsFile = [ "big" ]; };
  placeholders = b "placeholders" "echo ${builtins.placeholder "out"} ${builtins.placeholder "dev"} $x > $out; echo > $dev" { outputs = [ "out" "dev" ]; x = builtins.placeholder "dev"; };
}
