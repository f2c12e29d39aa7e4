# Trees of symlinks, made inside lixeval (builtin:build-env and friends); with a postBuild the tree
# is copied and a shell goes over it.
{ lib, pkgs, system }:
let
  # A derivation with structured attributes and a builder inside lixeval.
  tree =
    builder: attrs:
    derivation (
      {
        inherit system;
        builder = "builtin:${builder}";
        outputs = [ "out" ];
        __structuredAttrs = true;
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      // attrs
    );

  finished =
    {
      name,
      links,
      postBuild,
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      passthru ? { },
      meta ? { },
      extra ? { },
    }:
    let
      drv =
        if postBuild == "" then
          links
        else
          pkgs.runCommandLocal name
            (
              extra
              // {
                inherit
                  links
                  postBuild
                  nativeBuildInputs
                  buildInputs
                  ;
              }
            )
            ''
              cp -R --no-dereference "$links" "$out"
              chmod -R u+w "$out"
              eval "$postBuild"
            '';
    in
    lib.extendDerivation true (
      {
        inherit passthru;
        meta = {
          inherit name;
          available = true;
        }
        // meta;
        outputs = [ "out" ];
      }
      // extra
      // passthru
    ) drv;

  identity =
    function: args:
    if args ? name then
      args.name
    else if args ? pname && args ? version then
      "${args.pname}-${args.version}"
    else
      throw "${function}: give it a name, or a pname and a version";

  described = args: builtins.intersectAttrs { pname = null; version = null; } args;

  # The outputs of one package that belong into an environment.
  chosenOutputs =
    extraOutputs: drv:
    let
      installed =
        if !(drv.outputSpecified or false) && drv.meta.outputsToInstall or null != null then
          map (output: drv.${output}) drv.meta.outputsToInstall
        else
          [ drv ];
      more = builtins.filter (path: path != null) (map (output: drv.${output} or null) extraOutputs);
    in
    {
      paths = lib.unique (map toString (installed ++ more));
      priority = drv.meta.priority or lib.meta.defaultPriority;
    };
in
{
  buildEnv =
    {
      manifest ? "",
      paths,
      pathsToLink ? [ "/" ],
      ignoreCollisions ? false,
      checkCollisionContents ? true,
      ignoreSingleFileOutputs ? false,
      includeClosures ? false,
      extraOutputsToInstall ? [ ],
      extraPrefix ? "",
      postBuild ? "",
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      derivationArgs ? { },
      passthru ? { },
      meta ? { },
      ...
    }@args:
    let
      name = identity "buildEnv" args;
    in
    finished {
      inherit
        name
        postBuild
        nativeBuildInputs
        buildInputs
        passthru
        meta
        ;
      extra = described args;
      links = tree "build-env" (
        {
          name = if postBuild == "" then name else "${name}-links";
          packages = map (chosenOutputs extraOutputsToInstall) (
            builtins.filter (path: path != null) (lib.flatten paths)
          );
          inherit
            manifest
            pathsToLink
            ignoreCollisions
            checkCollisionContents
            ignoreSingleFileOutputs
            extraPrefix
            ;
        }
        // lib.optionalAttrs includeClosures { exportReferencesGraph.closure = map toString (lib.flatten paths); }
        // derivationArgs
      );
    };

  # Directories are merged, of two files the first wins, nothing collides.
  symlinkJoin =
    {
      paths,
      stripPrefix ? "",
      postBuild ? "",
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      preferLocalBuild ? true,
      allowSubstitutes ? false,
      failOnMissing ? stripPrefix == "",
      passthru ? { },
      meta ? { },
      ...
    }@args:
    assert lib.assertMsg (stripPrefix != "" -> lib.hasPrefix "/" stripPrefix && stripPrefix != "/") ''
      symlinkJoin: stripPrefix must be an absolute path below each of the paths, it is "${stripPrefix}"
    '';
    let
      name = identity "symlinkJoin" args;
    in
    finished {
      inherit
        name
        postBuild
        nativeBuildInputs
        buildInputs
        passthru
        meta
        ;
      extra = described args // { inherit paths; };
      links = tree "symlink-join" {
        name = if postBuild == "" then name else "${name}-links";
        paths = map (path: "${path}${stripPrefix}") (lib.flatten paths);
        inherit failOnMissing;
      };
    };

  # `entries` is a list of { name; path; }, or a set of paths.
  linkFarm =
    name: entries:
    let
      set =
        if builtins.isList entries then
          lib.listToAttrs (map (entry: lib.nameValuePair entry.name entry.path) entries)
        else
          entries;
    in
    finished {
      inherit name;
      postBuild = "";
      passthru.entries = set;
      links = tree "link-farm" {
        inherit name;
        links = lib.mapAttrs (_: path: "${path}") set;
      };
    };

  linkFarmFromDrvs =
    name: drvs:
    pkgs.linkFarm name (
      map (drv: {
        inherit (drv) name;
        path = drv;
      }) drvs
    );

  # registration (for nix-store --load-db), store-paths and total-nar-size of a closure.
  closureInfo =
    { rootPaths }:
    tree "closure-info" {
      name = "closure-info";
      exportReferencesGraph.closure = if builtins.isList rootPaths then rootPaths else [ rootPaths ];
    };

  # The store paths of a closure, one a line.
  writeClosure =
    paths:
    tree "closure-info" {
      name = "runtime-deps";
      onlyPaths = true;
      exportReferencesGraph.closure = paths;
    };
  writeReferencesToFile = path: pkgs.writeClosure [ path ];

  copyPathToStore = path: builtins.path { inherit path; };
  copyPathsToStore = map pkgs.copyPathToStore;
}
