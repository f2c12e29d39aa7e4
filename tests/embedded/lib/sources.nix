{ lib }:
let
  inherit (lib) sources;
  tree = ./files/tree;
  bare = source: builtins.unsafeDiscardStringContext "${source}";
in
{
  "cleanSourceFilter-names" = map (entry: lib.cleanSourceFilter "/s/${lib.elemAt entry 0}" (lib.elemAt entry 1)) [
    [ ".git" "directory" ]
    [ ".git" "regular" ]
    [ ".svn" "directory" ]
    [ ".svn" "regular" ]
    [ ".hg" "directory" ]
    [ "CVS" "directory" ]
    [ "a~" "regular" ]
    [ "a.swp" "regular" ]
    [ ".swp" "regular" ]
    [ ".a.swp" "regular" ]
    [ "a.o" "regular" ]
    [ "a.so" "regular" ]
    [ "result" "symlink" ]
    [ "result-dev" "symlink" ]
    [ "result" "regular" ]
    [ "socket" "unknown" ]
    [ "main.c" "regular" ]
    [ "src" "directory" ]
    [ "link" "symlink" ]
  ];
  "cleanSource-path" = bare (lib.cleanSource tree);
  "cleanSource-names" = lib.attrNames (lib.cleanSource tree);
  "cleanSourceWith-filter" = bare (lib.cleanSourceWith { src = tree; filter = path: type: !lib.hasSuffix ".txt" path; });
  "cleanSourceWith-name" = (lib.cleanSourceWith { src = tree; name = "named"; }).name;
  "cleanSourceWith-composed" = bare (lib.cleanSourceWith { filter = path: type: baseNameOf path != "sub"; src = lib.cleanSourceWith { src = tree; filter = path: type: !lib.hasSuffix ".txt" path; }; });
  "cleanSourceWith-keeps-name" = (lib.cleanSourceWith { src = lib.cleanSourceWith { src = tree; name = "inner"; }; }).name;
  "canCleanSource-cases" = [ (lib.canCleanSource tree) (lib.canCleanSource (lib.cleanSource tree)) ];
  "filterSource-path" = builtins.unsafeDiscardStringContext (sources.filterSource (path: type: type == "directory") tree);
  "sourceByRegex-path" = bare (lib.sourceByRegex tree [ "sub" "sub/.*[.]nix" "b.*" ]);
  "sourceFilesBySuffices-path" = bare (lib.sourceFilesBySuffices tree [ ".txt" ]);
  "sourceByGlobs-paths" = map (patterns: bare (sources.sourceByGlobs tree patterns)) [ [ "*.nix" ] [ "sub/**" ] [ "**/*.nix" ] [ "readme.txt" "pack/*" ] ];
  "trace-same-path" = bare (sources.trace (lib.cleanSource tree)) == bare (lib.cleanSource tree);
  "pathHasContext-cases" = [ (lib.pathHasContext "/nix/store/x") (lib.pathHasContext "/home/x") ];
  "pathIsGitRepo-cases" = map lib.pathIsGitRepo [ tree ./files/text ./files/absent ./files/repository ./files/repository-link ./files/repository-packed ];
  "commitIdFromGitRepo-cases" = map lib.commitIdFromGitRepo [ ./files/repository ./files/repository-link ./files/repository-packed ];
  "commitIdFromGitRepo-none" = lib.commitIdFromGitRepo tree;
}
