{ lib }:
let
  inherit (lib) systems;
  common = [ "x86_64-linux" "aarch64-linux" "i686-linux" "armv7l-linux" "armv6l-linux" "riscv64-linux" "powerpc64le-linux" "s390x-linux" "x86_64-darwin" "aarch64-darwin" "x86_64-freebsd" ];
  every = systems.doubles.all;
  known = system: lib.attrNames (lib.filterAttrs (n: v: v == true) (lib.getAttrs [
    "isLinux" "isDarwin" "isBSD" "isUnix" "isWindows" "isCygwin" "isMinGW" "isFreeBSD" "isNetBSD" "isOpenBSD" "isWasi" "isNone"
    "isx86" "isx86_32" "isx86_64" "isi686" "isAarch" "isAarch32" "isAarch64" "isArmv7" "isRiscV" "isRiscV64" "isPower" "isPower64" "isMips" "isMips64" "isS390x" "isWasm" "isSparc" "isLoongArch64"
    "is32bit" "is64bit" "isBigEndian" "isLittleEndian" "isGnu" "isMusl" "isAndroid" "isElf" "isMacho" "isPE" "isEfi" "isSunOS" "isAvr" "isM68k" "isGenode" "isRedox" "isUefi" "isGhcjs" "isJavaScript"
    "isiOS" "isMacOS" "isMicroBlaze" "isMmix" "isMsp430" "isOr1k" "isRx" "isVc4" "isArc" "isAlpha" "isSh4" "isS390" "isEabi" "isUClibc" "isILP32" "isMips32" "isMips64n32" "isMips64n64" "isSparc64" "isRiscV32" "isAbiElfv1" "isMsvc"
  ] system)) ++ [ system.system system.config ];
  names = lib.getAttrs [ "libc" "uname" "go" "node" "qemuArch" "linuxArch" "ubootArch" "efiArch" "extensions" "hasSharedLibraries" "isStatic" "libDir" "linker" "darwinPlatform" ];
  parsed = p: [ p.cpu.name p.cpu.family p.cpu.bits p.vendor.name p.kernel.name p.abi.name ];
in
{
  "elaborate-predicates" = map (s: known (systems.elaborate s)) every;
  "elaborate-names" = map (s: names (systems.elaborate s)) common;
  "elaborate-rust" = map (s: (systems.elaborate s).rust.rustcTarget) common;
  "elaborate-triples" = map (c: known (systems.elaborate { config = c; })) [ "x86_64-unknown-linux-gnu" "x86_64-unknown-linux-musl" "armv7l-unknown-linux-gnueabihf" "x86_64-apple-darwin" "arm64-apple-darwin" "x86_64-w64-mingw32" "aarch64-linux-gnu" "i686-pc-linux-gnu" ];
  "elaborate-twice" = (systems.elaborate (systems.elaborate "x86_64-linux")).config;
  "elaborate-extra" = (systems.elaborate { system = "x86_64-linux"; isStatic = true; }).isStatic;
  "elaborate-canExecute" =
    let
      run = a: b: (systems.elaborate a).canExecute (systems.elaborate b);
    in
    [ (run "x86_64-linux" "i686-linux") (run "i686-linux" "x86_64-linux") (run "x86_64-linux" "x86_64-linux") (run "x86_64-linux" "aarch64-linux") (run "x86_64-linux" "x86_64-darwin") ];
  "equals-cases" = [ (systems.equals (systems.elaborate "x86_64-linux") (systems.elaborate { config = "x86_64-unknown-linux-gnu"; })) (systems.equals (systems.elaborate "x86_64-linux") (systems.elaborate "i686-linux")) ];
  "systemToAttrs-text" = systems.systemToAttrs "x86_64-linux";
  "flakeExposed-list" = systems.flakeExposed;
  "doubles-all" = systems.doubles;
  "platforms-linux" = lib.platforms.linux;
  "examples-common" = lib.mapAttrs (n: v: systems.examples.${n}.config) { gnu64 = 1; musl64 = 1; aarch64-multiplatform = 1; raspberryPi = 1; riscv64 = 1; mingwW64 = 1; aarch64-darwin = 1; x86_64-darwin = 1; armv7l-hf-multiplatform = 1; gnu32 = 1; musl32 = 1; s390x = 1; powernv = 1; riscv64-musl = 1; aarch64-multiplatform-musl = 1; };
  "parse-doubles" = map (s: parsed (systems.parse.mkSystemFromString s)) every;
  "parse-unknown-cpu" = systems.parse.mkSystemFromString "foo-linux";
  "parse-double-again" = map (s: systems.parse.doubleFromSystem (systems.parse.mkSystemFromString s)) every;
  "parse-triple" = map (s: systems.parse.tripleFromSystem (systems.parse.mkSystemFromString s)) common;
  "parse-cpuTypes" = lib.mapAttrs (n: cpu: [ cpu.name cpu.bits cpu.family (cpu.significantByte.name or null) (cpu.arch or null) (cpu.version or null) ]) systems.parse.cpuTypes;
  "inspect-patterns" = map (p: lib.meta.platformMatch (systems.elaborate "x86_64-linux") systems.inspect.patterns.${p}) [ "isLinux" "isDarwin" "is64bit" ];
  "functionNames-list" = lib.elem "canExecute" systems.functionNames;
}
