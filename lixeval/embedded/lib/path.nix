# Path values and subpath strings ("./foo/bar": below some folder, never out of it).
{ lib }:
let
  inherit (builtins)
    all
    concatStringsSep
    elemAt
    filter
    isPath
    isString
    length
    match
    split
    storeDir
    substring
    typeOf
    ;

  # Why a value is no subpath; null when it is one.
  invalid =
    value:
    if !isString value then
      "The given value is of type ${typeOf value}, but a string was expected"
    else if value == "" then
      "The given string is empty"
    else if substring 0 1 value == "/" then
      "The given string \"${value}\" starts with a `/`, representing an absolute path"
    else if match "(.*/)?\\.\\.(/.*)?" value != null then
      "The given string \"${value}\" contains a `..` component, which is not allowed in subpaths"
    else
      null;
  parts = text: filter (part: isString part && part != "" && part != ".") (split "/+" text);
  fromParts = list: "./" + (if list == [ ] then "." else concatStringsSep "/" list);
  checked =
    function: value: result:
    let
      reason = invalid value;
    in
    if reason == null then
      result
    else
      throw "lib.path.${function}: ${if isString value then "The second argument" else "The argument"} is not a valid subpath string:\n    ${reason}";
  onlyPath =
    function: which: value: result:
    if isPath value then
      result
    else
      throw "lib.path.${function}: The ${which} argument is of type ${typeOf value}, but a path was expected";

  # The components of an absolute path.
  components = path: parts (toString path);
  # Where the root is, as a path.
  rootOf = path: if dirOf path == path then path else rootOf (dirOf path);
in
rec {
  append =
    path: subpath: onlyPath "append" "first" path (checked "append" subpath (path + ("/" + subpath)));

  hasPrefix =
    prefix: path:
    onlyPath "hasPrefix" "first" prefix (
      onlyPath "hasPrefix" "second" path (lib.lists.hasPrefix (components prefix) (components path))
    );
  removePrefix =
    prefix: path:
    if hasPrefix prefix path then
      fromParts (lib.drop (length (components prefix)) (components path))
    else
      throw "lib.path.removePrefix: The first path argument \"${toString prefix}\" is not a component-wise prefix of the second path argument \"${toString path}\".";
  splitRoot =
    path:
    onlyPath "splitRoot" "given" path {
      root = rootOf path;
      subpath = fromParts (components path);
    };
  # Whether a path is a store object or inside of one; the placeholder of a content-addressed
  # output, right below the root, counts.
  hasStorePathPrefix =
    path:
    let
      store = parts storeDir;
      inside = lib.drop (length store) (components path);
    in
    onlyPath "hasStorePathPrefix" "given" path (
      if lib.lists.hasPrefix store (components path) then
        inside != [ ] && match "[0-9a-z]{32}-.+" (elemAt inside 0) != null
      else
        components path != [ ] && match "[0-9a-z]{52}" (elemAt (components path) 0) != null
    );

  subpath = {
    isValid = value: invalid value == null;
    normalise = value: checked "subpath.normalise" value (fromParts (parts value));
    components = value: checked "subpath.components" value (parts value);
    join =
      list:
      if all subpath.isValid list then
        fromParts (builtins.concatMap parts list)
      else
        builtins.foldl' (seen: value: checked "subpath.join" value seen) null list;
  };
}
