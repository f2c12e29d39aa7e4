# Formats that are a language of their own: Lua tables, property lists, Dhall.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isPath
    isString
    map
    match
    toJSON
    typeOf
    ;
in
rec {
  # Lua code as a value; toLua puts it in as it is.
  mkLuaInline = expr: {
    _type = "lua-inline";
    inherit expr;
  };
  toLua =
    {
      multiline ? true,
      indent ? "",
      # Assigns each attribute to a variable instead of making one table.
      asBindings ? false,
    }@settings:
    value:
    let
      deeper = "${indent}  ";
      open = if multiline then "\n${deeper}" else " ";
      close = if multiline then "\n${indent}" else " ";
      inner = toLua (
        settings
        // {
          indent = deeper;
          asBindings = false;
        }
      );
      table = entries: "{${open}${concatStringsSep ",${open}" entries}${close}}";
      entry = name: "[${toJSON name}] = ${inner value.${name}}";
      isName = name: match "[a-zA-Z_][a-zA-Z0-9_]*(\\.[a-zA-Z_][a-zA-Z0-9_]*)*" name != null;
      badNames = builtins.filter (name: !isName name) (attrNames value);
      binding = name: "${indent}${name} = ${toLua (settings // { asBindings = false; }) value.${name}}\n";
    in
    if asBindings then
      (
        if badNames != [ ] then
          throw "Bad Lua var names: ${lib.generators.toPretty { } badNames}"
        else
          lib.concatMapStrings binding (attrNames value)
      )
    else if value == null then
      "nil"
    else if isInt value || isFloat value || isString value || isBool value then
      toJSON value
    else if isPath value || lib.isDerivation value then
      toJSON "${value}"
    else if isList value then
      (if value == [ ] then "{}" else table (map inner value))
    else if isAttrs value then
      (
        if value._type or null == "lua-inline" then
          "(${value.expr})"
        else if value == { } then
          "{}"
        else
          table (map entry (attrNames value))
      )
    else
      abort "generators.toLua: type ${typeOf value} is unsupported";

  toPlist =
    {
      escape ? false,
    }:
    let
      text = if escape then lib.escapeXML else lib.id;
      tag = name: content: "<${name}>${content}</${name}>";
      nested =
        indent: name: lines:
        "${indent}<${name}>\n${concatStringsSep "\n" lines}\n${indent}</${name}>";
      print =
        indent: value:
        let
          inner = print "\t${indent}";
          pair = name: "\t${indent}${tag "key" (text name)}\n${inner value.${name}}";
        in
        if value == null then
          ""
        else if isBool value then
          indent + (if value then "<true/>" else "<false/>")
        else if isInt value then
          indent + tag "integer" (toString value)
        else if isString value || isPath value then
          indent + tag "string" (text (toString value))
        else if isList value then
          nested indent "array" [ (concatStringsSep "\n" (map inner value)) ]
        else if isAttrs value then
          nested indent "dict" [ (concatStringsSep "\n" (map pair (builtins.filter (name: value.${name} != null) (attrNames value)))) ]
        else if isFloat value then
          indent + tag "real" (toString value)
        else
          abort "generators.toPlist: should never happen (v = ${typeOf value})";
      header = ''
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
      '';
    in
    value:
    lib.warnIf (!escape) "Using `lib.generators.toPlist` without `escape = true` is deprecated" "${header}<plist version=\"1.0\">\n${print "" value}\n</plist>";

  # Integers are Dhall's Integer, which has a sign.
  toDhall =
    { }@settings:
    value:
    if isAttrs value then
      (
        if lib.isDerivation value then
          abort "generators.toDhall: cannot convert a derivation (${value.name or "???"})"
        else
          "{ ${concatStringsSep ", " (map (name: "${name} = ${toDhall settings value.${name}}") (attrNames value))} }"
      )
    else if isList value then
      "[ ${lib.concatMapStringsSep ", " (toDhall settings) value} ]"
    else if isInt value then
      (if value < 0 then "" else "+") + toString value
    else if isBool value then
      (if value then "True" else "False")
    else if isFunction value then
      abort "generators.toDhall: cannot convert a function"
    else if value == null then
      abort "generators.toDhall: cannot convert a null"
    else
      toJSON value;
}
