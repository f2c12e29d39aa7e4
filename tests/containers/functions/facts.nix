# What buildLayer and buildImage give, as far as it can be told without building; `n` is nix2container.
n:
let
  make =
    name: inputs:
    derivation {
      inherit name inputs;
      system = "x86_64-linux";
      builder = "/bin/sh";
    };
  libc = make "libc" [ ];
  bash = make "bash" [ libc ];
  root = make "root" [ bash ];
  layer1 = n.buildLayer { deps = [ [ libc ] ]; };
  layer2 = n.buildLayer {
    deps = [ bash ];
    layers = [ layer1 ];
  };
  layer3 = n.buildLayer {
    layers = [
      layer1
      layer2
    ];
    maxLayers = 7;
    reproducible = false;
    metadata = { };
  };
  image =
    arguments:
    n.buildImage (
      {
        name = "Example.org/Group/My-App";
        config.Cmd = [ "${bash}/bin/bash" ];
      }
      // arguments
    );
  tried = value: (builtins.tryEval value).success;
  full = image {
    tag = "v1";
    layers = [
      layer1
      layer2
      layer3
    ];
    copyToRoot = root;
    perms = [
      {
        path = "/tmp";
        regex = ".*";
        mode = "1777";
      }
      {
        path = root;
        regex = "/etc";
        mode = "0600";
      }
    ];
    maxLayers = 100;
    initializeNixDatabase = true;
    nixUid = 1000;
    nixGid = 100;
    created = "2024-05-13T09:31:10Z";
    arch = "arm64";
  };
  pulled = n.pullImage {
    imageName = "quay.io/group/app";
    imageDigest = "sha256:${digest}";
    sha256 = "0000000000000000000000000000000000000000000000000001";
  };
  digest = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  byManifest = n.pullImageFromManifest {
    imageName = "group/app";
    imageManifest = ./manifest.json;
  };
in
{
  drvPaths = map (value: value.drvPath) [
    layer1
    layer2
    layer3
    full
    (image { })
    pulled
    byManifest
    full.copyTo
    (image { fromImage = pulled; })
    (image { compression = "zstd:9"; })
  ];
  names = {
    layer = layer1.name;
    image = full.name;
    inherit (full) imageName imageTag imageRefUnsafe;
    tagIsHash = (image { }).imageTag == builtins.substring 11 32 (image { }).outPath;
    refHasNoContext = !builtins.hasContext full.imageRefUnsafe;
  };
  nested = map (layer: builtins.length layer.nestedLayers) [
    layer1
    layer2
    layer3
  ];
  tagDoesNotMatter = (image { tag = "v1"; }).drvPath == (image { tag = "v2"; }).drvPath;
  nameMatters = (image { }).drvPath != (image { name = "other"; }).drvPath;
  contentsIsCopyToRoot = (image { contents = [ root ]; }).drvPath == (image { copyToRoot = root; }).drvPath;
  bothThrow = !(tried (image {
    contents = [ root ];
    copyToRoot = root;
  }).drvPath);
  layerAttributes = {
    inherit (layer3.drvAttrs) maxLayers reproducible history;
    layers = map baseNameOf layer3.drvAttrs.layers;
    rewrites = (n.buildLayer { copyToRoot = "/nix/store/00000000000000000000000000000000-x"; }).drvAttrs.rewrites;
    defaultHistory = layer1.drvAttrs.history;
    ignore = layer1.drvAttrs.ignore;
    flat = builtins.length layer1.drvAttrs.exportReferencesGraph.graph;
  };
  imageAttributes = {
    inherit (full.drvAttrs) arch created fromImage;
    # three layers, those nested in them, and the image's own
    layers = builtins.length full.drvAttrs.layers;
    defaultCreated = (image { }).drvAttrs.created;
    inherit (image { meta.description = "text"; }) meta;
  };
  copying =
    map (program: [
      program.name
      program.drvAttrs.destination
      (builtins.head (builtins.match ".*lixeval copy [^ ]*(.*)\n" program.drvAttrs.text))
    ])
      [
        full.copyTo
        full.copyToDockerDaemon
        full.copyToPodman
        full.copyToRegistry
      ];
  pulled = {
    inherit (pulled) name;
    folder = pulled.drvAttrs.dir.outPath;
    platform = [
      pulled.drvAttrs.dir.drvAttrs.os
      pulled.drvAttrs.dir.drvAttrs.arch
    ];
    blobs = builtins.fromJSON (builtins.unsafeDiscardStringContext byManifest.drvAttrs.blobs.drvAttrs.text);
    getManifest = byManifest.getManifest.drvAttrs.text;
    withoutManifest = (n.pullImageFromManifest { imageName = "x"; }).getManifest.drvAttrs.text;
  };
}
