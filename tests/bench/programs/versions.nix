# versions and names taken apart and compared; regular expressions
let
  names = builtins.genList (index: "package-${toString (index / 7)}.${toString (index - index / 9 * 9)}.1${if index / 3 * 3 == index then "-rc${toString index}" else ""}") 8000;
  parsed = map builtins.parseDrvName names;
  newest = builtins.foldl' (best: p: if builtins.compareVersions p.version best > 0 then p.version else best) "0" parsed;
  matched = builtins.filter (name: builtins.match "package-([0-9]+)\\.([0-9]+)\\.[0-9]+(-rc.*)?" name != null) names;
in
[ newest (builtins.length matched) (builtins.foldl' (sum: p: sum + builtins.length (builtins.splitVersion p.version)) 0 parsed) ]
