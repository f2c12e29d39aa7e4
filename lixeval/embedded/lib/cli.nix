# Attribute sets as command-line options.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    isBool
    isList
    stringLength
    ;
  showValue = lib.generators.mkValueStringDefault { };
  isLongName = name: stringLength name > 1;
  dashed = isLong: name: if isLong then "--${name}" else "-${name}";
in
rec {
  toCommandLine =
    optionFormat: set:
    let
      render =
        name: value:
        let
          format = optionFormat name;
          argument =
            let
              text = (format.formatArg or showValue) value;
            in
            if format.sep == null then
              [
                format.option
                text
              ]
            else
              [ "${format.option}${format.sep}${text}" ];
        in
        if value == null then
          [ ]
        else if isList value then
          concatMap (render name) value
        else if isBool value && !format.explicitBool then
          (if value then [ format.option ] else [ ])
        else
          argument;
      named =
        name:
        if name == "" then throw "lib.cli.toCommandLine: attribute names must not be empty." else render name set.${name};
    in
    concatMap named (attrNames set);
  toCommandLineShell = optionFormat: set: lib.escapeShellArgs (toCommandLine optionFormat set);

  toCommandLineGNU =
    {
      isLong ? isLongName,
      explicitBool ? false,
      formatArg ? showValue,
    }:
    toCommandLine (name: {
      option = dashed (isLong name) name;
      sep = if isLong name then "=" else "";
      inherit explicitBool formatArg;
    });
  toCommandLineShellGNU = options: set: lib.escapeShellArgs (toCommandLineGNU options set);

  toGNUCommandLine =
    {
      mkOptionName ? name: dashed (isLongName name) name,
      mkBool ? name: value: lib.optional value (mkOptionName name),
      mkList ? name: concatMap (mkOption name),
      mkOption ?
        name: value:
        if value == null then
          [ ]
        else if optionValueSeparator == null then
          [
            (mkOptionName name)
            (showValue value)
          ]
        else
          [ "${mkOptionName name}${optionValueSeparator}${showValue value}" ],
      optionValueSeparator ? null,
    }:
    set:
    let
      render =
        name:
        let
          value = set.${name};
        in
        if isBool value then
          mkBool name value
        else if isList value then
          mkList name value
        else
          mkOption name value;
    in
    concatMap render (attrNames set);
  toGNUCommandLineShell = options: set: lib.escapeShellArgs (toGNUCommandLine options set);
}
