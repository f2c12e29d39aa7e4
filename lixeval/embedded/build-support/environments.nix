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

  native = import ./native.nix { inherit lib pkgs system; };

  # A kind of trees: `argumentsOf` are the arguments of the builder `builder`.  With a postBuild the tree is copied first.
  trees =
    builder: argumentsOf:
    let
      kind = {
        inherit builder;
        buildCommand = ''
          cp -R --no-dereference "$links" "$out"
          chmod -R u+w "$out"
          eval "$postBuild"
        '';
        byShell = attrs: attrs.postBuild or "" != "";
        arguments =
          attrs:
          argumentsOf attrs
          // {
            inherit (attrs) name;
            outputs = [ "out" ];
            __structuredAttrs = true;
          };
        environment =
          attrs:
          removeAttrs attrs [ "paths" "packages" "links" "closure" ]
          // {
            links = native kind (
              attrs
              // {
                inherit (kind) buildCommand;
                name = "${attrs.name}-links";
                postBuild = "";
              }
            );
          };
      };
    in
    native kind;

  identity =
    function: args:
    if args ? name then
      args.name
    else if args ? pname && args ? version then
      "${args.pname}-${args.version}"
    else
      throw "${function}: give it a name, or a pname and a version";

  environment = trees "build-env" (
    attrs:
    removeAttrs attrs [ "closure" "paths" ]
    // lib.optionalAttrs (attrs.closure != [ ]) { exportReferencesGraph.closure = attrs.closure; }
  );
  joined = trees "symlink-join" (attrs: attrs);
  farm = trees "link-farm" (attrs: attrs);

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
  buildEnv = lib.makeOverridable (
    {
      name ? identity "buildEnv" args,
      pname ? null,
      version ? null,
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
    }@args:
    let
      wanted = builtins.filter (path: path != null) (lib.flatten paths);
    in
    environment (
      {
        inherit
          name
          manifest
          pathsToLink
          ignoreCollisions
          checkCollisionContents
          ignoreSingleFileOutputs
          extraPrefix
          postBuild
          nativeBuildInputs
          buildInputs
          meta
          ;
        paths = wanted;
        packages = map (chosenOutputs extraOutputsToInstall) wanted;
        closure = if includeClosures then map toString wanted else [ ];
        passthru = {
          inherit paths;
        }
        // passthru;
      }
      // builtins.intersectAttrs { pname = null; version = null; } args
      // derivationArgs
    )
  );

  # Directories are merged, of two files the first wins, nothing collides.  Whatever else is given are variables of postBuild.
  symlinkJoin =
    {
      paths,
      stripPrefix ? "",
      postBuild ? "",
      failOnMissing ? stripPrefix == "",
      ...
    }@args:
    assert lib.assertMsg (stripPrefix != "" -> lib.hasPrefix "/" stripPrefix && stripPrefix != "/") ''
      symlinkJoin: stripPrefix must be an absolute path below each of the paths, it is "${stripPrefix}"
    '';
    joined (
      removeAttrs args [ "stripPrefix" ]
      // {
        name = identity "symlinkJoin" args;
        paths = map (path: "${path}${stripPrefix}") (lib.flatten paths);
        inherit failOnMissing postBuild;
        passthru = {
          inherit paths;
        }
        // args.passthru or { };
      }
    );

  # `entries` is a list of { name; path; }, of which the last of a name counts, or a set of paths.
  linkFarm =
    name: entries:
    let
      set =
        if builtins.isList entries then
          builtins.foldl' (links: entry: links // { ${entry.name} = entry.path; }) { } entries
        else if builtins.isAttrs entries then
          entries
        else
          throw "linkFarm ${name}: entries are a list of { name; path; } or a set of paths, and not ${builtins.typeOf entries}";
    in
    farm {
      inherit name;
      links = lib.mapAttrs (_: path: "${path}") set;
      passthru.entries = set;
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

  # A root and a nobody, for programs in images that look users up.
  fakeNss = lib.makeOverridable (
    {
      extraPasswdLines ? [ ],
      extraGroupLines ? [ ],
    }:
    let
      lines = lib.concatMapStrings (line: line + "\n");
    in
    pkgs.symlinkJoin {
      name = "fake-nss";
      paths = [
        (pkgs.writeTextDir "etc/passwd" (lines (
          [ "root:x:0:0:root user:/var/empty:/bin/sh" ]
          ++ extraPasswdLines
          ++ [ "nobody:x:65534:65534:nobody:/var/empty:/bin/sh" ]
        )))
        (pkgs.writeTextDir "etc/group" (lines ([ "root:x:0:" ] ++ extraGroupLines ++ [ "nobody:x:65534:" ])))
        (pkgs.writeTextDir "etc/nsswitch.conf" "hosts: files dns\n")
        (pkgs.buildEnv {
          name = "var-empty";
          paths = [ ];
          pathsToLink = [ "/var/empty" ];
        })
      ];
    }
  ) { };

  copyPathToStore = path: builtins.path { inherit path; };
  copyPathsToStore = map pkgs.copyPathToStore;
}
