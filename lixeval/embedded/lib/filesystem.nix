# Files and folders seen at evaluation time; nothing is copied to the store.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatLists
    filter
    isPath
    map
    mapAttrs
    match
    pathExists
    readDir
    ;
  inherit (lib) hasSuffix mapAttrsToList removeSuffix;
in
rec {
  inherit (builtins)
    baseNameOf
    dirOf
    hashFile
    isPath
    readDir
    ;
  # Before Nix 2.15 only the containing folder's listing told the type.
  readFileType =
    builtins.readFileType or (
      path: if dirOf path == path then "directory" else (readDir (dirOf path)).${baseNameOf path}
    );
  pathType = readFileType;
  pathIsDirectory = path: pathExists path && pathType path == "directory";
  pathIsRegularFile = path: pathExists path && pathType path == "regular";

  # Folders that hold a cabal file of their own name.
  haskellPathsInDir =
    root:
    let
      isPackage = name: type: type == "directory" && pathExists (root + "/${name}/${name}.cabal");
    in
    mapAttrs (name: _: root + "/${name}") (lib.filterAttrs isPackage (readDir root));

  locateDominatingFile =
    pattern: file:
    let
      search =
        path:
        let
          found = filter (result: result != null) (map (match pattern) (attrNames (readDir path)));
        in
        if found != [ ] then
          {
            inherit path;
            matches = found;
          }
        else if path == /. then
          null
        else
          search (dirOf path);
      parent = dirOf file;
      isDirectory = (readDir parent).${baseNameOf file} or null == "directory";
    in
    search (if isDirectory then file else parent);

  listFilesRecursive =
    directory:
    let
      entry =
        name: type:
        let
          path = directory + "/${name}";
        in
        if type == "directory" then listFilesRecursive path else [ path ];
    in
    concatLists (mapAttrsToList entry (readDir directory));

  # With `newScope` each folder is a scope of its own, in which its files find each other.
  packagesFromDirectoryRecursive =
    {
      callPackage,
      newScope ? throw "lib.packagesFromDirectoryRecursive: newScope wasn't passed in args",
      directory,
      ...
    }@given:
    let
      default = directory + "/package.nix";
      entry =
        scopeArguments: name: type:
        let
          path = directory + "/${name}";
        in
        if type == "directory" then
          { ${name} = packagesFromDirectoryRecursive (given // scopeArguments // { directory = path; }); }
        else if type == "regular" && hasSuffix ".nix" name then
          { ${removeSuffix ".nix" name} = (scopeArguments.callPackage or callPackage) path { }; }
        else if type == "symlink" || type == "regular" then
          { }
        else
          throw "lib.filesystem.packagesFromDirectoryRecursive: Unsupported file type ${type} at path ${toString path}";
      packages = scopeArguments: lib.concatMapAttrs (entry scopeArguments) (readDir directory);
    in
    if pathExists default then
      callPackage default { }
    else if given ? newScope then
      lib.makeScope newScope (self: lib.recurseIntoAttrs (packages { inherit (self) callPackage newScope; }))
    else
      packages { };

  # A string that ends with a slash means a folder, whether it exists or not.
  resolveDefaultNix =
    path:
    if pathIsDirectory path then
      path + "/default.nix"
    else if builtins.isString path && hasSuffix "/" path then
      path + "default.nix"
    else
      path;
}
