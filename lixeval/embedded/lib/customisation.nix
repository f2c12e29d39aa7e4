# Functions that can be called again with other arguments, packages called with what they
# ask for, scopes of packages, and derivations with more attributes than they were made of.
{ lib }:
let
  inherit (builtins)
    attrNames
    filter
    head
    intersectAttrs
    isAttrs
    listToAttrs
    map
    mapAttrs
    removeAttrs
    seq
    unsafeGetAttrPos
    ;
  inherit (lib)
    extends
    functionArgs
    isDerivation
    isFunction
    mirrorFunctionArgs
    optionalAttrs
    ;

  crossIndex =
    name: value:
    listToAttrs (
      map
        (pair: {
          name = name pair;
          value = value pair;
        })
        (
          map
            (pair: {
              upper = pair;
              lower = lib.toLower (builtins.substring 0 1 pair) + builtins.substring 1 (-1) pair;
            })
            [ "BuildBuild" "BuildHost" "BuildTarget" "HostHost" "HostTarget" "TargetTarget" ]
        )
    );

  # What a second call changes: a set, or a function of the first arguments.
  changedArgs = old: changes: old // (if isFunction changes then changes old else changes);

  # The error for a package function whose formals nobody supplies.
  missingArguments =
    autoArgs: f: missing:
    let
      near =
        name:
        let
          close = filter (other: lib.strings.levenshteinAtMost 2 name other) (attrNames autoArgs);
          ranked = lib.sortOn (lib.strings.levenshtein name) close;
          quoted = map (other: ''"${other}"'') (lib.take 3 ranked);
        in
        if quoted == [ ] then
          ""
        else if builtins.tail quoted == [ ] then
          ", did you mean ${head quoted}?"
        else
          ", did you mean ${lib.concatStringsSep ", " (lib.init quoted)} or ${lib.last quoted}?";
      place =
        name:
        let
          position = unsafeGetAttrPos name (functionArgs f);
        in
        if position == null then "" else " at ${position.file}:${toString position.line}";
      name = head missing;
    in
    ''Function called without required argument "${name}"${place name}${near name}'';
in
rec {
  overrideDerivation =
    drv: f:
    let
      new = derivation (drv.drvAttrs // f drv);
    in
    extendDerivation (seq drv.drvPath true) (
      {
        meta = drv.meta or { };
        passthru = drv.passthru or { };
      }
      // drv.passthru or { }
      // optionalAttrs (drv ? __spliced) {
        __spliced = mapAttrs (_: spliced: overrideDerivation spliced f) drv.__spliced;
      }
    ) new;

  makeOverridable =
    f:
    let
      mirror = mirrorFunctionArgs f;
      call = mirror (
        args:
        let
          result = f args;
          again = change: makeOverridable (mirror (newArgs: change (f newArgs))) args;
          override = mirror (changes: makeOverridable f (changedArgs args changes));
        in
        if isAttrs result then
          result
          // {
            inherit override;
            overrideDerivation = change: again (drv: overrideDerivation drv change);
          }
          // optionalAttrs (result ? overrideAttrs) {
            overrideAttrs = change: again (drv: drv.overrideAttrs change);
          }
        else if isFunction result then
          # The function keeps what it tells about its formals.
          mirrorFunctionArgs result result // { inherit override; }
        else
          result
      );
    in
    # A callable set keeps its other attributes, and its own override stays overridable.
    if isAttrs f then
      f
      // call
      // optionalAttrs (f ? override) {
        override = mirrorFunctionArgs f.override (changes: makeOverridable (f.override changes));
      }
    else
      call;

  callPackageWith =
    autoArgs: fn: args:
    let
      f = if isFunction fn then fn else import fn;
      formals = functionArgs f;
      given = intersectAttrs formals autoArgs // args;
      missing = filter (name: !(formals.${name} || given ? ${name})) (attrNames formals);
    in
    if missing == [ ] then
      makeOverridable f given
    else
      abort "lib.customisation.callPackageWith: ${missingArguments autoArgs f missing}";

  callPackagesWith =
    autoArgs: fn: args:
    let
      f = if isFunction fn then fn else import fn;
      given = intersectAttrs (functionArgs f) autoArgs // args;
      packages = f given;
      overridable = name: _: makeOverridable (mirrorFunctionArgs f (newArgs: (f newArgs).${name})) given;
    in
    if isDerivation packages then
      throw "function `callPackages` was called on a *single* derivation \"${packages.name or "<unknown-name>"}\"; did you mean to use `callPackage` instead?"
    else
      mapAttrs overridable packages;

  # `condition` is checked when the derivation is instantiated, not when it is looked at.
  extendDerivation =
    condition: passthru: drv:
    let
      outputs = drv.outputs or [ "out" ];
      # A derivation as it is handed out: its two paths wait for the condition.
      checked = output: {
        drvPath =
          assert condition;
          output.drvPath;
        outPath =
          assert condition;
          output.outPath;
      };
      outputSets = map (name: {
        inherit name;
        value =
          common
          // checked drv.${name}
          // {
            inherit (drv.${name}) type outputName;
            outputSpecified = true;
          }
          // optionalAttrs (passthru ? overrideAttrs) { overrideAttrs = f: (passthru.overrideAttrs f).${name}; };
      }) outputs;
      common =
        drv // listToAttrs outputSets // { all = map (entry: entry.value) outputSets; } // passthru // checked drv;
    in
    common;

  # Only what a build farm needs, evaluated at once so that nothing else is held on to.
  hydraJob =
    drv:
    let
      outputs = drv.outputs or [ "out" ];
      common = {
        inherit (drv) name system meta;
        inherit outputs;
      }
      // optionalAttrs (drv._hydraAggregate or false) {
        _hydraAggregate = true;
        constituents = map hydraJob (lib.flatten drv.constituents);
      }
      // listToAttrs outputSets;
      outputSets = map (name: {
        inherit name;
        value = common // {
          inherit (drv.${name}) outPath;
          drvPath = drv.${name}.drvPath;
          type = "derivation";
          outputName = name;
        };
      }) outputs;
      first = (head outputSets).value;
    in
    if drv == null then null else lib.deepSeq common first;

  makeScope =
    newScope: f:
    let
      # What `f` defines wins over the default callPackage only.
      self = {
        callPackage = self.newScope { };
      }
      // f self
      // {
        newScope = scope: newScope (self // scope);
        overrideScope = overlay: makeScope newScope (extends overlay f);
        packages = f;
      };
    in
    self;

  makeScopeWithSplicing =
    splicePackages: newScope: otherSplices: keep: extra: f:
    makeScopeWithSplicing' { inherit splicePackages newScope; } {
      inherit otherSplices keep extra f;
    };
  makeScopeWithSplicing' =
    { splicePackages, newScope }@how:
    {
      otherSplices,
      keep ? _: { },
      extra ? _: { },
      f,
    }:
    let
      spliced0 = splicePackages {
        pkgsBuildBuild = otherSplices.selfBuildBuild;
        pkgsBuildHost = otherSplices.selfBuildHost;
        pkgsBuildTarget = otherSplices.selfBuildTarget;
        pkgsHostHost = otherSplices.selfHostHost;
        pkgsHostTarget = self;
        pkgsTargetTarget = otherSplices.selfTargetTarget;
      };
      spliced = extra spliced0 // spliced0 // keep self;
      self = f self // {
        newScope = scope: newScope (spliced // scope);
        callPackage = newScope spliced;
        overrideScope =
          overlay:
          makeScopeWithSplicing' how {
            inherit otherSplices keep extra;
            f = extends overlay f;
          };
        packages = f;
      };
    in
    self;

  extendMkDerivation =
    {
      constructDrv,
      excludeDrvArgNames ? [ ],
      excludeFunctionArgNames ? [ ],
      extendDrvArgs,
      inheritFunctionArgs ? true,
      transformDrv ? lib.id,
    }:
    lib.setFunctionArgs
      (
        arguments:
        let
          extended =
            final:
            let
              given = lib.toFunction arguments final;
            in
            removeAttrs given excludeDrvArgNames // extendDrvArgs final given;
        in
        transformDrv (constructDrv extended)
      )
      (
        removeAttrs (
          (if inheritFunctionArgs then functionArgs constructDrv else { }) // functionArgs (extendDrvArgs { })
        ) excludeFunctionArgNames
      );

  # --- the six pairs of platforms when compiling across ------------------------------

  renameCrossIndexFrom = prefix: index: crossIndex (pair: pair.lower) (pair: index.${prefix + pair.upper});
  renameCrossIndexTo = prefix: index: crossIndex (pair: prefix + pair.upper) (pair: index.${pair.lower});
  mapCrossIndex = f: index: crossIndex (pair: pair.lower) (pair: f index.${pair.lower});
}
