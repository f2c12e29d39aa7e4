# What other projects call a platform: the kernel's own name for it, Go's, Rust's, QEMU's.
{ lib }:
{
  of =
    final:
    let
      inherit (final.parsed) cpu kernel;
      # The first entry whose condition holds.
      choose = lib.foldr (pair: other: if builtins.elemAt pair 0 then builtins.elemAt pair 1 else other);
      mips = big: little: if final.isLittleEndian then little else big;
    in
    {
      libc = choose "native/impure" [
        [ final.isDarwin "libSystem" ]
        [ final.isMinGW "msvcrt" ]
        [ final.isMsvc "ucrt" ]
        [ final.isWasi "wasilibc" ]
        [ final.isRedox "relibc" ]
        [ final.isMusl "musl" ]
        [ final.isUClibc "uclibc" ]
        [ final.isAndroid "bionic" ]
        [ final.isGnu "glibc" ]
        [ final.isFreeBSD "fblibc" ]
        [ final.isOpenBSD "oblibc" ]
        [ final.isNetBSD "nblibc" ]
        [ final.isAvr "avrlibc" ]
        [ final.isGhcjs null ]
        [ final.isNone "newlib" ]
      ];
      libDir =
        if !final.isLinux then
          null
        else if final.isx86_64 || final.isMips64 || final.isPower64 then
          "lib64"
        else
          "lib";
      extensions =
        let
          library = choose ".so" [
            [ final.isDarwin ".dylib" ]
            [ final.isWindows ".dll" ]
          ];
        in
        lib.optionalAttrs final.hasSharedLibraries {
          inherit library;
          sharedLibrary = library;
        }
        // lib.optionalAttrs (!final.hasSharedLibraries) { library = if final.isWindows then ".lib" else ".a"; }
        // {
          staticLibrary = if final.isWindows then ".lib" else ".a";
          executable = if final.isWindows || final.isCygwin then ".exe" else "";
        };
      uname = {
        system = choose kernel.name [
          [ final.isLinux "Linux" ]
          [ final.isWindows "Windows" ]
          [ final.isDarwin "Darwin" ]
          [ final.isNetBSD "NetBSD" ]
          [ final.isFreeBSD "FreeBSD" ]
          [ final.isOpenBSD "OpenBSD" ]
          [ final.isWasi "Wasi" ]
          [ final.isRedox "Redox" ]
          [ final.isGenode "Genode" ]
        ];
        processor = choose cpu.name [
          [ final.isPower64 (mips "ppc64" "ppc64le") ]
          [ final.isPower (mips "ppc" "ppcle") ]
          [ final.isMips64 "mips64" ]
          [ final.isDarwin final.darwinArch ]
        ];
        release = null;
      };
      go = {
        GOARCH =
          {
            aarch64 = "arm64";
            arm = "arm";
            armv5tel = "arm";
            armv6l = "arm";
            armv7l = "arm";
            i686 = "386";
            loongarch64 = "loong64";
            mips = "mips";
            mips64el = "mips64le";
            mipsel = "mipsle";
            powerpc64 = "ppc64";
            powerpc64le = "ppc64le";
            riscv64 = "riscv64";
            s390x = "s390x";
            wasm32 = "wasm";
            x86_64 = "amd64";
          }
          .${cpu.name} or null;
        GOOS = if final.isWasi then "wasip1" else kernel.name;
        GOARM = toString (lib.intersectLists [ (cpu.version or "") ] [ "5" "6" "7" ]);
      };
      node = {
        arch = choose null [
          [ final.isAarch64 "arm64" ]
          [ final.isAarch32 "arm" ]
          [ final.isMips64 (mips null "mips64el") ]
          [ final.isMips32 (mips "mips" "mipsel") ]
          [ final.isPower64 "ppc64" ]
          [ final.isPower "ppc" ]
          [ final.isx86_64 "x64" ]
          [ final.isx86_32 "ia32" ]
          [ final.isS390x "s390x" ]
          [ final.isRiscV64 "riscv64" ]
          [ final.isLoongArch64 "loong64" ]
        ];
        platform = choose null [
          [ final.isAndroid "android" ]
          [ final.isDarwin "darwin" ]
          [ final.isFreeBSD "freebsd" ]
          [ final.isLinux "linux" ]
          [ final.isOpenBSD "openbsd" ]
          [ final.isSunOS "sunos" ]
          [ final.isWindows "win32" ]
        ];
      };
      qemuArch = choose cpu.name [
        [ (final.isAarch32 && final.isLittleEndian) "arm" ]
        [ final.isAarch64 "aarch64" ]
        [ final.isx86_64 "x86_64" ]
        [ final.isx86 "i386" ]
        [ final.isMips64n32 "mipsn32${mips "" "el"}" ]
        [ final.isMips64 "mips64${mips "" "el"}" ]
        [ final.isMips "mips${mips "" "el"}" ]
        [ final.isPower64 "ppc64${mips "" "le"}" ]
        [ final.isPower "ppc" ]
        [ (final.isS390 && !final.isS390x) null ]
      ];
      linuxArch = choose cpu.name [
        [ final.isAarch32 "arm" ]
        [ final.isAarch64 "arm64" ]
        [ final.isx86_32 "i386" ]
        [ final.isx86_64 "x86_64" ]
        [ final.isMips32 "mips" ]
        [ final.isMips64 "mips" ]
        [ final.isPower "powerpc" ]
        [ final.isRiscV "riscv" ]
        [ final.isS390 "s390" ]
        [ final.isMicroBlaze "microblaze" ]
        [ final.isSh4 "sh" ]
        [ final.isLoongArch64 "loongarch" ]
      ];
      ubootArch = choose final.linuxArch [
        [ final.isx86_32 "x86" ]
        [ final.isMips64 "mips64" ]
      ];
      efiArch = choose cpu.name [
        [ final.isx86_32 "ia32" ]
        [ final.isx86_64 "x64" ]
        [ final.isAarch32 "arm" ]
        [ final.isAarch64 "aa64" ]
      ];
      darwinArch = if cpu.name == "aarch64" then "arm64" else cpu.name;
      darwinSdkVersion = "14.4";
      darwinMinVersion = "14.0";
      darwinMinVersionVariable = if final.isDarwin then "MACOSX_DEPLOYMENT_TARGET" else null;
      darwinPlatform = choose null [
        [ final.isiOS "ios" ]
        [ final.isDarwin "macos" ]
      ];
      rust =
        let
          vendor = if final.parsed.vendor.name == "w64" then "pc" else final.parsed.vendor.name;
          arch = choose cpu.name [
            [ (cpu.name == "armv7l") "armv7" ]
            [ (cpu.name == "armv6l") "arm" ]
            [ (cpu.name == "armv5tel") "armv5te" ]
            [ (cpu.name == "riscv64") "riscv64gc" ]
            [ (cpu.name == "riscv32") "riscv32gc" ]
          ];
          abi = if final.parsed.abi.name == "unknown" then "" else "-${final.parsed.abi.name}";
          rustcTarget = if final.isWasi then "${cpu.name}-wasip1" else "${arch}-${vendor}-${kernel.name}${abi}";
        in
        {
          inherit rustcTarget;
          rustcTargetSpec = rustcTarget;
          cargoShortTarget = rustcTarget;
          cargoEnvVarTarget = builtins.replaceStrings [ "-" ] [ "_" ] (lib.toUpper rustcTarget);
          isNoStdTarget = final.isNone;
          platform = {
            arch = choose cpu.name [
              [ final.isAarch32 "arm" ]
              [ final.isx86_32 "x86" ]
            ];
            os = if final.isDarwin then "macos" else kernel.name;
            target-family =
              lib.optional final.isUnix "unix"
              ++ lib.optional final.isWindows "windows"
              ++ lib.optional final.isWasm "wasm";
            inherit vendor;
          };
        };
    };
}
