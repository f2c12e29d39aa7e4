# Functions in the manner of a package set's library.
let
  inherit (builtins) attrNames concatStringsSep foldl' head isAttrs listToAttrs match tail;
in
rec {
  optionalString = condition: string: if condition then string else "";
  concatMapStringsSep = separator: f: list: concatStringsSep separator (map f list);
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  nameValuePair = name: value: { inherit name value; };
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  attrByPath =
    path: default: set:
    if path == [ ] then
      set
    else if set ? ${head path} then
      attrByPath (tail path) default set.${head path}
    else
      default;
  getAttrFromPath =
    path: set: attrByPath path (abort ("cannot find attribute '" + concatStringsSep "." path + "'")) set;
  toInt =
    text:
    if match "-?[0-9]+" text != null then
      builtins.fromJSON text
    else
      throw "toInt: Could not convert ${builtins.toJSON text} to int.";
  recursiveUpdate =
    left: right:
    left
    // builtins.mapAttrs (
      name: value: if isAttrs value && isAttrs (left.${name} or null) then recursiveUpdate left.${name} value else value
    ) right;
  assertMsg = condition: message: if condition then true else throw message;
  pipe = foldl' (value: f: f value);
  checkOption =
    name: wanted: value:
    if builtins.typeOf value == wanted then
      value
    else
      throw "The option `${name}' is of type `${builtins.typeOf value}' but shall be of type `${wanted}'.";
  checkOptions = options: builtins.mapAttrs (name: value: checkOption name options.${name} value);
  checkDeclared =
    options: config:
    let
      declared = options // {
        _module = { };
      };
      name = builtins.head (builtins.attrNames (removeAttrs config (builtins.attrNames declared)));
    in
    if builtins.all (each: declared ? ${each}) (builtins.attrNames config) then
      config
    else
      throw "The option `${name}' does not exist.";
}
