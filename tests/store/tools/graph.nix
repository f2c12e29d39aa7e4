# A graph of texts and derivations with diamonds, outputs of all kinds and strings that are hard to quote.
let
  text = builtins.toFile;
  leaf = text "leaf" "no references\n";
  other = text "other.txt" "neither\n";
  left = text "left-hand" "a line before ${leaf}/inside and ${other}, \t then ${leaf} again\n";
  right = text "right" (builtins.concatStringsSep " " (builtins.genList toString 40) + leaf + " é\n");
  top = text "top" "${right} first\n${left}\n";
  plain = derivation {
    name = "plain";
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = [ "-c" "echo \"quoted\\n\" > $out\n" ];
    outputs = [ "out" "dev" "lib" ];
    inherit top;
    empty = "";
    unicode = "é → 😀";
  };
  fixed = derivation {
    name = "fixed-1.0.tar.gz";
    system = "builtin";
    builder = "builtin:fetchurl";
    url = "http://example.org/fixed-1.0.tar.gz";
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    outputHashMode = "recursive";
  };
  structured = derivation {
    name = "structured";
    system = "x86_64-linux";
    builder = "/bin/sh";
    __structuredAttrs = true;
    list = [ 1 2.5 "é\n" null true { deep = plain.dev; } ];
    outputs = [ "out" ];
    outputChecks.out.maxSize = 1000;
  };
in
derivation {
  name = "whole";
  system = "x86_64-linux";
  builder = structured;
  args = [ plain.lib fixed right ];
  deep = plain.drvPath;
}
