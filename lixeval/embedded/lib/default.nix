# lixeval's library for Nix expressions: `lib`, `pkgs.lib` and `<nixpkgs/lib>` where there is
# no other. It has the names, the argument orders, the laziness and the results of the
# library that Nix files expect under these names.
#
# The library is a fixed point: each topic is a file, taken in when one of its functions is
# first used, and refers to the others through `lib`; so `lib.extend` reaches into all of it.
let
  inherit (import ./fixed-points.nix { inherit lib; }) makeExtensible;
  lib = makeExtensible (
    self:
    let
      topic = file: import file { lib = self; };
    in
    {
      trivial = topic ./trivial.nix;
      fixedPoints = topic ./fixed-points.nix;
      attrsets = topic ./attrsets.nix;
      lists = topic ./lists.nix;
      strings = topic ./strings.nix;
      stringsWithDeps = topic ./strings-with-deps.nix;
      customisation = topic ./customisation.nix;
      derivations = topic ./derivations.nix;
      meta = topic ./meta.nix;
      versions = topic ./versions.nix;
      licenses = topic ./licenses.nix;
      licensesSpdx = self.meta.licensesSpdx;
      sourceTypes = topic ./source-types.nix;
      systems = topic ./systems;
      platforms = self.systems.doubles;
      cli = topic ./cli.nix;
      generators = topic ./generators.nix;
      asserts = topic ./asserts.nix;
      debug = topic ./debug.nix;
      misc = topic ./deprecated.nix;
      filesystem = topic ./filesystem.nix;
      fetchers = topic ./fetchers.nix;
      fileset = topic ./fileset.nix;
      path = topic ./path.nix;
      sources = topic ./sources.nix;
      modules = topic ./modules.nix;
      options = topic ./options.nix;
      types = topic ./types.nix;
      maintainers = { };
      teams = { };

      inherit (builtins)
        fromJSON fromTOML getContext hasContext hashString parseDrvName placeholder toFile toJSON
        toString toXML tryEval
        ;
      convertHash = builtins.convertHash or (_: throw "lib.convertHash: this Nix has no builtins.convertHash");

      inherit (self.trivial)
        add and bitAnd bitNot bitOr bitXor boolToString boolToYesNo ceil checkListOfEnum compare
        concat const deepSeq defaultTo div flip floor fromHexString functionArgs genericClosure id
        importJSON importTOML inNixShell inPureEvalMode info isBool isFloat isFunction
        isInOldestRelease isInt lessThan mapNullable max mergeAttrs min mirrorFunctionArgs mod mul
        nixpkgsVersion oldestSupportedReleaseIsAtLeast "or" pathExists pipe readFile seq
        setFunctionArgs showWarnings splitByAndCompare sub throwIf throwIfNot toBaseDigits toFunction
        toHexString version warn warnIf warnIfNot xor
        ;
      inherit (self.fixedPoints)
        composeExtensions composeManyExtensions converge extends fix fix' makeExtensible
        makeExtensibleWithCustomName toExtension
        ;
      inherit (self.attrsets)
        attrByPath attrNames attrVals attrValues attrsToList cartesianProduct catAttrs
        chooseDevOutputs collect concatMapAttrs dontRecurseIntoAttrs filterAttrs filterAttrsRecursive
        foldAttrs foldlAttrs genAttrs genAttrs' getAttr getAttrFromPath getAttrs getBin getDev
        getFirstOutput getInclude getLib getMan getOutput getStatic hasAttr hasAttrByPath
        intersectAttrs isAttrs isDerivation listToAttrs mapAttrs mapAttrs' mapAttrsRecursive
        mapAttrsRecursiveCond mapAttrsToList mapAttrsToListRecursive mapAttrsToListRecursiveCond
        mapCartesianProduct matchAttrs mergeAttrsList nameValuePair optionalAttrs overrideExisting
        recurseIntoAttrs recursiveUpdate recursiveUpdateUntil removeAttrs setAttrByPath showAttrPath
        toDerivation updateManyAttrsByPath zipAttrs zipAttrsWith zipAttrsWithNames
        ;
      inherit (self.lists)
        all allUnique any compareLists concatAttrValues concatLists concatMap count crossLists drop
        dropEnd elem elemAt filter findFirst findSingle flatten fold foldl foldl' foldr forEach
        genList groupBy groupBy' head ifilter0 imap0 imap1 init intersectLists isList last length
        listDfs map mutuallyExclusive naturalSort optional optionals partition range remove
        replaceElemAt replicate reverseList singleton sort sortOn sublist subtractLists tail take
        takeEnd toList toposort unique uniqueStrings zipLists zipListsWith
        ;
      inherit (self.strings)
        addContextFrom appendContext cmakeBool cmakeFeature cmakeOptionType compareVersions
        concatImapStrings concatImapStringsSep concatLines concatMapAttrsStringSep concatMapStrings
        concatMapStringsSep concatStrings concatStringsSep enableFeature enableFeatureAs escape
        escapeRegex escapeShellArg escapeShellArgs escapeURL escapeXML fileContents fixedWidthNumber
        fixedWidthString getName getVersion hasInfix hasPrefix hasSuffix intersperse isPath
        isStorePath isString isStringLike isValidPosixName join lowerChars makeBinPath makeIncludePath
        makeLibraryPath makeSearchPath makeSearchPathOutput match mesonBool mesonEnable mesonOption
        nameFromURL optionalString removePrefix removeSuffix replaceString replaceStrings split
        splitString splitStringBy stringAsChars stringLength stringToCharacters substring toCamelCase
        toInt toIntBase10 toLower toSentenceCase toShellVar toShellVars toUpper trim trimWith typeOf
        unsafeDiscardStringContext upperChars versionAtLeast versionOlder withFeature withFeatureAs
        ;
      inherit (import ./types/kinds.nix { }) isType setType;
      inherit (self.stringsWithDeps)
        fullDepEntry noDepEntry packEntry stringAfter textClosureList textClosureMap
        ;
      inherit (self.customisation)
        callPackageWith callPackagesWith extendDerivation extendMkDerivation hydraJob makeOverridable
        makeScope makeScopeWithSplicing makeScopeWithSplicing' mapCrossIndex overrideDerivation
        renameCrossIndexFrom renameCrossIndexTo
        ;
      inherit (self.derivations)
        addDrvOutputDependencies lazyDerivation optionalDrvAttr unsafeDiscardOutputDependency
        warnOnInstantiate
        ;
      inherit (self.versions)
        splitVersion
        ;
      inherit (self.meta)
        addMetaAttrs appendToName dontDistribute getExe getExe' getLicenseFromSpdxId
        getLicenseFromSpdxIdOr hiPrio hiPrioSet lowPrio lowPrioSet mapDerivationAttrset setName
        setPrio updateName
        ;
      inherit (self.sources)
        canCleanSource cleanSource cleanSourceFilter cleanSourceWith commitIdFromGitRepo filterSource
        pathHasContext pathIsGitRepo sourceByRegex sourceFilesBySuffices
        ;
      inherit (self.filesystem)
        baseNameOf dirOf hashFile packagesFromDirectoryRecursive pathIsDirectory pathIsRegularFile
        pathType readDir readFileType
        ;
      inherit (self.generators)
        mkLuaInline
        ;
      inherit (self.asserts)
        assertMsg assertOneOf
        ;
      inherit (self.debug)
        addErrorContext runTests testAllTrue trace traceFnSeqN traceIf traceSeq traceSeqN traceVal
        traceValFn traceValSeq traceValSeqFn traceValSeqN traceValSeqNFn unsafeGetAttrPos
        ;
      inherit (self.options)
        getFiles getValues isOption literalExpression literalMD mergeDefaultOption mergeEqualOption
        mergeOneOption mergeUniqueOption mkEnableOption mkOption mkPackageOption
        mkSinkUndeclaredOptions optionAttrSetToDocList optionAttrSetToDocList' scrubOptionValue
        showFiles showOption showOptionWithDefLocs unknownModule
        ;
      inherit (self.types)
        defaultFunctor defaultTypeMerge isOptionType mkOptionType
        ;
      inherit (self.modules)
        applyModuleArgsIfFunction dischargeProperties doRename evalModules evalOptionValue
        filterOverrides fixupOptionType mergeDefinitions mergeModules mergeModules' mergeOptionDecls
        mkAfter mkAliasAndWrapDefinitions mkAliasDefinitions mkAliasOptionModule
        mkAliasOptionModuleMD mkAssert mkBefore mkChangedOptionModule mkDefault mkDefinition
        mkDerivedConfig mkFixStrictness mkForce mkIf mkImageMediaOverride mkMerge
        mkMergedOptionModule mkOptionDefault mkOrder mkOverride mkRemovedOptionModule
        mkRenamedOptionModule mkRenamedOptionModuleWith mkVMOverride pushDownProperties
        setDefaultModuleLocation sortProperties unifyModuleSyntax
        ;
      inherit (self.misc)
        closePropagation fakeHash fakeSha256 fakeSha512 ifEnable imap mapAttrsFlatten maybeEnv mdDoc
        mkPackageOptionMD nvs replaceChars setAttr
        ;
    }
  );
in
lib
