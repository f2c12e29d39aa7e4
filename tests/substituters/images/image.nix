{
  nix2container,
  busybox,
  system ? builtins.currentSystem,
}:
let
  pkgs = import ./packages.nix { inherit busybox system; };
in
nix2container.buildImage {
  name = "hello";
  tag = "v1";
  arch = if system == "aarch64-linux" then "arm64" else "amd64";
  config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  maxLayers = 3;
}
