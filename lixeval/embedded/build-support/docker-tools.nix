# The small file trees that images want at their root.  Images themselves are made by nix2container.
{ lib, pkgs }:
{
  # A root and a nobody, for programs that look users up.
  fakeNss = pkgs.symlinkJoin {
    name = "fake-nss";
    paths = [
      (pkgs.writeTextDir "etc/passwd" ''
        root:x:0:0:root user:/var/empty:/bin/sh
        nobody:x:65534:65534:nobody:/var/empty:/bin/sh
      '')
      (pkgs.writeTextDir "etc/group" ''
        root:x:0:
        nobody:x:65534:
      '')
      (pkgs.writeTextDir "etc/nsswitch.conf" ''
        hosts: files dns
      '')
    ];
  };

  binSh = pkgs.linkFarm "bin-sh" { "bin/sh" = "${pkgs.bashInteractive}/bin/bash"; };

  usrBinEnv = pkgs.linkFarm "usr-bin-env" { "usr/bin/env" = "${pkgs.coreutils}/bin/env"; };

  caCertificates =
    let
      bundle = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
    in
    pkgs.linkFarm "ca-certificates" {
      "etc/ssl/certs/ca-bundle.crt" = bundle;
      "etc/ssl/certs/ca-certificates.crt" = bundle;
      "etc/pki/tls/certs/ca-bundle.crt" = bundle;
    };
}
