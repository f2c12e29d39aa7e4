# nixpkgs' dockerTools on nix2container's writer: what people have written with it builds here, and `lixeval FILE` writes
# the image.  Differences that show:
#
# - The result is an image.json; `image.tarball` is the archive as a derivation, `image.stream` a program that prints it.
# - Of fromImage everything is inherited that FROM in a Dockerfile inherits, and not the variables alone.
# - Commands run in the sandbox, without a virtual machine: owners, devices and extended attributes that any program sets
#   are written down and show in the image (fake-root.py).  runAsRoot and enableFakechroot run with the image's root as /
#   where the sandbox allows namespaces in it.
# - compressor is not looked at: `lixeval FILE --compression` says how layers are packed.
{ lib, pkgs, hasPython }:
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
            fakeRoot = ./fake-root.py;
            # Extra commands alone change no owners.
            python = lib.optionalString (
              (fakeRootCommands != "" || runAsRoot != "") && hasPython
            ) "${pkgs.python3}/bin/python3";
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
      root = lib.optional (roots != [ ]) (dockerTools.root {
        name = "${baseNameOf name}-root";
        inherit roots;
        keepDirlinks = keepContentsDirlinks;
      });
      made =
        if extraCommands == "" && script == "" then
          {
            inherit root;
            attributesFrom = [ ];
          }
        else
          worked {
            inherit name extraCommands;
            contents = root;
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
  defaultArchitecture = pkgs.go.GOARCH;

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
  inherit (pkgs) fakeNss;

  # The images of several archives in one, for `docker load`.
  mergeImages =
    images: dockerTools.merge (map (image: if image ? tarball then image.tarball else image) images);

  # All files of an image as one tar.
  exportImage =
    {
      name ? if fromImage ? imageName then "${baseNameOf fromImage.imageName}.tar" else fromImage.name,
      fromImage,
      fromImageName ? null,
      fromImageTag ? null,
      diskSize ? 1024,
    }:
    dockerTools.export {
      inherit name;
      image = base { inherit fromImage fromImageName fromImageTag; };
    };

  # The environment of a derivation, to build it by hand in, as nix-shell shows it.
  streamNixShellImage =
    {
      drv,
      name ? drv.name + "-env",
      tag ? null,
      uid ? 1000,
      gid ? 1000,
      homeDirectory ? "/build",
      shell ? pkgs.bashInteractive + "/bin/bash",
      command ? null,
      run ? null,
    }:
    assert lib.assertMsg (
      !(drv.drvAttrs.__structuredAttrs or false)
    ) "streamNixShellImage: Does not work with the derivation ${drv.name} because it uses __structuredAttrs";
    assert lib.assertMsg (
      command == null || run == null
    ) "streamNixShellImage: Can't specify both command and run";
    let
      # As Nix hands an attribute to a builder; a path is copied to the store.
      stringValue =
        value:
        if builtins.isPath value then
          "${value}"
        else if isList value then
          toString (map stringValue value)
        else
          toString value;

      builder = pkgs.writeShellScriptBin "buildDerivation" ''
        exec ${lib.escapeShellArg (stringValue drv.drvAttrs.builder)} ${
          lib.escapeShellArgs (map stringValue drv.drvAttrs.args)
        }
      '';
      staticPath = "${dirOf shell}:${lib.makeBinPath [ builder ]}";

      rcfile = pkgs.writeText "nix-shell-rc" ''
        unset PATH
        dontAddDisableDepTrack=1
        [ -e $stdenv/setup ] && source $stdenv/setup
        PATH=${staticPath}:"$PATH"
        SHELL=${lib.escapeShellArg shell}
        BASH=${lib.escapeShellArg shell}
        set +e
        [ -n "$PS1" -a -z "$NIX_SHELL_PRESERVE_PROMPT" ] && PS1='\n\[\033[1;32m\][nix-shell:\w]\$\[\033[0m\] '
        if [ "$(type -t runHook)" = function ]; then
          runHook shellHook
        fi
        unset NIX_ENFORCE_PURITY
        shopt -u nullglob
        shopt -s execfail
        ${lib.optionalString (command != null || run != null) ''
          ${if command != null then command else run}
          exit
        ''}
      '';

      directory = "/build";

      attributes =
        lib.mapAttrs' (
          attribute: value:
          let
            text = stringValue value;
          in
          if builtins.elem attribute (drv.drvAttrs.passAsFile or [ ]) then
            lib.nameValuePair "${attribute}Path" (pkgs.writeText "pass-as-text-${attribute}" text)
          else
            lib.nameValuePair attribute text
        ) drv.drvAttrs
        // lib.genAttrs drv.outputs (output: builtins.unsafeDiscardStringContext drv.${output}.outPath);

      variables = {
        SSL_CERT_FILE = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
        NIX_SSL_CERT_FILE = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
        PATH = staticPath;
        HOME = homeDirectory;
        NIX_STORE = builtins.storeDir;
        NIX_BUILD_CORES = "1";
      }
      // attributes
      // lib.genAttrs [ "NIX_BUILD_TOP" "TMPDIR" "TEMPDIR" "TMP" "TEMP" "PWD" ] (_: directory)
      // {
        TERM = "xterm-256color";
      };
    in
    streamLayeredImage {
      inherit name tag;
      contents = [
        binSh
        usrBinEnv
        (fakeNss.override {
          extraPasswdLines = [
            "nixbld:x:${toString uid}:${toString gid}:Build user:${homeDirectory}:/noshell"
          ];
          extraGroupLines = [ "nixbld:!:${toString gid}:" ];
        })
      ];
      # The user may write to the store: that is what building needs.
      fakeRootCommands = ''
        mkdir -p ./nix/{store,var/nix} ./etc/nix .${directory}
        chown -R ${toString uid}:${toString gid} ./nix ./etc/nix .${directory}
      '';
      config = {
        User = "${toString uid}:${toString gid}";
        Cmd = if run == null then [ shell "--rcfile" rcfile ] else [ shell rcfile ];
        WorkingDir = directory;
        Env = lib.mapAttrsToList (variable: value: "${variable}=${value}") variables;
      };
    };

  buildNixShellImage =
    {
      drv,
      compressor ? "gz",
      ...
    }@args:
    checkCompressor compressor (streamNixShellImage (removeAttrs args [ "compressor" ]));

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
