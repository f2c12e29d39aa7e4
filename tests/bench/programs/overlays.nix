# a package set made as nixpkgs makes its own: a fixed point, 60 overlays, overriding
let
  fix = f: let self = f self; in self;
  extends = overlay: base: final: let previous = base final; in previous // overlay final previous;
  names = builtins.genList (index: "p${toString index}") 200;
  overridable =
    f: arguments:
    let
      result = f arguments;
    in
    result
    // {
      override = changes: overridable f (arguments // (if builtins.isFunction changes then changes arguments else changes));
    };
  package =
    {
      name,
      version ? "1",
      dependencies ? [ ],
    }:
    {
      inherit name version;
      closure = builtins.length dependencies + builtins.foldl' (sum: p: sum + builtins.stringLength p.name) 0 dependencies;
    };
  base =
    final:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = overridable package {
          inherit name;
          dependencies = map (index: final.${builtins.elemAt names index}) [ 3 5 7 ];
        };
      }) names
    );
  overlay =
    index: final: previous:
    let
      name = builtins.elemAt names index;
    in
    {
      ${name} = previous.${name}.override (old: {
        version = "${toString index}.${old.version or "0"}";
        dependencies = old.dependencies ++ [ final.p199 ];
      });
    };
  set = fix (builtins.foldl' (made: index: extends (overlay index) made) base (builtins.genList (index: index) 60));
in
builtins.foldl' (sum: name: sum + set.${name}.closure + builtins.stringLength set.${name}.version) 0 names
