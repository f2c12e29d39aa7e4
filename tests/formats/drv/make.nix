# The derivations whose .drv files lie in this folder, one a kind.  Recorded with Nix 2.26.3:
#   nix-instantiate make.nix, then each .drv of the closure copied here.
let
  common = {
    system = "x86_64-linux";
    builder = "/bin/sh";
  };
  mk = attrs: derivation (common // attrs);
  empty256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
in
rec {
  plain = mk {
    name = "plain-1.0";
    args = [ "-c" "echo hello > $out" "" ];
  };
  escapes = mk {
    name = "escapes";
    quotes = "say \"hi\" \\ back";
    layout = "line\nreturn\rtab\tend";
    other = "$x \${y} 'z' nul-free";
    "odd name" = "blank in the name";
  };
  utf8 = mk {
    name = "utf8";
    "größe" = "naïve";
    "\${z" = "between ascii and beyond";
    emoji = "🙂";
    "🙂" = "after all others";
  };
  latin1 = mk {
    name = "latin1";
    text = builtins.readFile ./latin1.txt;
  };
  outputs = mk {
    name = "outputs";
    outputs = [ "out" "dev" "man" ];
    configure = "${placeholder "dev"} ${placeholder "out"}";
  };
  flat = mk {
    name = "flat.tar.gz";
    outputHash = empty256;
    outputHashAlgo = "sha256";
  };
  flatSri = mk {
    name = "flat-sri";
    outputHash = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
  };
  recursive = mk {
    name = "recursive";
    outputHash = empty256;
    outputHashAlgo = "sha256";
    outputHashMode = "recursive";
  };
  recursiveSha1 = mk {
    name = "recursive-sha1";
    outputHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    outputHashAlgo = "sha1";
    outputHashMode = "recursive";
  };
  md5 = mk {
    name = "md5";
    outputHash = "d41d8cd98f00b204e9800998ecf8427e";
    outputHashAlgo = "md5";
  };
  # Two derivations that differ in how they fetch and have one output: what uses them has one output path, two .drvs.
  mirror = mk {
    name = "flat.tar.gz";
    url = "elsewhere";
    outputHash = empty256;
    outputHashAlgo = "sha256";
  };
  usesFlat = mk {
    name = "uses";
    src = flat;
  };
  usesMirror = mk {
    name = "uses";
    src = mirror;
  };
  usesBoth = mk {
    name = "uses-both";
    srcs = [ flat mirror ];
  };
  diamond = mk {
    name = "diamond";
    args = [ (builtins.toFile "builder.sh" "echo hello > $out\n") ];
    inputs = [ usesFlat outputs.dev outputs.man outputs.out ];
    inherit recursive plain;
  };
  structured = mk {
    name = "structured";
    outputs = [ "bin" "out" ];
    __structuredAttrs = true;
    list = [ 1 2.5 null true "two" outputs.dev ];
    set.nested.deeply = "\"quoted\"\n";
  };
}
