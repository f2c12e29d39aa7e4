# nixpkgs' dockerTools on nix2container's writer: what people have written with it builds here, and `lixeval FILE` writes
# the image.  Differences that show:
#
# - The result is an image.json; `image.tarball` is the archive as a derivation, `image.stream` a program that prints it.
# - Of fromImage everything is inherited that FROM in a Dockerfile inherits, and not the variables alone.
# - Commands run in the sandbox, without a virtual machine: chown is written down and shows in the image.  runAsRoot
#   and enableFakechroot run with the image's root as / where the sandbox allows namespaces in it.
# - compressor is not looked at: `lixeval FILE --compression` says how layers are packed.
{ lib, pkgs }:
let
  inherit (builtins) isList;
  inherit (pkgs) nix2container;
  inherit (nix2container) dockerTools;

  toList = value: if value == null then [ ] else if isList value then value else [ value ];

  compressors = [ "none" "gz" "zstd" ];
  checkCompressor =
    compressor: value:
    if builtins.elem compressor compressors then
      value
    else
      throw "dockerTools: there is no compressor '${compressor}': ${lib.concatStringsSep ", " compressors} are known";

  # The root of an image that commands have worked on: { root; attributesFrom; }.
  worked =
    {
      name,
      contents,
      extraCommands,
      fakeRootCommands ? "",
      enableFakechroot ? false,
      runAsRoot ? "",
    }:
    let
      built =
        pkgs.runCommand "${baseNameOf name}-root"
          {
            inherit
              contents
              extraCommands
              fakeRootCommands
              runAsRoot
              enableFakechroot
              ;
            outputs = [
              "out"
              "attributes"
            ];
            passAsFile = [
              "extraCommands"
              "fakeRootCommands"
              "runAsRoot"
            ];
            nativeBuildInputs = [
              pkgs.coreutils
              pkgs.findutils
            ]
            ++ lib.optional (enableFakechroot || runAsRoot != "") pkgs.util-linux;
            owners = ./docker-owners.sh;
            tools = "${pkgs.coreutils}/bin";
            interpreter = pkgs.runtimeShell;
            preferLocalBuild = true;
          }
          (builtins.readFile ./docker-root.sh);
    in
    {
      root = [ built.out ];
      attributesFrom = [ built.attributes ];
    };

  owned =
    uid: gid: uname: gname:
    lib.optionalAttrs (uid != 0 || gid != 0 || uname != "root" || gname != "root") {
      "/" = {
        inherit uid gid;
        recursive = true;
      }
      // lib.optionalAttrs (uname != "root" || uid == 0) { inherit uname; }
      // lib.optionalAttrs (gname != "root" || gid == 0) { inherit gname; };
    };

  # An image.json of whatever an image may be given as: one made here, an archive, a folder with a layout.
  base =
    {
      fromImage,
      fromImageName ? null,
      fromImageTag ? null,
    }:
    if fromImage == null || fromImage == "" then
      ""
    else if lib.hasPrefix "builtin:nix2container-image" (fromImage.builder or "") then
      fromImage
    else
      dockerTools.fromArchive {
        archive = fromImage;
        name = if fromImageName == null then null else fromImageName + (if fromImageTag == null then "" else ":${fromImageTag}");
      };

  # The image with what dockerTools' images have beside it.
  finished =
    {
      image,
      passthru ? { },
      buildArgs,
    }:
    image.overrideAttrs (
      final: old: {
        passthru =
          old.passthru
          // rec {
            inherit buildArgs;
            tarball = dockerTools.archive {
              image = final.finalPackage;
              name = "docker-image-${baseNameOf image.imageName}.tar";
            };
            stream = pkgs.writeShellScriptBin "stream-${baseNameOf image.imageName}" "exec cat ${tarball}";
          }
          // passthru;
      }
    );

  optionalArgs = lib.filterAttrs (_: value: value != null);
in
rec {
  buildImage = lib.makeOverridable (
    args@{
      name,
      tag ? null,
      fromImage ? null,
      fromImageName ? null,
      fromImageTag ? null,
      copyToRoot ? null,
      contents ? null,
      keepContentsDirlinks ? false,
      config ? null,
      extraCommands ? "",
      runAsRoot ? null,
      uid ? 0,
      gid ? 0,
      diskSize ? 1024,
      buildVMMemorySize ? 512,
      created ? "1970-01-01T00:00:01Z",
      architecture ? null,
      compressor ? "gz",
      includeNixDB ? false,
      meta ? { },
    }:
    let
      roots = lib.warnIf (contents != null)
        "in docker image ${name}: The contents parameter is deprecated. Change to copyToRoot if the contents are designed to be copied to the root filesystem, such as when you use `buildEnv` or similar between contents and your packages. Use copyToRoot = buildEnv { ... }; or similar if you intend to add packages to /bin."
        (if copyToRoot != null && contents != null then throw "in docker image ${name}: You can not specify both contents and copyToRoot." else toList (if copyToRoot != null then copyToRoot else contents));
      script = if runAsRoot == null then "" else toString runAsRoot;
      needsCommands = extraCommands != "" || script != "" || builtins.length roots > 1;
      made =
        if !needsCommands then
          {
            root = roots;
            attributesFrom = [ ];
          }
        else
          worked {
            inherit name extraCommands;
            contents = roots;
            runAsRoot = script;
          };
      image = nix2container.buildImage (
        {
          inherit name tag created meta;
          config = if config == null then { } else config;
          fromImage = base { inherit fromImage fromImageName fromImageTag; };
          copyToRoot = made.root;
          inherit (made) attributesFrom;
          attributes = owned uid gid "root" "root";
          initializeNixDatabase = includeNixDB;
          compatible = false;
        }
        // optionalArgs { arch = architecture; }
      );
    in
    if script != "" && fromImage != null then
      throw "in docker image ${name}: runAsRoot on top of fromImage needs a virtual machine with the files of both, and there is none: use extraCommands, or fakeRootCommands of buildLayeredImage"
    else
      checkCompressor compressor (finished {
        inherit image;
        buildArgs = args;
      })
  );

  buildLayeredImage = lib.makeOverridable (
    args@{
      name,
      tag ? null,
      fromImage ? null,
      contents ? [ ],
      config ? { },
      architecture ? null,
      created ? "1970-01-01T00:00:01Z",
      mtime ? "1970-01-01T00:00:01Z",
      uid ? 0,
      gid ? 0,
      uname ? "root",
      gname ? "root",
      maxLayers ? 100,
      extraCommands ? "",
      fakeRootCommands ? "",
      enableFakechroot ? false,
      includeStorePaths ? true,
      includeNixDB ? false,
      passthru ? { },
      compressor ? "gz",
      layeringPipeline ? null,
      debug ? false,
      meta ? { },
    }:
    let
      paths = toList contents;
      joined = pkgs.symlinkJoin {
        name = "${baseNameOf name}-contents";
        inherit paths;
      };
      made =
        if extraCommands == "" && fakeRootCommands == "" then
          {
            root = lib.optional (paths != [ ]) joined;
            attributesFrom = [ ];
          }
        else
          worked {
            inherit
              name
              extraCommands
              fakeRootCommands
              enableFakechroot
              ;
            contents = lib.optional (paths != [ ]) joined;
          };
      image = nix2container.buildImage (
        {
          inherit
            name
            tag
            created
            maxLayers
            meta
            includeStorePaths
            ;
          config = if config == null then { } else config;
          fromImage = base { inherit fromImage; };
          copyToRoot = made.root;
          inherit (made) attributesFrom;
          attributes = owned uid gid uname gname;
          initializeNixDatabase = includeNixDB;
          nixUid = uid;
          nixGid = gid;
          compatible = false;
        }
        // optionalArgs { arch = architecture; }
      );
    in
    if layeringPipeline != null then
      throw "in docker image ${name}: layeringPipeline is not supported: maxLayers says how many layers there are"
    else if mtime != "1970-01-01T00:00:01Z" && mtime != 1 then
      throw "in docker image ${name}: all files have the time 1970-01-01T00:00:01Z; mtime cannot be another one"
    else
      checkCompressor compressor (finished {
        inherit image passthru;
        buildArgs = args;
      })
  );

  # The same: nothing is kept that a stream would save.
  streamLayeredImage = buildLayeredImage;

  buildImageWithNixDb = args: buildImage (args // { includeNixDB = true; });
  buildLayeredImageWithNixDb = args: buildLayeredImage (args // { includeNixDB = true; });

  # An image in a registry as an archive: the same file, and so the same hash, as nixpkgs' pullImage gives.
  pullImage = lib.makeOverridable (
    {
      imageName,
      imageDigest,
      sha256 ? "",
      hash ? "",
      os ? "linux",
      arch ? null,
      finalImageName ? imageName,
      finalImageTag ? "latest",
      tlsVerify ? true,
      name ? lib.replaceStrings [ "/" ":" ] [ "-" "-" ] "docker-image-${finalImageName}-${finalImageTag}.tar",
    }:
    dockerTools.pullArchive (
      {
        inherit
          imageName
          imageDigest
          os
          finalImageName
          finalImageTag
          tlsVerify
          name
          ;
        hash = if hash != "" then hash else sha256;
      }
      // optionalArgs { inherit arch; }
    )
  );

  # For scripts of runAsRoot and fakeRootCommands that make users: passwd, group and what the programs of shadow want.
  shadowSetup = ''
    export PATH=${pkgs.shadow}/bin:$PATH
    mkdir -p /etc/pam.d
    if [[ ! -f /etc/passwd ]]; then
      echo "root:x:0:0::/root:${pkgs.runtimeShell}" > /etc/passwd
      echo "root:!x:::::::" > /etc/shadow
    fi
    if [[ ! -f /etc/group ]]; then
      echo "root:x:0:" > /etc/group
      echo "root:x::" > /etc/gshadow
    fi
    if [[ ! -f /etc/pam.d/other ]]; then
      printf '%s\n' "account sufficient pam_unix.so" "auth sufficient pam_rootok.so" \
        "password requisite pam_unix.so nullok yescrypt" "session required pam_unix.so" > /etc/pam.d/other
    fi
    if [[ ! -f /etc/login.defs ]]; then
      touch /etc/login.defs
    fi
  '';

  # A root and a nobody, for programs that look users up.
  fakeNss = lib.makeOverridable (
    {
      extraPasswdLines ? [ ],
      extraGroupLines ? [ ],
    }:
    pkgs.symlinkJoin {
    name = "fake-nss";
    paths = [
      (pkgs.writeTextDir "etc/passwd" (''
        root:x:0:0:root user:/var/empty:/bin/sh
        nobody:x:65534:65534:nobody:/var/empty:/bin/sh
      '' + lib.concatMapStrings (line: line + "\n") extraPasswdLines))
      (pkgs.writeTextDir "etc/group" (''
        root:x:0:
        nobody:x:65534:
      '' + lib.concatMapStrings (line: line + "\n") extraGroupLines))
      (pkgs.writeTextDir "etc/nsswitch.conf" ''
        hosts: files dns
      '')
    ];
  }) { };

  binSh = pkgs.linkFarm "bin-sh" { "bin/sh" = "${pkgs.bashInteractive}/bin/bash"; };

  usrBinEnv = pkgs.linkFarm "usr-bin-env" { "usr/bin/env" = "${pkgs.coreutils}/bin/env"; };

  caCertificates =
    let
      bundle = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
    in
    pkgs.linkFarm "ca-certificates" {
      "etc/ssl/certs/ca-bundle.crt" = bundle;
      "etc/ssl/certs/ca-certificates.crt" = bundle;
      "etc/pki/tls/certs/ca-bundle.crt" = bundle;
    };
}
