{ lib }:
let
  inherit (lib) fileset;
  tree = ./files/tree;
  bare = source: builtins.unsafeDiscardStringContext "${source}";
  listed = set: lib.sort (a: b: a < b) (map (path: lib.removePrefix "${toString ./files}/" (toString path)) (fileset.toList set));
  source = set: bare (fileset.toSource { root = tree; fileset = set; });
  fails = value: !(builtins.tryEval (builtins.deepSeq value value)).success;
in
{
  "toList-folder" = listed tree;
  "toList-file" = listed (tree + "/b.nix");
  "toList-empty" = listed fileset.empty;
  "empty-source" = source fileset.empty;
  "isFileset-kinds" = map fileset.isFileset [ ./. (fileset.unions [ ]) 1 { } "x" ];
  "maybeMissing-both" = map listed [ (fileset.maybeMissing (tree + "/b.nix")) (fileset.maybeMissing (tree + "/absent")) ];
  "union-two" = listed (fileset.union (tree + "/b.nix") (tree + "/sub"));
  "union-apart" = listed (fileset.union ./files/text (tree + "/sub"));
  "union-missing" = listed (fileset.union tree (tree + "/absent"));
  "unions-many" = listed (fileset.unions [ (tree + "/b.nix") (tree + "/sub") (tree + "/b.nix") fileset.empty ]);
  "unions-not-a-list" = fails (fileset.unions tree);
  "unions-string" = fails (fileset.toList (fileset.unions [ "/tmp" ]));
  "unions-source" = fails (fileset.toList (fileset.unions [ (lib.cleanSource tree) ]));
  "intersection-part" = listed (fileset.intersection tree (fileset.unions [ ./files/text (tree + "/sub") ]));
  "intersection-none" = listed (fileset.intersection (tree + "/sub") (tree + "/pack"));
  "difference-folder" = listed (fileset.difference tree (tree + "/sub"));
  "difference-file" = listed (fileset.difference tree (tree + "/sub/a.nix"));
  "difference-all" = listed (fileset.difference (tree + "/sub") tree);
  "difference-nested" = listed (fileset.difference tree (fileset.difference tree (tree + "/pack")));
  "fileFilter-extension" = listed (fileset.fileFilter (file: file.hasExt "nix") tree);
  "fileFilter-name" = listed (fileset.fileFilter (file: file.name == "package.nix" && file.type == "regular") tree);
  "fileFilter-file" = map (name: listed (fileset.fileFilter (file: file.hasExt "nix") (tree + "/${name}"))) [ "b.nix" "readme.txt" ];
  "fileFilter-refused" = map fails [ (fileset.toList (fileset.fileFilter 1 tree)) (fileset.toList (fileset.fileFilter (f: true) "x")) (fileset.toList (fileset.fileFilter (f: true) (tree + "/absent"))) ];
  "fromSource-filtered" = listed (fileset.fromSource (lib.sourceFilesBySuffices tree [ ".txt" ]));
  "fromSource-path" = listed (fileset.fromSource tree);
  "toSource-all" = source tree;
  "toSource-part" = source (fileset.union (tree + "/b.nix") (tree + "/sub"));
  "toSource-filter" = source (fileset.fileFilter (file: file.hasExt "nix") tree);
  "toSource-difference" = source (fileset.difference tree (tree + "/pack"));
  "toSource-name" = (fileset.toSource { root = tree; fileset = tree; }).name;
  "toSource-outside" = fails (source ./files/text);
  "toSource-root-file" = fails (bare (fileset.toSource { root = tree + "/b.nix"; fileset = tree; }));
  "toSource-root-string" = fails (bare (fileset.toSource { root = "/tmp"; fileset = tree; }));
  "toSource-root-missing" = fails (bare (fileset.toSource { root = tree + "/absent"; fileset = fileset.empty; }));
  "trace-value" = fileset.trace tree 5;
  "traceVal-set" = listed (fileset.traceVal (tree + "/sub"));
  "gitTracked-no-repository" = fails (fileset.toList (fileset.gitTracked tree));
  "gitTrackedWith-not-a-path" = fails (fileset.toList (fileset.gitTrackedWith { } "x"));
}
