# Sets of local files: joined, cut and filtered without copying anything, until toSource
# adds the files that are left to the store.
#
# A set is a tree from the root of the file system. A node is `true` (all that is there),
# `null` (nothing) or a set of nodes by name; folders are read only where that is needed.
{ lib }:
let
  inherit (builtins)
    any
    attrNames
    attrValues
    concatLists
    elemAt
    filter
    foldl'
    intersectAttrs
    isAttrs
    isPath
    isString
    length
    mapAttrs
    pathExists
    readDir
    split
    tail
    trace
    typeOf
    zipAttrsWith
    ;
  inherit (lib) hasSuffix pathIsDirectory pathType;

  components = path: filter (part: isString part && part != "") (split "/" (toString path));
  make = tree: {
    _type = "fileset";
    inherit tree;
    __toString = _: throw "lib.fileset: Directly evaluating a file set as a string is not supported; lib.fileset.toSource turns it into files.";
  };
  empty = make null;
  at = path: node: make (lib.foldr (name: inner: { ${name} = inner; }) node (components path));
  descend =
    node: names:
    if names == [ ] || !isAttrs node then
      node
    else
      descend (node.${builtins.head names} or null) (tail names);

  # What stands for a set of files, as one.
  coerce =
    function: what: value:
    if isAttrs value && value._type or null == "fileset" then
      value
    else if isPath value then
      (
        if pathExists value then
          at value true
        else
          throw "lib.fileset.${function}: ${what} (${toString value}) is a path that does not exist.\n    To create a file set from a path that may not exist, use `lib.fileset.maybeMissing`."
      )
    else if isAttrs value && value ? _isLibCleanSourceWith then
      throw "lib.fileset.${function}: ${what} is a `lib.sources`-based value, but it should be a file set or a path instead.\n    To convert a `lib.sources`-based value to a file set you can use `lib.fileset.fromSource`."
    else if lib.isStringLike value then
      throw "lib.fileset.${function}: ${what} (\"${toString value}\") is a string-like value, but it should be a file set or a path instead.\n    Paths represented as strings are not supported by `lib.fileset`, use `lib.sources` or derivations instead."
    else
      throw "lib.fileset.${function}: ${what} is of type ${typeOf value}, but it should be a file set or a path instead.";
  tree = function: what: value: (coerce function what value).tree;

  join =
    a: b:
    if a == true || b == true then
      true
    else if a == null then
      b
    else if b == null then
      a
    else
      zipAttrsWith (_: nodes: foldl' join null nodes) [
        a
        b
      ];
  common =
    a: b:
    if a == null || b == null then
      null
    else if a == true then
      b
    else if b == true then
      a
    else
      mapAttrs (name: node: common node b.${name}) (intersectAttrs b a);
  without =
    path: a: b:
    if a == null || b == true then
      null
    else if b == null then
      a
    else
      mapAttrs (name: node: without (path + "/${name}") node (b.${name} or null)) (
        if a == true then mapAttrs (_: _: true) (readDir path) else a
      );

  # The folder's entries that a node covers, with their types.
  entries =
    path: node:
    let
      listing = readDir path;
    in
    if node == null then
      { }
    else if node == true then
      listing
    else
      intersectAttrs (lib.filterAttrs (_: inner: inner != null) node) listing;
  inner = node: name: if node == true then true else node.${name} or null;
  # Whether there is a file; empty folders are none.
  hasFiles =
    path: type: node:
    node != null
    && (
      type != "directory"
      || any (name: hasFiles (path + "/${name}") (entries path node).${name} (inner node name)) (
        attrNames (entries path node)
      )
    );
  files =
    path: type: node:
    if node == null then
      [ ]
    else if type != "directory" then
      [ path ]
    else
      concatLists (
        lib.mapAttrsToList (name: type: files (path + "/${name}") type (inner node name)) (entries path node)
      );

  # A tree of the files below a folder for which `keep path name type` holds.
  filtered =
    keep: path:
    mapAttrs (
      name: type:
      let
        here = path + "/${name}";
      in
      if type == "directory" then
        filtered keep here
      else if keep here name type then
        true
      else
        null
    ) (readDir path);

  lines =
    indent: path: node:
    concatLists (
      lib.mapAttrsToList (
        name: type:
        let
          here = path + "/${name}";
          below = inner node name;
        in
        if !hasFiles here type below then
          [ ]
        else if type != "directory" then
          [ "${indent}- ${name} (${type})" ]
        else if below == true then
          [ "${indent}- ${name} (all files in directory)" ]
        else
          [ "${indent}- ${name}" ] ++ lines "${indent}  " here below
      ) (entries path node)
    );
  # The deepest folder that holds all of a tree.
  baseOf =
    path: node:
    if isAttrs node && length (attrNames node) == 1 && pathIsDirectory (path + "/${elemAt (attrNames node) 0}") then
      baseOf (path + "/${elemAt (attrNames node) 0}") (elemAt (attrValues node) 0)
    else
      {
        inherit path node;
      };
  show =
    tree:
    let
      base = baseOf /. tree;
    in
    if tree == null then
      [ "(empty)" ]
    else if base.node == true then
      [ "${toString base.path} (all files in directory)" ]
    else
      [ (toString base.path) ] ++ lines "" base.path base.node;
in
{
  inherit empty;
  isFileset = value: isPath value || isAttrs value && value._type or null == "fileset";

  maybeMissing =
    path:
    if !isPath path then
      throw "lib.fileset.maybeMissing: Argument is of type ${typeOf path}, but it should be a path instead."
    else if pathExists path then
      at path true
    else
      empty;

  union =
    a: b: make (join (tree "union" "First argument" a) (tree "union" "Second argument" b));
  unions =
    list:
    if builtins.isList list then
      make (
        foldl' join null (
          lib.imap0 (n: tree "unions" "Element ${toString n} of the argument") list
        )
      )
    else
      throw "lib.fileset.unions: Argument is of type ${typeOf list}, but it should be a list instead.";
  intersection =
    a: b: make (common (tree "intersection" "First argument" a) (tree "intersection" "Second argument" b));
  difference =
    a: b: make (without /. (tree "difference" "First argument" a) (tree "difference" "Second argument" b));

  fileFilter =
    predicate: path:
    let
      keep =
        _: name: type:
        predicate {
          inherit name type;
          hasExt = extension: hasSuffix ".${extension}" name;
        };
    in
    if !lib.isFunction predicate then
      throw "lib.fileset.fileFilter: First argument is of type ${typeOf predicate}, but it should be a function instead."
    else if !isPath path then
      throw "lib.fileset.fileFilter: Second argument is of type ${typeOf path}, but it should be a path instead."
    else if !pathExists path then
      throw "lib.fileset.fileFilter: Second argument (${toString path}) is a path that does not exist."
    else if pathIsDirectory path then
      at path (filtered keep path)
    else if keep path (baseNameOf path) (pathType path) then
      at path true
    else
      empty;

  fromSource =
    source:
    let
      isFiltered = source._isLibCleanSourceWith or false;
      root = if isFiltered then source.origSrc else source;
      walk =
        path:
        mapAttrs (
          name: type:
          let
            here = path + "/${name}";
          in
          if !source.filter (toString here) type then
            null
          else if type == "directory" then
            walk here
          else
            true
        ) (readDir path);
    in
    if !isPath root then
      throw "lib.fileset.fromSource: The source origin of the argument is of type ${typeOf root}, but it should be a path instead."
    else if !pathExists root then
      throw "lib.fileset.fromSource: The source origin (${toString root}) of the argument is a path that does not exist."
    else if isFiltered && pathIsDirectory root then
      at root (walk root)
    else
      at root true;

  gitTracked = path: lib.fileset.gitTrackedWith { } path;
  gitTrackedWith =
    {
      recurseSubmodules ? false,
    }:
    path:
    let
      fetched = builtins.fetchGit (
        {
          url = path;
        }
        // lib.optionalAttrs recurseSubmodules { submodules = true; }
      );
      isRepository = pathExists (path + "/.git");
    in
    if !isPath path then
      throw "lib.fileset.gitTrackedWith: Expected the second argument to be a path, but it's a ${typeOf path} instead."
    else if !pathIsDirectory path then
      throw "lib.fileset.gitTrackedWith: Expected the second argument (${toString path}) to be a directory, but it's a file instead."
    else if isRepository then
      at path (filtered (_: _: _: true) (/. + builtins.unsafeDiscardStringContext fetched.outPath))
    else if lib.path.hasStorePathPrefix path then
      at path true
    else
      throw "lib.fileset.gitTrackedWith: Expected the second argument (${toString path}) to point to a local working tree of a Git repository, but it's not.";

  toList =
    value:
    let
      node = tree "toList" "Argument" value;
    in
    files /. "directory" node;

  toSource =
    {
      root,
      fileset,
    }:
    let
      all = tree "toSource" "`fileset`" fileset;
      names = components root;
      node = descend all names;
      # Nothing may lie beside the way from the file system's root to this one.
      outside =
        path: node: names:
        if names == [ ] || !isAttrs node then
          null
        else
          let
            others = filter (name: name != builtins.head names && node.${name} != null) (attrNames node);
          in
          if others != [ ] then
            path + "/${builtins.head others}"
          else
            outside (path + "/${builtins.head names}") (node.${builtins.head names} or null) (tail names);
      stray = outside /. all names;
      keep =
        path: type:
        let
          here = descend node (lib.drop (length names) (components path));
        in
        hasFiles (/. + path) type here;
    in
    if !isPath root then
      throw "lib.fileset.toSource: `root` ${if lib.isStringLike root then "(\"${toString root}\") is a string-like value" else "is of type ${typeOf root}"}, but it should be a path instead."
    else if !pathExists root then
      throw "lib.fileset.toSource: `root` (${toString root}) is a path that does not exist."
    else if !pathIsDirectory root then
      throw "lib.fileset.toSource: `root` (${toString root}) is a file, but it should be a directory instead. Potential solutions:\n    - If you want to import the file into the store _without_ a containing directory, use string interpolation or `builtins.path` instead of this function.\n    - If you want to import the file into the store _with_ a containing directory, set `root` to the containing directory."
    else if stray != null then
      throw "lib.fileset.toSource: `fileset` could contain files in ${toString stray}, which is not under the `root` (${toString root})."
    else
      lib.cleanSourceWith {
        name = "source";
        src = root;
        filter = keep;
      };

  trace =
    value:
    let
      shown = show (tree "trace" "Argument" value);
    in
    foldl' (seen: line: trace line seen) (x: x) (lib.reverseList shown);
  traceVal = value: lib.fileset.trace value value;
}
