# stdenv.mkDerivation: builds that need a shell and the usual tools, and with `cc` (cc.nix) the host's compiler.
#
# The tools are the host's; those that not every host has (make, xz, awk, …) are in where it does.
# `$stdenv/setup` is one text of three files: nothing runs to make it.
{
  lib,
  platform,
  pkgs,
  config,
  has,
  cc ? null,
}:
let
  inherit (builtins) filter removeAttrs;

  # On a small host several of these are the same busybox.
  initialPath = lib.unique (
    map (name: pkgs.${name}) (
      [
        "coreutils"
        "bash"
      ]
      ++ filter has [
        "findutils"
        "diffutils"
        "gnused"
        "gnugrep"
        "gnutar"
        "gzip"
        (if has "gawk" then "gawk" else "mawk")
        "bzip2"
        "xz"
        "gnumake"
        "gnupatch"
      ]
    )
  );

  shell = "${pkgs.bash}/bin/bash";

  setup = pkgs.writeTextFile {
    name = "stdenv-${platform.kernelName}";
    destination = "/setup";
    text = ''
      initialPath="${toString initialPath}"
      shell=${shell}
    ''
    + lib.concatMapStringsSep "\n" builtins.readFile [
      ./setup.sh
      ./files.sh
      ./phases.sh
    ];
  };

  # Attributes that steer evaluation and are no variables of the build.
  ours = [
    "env"
    "meta"
    "passthru"
    "pos"
    "stdenv"
    "strictDeps"
  ];

  inputLists = [
    "nativeBuildInputs"
    "buildInputs"
    "propagatedNativeBuildInputs"
    "propagatedBuildInputs"
    "depsBuildBuild"
    "nativeCheckInputs"
    "checkInputs"
    "nativeInstallCheckInputs"
  ];

  name =
    attrs:
    attrs.name
      or (
        if attrs ? pname && attrs ? version then
          "${attrs.pname}-${attrs.version}"
        else
          throw "stdenv.mkDerivation: give the derivation a name, or a pname and a version"
      );

  environment =
    attrs:
    let
      env = attrs.env or { };
      clash = builtins.attrNames (builtins.intersectAttrs env attrs);
      wrong = lib.filterAttrs (
        _: value:
        !(
          lib.isString value
          || lib.isBool value
          || lib.isInt value
          || lib.isDerivation value
          || builtins.isPath value
        )
      ) env;
    in
    if clash != [ ] then
      throw "the derivation '${name attrs}' sets ${lib.concatStringsSep ", " clash} both in env and beside it"
    else if wrong != { } then
      throw "the derivation '${name attrs}' has something in env that is no text: ${toString (builtins.attrNames wrong)}"
    else
      env;

  meta =
    attrs: outputs:
    {
      name = name attrs;
      outputsToInstall =
        let
          has = output: builtins.elem output outputs;
        in
        [ (if has "bin" then "bin" else if has "out" then "out" else builtins.head outputs) ]
        ++ lib.optional (has "man") "man";
      available = true;
      broken = false;
      insecure = false;
      unfree = isUnfree attrs;
      unsupported = false;
    }
    // attrs.meta or { };

  isUnfree =
    attrs: builtins.any (license: !(license.free or true)) (lib.toList (attrs.meta.license or [ ]));

  permitted =
    attrs: drv:
    if isUnfree attrs && !config.allowUnfree && !(config.allowUnfreePredicate or (_: false)) drv then
      throw "the package '${name attrs}' has an unfree licence; permit it with config.allowUnfree = true"
    else if attrs.meta.broken or false && !config.allowBroken then
      throw "the package '${name attrs}' is marked as broken; permit it with config.allowBroken = true"
    else
      true;

  # `extra` is what the package offers besides its own attributes.
  build =
    attrs: extra:
    let
      structured = attrs.__structuredAttrs or false;
      outputs = attrs.outputs or [ "out" ];
      drv = derivation (
        lib.genAttrs inputLists (_: [ ])
        // removeAttrs attrs ours
        // (if structured then { env = environment attrs; } else environment attrs)
        // lib.optionalAttrs (cc != null) { defaultNativeBuildInputs = [ cc ]; }
        // {
          inherit outputs;
          name = name attrs;
          system = attrs.system or platform.system;
          builder = attrs.realBuilder or shell;
          args =
            attrs.args or [
              "-e"
              (attrs.builder or ./default-builder.sh)
            ];
          stdenv = setup;
        }
      );
      package = extra // {
        inherit outputs;
        meta = meta attrs outputs;
        passthru = attrs.passthru or { };
        stdenv = self;
      };
    in
    lib.extendDerivation (permitted attrs package) (
      package // builtins.intersectAttrs { version = null; pname = null; } attrs // attrs.passthru or { }
    ) drv;

  # `arguments` is a set, or a function of the finished package (finalAttrs).
  mkDerivation =
    arguments:
    let
      describe = lib.toFunction arguments;
      attrs = describe (attrs // { inherit finalPackage overrideAttrs; });
      overrideAttrs = changes: mkDerivation (lib.extends (lib.toExtension changes) describe);
      finalPackage = build attrs { inherit overrideAttrs; };
    in
    finalPackage;

  self = setup // {
    inherit
      mkDerivation
      shell
      initialPath
      ;
    inherit (platform) system isLinux isDarwin isx86_64 isAarch64 is64bit;
    name = "stdenv-${platform.kernelName}";
    hostPlatform = platform;
    buildPlatform = platform;
    targetPlatform = platform;
    hasCC = cc != null;
    cc =
      if cc != null then
        cc
      else
        throw "stdenv has no compiler: the host would need gcc, binutils and the headers of its C library";
    shellDryRun = "${shell} -n -O extglob";
    allowedRequisites = null;
    override = _: self;
    overrideDerivation = _: self;
    extraNativeBuildInputs = [ ];
    extraBuildInputs = [ ];
  };
in
self
