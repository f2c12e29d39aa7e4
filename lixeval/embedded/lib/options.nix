# Declarations of options, the ways to merge their definitions, and their descriptions for
# manuals and error messages.
{ lib }:
let
  inherit (builtins)
    all
    concatLists
    concatMap
    concatStringsSep
    filter
    foldl'
    head
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isString
    length
    map
    match
    tail
    ;
  inherit (lib)
    attrByPath
    isType
    optionalAttrs
    optionalString
    toList
    types
    ;
in
rec {
  isOption = isType "option";
  unknownModule = "<unknown-file>";

  # --- declarations ------------------------------------------------------------------

  mkOption =
    {
      default ? null,
      defaultText ? null,
      example ? null,
      description ? null,
      relatedPackages ? null,
      type ? null,
      apply ? null,
      internal ? null,
      visible ? null,
      readOnly ? null,
    }@declaration:
    declaration // { _type = "option"; };

  mkEnableOption =
    name:
    mkOption {
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
      type = types.bool;
    };

  mkPackageOption =
    pkgs: name:
    {
      nullable ? false,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      text = if isList name then lib.last name else name;
      path = toList default;
      show = path: "${pkgsText}.${lib.showAttrPath path}";
      missing = throw "${show path} cannot be found in ${pkgsText}";
    in
    mkOption (
      {
        description = "The ${text} package to use." + optionalString (extraDescription != "") " ${extraDescription}";
        type = if nullable then types.nullOr types.package else types.package;
      }
      // optionalAttrs (default != null) {
        default = attrByPath path missing pkgs;
        defaultText = literalExpression (show path);
      }
      // optionalAttrs (nullable && default == null) { default = null; }
      // optionalAttrs (example != null) {
        example = literalExpression (if isList example then show example else example);
      }
    );

  # Takes definitions of options that nobody declares.
  mkSinkUndeclaredOptions =
    changes:
    mkOption (
      {
        internal = true;
        visible = false;
        default = false;
        description = "Sink for option definitions.";
        type = types.mkOptionType {
          name = "sink";
          check = _: true;
          merge = _: _: false;
        };
        apply = _: throw "Option value is not readable because the option is not declared.";
      }
      // changes
    );

  # --- merging -----------------------------------------------------------------------

  getValues = map (def: def.value);
  getFiles = map (def: def.file);

  # By the kind of the values: what can be joined is.
  mergeDefaultOption =
    loc: defs:
    let
      values = getValues defs;
      first = head values;
    in
    if length values == 1 then
      first
    else if all isFunction values then
      x: mergeDefaultOption loc (map (def: def // { value = def.value x; }) defs)
    else if all isList values then
      concatLists values
    else if all isAttrs values then
      foldl' lib.mergeAttrs { } values
    else if all isBool values then
      builtins.any lib.id values
    else if all isString values then
      lib.concatStrings values
    else if all isInt values && all (value: value == first) values then
      first
    else
      throw "Cannot merge definitions of `${showOption loc}'. Definition values:${showDefs defs}";

  mergeOneOption = mergeUniqueOption { message = ""; };
  mergeUniqueOption =
    {
      message,
      merge ? null,
    }:
    loc: defs:
    if length defs != 1 then
      throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\n${message}\nDefinition values:${showDefs defs}\nUse `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions."
    else if merge == null then
      (head defs).value
    else
      merge loc defs;

  mergeEqualOption =
    loc: defs:
    let
      first = head defs;
      same =
        def:
        if def.value == first.value then
          first.value
        else
          throw "The option `${showOption loc}' has conflicting definition values:${
            showDefs [
              first
              def
            ]
          }\nUse `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.";
    in
    if defs == [ ] then
      abort "This case should never happen."
    else if length defs == 1 then
      first.value
    else
      foldl' (_: def: same def) first.value (tail defs);

  # --- values as documentation shows them --------------------------------------------

  literalExpression =
    text:
    if isString text then
      {
        _type = "literalExpression";
        inherit text;
      }
    else
      throw "literalExpression expects a string.";
  literalCode =
    language: text:
    literalMD "```${language}\n${text}\n```\n";
  literalMD =
    text:
    if isString text then
      {
        _type = "literalMD";
        inherit text;
      }
    else
      throw "literalMD expects a string.";
  renderOptionValue =
    value:
    if value ? _type && value ? text then
      value
    else
      literalExpression (lib.generators.toPretty { multiline = true; allowPrettyValues = true; } value);

  # Derivations stand for themselves by their names.
  scrubOptionValue =
    value:
    if lib.isDerivation value then
      value
      // {
        type = "derivation";
        drvPath = value.name;
        outPath = value.name;
        name = value.name;
      }
    else if isList value then
      map scrubOptionValue value
    else if isAttrs value then
      builtins.mapAttrs (_: scrubOptionValue) (removeAttrs value [ "_args" ])
    else
      value;

  # --- all options as a list for a manual --------------------------------------------

  optionAttrSetToDocList = optionAttrSetToDocList' [ ];
  optionAttrSetToDocList' =
    _: options:
    concatMap (
      option:
      let
        visible = option.visible or true;
        entry = {
          inherit (option) loc;
          name = showOption option.loc;
          description = option.description or null;
          declarations = filter (file: file != unknownModule) option.declarations;
          internal = option.internal or false;
          visible = if lib.isBool visible then visible else visible == "shallow";
          readOnly = option.readOnly or false;
          type = option.type.description or "unspecified";
        }
        // optionalAttrs (option ? example) { example = renderOptionValue option.example; }
        // optionalAttrs (option ? defaultText || option ? default || below == { } && option ? type.emptyValue.value) {
          default = renderOptionValue (option.defaultText or (option.default or option.type.emptyValue.value));
        }
        // optionalAttrs (option ? relatedPackages && option.relatedPackages != null) {
          inherit (option) relatedPackages;
        };
        below = (option.type or types.unspecified).getSubOptions option.loc;
        # "shallow" hides what is below, "transparent" only the option itself.
        showBelow = below != { } && (visible == true || visible == "transparent");
      in
      [ entry ] ++ (if showBelow then optionAttrSetToDocList' option.loc below else [ ])
    ) (lib.collect isOption options);

  # --- names and places --------------------------------------------------------------

  showOption =
    let
      # "*" and "<name>" stand for any name and are shown as they are.
      part = name: if name == "*" || match "<.*>" name != null then name else lib.strings.escapeNixIdentifier name;
    in
    lib.concatMapStringsSep "." part;
  showFiles = files: lib.concatMapStringsSep " and " (file: "`${file}'") files;
  showDefs =
    defs:
    lib.concatMapStrings (
      def:
      let
        # What cannot be shown without failing is left out.
        shown = builtins.tryEval (
          lib.generators.toPretty { } (
            lib.generators.withRecursion {
              depthLimit = 10;
              throwOnDepthLimit = false;
            } (builtins.addErrorContext "while evaluating a definition from `${def.file}'" def.value)
          )
        );
        lines = lib.splitString "\n" shown.value;
        some = if length lines > 5 then lib.take 5 lines ++ [ "..." ] else lines;
        start = if length lines > 1 then "\n    " else " ";
        result = if shown.success then ":${start}${concatStringsSep "\n    " some}" else "";
      in
      "\n- In `${def.file}'${result}"
    ) defs;
  showOptionWithDefLocs =
    option: "${showOption option.loc}, with values defined in:\n${lib.concatMapStringsSep "\n" (file: "  - ${file}") option.files}\n";
}
