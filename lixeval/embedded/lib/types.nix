# The types of options. What a type is, is in types/make.nix.
{ lib }:
{
  inherit (import ./types/kinds.nix { }) isType setType;
  inherit (import ./types/make.nix { inherit lib; })
    addCheck
    defaultFunctor
    defaultTypeMerge
    isOptionType
    mergeTypes
    mkOptionType
    optionDescriptionPhrase
    ;
  inherit (import ./types/plain.nix { inherit lib; })
    anything
    attrs
    bool
    boolByOr
    commas
    envVar
    externalPath
    fileset
    float
    int
    ints
    lines
    luaInline
    nonEmptyStr
    number
    numbers
    optionDeclaration
    optionType
    package
    passwdEntry
    path
    pathInStore
    pathWith
    pkgs
    port
    raw
    separatedString
    shellPackage
    singleLineStr
    str
    strMatching
    unspecified
    ;
  inherit (import ./types/composed.nix { inherit lib; })
    attrsOf
    attrsWith
    coercedTo
    either
    enum
    functionTo
    lazyAttrsOf
    listOf
    loaOf
    nonEmptyListOf
    nullOr
    oneOf
    uniq
    unique
    ;
  inherit (import ./types/tagged.nix { inherit lib; }) attrTag;
  inherit (import ./types/submodule.nix { inherit lib; })
    deferredModule
    deferredModuleWith
    noCheckForDocsModule
    submodule
    submoduleWith
    ;
  types = lib.types;
}
