# Yes-or-no questions about a system that was taken apart.
{ lib }:
let
  inherit (builtins) elem;
  cpuFamily = name: { cpu, ... }: cpu.family == name;
  cpuName = name: { cpu, ... }: cpu.name == name;
  bits = wanted: { cpu, ... }: cpu.bits == wanted;
  kernelNamed = name: { kernel, ... }: kernel.name == name;
  abiNamed = names: { abi, ... }: elem abi.name names;
  both = p: q: system: p system && q system;
  endian = name: { cpu, ... }: cpu.significantByte.name or null == name;
  format = name: { kernel, ... }: kernel.execFormat.name == name;
  isDarwin = { kernel, ... }: kernel.families ? darwin;
  isBSD = { kernel, ... }: kernel.families ? bsd;
  glibcAbis = [ "gnuabi64" "gnuabin32" "gnu" "gnueabi" "gnueabihf" "gnuabielfv1" "gnuabielfv2" ];
  muslAbis = [ "musl" "musleabi" "musleabihf" "muslabin32" "muslabi64" ];
  isX86 = cpuFamily "x86";
  isArm = cpuFamily "arm";
  isMips = cpuFamily "mips";
  isPower = cpuFamily "power";
in
{
  predicates = rec {
    isi686 = cpuName "i686";
    isx86_32 = both isX86 (bits 32);
    isx86_64 = both isX86 (bits 64);
    isPower64 = both isPower (bits 64);
    inherit isPower isMips;
    isx86 = isX86;
    # ELF version 1 is what big-endian 64-bit PowerPC had; 2 is said by the ABI's name.
    isAbiElfv1 = abiNamed [ "gnuabielfv1" ];
    isAbiElfv2 = abiNamed [ "gnuabielfv2" ];
    isAarch = isArm;
    isAarch32 = both isArm (bits 32);
    isAarch64 = both isArm (bits 64);
    isArmv7 = { cpu, ... }: elem cpu.name [ "armv7a" "armv7l" "armv7r" "armv7m" ];
    isMicroBlaze = cpuFamily "microblaze";
    isMips32 = both isMips (bits 32);
    isMips64 = both isMips (bits 64);
    isMips64n32 = both isMips64 ({ abi, ... }: abi.abi or null == "n32");
    isMips64n64 = both isMips64 ({ abi, ... }: abi.abi or null == "64");
    isMmix = cpuFamily "mmix";
    isRiscV = cpuFamily "riscv";
    isRiscV32 = both isRiscV (bits 32);
    isRiscV64 = both isRiscV (bits 64);
    isRx = cpuFamily "rx";
    isSparc = cpuFamily "sparc";
    isSparc64 = both isSparc (bits 64);
    isWasm = cpuFamily "wasm";
    isMsp430 = cpuFamily "msp430";
    isVc4 = cpuFamily "vc4";
    isAvr = cpuFamily "avr";
    isAlpha = cpuFamily "alpha";
    isArc = cpuFamily "arc";
    isSh4 = cpuName "sh4";
    isOr1k = cpuFamily "or1k";
    isM68k = cpuFamily "m68k";
    isS390 = cpuFamily "s390";
    isS390x = both isS390 (bits 64);
    isLoongArch64 = cpuName "loongarch64";
    isJavaScript = cpuFamily "javascript";
    is32bit = bits 32;
    is64bit = bits 64;
    isILP32 = system: isMips64n32 system || both isWasm (bits 32) system;
    isBigEndian = endian "bigEndian";
    isLittleEndian = endian "littleEndian";

    inherit isBSD isDarwin;
    isMacOS = kernelNamed "darwin";
    isiOS = kernelNamed "ios";
    isLinux = kernelNamed "linux";
    isSunOS = kernelNamed "solaris";
    isFreeBSD = kernelNamed "freebsd";
    isNetBSD = kernelNamed "netbsd";
    isOpenBSD = kernelNamed "openbsd";
    isWindows = kernelNamed "windows";
    isCygwin = kernelNamed "cygwin";
    isMinGW = both isWindows (abiNamed [ "gnu" ]);
    isMsvc = both isWindows (abiNamed [ "msvc" ]);
    isWasi = kernelNamed "wasi";
    isRedox = kernelNamed "redox";
    isGhcjs = kernelNamed "ghcjs";
    isGenode = kernelNamed "genode";
    isNone = kernelNamed "none";
    isUefi = kernelNamed "uefi";
    isUnix =
      system:
      isBSD system
      || isDarwin system
      || isLinux system
      || isSunOS system
      || isCygwin system
      || isRedox system;

    isAndroid = abiNamed [ "android" "androideabi" ];
    isGnu = abiNamed glibcAbis;
    isMusl = abiNamed muslAbis;
    isUClibc = abiNamed [ "uclibc" "uclibceabi" "uclibceabihf" ];
    isEabi = { abi, ... }: abi.eabi or false;

    isEfi =
      system:
      isx86 system
      || isArm system && (system.cpu.version or "0") >= "6"
      || isRiscV system
      || isLoongArch64 system;
    isElf = format "elf";
    isMacho = format "macho";
    isPE = format "pe";
  };

  # The same questions as patterns, for meta.platforms: a system that contains one matches.
  patterns = {
    isi686.cpu.name = "i686";
    isx86.cpu.family = "x86";
    isx86_32.cpu = {
      family = "x86";
      bits = 32;
    };
    isx86_64.cpu = {
      family = "x86";
      bits = 64;
    };
    isAarch32.cpu = {
      family = "arm";
      bits = 32;
    };
    isAarch64.cpu = {
      family = "arm";
      bits = 64;
    };
    isRiscV.cpu.family = "riscv";
    isLinux.kernel.name = "linux";
    isDarwin.kernel.families.darwin = { };
    isBSD.kernel.families.bsd = { };
    isFreeBSD.kernel.name = "freebsd";
    isWindows.kernel.name = "windows";
    is32bit.cpu.bits = 32;
    is64bit.cpu.bits = 64;
  };
}
