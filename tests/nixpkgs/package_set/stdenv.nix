# An environment to build in: `mkDerivation` with a fixed point of its arguments, lists of dependencies for the machine
# that builds and the one that runs, several outputs, and the checks of `meta`.
{ lib, config, buildPlatform, hostPlatform, shell, initial ? [ ], name ? "stdenv" }:
let
  setup = builtins.toFile "setup.sh" ''
    # ${name} for ${hostPlatform.config}
    for i in $initialPath; do PATH=$PATH''${PATH:+:}$i/bin; done
  '';

  spliced = kind: package: package.__spliced.${kind} or package;
  output = name: package: if package ? outputs && package ? ${name} then package.${name} else package;
  withPropagated = packages: lib.unique (packages ++ builtins.concatMap (p: withPropagated (p.propagated or [ ])) packages);

  checked = { name, meta, pos }: value:
    let
      licence = meta.licence or lib.licences.mit;
      refused = reason: throw "package '${name}' at ${baseNameOf pos.file}:${toString pos.line} ${reason}";
    in
    if !licence.free && !(config.allowUnfree or false) && !((config.allowUnfreePredicate or (_: false)) name) then
      refused "has an unfree licence ('${licence.shortName}')"
    else if meta.broken or false && !(config.allowBroken or false) then refused "is broken"
    else if meta ? platforms && !(builtins.elem hostPlatform.system meta.platforms) then
      refused "does not run on ${hostPlatform.system}"
    else value;

  mkDerivation = arguments: build (if builtins.isFunction arguments then arguments else _: arguments);

  build = f:
    let
      final = f final // { finalPackage = package; };
      given = f final;
      pos = builtins.unsafeGetAttrPos "version" given;
      name = given.name or "${given.pname}${if hostPlatform == buildPlatform then "" else "-${hostPlatform.config}"}-${given.version}";
      meta = { position = "${baseNameOf pos.file}:${toString pos.line}"; outputsToInstall = [ "out" ]; } // given.meta or { };
      structured = given.__structuredAttrs or config.structuredAttrsByDefault or false;
      dependencies = {
        nativeBuildInputs = map (p: output "dev" (spliced "build" p)) (given.nativeBuildInputs or [ ]);
        buildInputs = map (p: output "dev" (spliced "host" p)) (withPropagated (given.buildInputs or [ ]));
      };
      drv = derivation (builtins.removeAttrs given [ "meta" "passthru" "env" "pname" "version" "buildInputs" "nativeBuildInputs" "propagated" "__structuredAttrs" ]
        // {
        inherit name;
        inherit (buildPlatform) system;
        builder = shell;
        args = [ "-e" (given.builder or ./build.sh) ];
        stdenv = setup;
        initialPath = initial;
        configureFlags = (given.configureFlags or [ ])
          ++ lib.optionals (hostPlatform != buildPlatform) [ "--build=${buildPlatform.config}" "--host=${hostPlatform.config}" ];
        strict = given.strict or false;
      }
        // dependencies
        // given.env or { }
        // lib.optionalAttrs structured { __structuredAttrs = true; }
        // lib.optionalAttrs (given ? version) { inherit (given) version; });
      outputs = builtins.listToAttrs (map
        (name: { inherit name; value = drv.${name} // extra // { outputName = name; }; })
        (given.outputs or [ "out" ]));
      extra = given.passthru or { } // {
        inherit meta;
        propagated = given.propagated or [ ];
        inherit (final) finalPackage;
        overrideAttrs = change:
          build (self:
            let prev = f self; in
            prev // (if builtins.isFunction change then
              let once = change prev; in if builtins.isFunction once then change self prev else once
            else change));
      };
      package = checked { inherit name meta pos; } (drv // extra // outputs);
    in
    package;
in
{
  inherit mkDerivation buildPlatform hostPlatform;
  type = "environment";
}
