# Names of systems, taken apart and put together: "x86_64-linux" (a double),
# "x86_64-unknown-linux-gnu" (a triple, of four parts mostly).
{ lib }:
let
  inherit (builtins)
    elemAt
    length
    mapAttrs
    match
    ;

  named =
    type: table:
    mapAttrs (
      name: entry:
      {
        inherit name;
        _type = type;
      }
      // entry
    ) table;

  significantBytes = named "significant-byte" {
    bigEndian = { };
    littleEndian = { };
  };
  inherit (significantBytes) bigEndian littleEndian;

  family = significantByte: family: bits: {
    inherit bits family significantByte;
  };
  little = family littleEndian;
  big = family bigEndian;
  # An ARM processor's version is the digit after the "v" of its architecture.
  arm =
    bits: arch:
    little "arm" bits
    // {
      inherit arch;
      version = elemAt (match "armv([0-9]).*" arch) 0;
    };
  x86 = arch: little "x86" 32 // { inherit arch; };
in
rec {
  inherit significantBytes;

  cpuTypes = named "cpu-type" {
    arm = little "arm" 32;
    armv5tel = arm 32 "armv5t";
    armv6m = arm 32 "armv6-m";
    armv6l = arm 32 "armv6";
    armv7a = arm 32 "armv7-a";
    armv7r = arm 32 "armv7-r";
    armv7m = arm 32 "armv7-m";
    armv7l = arm 32 "armv7";
    armv8a = arm 32 "armv8-a";
    armv8r = arm 32 "armv8-a";
    armv8m = arm 32 "armv8-m";
    aarch64 = arm 64 "armv8-a";
    aarch64_be = arm 64 "armv8-a" // { significantByte = bigEndian; };
    arm64 = arm 64 "armv8-a" // { name = "aarch64"; };
    i386 = x86 "i386";
    i486 = x86 "i486";
    i586 = x86 "i586";
    i686 = x86 "i686";
    x86_64 = little "x86" 64 // { arch = "x86-64"; };
    microblaze = big "microblaze" 32;
    microblazeel = little "microblaze" 32;
    mips = big "mips" 32;
    mipsel = little "mips" 32;
    mips64 = big "mips" 64;
    mips64el = little "mips" 64;
    mmix = big "mmix" 64;
    m68k = big "m68k" 32;
    powerpc = big "power" 32;
    powerpc64 = big "power" 64;
    powerpc64le = little "power" 64;
    powerpcle = little "power" 32;
    riscv32 = little "riscv" 32;
    riscv64 = little "riscv" 64;
    s390 = big "s390" 32;
    s390x = big "s390" 64;
    sparc = big "sparc" 32;
    sparc64 = big "sparc" 64;
    wasm32 = little "wasm" 32;
    wasm64 = little "wasm" 64;
    alpha = little "alpha" 64;
    rx = little "rx" 32;
    msp430 = little "msp430" 16;
    avr = {
      bits = 8;
      family = "avr";
    };
    vc4 = little "vc4" 32;
    or1k = big "or1k" 32;
    arc = little "arc" 32;
    sh4 = little "sh" 32;
    loongarch64 = little "loongarch" 64;
    javascript = little "javascript" 32;
  };

  vendors = named "vendor" {
    apple = { };
    pc = { };
    knuth = { };
    w64 = { };
    none = { };
    unknown = { };
  };
  execFormats = named "exec-format" {
    aout = { };
    elf = { };
    macho = { };
    pe = { };
    wasm = { };
    unknown = { };
  };
  kernelFamilies = named "exec-format" {
    bsd = { };
    darwin = { };
  };
  kernels =
    let
      kernel = execFormat: families: { inherit execFormat families; };
      inherit (execFormats) elf macho pe;
      apple = kernel macho { inherit (kernelFamilies) darwin; };
      bsd = kernel elf { inherit (kernelFamilies) bsd; };
      other = kernel execFormats.unknown { };
      own = named "kernel" {
        darwin = apple;
        ios = apple;
        freebsd = bsd;
        netbsd = bsd;
        openbsd = bsd;
        linux = kernel elf { };
        solaris = kernel elf { };
        redox = kernel elf { };
        genode = kernel elf { };
        wasi = kernel execFormats.wasm { };
        windows = kernel pe { };
        cygwin = kernel pe { };
        uefi = kernel pe { };
        ghcjs = other;
        mmixware = other;
        none = other;
      };
    in
    own
    // {
      macos = own.darwin;
      tvos = own.ios;
      watchos = own.ios;
      win32 = own.windows;
    };
  abis =
    let
      soft = {
        eabi = true;
        float = "soft";
      };
      hard = soft // { float = "hard"; };
    in
    named "abi" {
      android = { };
      androideabi.eabi = true;
      eabi = soft;
      eabihf = hard;
      elf = { };
      gnu = { };
      gnuabi64.abi = "64";
      gnuabielfv1.abi = "elfv1";
      gnuabielfv2.abi = "elfv2";
      gnuabin32.abi = "n32";
      gnueabi = soft;
      gnueabihf = hard;
      msvc = { };
      musl = { };
      muslabi64.abi = "64";
      muslabin32.abi = "n32";
      musleabi = soft;
      musleabihf = hard;
      uclibc = { };
      uclibceabi = soft;
      uclibceabihf = hard;
      unknown = { };
    };

  isSystem = lib.isType "system";
  mkSystem = parts: lib.setType "system" parts;

  # Which part is meant where one or two are left out.
  mkSkeletonFromList =
    parts:
    let
      count = length parts;
      part = elemAt parts;
      second = part 1;
      third = part 2;
    in
    if count == 1 then
      (
        if part 0 == "avr" || part 0 == "msp430" then
          {
            cpu = part 0;
            kernel = "none";
            abi = "unknown";
          }
        else
          throw "Target specification with 1 components is ambiguous"
      )
    else if count == 2 then
      (
        if second == "cygwin" || second == "windows" then
          {
            cpu = part 0;
            vendor = "pc";
            kernel = second;
            abi = if second == "cygwin" then "unknown" else "msvc";
          }
        else if match ".*elf.*" second != null || match "(none|.*eabi.*)" second != null then
          {
            cpu = part 0;
            vendor = "unknown";
            kernel = "none";
            abi = if second == "none" then "unknown" else second;
          }
        else
          {
            cpu = part 0;
            kernel = second;
          }
      )
    else if count == 3 then
      (
        if second == "linux" then
          {
            cpu = part 0;
            vendor = "unknown";
            kernel = "linux";
            abi = third;
          }
        else if third == "mingw32" || third == "windows" then
          {
            cpu = part 0;
            vendor = if second == "w64" then "w64" else "pc";
            kernel = "windows";
            abi = if third == "mingw32" then "gnu" else "msvc";
          }
        else if third == "cygwin" then
          {
            cpu = part 0;
            vendor = second;
            kernel = "cygwin";
            abi = "gnu";
          }
        else if second == "none" || match "(elf|eabi|eabihf|gnu)" third != null && second != "linux" then
          {
            cpu = part 0;
            vendor = if second == "none" then "unknown" else second;
            kernel = "none";
            abi = third;
          }
        else
          {
            cpu = part 0;
            vendor = second;
            kernel = builtins.head (match "([a-z]+)[0-9.]*" third);
          }
      )
    else if count == 4 then
      {
        cpu = part 0;
        vendor = second;
        kernel = if third == "w64" then "windows" else third;
        abi = part 3;
      }
    else
      throw "system string '${lib.concatStringsSep "-" parts}' has invalid number of hyphen-separated components";

  mkSystemFromSkeleton =
    {
      cpu,
      vendor ? null,
      kernel,
      abi ? null,
    }:
    let
      known = what: table: name: table.${name} or (throw "Unknown ${what}: ${name}");
      parsedCpu = known "CPU type" cpuTypes cpu;
      parsedKernel = known "kernel" kernels kernel;
      isDarwin = parsedKernel.families ? darwin;
      isWindows = parsedKernel.name == "windows";
      defaultVendor =
        if isDarwin then
          "apple"
        else if isWindows then
          "pc"
        else
          "unknown";
      versioned = parsedCpu ? version && parsedCpu.bits == 32;
      defaultAbi =
        if elemLinuxGnu then
          (
            if versioned && parsedCpu.version < "6" then
              "gnueabi"
            else if parsedCpu.family == "arm" && parsedCpu.bits == 32 then
              "gnueabihf"
            else if parsedCpu.name == "powerpc64" then
              "gnuabielfv1"
            else
              "gnu"
          )
        else if isWindows then
          "msvc"
        else
          "unknown";
      elemLinuxGnu = parsedKernel.name == "linux" || parsedKernel.name == "gnu";
    in
    mkSystem {
      cpu = parsedCpu;
      vendor = known "vendor" vendors (if vendor == null then defaultVendor else vendor);
      kernel = parsedKernel;
      abi = known "ABI" abis (if abi == null then defaultAbi else abi);
    };

  mkSystemFromString = text: mkSystemFromSkeleton (mkSkeletonFromList (lib.splitString "-" text));

  kernelName = kernel: kernel.name + toString (kernel.version or "");
  darwinArch = cpu: if cpu.name == "aarch64" then "arm64" else cpu.name;
  doubleFromSystem =
    {
      cpu,
      kernel,
      abi,
      ...
    }:
    if kernel.families ? darwin then
      "${cpu.name}-darwin"
    else
      "${cpu.name}-${kernelName kernel}";
  tripleFromSystem =
    {
      cpu,
      vendor,
      kernel,
      abi,
      ...
    }:
    let
      optionalAbi = if abi.name == "unknown" then "" else "-${abi.name}";
      cpuName = if kernel.families ? darwin then darwinArch cpu else cpu.name;
      # NetBSD says "elf" where its processors have known an older format.
      isOld = builtins.elem cpu.family [ "arm" "x86" "m68k" ] && cpu.bits == 32;
      format = if kernel.name == "netbsd" && isOld then "elf" else "";
    in
    if kernel.name == "windows" && abi.name == "gnu" then
      "${cpuName}-${vendor.name}-mingw32"
    else
      "${cpuName}-${vendor.name}-${kernelName kernel}${format}${optionalAbi}";
  mkMuslSystem =
    system:
    let
      musl = {
        gnu = "musl";
        gnueabi = "musleabi";
        gnueabihf = "musleabihf";
        gnuabin32 = "muslabin32";
        gnuabi64 = "muslabi64";
      };
    in
    system // { abi = abis.${musl.${system.abi.name} or "musl"}; };
}
