# What packages say about themselves: meta attributes, names, platforms, the main program.
{ lib }:
let
  inherit (builtins)
    all
    any
    isAttrs
    isString
    listToAttrs
    map
    mapAttrs
    match
    parseDrvName
    typeOf
    ;
in
rec {
  addMetaAttrs =
    changes: drv:
    if drv ? overrideAttrs then
      drv.overrideAttrs (old: { meta = old.meta or { } // changes; })
    else
      drv // { meta = drv.meta or { } // changes; };
  dontDistribute = addMetaAttrs { hydraPlatforms = [ ]; };

  setName = name: drv: drv // { inherit name; };
  updateName = f: drv: setName (f drv.name) drv;
  appendToName =
    suffix:
    updateName (
      name:
      let
        parsed = parseDrvName name;
      in
      "${parsed.name}-${suffix}-${parsed.version}"
    );
  mapDerivationAttrset = f: mapAttrs (_: value: if lib.isDerivation value then f value else value);

  # A higher number yields to a lower one.
  defaultPriority = 5;
  setPrio = priority: addMetaAttrs { inherit priority; };
  lowPrio = setPrio 10;
  lowPrioSet = mapDerivationAttrset lowPrio;
  hiPrio = setPrio (-10);
  hiPrioSet = mapDerivationAttrset hiPrio;

  # A pattern is a system's name, or a set that the platform or its `parsed` has to contain.
  platformMatch =
    platform: pattern:
    if isString pattern then
      platform.system or null == pattern
    else
      lib.matchAttrs (if pattern ? parsed then pattern else { parsed = pattern; }) platform;
  availableOn =
    platform: package:
    let
      matches = platformMatch platform;
      meta = package.meta or { };
    in
    (!(meta ? platforms) || any matches meta.platforms) && all (pattern: !matches pattern) (meta.badPlatforms or [ ]);

  licensesSpdx = listToAttrs (
    map (license: {
      name = license.spdxId;
      value = license;
    }) (builtins.filter (license: isAttrs license && license ? spdxId) (builtins.attrValues lib.licenses))
  );
  getLicenseFromSpdxId =
    id:
    getLicenseFromSpdxIdOr id (
      lib.warn "getLicenseFromSpdxId: No license with the given SPDX ID found: ${id}" {
        shortName = id;
        spdxId = id;
      }
    );
  # The case of the letters does not matter.
  getLicenseFromSpdxIdOr =
    let
      byLowerId = lib.mapAttrs' (id: license: {
        name = lib.toLower id;
        value = license;
      }) licensesSpdx;
    in
    id: default: byLowerId.${lib.toLower id} or default;

  getExe =
    package:
    getExe' package (
      package.meta.mainProgram or (lib.warn
        "getExe: Package ${lib.strings.escapeNixIdentifier (package.meta.name or package.pname or package.name)} does not have the meta.mainProgram attribute; its name is taken for that of its main program, which is deprecated. getExe' takes the program's name."
        (lib.getName package)
      )
    );
  getExe' =
    package: program:
    if !lib.isDerivation package then
      throw "lib.meta.getExe': The first argument is of type ${typeOf package}, but it should be a derivation instead."
    else if !isString program then
      throw "lib.meta.getExe': The second argument is of type ${typeOf program}, but it should be a string instead."
    else if match ".*/.*" program != null then
      throw "lib.meta.getExe': The second argument \"${program}\" is a nested path with a \"/\" character, but it should just be the name of the executable instead."
    else
      "${lib.getBin package}/bin/${program}";

  cpeFullVersionWithVendor = vendor: version: {
    inherit vendor version;
    update = "*";
  };
}
