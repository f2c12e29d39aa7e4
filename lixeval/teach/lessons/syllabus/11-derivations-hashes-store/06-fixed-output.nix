# title: An output that is known before
# kind: predict
# read: With outputHash the path depends on the name and the hash of the content, not on how it is made. So a download may move to another server.
# ask: What is the value?
# answer: true
# hint: a and b differ only in how they get the content.
let
  fetch = url: derivation {
    name = "source.tar";
    system = "x86_64-linux";
    builder = "/bin/sh";
    inherit url;
    outputHashAlgo = "sha256";
    outputHashMode = "flat";
    outputHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  };
in
(fetch "https://a.example.org").outPath == (fetch "https://b.example.org").outPath
