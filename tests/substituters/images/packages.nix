# A small closure with nixpkgs' names, made by a static busybox: what a cache has of a package set.
# `busybox` is a folder with it.
{ busybox, system }:
let
  shell = builtins.path {
    path = busybox;
    name = "busybox-1.36";
  };
  tool = "${shell}/busybox";
  package =
    name: script:
    derivation {
      inherit name system tool;
      builder = tool;
      args = [ "sh" "-e" "-c" script ];
    };
in
rec {
  inherit system;
  stdenv.hostPlatform = { inherit system; };
  glibc = package "glibc-2.39" ''
    $tool mkdir -p $out/lib $out/share/i18n
    echo "a library" > $out/lib/libc.so.6
    ${"i=0; while [ $i -lt 200 ]; do echo $i > $out/share/i18n/$i; i=$((i+1)); done"}
  '';
  bash = package "bash-5.2p26" ''
    $tool mkdir -p $out/bin
    $tool cp $tool $out/bin/bash
    echo ${glibc}/lib > $out/needs
    $tool ln -s bash $out/bin/sh
  '';
  hello = package "hello-2.12.1" ''
    $tool mkdir -p $out/bin
    { echo "#!${bash}/bin/bash"; echo "echo Hello"; } > $out/bin/hello
    $tool chmod +x $out/bin/hello
  '';
}
