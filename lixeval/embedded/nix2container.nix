# nix2container's functions, without nix2container: the derivations made here have `builtin:` builders, which lixeval runs
# itself.  Plain Nix, so that any Nix instantiates it to the same derivations.
#
#   buildLayer { deps, copyToRoot, ... }      a layer: a folder with layers.json and the tars of its layers
#   buildImage { name, layers, config, ... }  an image: an image.json, to be written as an archive or a layout
#   pullImage { imageName, imageDigest, sha256, ... }
#                                             an image.json of an image in a registry, for fromImage
#   pullImageFromManifest { imageName, imageManifest, ... }
#                                             the same, each blob on its own, by a manifest that is kept in a file
#
# Nothing of `pkgs` is needed unless it is given; then it decides for which system images are built.
args@{
  pkgs ? { },
  lib ? { },
  system ?
    if args ? pkgs then
      pkgs.stdenv.hostPlatform.system or pkgs.system or builtins.currentSystem
    else
      builtins.currentSystem,
}:
let
  inherit (builtins)
    attrNames
    baseNameOf
    concatMap
    concatStringsSep
    filter
    fromJSON
    head
    isFunction
    isList
    isString
    listToAttrs
    match
    readFile
    replaceStrings
    split
    stringLength
    substring
    toJSON
    ;

  toList = value: if isList value then value else [ value ];
  flatten = value: if isList value then concatMap flatten value else [ value ];
  # Both may be null: then there is nothing.
  firstOf =
    first: second:
    if first != null then
      first
    else if second != null then
      second
    else
      [ ];

  upper = [ "A" "B" "C" "D" "E" "F" "G" "H" "I" "J" "K" "L" "M" "N" "O" "P" "Q" "R" "S" "T" "U" "V" "W" "X" "Y" "Z" ];
  lower = [ "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v" "w" "x" "y" "z" ];
  toLower = replaceStrings upper lower;

  # What Go calls the processor of a system.
  goArch =
    let
      names = {
        aarch64 = "arm64";
        armv5tel = "arm";
        armv6l = "arm";
        armv7a = "arm";
        armv7l = "arm";
        i686 = "386";
        loongarch64 = "loong64";
        mips64el = "mips64le";
        mipsel = "mipsle";
        powerpc64 = "ppc64";
        powerpc64le = "ppc64le";
        riscv64 = "riscv64";
        s390x = "s390x";
        x86_64 = "amd64";
      };
      isOf = cpu: substring 0 (stringLength cpu + 1) system == cpu + "-";
      found = filter isOf (attrNames names);
    in
    if found == [ ] then throw "Go has no name for the processor of '${system}': give buildImage an arch" else names.${head found};

  warn = builtins.warn or (message: value: builtins.trace "evaluation warning: ${message}" value);

  # A derivation of ours: all attributes reach the builder as JSON.  overrideAttrs changes them, as mkDerivation's does.
  make =
    name: builder: attributes:
    let
      made =
        describe:
        let
          arguments = describe (arguments // { inherit finalPackage overrideAttrs; });
          overrideAttrs =
            changes:
            made (
              final:
              let
                old = describe final;
                partly = if isFunction changes then changes old else changes;
              in
              old // (if isFunction partly then changes final old else partly)
            );
          passthru = arguments.passthru or { };
          meta = arguments.meta or { };
          finalPackage =
            derivation (
              removeAttrs arguments [
                "meta"
                "passthru"
              ]
            )
            // {
              inherit meta overrideAttrs passthru;
            }
            // passthru;
        in
        finalPackage;
    in
    made (
      _:
      attributes
      // {
        inherit name system;
        builder = "builtin:nix2container-${builder}";
        __structuredAttrs = true;
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
    );

  writeText = name: text: make (storeName name) "text" { inherit text; };

  # A name that the store takes: image names have slashes.
  storeName =
    text:
    let
      safe = concatStringsSep "-" (filter isString (split "[^[:alnum:]+._?=-]+" (head (match "\\.*(.*)" text))));
      length = stringLength safe;
    in
    if length == 0 then
      "unknown"
    else if length > 207 then
      substring (length - 207) length safe
    else
      safe;

  # A program that calls lixeval, which must be on the PATH of whoever runs it; `lixeval run` does what the words say.
  writeProgram =
    name: words:
    make name "text" {
      text = "#!/bin/sh\nexec lixeval ${concatStringsSep " " words} \"$@\"\n";
      destination = "/bin/${name}";
      executable = true;
    }
    // {
      lixeval = words;
    };

  # Each layer once, where it comes first: nix2container names the first of a chain of n layers 2^n times.
  distinct =
    layers:
    map (entry: entry.layer) (
      builtins.genericClosure {
        startSet = map (layer: {
          key = builtins.unsafeDiscardStringContext "${layer}";
          inherit layer;
        }) layers;
        operator = entry: [ ];
      }
    );

  # An attribute that is there if it is not null.
  optional = name: value: if value == null then { } else { ${name} = value; };

  # An attribute that is there if it is not what it is anyway.
  given =
    name: value: usual:
    if value == usual then { } else { ${name} = value; };

  # Seconds since 1970, for `created = "now"`: SOURCE_DATE_EPOCH, if it is set.
  moment =
    created:
    if created != "now" then
      created
    else
      let
        epoch = builtins.getEnv "SOURCE_DATE_EPOCH";
      in
      "@${if epoch != "" then epoch else toString builtins.currentTime}";

  # `contents` is the old name of copyToRoot: one of them may be given.
  checked =
    { copyToRoot, contents }:
    value:
    if contents == null then
      value
    else
      warn
        "The contents parameter is deprecated. Change to copyToRoot if the contents are designed to be copied to the root filesystem, such as when you use `buildEnv` or similar between contents and your packages. Use copyToRoot = buildEnv { ... }; or similar if you intend to add packages to /bin."
        (
          if copyToRoot != null then throw "You can not specify both contents and copyToRoot." else value
        );

  buildLayer =
    {
      # Paths whose closure goes into the layer.
      deps ? [ ],
      # A path, or several, whose contents go to the root of the image; their closure goes along.
      copyToRoot ? null,
      # A path, or several, to leave out.
      ignore ? null,
      # Layers made by buildLayer: what is in them is not put into this one again.
      layers ? [ ],
      # Whether the paths would come out the same if they were built again.  If not, layers.json names the layers' tars.
      reproducible ? true,
      # What to change about files: { path; regex; mode; uid; gid; uname; gname; }.
      perms ? [ ],
      # How many layers to make at most: the most used paths get layers of their own.
      maxLayers ? 1,
      contents ? null,
      # The history entry of every layer: { created_by; author; comment; created; empty_layer; }.
      metadata ? { created_by = "nix2container"; },
      # Not nix2container's: whether a copyToRoot path whose files refer to it by its name stays reachable by that name,
      # through a link to the root.  Without it such references lead nowhere.
      linkMoved ? true,
      # Not nix2container's: how the layers are packed in the store: "gzip", "zstd", perhaps with a level: "zstd:9".
      compression ? null,
      # Not nix2container's: what files have by their places in the image: { "/home/app" = { uid; gid; uname; gname; mode;
      # mtime; capabilities; xattrs; recursive; }; }, and files with listings of the same (see file_attributes.py).
      attributes ? { },
      attributesFrom ? [ ],
      # Not nix2container's: whether folders that several paths bring, with other modes or perms, are merged.  It fails
      # for these; what it makes is the same either way.
      mergeFolders ? true,
      # Not nix2container's: "size" gives the biggest paths layers of their own, and not the most popular.
      layerBy ? null,
      # Not nix2container's: without it only copyToRoot itself is put into the layer, and nothing that it refers to.
      includeStorePaths ? true,
    }:
    let
      roots = toList (firstOf copyToRoot contents);
      layer = make "layers.json" "layer" (
        {
          exportReferencesGraph.graph = flatten (deps ++ roots);
          ignore = toString (if ignore == null then [ ] else ignore);
          rewrites = map (path: {
            inherit path;
            regex = "^${path}";
            repl = "";
          }) roots;
          inherit perms reproducible linkMoved;
          history = metadata;
          maxLayers = toString maxLayers;
          layers = map (parent: "${parent}/layers.json") layers;
        }
        // (
          if compression == null then
            { }
          else
            {
              inherit compression;
              # Another version of the library packs to other bytes, so it is another layer.
              recipe = (import ./answers.nix { hostDirectory = null; } "compression/${compression}").recipe;
            }
        )
        // optional "layerBy" layerBy
        // given "attributes" attributes { }
        // given "attributesFrom" attributesFrom [ ]
        // given "mergeFolders" mergeFolders false
        // (if includeStorePaths then { } else { onlyRoots = true; })
        // {
          passthru.nestedLayers = distinct (flatten (map (parent: parent.nestedLayers) layers) ++ layers);
        }
      );
    in
    checked { inherit copyToRoot contents; } layer;

  # The Nix database of the closure of `paths`, and garbage collector roots for what is in it.
  makeNixDatabase =
    paths: ignore:
    make "nix-database" "database" {
      exportReferencesGraph.graph = flatten paths;
      ignore = toString ignore;
    };

  buildImage =
    {
      name,
      # null: the hash of the image.
      tag ? null,
      # What to run and how: Cmd, Entrypoint, Env, ExposedPorts, Labels, StopSignal, User, Volumes, WorkingDir.
      config ? { },
      layers ? [ ],
      copyToRoot ? null,
      # The image.json of an image whose layers go below.
      fromImage ? "",
      # Go's name of the processor.
      arch ? goArch,
      perms ? [ ],
      # How many layers copyToRoot and config may make; `layers` are not counted.
      maxLayers ? 1,
      # Whether Nix in the image shall know the paths in it, and whose the database is.
      initializeNixDatabase ? false,
      nixUid ? 0,
      nixGid ? 0,
      created ? "0001-01-01T00:00:00Z",
      contents ? null,
      meta ? { },
      # As buildLayer's; compression is for the image's own layers, not for `layers`.
      linkMoved ? true,
      compression ? null,
      attributes ? { },
      attributesFrom ? [ ],
      mergeFolders ? true,
      layerBy ? null,
      includeStorePaths ? true,
      # Not nix2container's: false keeps what it loses: Env, Cmd, Labels and so on of fromImage, as FROM in a Dockerfile,
      # its history, and Healthcheck, Shell, OnBuild and all else in config that is Docker's own.
      compatible ? true,
      # Not nix2container's: annotations of the manifest.
      annotations ? { },
    }:
    let
      configFile = writeText "config.json" (toJSON config);
      roots = toList (firstOf copyToRoot contents);
      allLayers = distinct (concatMap (layer: layer.nestedLayers) layers ++ layers);

      nixDatabase = makeNixDatabase ([ configFile ] ++ roots ++ allLayers) ([ configFile ] ++ allLayers);
      whenDatabase = value: if initializeNixDatabase then [ value ] else [ ];

      # What the image has of its own: copyToRoot, and the closure of all that the configuration mentions.
      customisation = buildLayer {
        inherit
          maxLayers
          layers
          linkMoved
          compression
          attributes
          attributesFrom
          mergeFolders
          layerBy
          includeStorePaths
          ;
        perms =
          perms
          ++ whenDatabase {
            path = nixDatabase;
            regex = ".*";
            mode = "0755";
            uid = nixUid;
            gid = nixGid;
          };
        copyToRoot = roots ++ whenDatabase nixDatabase;
        deps = [ configFile ];
        ignore = configFile;
      };

      imageName = toLower name;

      # The tag is no part of it: another tag changes no derivation.
      image = make "image-${baseNameOf name}.json" "image" (
        {
          inherit arch configFile meta;
          created = moment created;
          fromImage = "${fromImage}";
          layers = map (layer: "${layer}/layers.json") (allLayers ++ [ customisation ]);
          passthru = {
            inherit fromImage imageName imageTag;
            # A name for other tools; without context, so that evaluating it builds nothing.
            imageRefUnsafe = builtins.unsafeDiscardStringContext "${imageName}:${imageTag}";
            # Programs that bring the image somewhere; more arguments may follow.
            copyToDockerDaemon = copying "copy-to-docker-daemon" [ "docker-daemon:${imageName}:${imageTag}" ];
            copyToRegistry = copying "copy-to-registry" [ "docker://${imageName}:${imageTag}" ];
            copyToPodman = copying "copy-to-podman" [ "containers-storage:${imageName}:${imageTag}" ];
            copyTo = copying "copy-to" [ ];
          };
        }
        // given "compatible" compatible true
        // given "annotations" annotations { }
      );
      imageTag = if tag == null then substring 0 32 (baseNameOf image.outPath) else tag;
      copying = program: destination: writeProgram program ([ "copy" "${image}" ] ++ destination);
    in
    checked { inherit copyToRoot contents; } image;

  # An image in a registry, all of it in one path whose hash is given: `skopeo copy docker://... dir:...` makes the same.
  pullImage =
    {
      # HOST/NAME, or a name on Docker Hub: library/alpine.
      imageName,
      # Of a manifest, or of an index: then the image for `os` and `arch` is taken.
      imageDigest,
      # Of the folder: a build with another one says which it is.
      sha256,
      os ? "linux",
      arch ? goArch,
      # Whether the registry must have a certificate that is trusted.
      tlsVerify ? true,
      name ? replaceStrings [ "/" ":" ] [ "-" "-" ] "docker-image-${imageName}",
    }:
    make (storeName "nix2container-${imageName}.json") "image-from-dir" {
      dir = make (storeName name) "pull" {
        inherit
          imageName
          imageDigest
          os
          arch
          tlsVerify
          ;
        outputHashMode = "recursive";
        outputHashAlgo = "sha256";
        outputHash = sha256;
      };
    };

  # An image whose manifest is at hand: its blobs, each in a path of its own.
  pullImageFromManifest =
    {
      # The name in the registry: library/alpine.
      imageName,
      # A file; `getManifest` makes it.
      imageManifest ? null,
      # What getManifest asks for.
      imageTag ? "latest",
      os ? "linux",
      arch ? goArch,
      tlsVerify ? true,
      registryUrl ? "registry-1.docker.io",
    }:
    let
      manifest = fromJSON (readFile imageManifest);

      # The name is the digest without "sha256:".
      pullBlob =
        descriptor:
        make (replaceStrings [ "sha256:" ] [ "" ] descriptor.digest) "blob" {
          inherit registryUrl imageName tlsVerify;
          inherit (descriptor) digest;
          size = descriptor.size or null;
          outputHash = descriptor.digest;
        };
      blobs = map pullBlob (manifest.layers ++ [ manifest.config ]);
    in
    make (storeName "nix2container-${imageName}.json") "image-from-manifest" {
      manifest = "${imageManifest}";
      blobs = writeText "${imageName}-blobs.json" (
        toJSON (
          listToAttrs (
            map (blob: {
              inherit (blob) name;
              value = blob;
            }) blobs
          )
        )
      );
      # A program that prints the manifest of what the tag stands for today.
      passthru.getManifest = writeProgram "get-manifest" [
        "manifest"
        "docker://${registryUrl}/${imageName}:${imageTag}"
        "--os"
        os
        "--arch"
        arch
      ];
    };

  # What nixpkgs' dockerTools is made with here (build-support/docker-tools.nix).
  dockerTools = {
    # An image.json of an archive, or of a folder with a layout; of several images in it the one called `name`.
    fromArchive =
      {
        archive,
        name ? null,
      }:
      make "image-from-archive.json" "image-from-dir" {
        dir = make "unpacked-image" "unpack" ({ archive = "${archive}"; } // optional "name_in_archive" name);
      };

    # An archive of an image.json, for whoever wants it as a derivation.
    archive =
      { image, name }:
      make (storeName name) "archive" {
        image = "${image}";
        reference = builtins.unsafeDiscardStringContext "${image.imageName}:${image.imageTag}";
      };

    # The images of several archives in one.
    merge = archives: make "merged-docker-images.tar" "merge" { archives = map toString archives; };

    # All files of an image.json as one tar.
    export = { image, name }: make (storeName name) "export" { image = "${image}"; };

    # The folder that copyToRoot's paths make, one after the other (image_root.py).
    root =
      {
        name,
        roots,
        keepDirlinks,
      }:
      make (storeName name) "root" {
        roots = map toString roots;
        inherit keepDirlinks;
      };

    # An archive of an image in a registry, with its hash.
    pullArchive =
      {
        imageName,
        imageDigest,
        hash,
        os,
        arch ? goArch,
        finalImageName,
        finalImageTag,
        tlsVerify,
        name,
      }:
      make (storeName name) "pull-archive" {
        inherit
          imageName
          imageDigest
          os
          arch
          finalImageName
          finalImageTag
          tlsVerify
          ;
        outputHashMode = "flat";
        outputHashAlgo = "sha256";
        outputHash = hash;
      };
  };
in
{
  inherit
    buildImage
    buildLayer
    dockerTools
    pullImage
    pullImageFromManifest
    ;
}
