# The host's C compiler as a package: gcc, binutils and the headers of the C library, told where one another are.
#
# A distribution's gcc looks for headers, start files and linker below /usr, and its libc.so is a linker script that
# names /lib.  The programs made here pass the places in the store instead, the loader and run path of the programs that
# are linked included, and what setup.sh has collected of build inputs (NIX_CFLAGS_COMPILE, NIX_LDFLAGS).
{
  lib,
  pkgs,
  stdenvNoCC,
}:
let
  compiler = pkgs.gcc-unwrapped;
  libcDev = pkgs.libc-dev;
  inherit (pkgs) binutils glibc;
in
stdenvNoCC.mkDerivation {
  pname = "gcc-wrapper";
  inherit (compiler) version;
  inherit compiler libcDev binutils;
  libc = glibc;
  interpreter = "${pkgs.bash}/bin/bash";
  preferLocalBuild = true;
  buildCommand = builtins.readFile ./cc.sh;
  passthru = {
    cc = compiler;
    bintools = binutils;
    libc = glibc;
    isGNU = true;
    isClang = false;
    targetPrefix = "";
    libc_dev = libcDev;
  };
  meta = {
    mainProgram = "gcc";
    description = "the host's gcc for builds in the store";
  };
}
