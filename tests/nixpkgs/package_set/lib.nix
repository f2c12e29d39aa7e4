# Fixed points, overlays, calling by name, overriding: the mechanisms of nixpkgs' library, in their own small words.
rec {
  fix = f: let self = f self; in self;
  extends = overlay: f: final: let prev = f final; in prev // overlay final prev;
  compose = builtins.foldl' (f: overlay: extends overlay f);

  optionals = condition: list: if condition then list else [ ];
  optionalAttrs = condition: set: if condition then set else { };
  filterAttrs = keep: set:
    builtins.listToAttrs (builtins.concatMap
      (name: optionals (keep name set.${name}) [ { inherit name; value = set.${name}; } ])
      (builtins.attrNames set));
  unique = builtins.foldl' (list: x: if builtins.elem x list then list else list ++ [ x ]) [ ];

  # Keeps a function's formals: what is overridable can still be called by name.
  sameArguments = f: g: { __functor = _: g; __functionArgs = argumentsOf f; };
  argumentsOf = f: f.__functionArgs or (builtins.functionArgs f);

  makeOverridable = f: sameArguments f (arguments:
    let
      result = f arguments;
      again = new: makeOverridable f (arguments // (if builtins.isFunction new then new arguments else new));
    in
    if builtins.isAttrs result then
      result // { override = sameArguments f again; }
      // optionalAttrs (result ? overrideAttrs) {
        overrideAttrs = change: makeOverridable (sameArguments f (a: (f a).overrideAttrs change)) arguments;
      }
    else result);

  callPackageWith = scope: file: extra:
    let
      f = if builtins.isFunction file || file ? __functor then file else import file;
      wanted = argumentsOf f;
      missing = builtins.filter (name: !(wanted.${name} || scope ? ${name} || extra ? ${name})) (builtins.attrNames wanted);
    in
    if missing == [ ] then makeOverridable f (builtins.intersectAttrs wanted scope // extra)
    else throw "nothing is called \"${builtins.head missing}\", which ${
      let place = builtins.unsafeGetAttrPos (builtins.head missing) wanted; in
      if place == null then "a function" else "${baseNameOf place.file}:${toString place.line}"
    } asks for";

  makeScope = outer: f:
    let
      self = f self // {
        callPackage = callPackageWith (outer // self);
        overrideScope = overlay: makeScope outer (extends overlay f);
      };
    in
    self;

  # What is built and what it is built with are called by the same names: the first stands for both.
  splice = native: target:
    builtins.mapAttrs
      (name: value:
        let tried = builtins.tryEval (native.${name} or null); in
        if builtins.isAttrs value && value ? type && tried.success && builtins.isAttrs tried.value
        then value // { __spliced = { build = tried.value; host = value; }; }
        else value)
      target;

  licences = {
    gpl = { shortName = "GPL-3.0-or-later"; free = true; };
    mit = { shortName = "MIT"; free = true; };
    unfree = { shortName = "unfree"; free = false; };
  };

  versionAtLeast = a: b: builtins.compareVersions a b >= 0;
  makeFlags = set: builtins.concatLists (builtins.attrValues (builtins.mapAttrs
    (name: value:
      if value == true then [ "--enable-${name}" ]
      else if value == false then [ "--disable-${name}" ]
      else if value == null then [ ]
      else [ "--with-${name}=${toString value}" ])
    set));
}
