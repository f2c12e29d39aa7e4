{
  baseNameOf = map baseNameOf [ "a/b" "/" "" "a/" ./data/a.txt ];
  dirOf = [ (dirOf "a/b") (dirOf "a") (dirOf "/a") ];
  import = import ./data/tree;
  scopedImport = scopedImport { z = "from the scope"; } ./data/scoped.nix;
  pathExists = map builtins.pathExists [ ./data ./data/missing ./data/link ./data/dangling ./data/a.txt ];
  readDir = builtins.readDir ./data;
  readFile = builtins.readFile ./data/link;
  readFileType = map builtins.readFileType [ ./data ./data/a.txt ./data/link ];
  findFile = baseNameOf (builtins.findFile [ { path = ./data/missing; prefix = ""; } { path = ./data; prefix = "x"; } ] "x/a.txt");
  nixPath = builtins.nixPath;
  toPath = builtins.toPath "/a/../b";
  path = [ (builtins.path { path = ./data/tree; name = "named"; }) (builtins.path { path = ./data/a.txt; recursive = false; }) ];
  filterSource = builtins.filterSource (path: type: type == "directory" || baseNameOf path == "b.txt") ./data/tree;
  toFile = builtins.toFile "name" "text";
  storeDir = builtins.storeDir;
  placeholder = map placeholder [ "out" "dev" ];
  getEnv = builtins.getEnv "A_VARIABLE_THAT_NOBODY_SETS";
  interpolated = "${./data/a.txt}";
}
