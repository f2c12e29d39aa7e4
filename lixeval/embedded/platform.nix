# A platform: what `stdenv.hostPlatform` tells about the machine that programs run on.
{ lib, system }:
let
  parsed = builtins.match "([^-]+)-(.+)" system;
  cpu = builtins.head parsed;
  kernel = builtins.elemAt parsed 1;

  # Nix's name of a processor -> Go's, Linux's and Debian's.
  processors = {
    x86_64 = { go = "amd64"; linux = "x86_64"; bits = 64; };
    i686 = { go = "386"; linux = "i386"; bits = 32; };
    aarch64 = { go = "arm64"; linux = "arm64"; bits = 64; };
    armv7l = { go = "arm"; linux = "arm"; bits = 32; };
    armv6l = { go = "arm"; linux = "arm"; bits = 32; };
    riscv64 = { go = "riscv64"; linux = "riscv"; bits = 64; };
    powerpc64le = { go = "ppc64le"; linux = "powerpc"; bits = 64; };
    s390x = { go = "s390x"; linux = "s390"; bits = 64; };
    loongarch64 = { go = "loong64"; linux = "loongarch"; bits = 64; };
    mips64el = { go = "mips64le"; linux = "mips"; bits = 64; };
  };
  processor = processors.${cpu} or { go = cpu; linux = cpu; bits = 64; };

  isLinux = kernel == "linux";
  isDarwin = kernel == "darwin";
in
{
  inherit system isLinux isDarwin;
  config =
    if isDarwin then
      "${cpu}-apple-darwin"
    else if isLinux then
      "${cpu}-unknown-linux-gnu"
    else
      "${cpu}-unknown-${kernel}";
  linuxArch = processor.linux;
  kernelName = kernel;
  isUnix = true;
  isx86_64 = cpu == "x86_64";
  isx86_32 = cpu == "i686";
  isx86 = cpu == "x86_64" || cpu == "i686";
  isAarch64 = cpu == "aarch64";
  isAarch32 = lib.hasPrefix "armv" cpu;
  isAarch = cpu == "aarch64" || lib.hasPrefix "armv" cpu;
  isRiscV64 = cpu == "riscv64";
  isRiscV = lib.hasPrefix "riscv" cpu;
  is64bit = processor.bits == 64;
  is32bit = processor.bits == 32;
  isLittleEndian = cpu != "s390x";
  isBigEndian = cpu == "s390x";
  isWindows = false;
  isMusl = false;
  isGnu = isLinux;
  isStatic = false;
  isCygwin = false;
  isFreeBSD = kernel == "freebsd";
  isBSD = isDarwin || lib.hasSuffix "bsd" kernel;
  extensions = {
    sharedLibrary = if isDarwin then ".dylib" else ".so";
    staticLibrary = ".a";
    executable = "";
  };
  parsed = {
    cpu = { name = cpu; inherit (processor) bits; };
    kernel.name = kernel;
  };
  uname = {
    system = if isDarwin then "Darwin" else "Linux";
    processor = cpu;
  };
  emulatorAvailable = _: false;
  canExecute = other: other.system == system;
  go = {
    GOARCH = processor.go;
    GOOS = kernel;
  };
}
