# blame: 3:3
builtins.convertHash {
  hash = "xyz";
  hashAlgo = "sha256";
  toHashFormat = "sri";
}
