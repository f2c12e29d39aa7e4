# Platforms: what there is to know about "x86_64-linux" and its like. The names are taken
# apart in parse.nix, questions about them are in inspect.nix, lists of them in doubles.nix.
{ lib }:
let
  inherit (builtins)
    elem
    isString
    mapAttrs
    removeAttrs
    ;
  parse = import ./parse.nix { inherit lib; };
  inspect = import ./inspect.nix { inherit lib; };
  names = import ./names.nix { inherit lib; };

  # Attributes whose values are functions, which no two platforms share.
  functionNames = [ "canExecute" "emulator" "emulatorAvailable" "staticEmulatorAvailable" "hasSharedLibrariesFor" ];

  plain = platform: removeAttrs platform (functionNames ++ [ "_withoutFunctions" ]);

  # Whether code for `other` runs on a processor of `final` as it is.
  compatibleCpu =
    a: b:
    a == b
    || a.name == "x86_64" && b.family == "x86"
    || a.family == "x86" && b.family == "x86" && a.bits == b.bits && a.name > b.name
    || a.name == "armv7l" && elem b.name [ "armv7a" "armv6l" "arm" ]
    || a.name == "armv7a" && elem b.name [ "armv7l" "armv6l" "arm" ]
    || a.name == "armv6l" && b.name == "arm"
    || a.name == "aarch64" && elem b.name [ "armv8a" ]
    || a.name == "mips64" && b.name == "mips"
    || a.name == "mips64el" && b.name == "mipsel"
    || a.name == "powerpc64" && b.name == "powerpc";

  elaborate =
    settings:
    let
      given = if isString settings then { system = settings; } else plain settings;
      isElaborate = settings ? parsed && settings ? isLinux;
      final = {
        parsed = parse.mkSystemFromString (given.config or given.system);
        config = parse.tripleFromSystem final.parsed;
        system = parse.doubleFromSystem final.parsed;
      }
      // inspected
      // names.of final
      // {
        linker = if final.useLLVM then "lld" else if final.isDarwin then "cctools" else "bfd";
        useLLVM = final.isFreeBSD || final.isOpenBSD;
        isStatic = final.isWasi || final.isRedox;
        hasSharedLibraries =
          !final.isStatic
          && (
            final.isAndroid
            || final.isGnu
            || final.isMusl
            || final.isDarwin
            || final.isSunOS
            || final.isOpenBSD
            || final.isFreeBSD
            || final.isNetBSD
            || final.isCygwin
            || final.isMinGW
            || final.isWindows
            || final.isWasm
            || final.isGenode
          );
        # Nothing is assumed of a processor beyond its name.
        sse3Support = false;
        ssse3Support = false;
        sse4_1Support = false;
        sse4_2Support = false;
        sse4_aSupport = false;
        avxSupport = false;
        avx2Support = false;
        avx512Support = false;
        aesSupport = false;
        fmaSupport = false;
        fma4Support = false;
        lsxSupport = final.isLoongArch64;
        lasxSupport = false;
        gcc = { };
        rustc = { };
        useAndroidPrebuilt = false;
        useiOSPrebuilt = false;
        androidSdkVersion = null;
        androidNdkVersion = null;
        canExecute =
          other:
          final.isAndroid == other.isAndroid
          && final.parsed.kernel == other.parsed.kernel
          && compatibleCpu final.parsed.cpu other.parsed.cpu;
      }
      // given;
      inspected = mapAttrs (_: test: test final.parsed) inspect.predicates;
    in
    if isElaborate then
      settings
    else
      final
      // {
        # What remains can be compared and printed.
        _withoutFunctions = removeAttrs final functionNames;
      };
in
{
  inherit elaborate functionNames inspect parse;
  equals = a: b: plain a == plain b;
  # The shortest description that elaborates to the same platform.
  systemToAttrs = system: if builtins.isAttrs system then system else { inherit system; };
  doubles = import ./doubles.nix { inherit lib; };
  flakeExposed = [
    "x86_64-linux"
    "aarch64-linux"
    "x86_64-darwin"
    "armv6l-linux"
    "armv7l-linux"
    "i686-linux"
    "aarch64-darwin"
    "powerpc64le-linux"
    "riscv64-linux"
    "x86_64-freebsd"
  ];
  examples = mapAttrs (_: config: { inherit config; }) {
    gnu32 = "i686-unknown-linux-gnu";
    gnu64 = "x86_64-unknown-linux-gnu";
    musl32 = "i686-unknown-linux-musl";
    musl64 = "x86_64-unknown-linux-musl";
    aarch64-multiplatform = "aarch64-unknown-linux-gnu";
    aarch64-multiplatform-musl = "aarch64-unknown-linux-musl";
    armv7l-hf-multiplatform = "armv7l-unknown-linux-gnueabihf";
    raspberryPi = "armv6l-unknown-linux-gnueabihf";
    riscv64 = "riscv64-unknown-linux-gnu";
    riscv64-musl = "riscv64-unknown-linux-musl";
    powernv = "powerpc64le-unknown-linux-gnu";
    s390x = "s390x-unknown-linux-gnu";
    aarch64-darwin = "arm64-apple-darwin";
    x86_64-darwin = "x86_64-apple-darwin";
    mingwW64 = "x86_64-w64-mingw32";
  };
}
