let
  set = rec {
    inherit (builtins) split derivation;
    inherit toString;
    called = map toString [ 1 ];
    list = [ map builtins.map (builtins.add 1) ];
    selected = builtins.nixVersion;
    global = __langVersion;
    removed = removeAttrs builtins (builtins.filter (name: name != "add" && name != "derivation") (builtins.attrNames builtins));
  };
in
builtins.seq set.list (builtins.seq set.removed set)
