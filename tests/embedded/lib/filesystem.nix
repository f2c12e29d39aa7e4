{ lib }:
let
  inherit (lib) filesystem;
  folder = ./files;
  names = map (path: lib.removePrefix (toString folder + "/") (toString path));
in
{
  "pathType-kinds" = map lib.pathType [ folder (folder + "/text") /. ];
  "readFileType-kinds" = map lib.readFileType [ folder (folder + "/text") ];
  "pathIsDirectory-cases" = map lib.pathIsDirectory [ folder (folder + "/text") (folder + "/absent") ];
  "pathIsRegularFile-cases" = map lib.pathIsRegularFile [ folder (folder + "/text") (folder + "/absent") ];
  "readDir-tree" = lib.readDir (folder + "/tree");
  "baseNameOf-name" = map lib.baseNameOf [ "/a/b" "b" folder ];
  "dirOf-name" = lib.dirOf "/a/b";
  "isPath-kinds" = map filesystem.isPath [ folder "x" ];
  "hashFile-sha256" = lib.hashFile "sha256" (folder + "/text");
  "haskellPathsInDir-packages" = lib.mapAttrs (n: p: lib.hasSuffix "/haskell/${n}" (toString p)) (filesystem.haskellPathsInDir (folder + "/haskell"));
  "locateDominatingFile-found" =
    let
      found = filesystem.locateDominatingFile "(te)xt" (folder + "/tree/sub/a.nix");
    in
    [ (toString found.path == toString folder) found.matches ];
  "locateDominatingFile-none" = filesystem.locateDominatingFile "no such file name" (folder + "/tree");
  "listFilesRecursive-all" = names (filesystem.listFilesRecursive (folder + "/tree"));
  "packagesFromDirectoryRecursive-tree" = lib.packagesFromDirectoryRecursive {
    callPackage = path: args: [ (lib.head (names [ path ])) args ];
    directory = folder + "/tree";
  };
  "packagesFromDirectoryRecursive-scope" =
    let
      packages = lib.packagesFromDirectoryRecursive {
        callPackage = lib.callPackageWith { };
        newScope = extra: lib.callPackageWith extra;
        directory = folder + "/scope";
      };
    in
    [ packages.one packages.two packages.sub.three ];
  "resolveDefaultNix-cases" = [
    (names [ (filesystem.resolveDefaultNix folder) (filesystem.resolveDefaultNix (folder + "/text")) ])
    (filesystem.resolveDefaultNix "/no/such/folder/")
    (filesystem.resolveDefaultNix "/no/such/file")
  ];
}
