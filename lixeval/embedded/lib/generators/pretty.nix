# Values printed for people, as close to Nix as they can be.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    isAttrs
    isFloat
    isFunction
    isInt
    isList
    isPath
    isString
    map
    mapAttrs
    replaceStrings
    toJSON
    typeOf
    ;
in
{
  # Replaces what lies too deep, so that a cyclic value can be printed.
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    assert isInt depthLimit;
    let
      # Attributes by which Nix itself tells sets apart are always kept.
      special = [ "__functor" "__functionArgs" "__toString" "__pretty" ];
      tooDeep =
        if throwOnDepthLimit then
          throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
        else
          "<unevaluated>";
      walk =
        depth: value:
        if depth > depthLimit then
          tooDeep
        else if isAttrs value then
          mapAttrs (name: inner: if builtins.elem name special then inner else walk (depth + 1) inner) value
        else if isList value then
          map (walk (depth + 1)) value
        # What is no container counts as one level more.
        else if depth == depthLimit then
          tooDeep
        else
          value;
    in
    walk 0;

  toPretty =
    {
      # Whether { __pretty, val } prints as `__pretty val`.
      allowPrettyValues ? false,
      multiline ? true,
      indent ? "",
    }:
    let
      function =
        value:
        let
          formals = lib.functionArgs value;
          show = name: if formals.${name} then "${name}?" else name;
        in
        if formals == { } then
          "<function>"
        else
          "<function, args: {${lib.concatMapStringsSep ", " show (attrNames formals)}}>";
      print =
        indent: value:
        let
          open = if multiline then "\n${indent}  " else " ";
          close = if multiline then "\n${indent}" else " ";
          inner = print "${indent}  ";
          block = lines: open + concatStringsSep open lines;
          lines = lib.splitString "\n" value;
          escaped = map (replaceStrings [ "''" "\${" ] [ "'''" "''\${" ]);
          # A text that ends with a newline closes its quotes on a line of their own.
          text =
            if lib.last lines == "" then
              "''${block (escaped (lib.init lines))}${close}''"
            else
              "''${block (escaped lines)}''";
          binding = name: "${lib.strings.escapeNixIdentifier name} = ${inner value.${name}};";
        in
        if isInt value || isFloat value then
          toJSON value
        else if isString value then
          (if multiline && builtins.length lines > 1 then text else replaceStrings [ "\${" ] [ "\\\${" ] (toJSON value))
        else if value == true then
          "true"
        else if value == false then
          "false"
        else if value == null then
          "null"
        else if isPath value then
          toString value
        else if isList value then
          (if value == [ ] then "[ ]" else "[${block (map inner value)}${close}]")
        else if isFunction value then
          function value
        else if isAttrs value then
          (
            if allowPrettyValues && value ? __pretty && value ? val then
              value.__pretty value.val
            else if value == { } then
              "{ }"
            else if lib.isDerivation value then
              "<derivation ${value.name or "???"}>"
            else if lib.isFunction value then
              function value
            else
              "{${block (map binding (attrNames value))}${close}}"
          )
        else
          abort "generators.toPretty: should never happen (v = ${typeOf value})";
    in
    print indent;
}
