# Filtered copies of source trees. A filtered source is a set that remembers the original
# tree and its filter, so that filters add up before anything is copied.
{ lib }:
let
  inherit (builtins)
    any
    elem
    elemAt
    filter
    hasContext
    map
    match
    readFile
    split
    substring
    ;
  inherit (lib) boolToString hasPrefix hasSuffix removePrefix;

  # Any source as { origSrc, filter, name }.
  parts =
    source:
    let
      isFiltered = source ? _isLibCleanSourceWith;
    in
    {
      origSrc = if isFiltered then source.origSrc else source;
      filter = if isFiltered then source.filter else _: _: true;
      name = if isFiltered then source.name else "source";
      inherit isFiltered;
    };
  filtered =
    {
      origSrc,
      filter,
      name,
      ...
    }:
    {
      _isLibCleanSourceWith = true;
      inherit origSrc filter name;
      outPath = builtins.path {
        inherit filter name;
        path = origSrc;
      };
    };
  # The path of a file below the root of a source, without a slash before it.
  relative = origSrc: path: removePrefix "${toString origSrc}/" (toString path);

  # Traces of editors, version control and builds.
  versionControl = [ ".git" ".svn" "CVS" ".hg" ".jj" ".pijul" "_darcs" ];
  cleanSourceFilter =
    path: type:
    let
      base = baseNameOf (toString path);
    in
    !(
      elem base versionControl && (type == "directory" || base == ".git")
      || hasSuffix "~" base
      || match "\\.sw[a-z]" base != null
      || match "\\..*\\.sw[a-z]" base != null
      || hasSuffix ".o" base
      || hasSuffix ".so" base
      || type == "symlink" && hasPrefix "result" base
      || type == "unknown"
    );
  # The commit that a .git folder, or the file that stands for one, has checked out:
  # { value } or { error }.
  commitOf =
    path:
    let
      readRef =
        file: base:
        let
          name = "${toString base}/${file}";
          packed = "${toString base}/packed-refs";
          common = "${toString base}/commondir";
          target = match "ref: (.*)" (lib.fileContents name);
          wanted = "([[:xdigit:]]{40}) ${lib.escapeRegex file}";
          inPacked = filter (line: match wanted line != null) (lib.splitString "\n" (readFile packed));
        in
        if lib.pathIsRegularFile packed && !lib.pathIsRegularFile name && inPacked != [ ] then
          { value = elemAt (match wanted (builtins.head inPacked)) 0; }
        else if !lib.pathIsRegularFile name then
          (
            if lib.pathIsRegularFile common then
              readRef file (/. + base + "/${lib.fileContents common}")
            else
              { error = "Not a .git directory: ${toString base}"; }
          )
        else if target == null then
          { value = lib.fileContents name; }
        else
          readRef (elemAt target 0) base;
      isWorkTree = lib.pathIsRegularFile path;
      link = match "gitdir: (.*)" (lib.fileContents path);
      gitDirectory =
        let
          place = elemAt link 0;
        in
        if substring 0 1 place == "/" then /. + place else dirOf path + "/${place}";
    in
    if lib.pathIsDirectory path then
      readRef "HEAD" path
    else if isWorkTree then
      (
        if link == null then
          { error = "File contains no gitdir reference: ${toString path}"; }
        else
          readRef "HEAD" gitDirectory
      )
    else
      { error = "Path does not exist: ${toString path}"; };
in
rec {
  inherit cleanSourceFilter;
  inherit (builtins) filterSource;

  canCleanSource = source: source ? _isLibCleanSourceWith || !pathHasContext (toString source);
  cleanSource =
    src:
    cleanSourceWith {
      filter = cleanSourceFilter;
      inherit src;
    };
  cleanSourceWith =
    {
      src,
      filter ? _: _: true,
      name ? null,
    }:
    let
      old = parts src;
    in
    filtered {
      inherit (old) origSrc;
      filter = path: type: filter path type && old.filter path type;
      name = if name == null then old.name else name;
    };
  trace =
    src:
    let
      old = parts src;
    in
    filtered (
      old
      // {
        filter =
          path: type:
          let
            kept = old.filter path type;
          in
          builtins.trace "${old.name}.filter ${path} = ${boolToString kept}" kept;
      }
    )
    // {
      satisfiesSubpathInvariant = src.satisfiesSubpathInvariant or false;
    };

  # A folder has to match as well, or nothing in it is looked at.
  sourceByRegex =
    src: regexes:
    let
      root = (parts src).origSrc;
    in
    cleanSourceWith {
      inherit src;
      filter = path: type: any (regex: match regex (relative root path) != null) regexes;
    };
  sourceFilesBySuffices =
    src: suffices:
    cleanSourceWith {
      inherit src;
      filter = name: type: type == "directory" || any (suffix: hasSuffix suffix (baseNameOf name)) suffices;
    };
  sourceByGlobs =
    src: patterns:
    let
      root = (parts src).origSrc;
      # "*" stands for a part of a component.
      component =
        glob:
        lib.concatMapStrings (piece: if builtins.isList piece then "[^/]*" else lib.escapeRegex piece) (
          split "\\*" glob
        );
      # Both as lists of components, "**" standing for any number of them. A folder is taken
      # when something in it may be.
      matches =
        isFolder: globs: names:
        if globs == [ ] then
          names == [ ]
        else if builtins.head globs == "**" then
          matches isFolder (builtins.tail globs) names || names != [ ] && matches isFolder globs (builtins.tail names)
        else if names == [ ] then
          isFolder
        else
          match (component (builtins.head globs)) (builtins.head names) != null
          && matches isFolder (builtins.tail globs) (builtins.tail names);
      wanted = map (lib.splitString "/") patterns;
    in
    cleanSourceWith {
      inherit src;
      filter =
        path: type:
        any (globs: matches (type == "directory") globs (lib.splitString "/" (relative root path))) wanted;
    };

  pathHasContext = hasContext;

  # --- git repositories, read without git -------------------------------------------

  pathIsGitRepo = path: commitOf path ? value;
  commitIdFromGitRepo =
    path:
    let
      found = commitOf path;
    in
    found.value or (throw found.error);
}
