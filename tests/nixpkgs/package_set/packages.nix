final: prev:
let
  inherit (final) callPackage lib;
  fetch = name: hash: builtins.derivation {
    inherit name;
    system = "builtin";
    builder = "builtin:fetchurl";
    url = "mirror://example/${name}";
    outputHash = hash;
    outputHashAlgo = "sha256";
    preferLocalBuild = true;
    impureEnvVars = [ "http_proxy" "https_proxy" ];
  };
  hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
in
{
  inherit fetch;
  shell = callPackage ({ stdenv }: stdenv.mkDerivation { pname = "shell"; version = "5.2"; src = fetch "shell-5.2.tar.gz" hash; }) { };
  tools = callPackage ({ stdenv, zlib ? null }: stdenv.mkDerivation { pname = "tools"; version = "9"; src = ./build.sh; buildInputs = lib.optionals (zlib != null) [ zlib ]; }) { zlib = null; };
  compiler = callPackage
    ({ stdenv, gmp, buildPackages }: stdenv.mkDerivation {
      pname = "compiler";
      version = "13.2.0";
      outputs = [ "out" "lib" "man" ];
      buildInputs = [ gmp ];
      configureFlags = lib.makeFlags { multilib = false; languages = "c,c++"; plugin = true; absent = null; };
      target = final.hostPlatform.config;
    })
    { };
  gmp = callPackage
    ({ stdenv, cxx ? true, shell }: stdenv.mkDerivation (self: {
      pname = "gmp";
      version = "6.3.0";
      src = fetch "gmp-${self.version}.tar.xz" hash;
      outputs = [ "out" "dev" "info" ];
      nativeBuildInputs = [ shell ];
      configureFlags = lib.makeFlags { inherit cxx; fat = final.hostPlatform.is64bit; };
      passthru = { inherit cxx; source = self.src; };
      meta = { licence = lib.licences.gpl; description = "Numbers"; };
    }))
    { };
  zlib = callPackage
    ({ stdenv, shared ? true, static ? true }: stdenv.mkDerivation {
      pname = "zlib";
      version = "1.3.1";
      outputs = [ "out" "dev" ] ++ lib.optionals static [ "static" ];
      inherit shared;
      patches = [ (builtins.toFile "fix.patch" "--- a\n+++ b\n") ./build.sh ];
    })
    { };
  tls = callPackage
    ({ stdenv, zlib, perl ? null }: stdenv.mkDerivation {
      pname = "tls";
      version = "3.0";
      outputs = [ "bin" "dev" "out" "man" ];
      buildInputs = [ zlib ];
      propagated = [ final.gmp ];
      env.CONFIGURE = "${stdenv.hostPlatform.config}:${toString 1.5}";
    })
    { };
  tls_1 = final.tls.overrideAttrs { version = "1.1"; };
  fetcher = callPackage
    ({ stdenv, tls, zlib, shell, http2 ? true, features ? { } }: stdenv.mkDerivation {
      pname = "fetcher";
      version = "8.8.0";
      buildInputs = [ tls zlib ];
      nativeBuildInputs = [ shell ];
      configureFlags = lib.makeFlags ({ inherit http2; ca-path = "/etc/ssl"; } // features);
      preConfigure = ''
        # ''${not} an interpolation, and a $$ {dollar}
        sed -e 's|@shell@|${shell}/bin/sh|' -i configure
      '';
    })
    { };
  fetcherOld = final.fetcher.override (old: { tls = final.tls_1; http2 = !old.http2 or true; features = { ftp = false; }; });
  fetcherChain = ((final.fetcher.overrideAttrs (old: { pname = old.pname + "-more"; })).override { http2 = false; }).overrideAttrs
    (self: prev: { version = "9"; configureFlags = prev.configureFlags ++ [ "--version=${self.version}" ]; doc = self.finalPackage.name or "?"; });
  secret = callPackage ({ stdenv }: stdenv.mkDerivation { pname = "secret"; version = "1"; meta.licence = lib.licences.unfree; }) { };
  broken = callPackage ({ stdenv }: stdenv.mkDerivation { pname = "broken"; version = "1"; meta.broken = true; }) { };
  elsewhere = callPackage ({ stdenv }: stdenv.mkDerivation { pname = "elsewhere"; version = "1"; meta.platforms = [ "m68k-linux" ]; }) { };
  incomplete = callPackage ({ stdenv, nowhereToBeFound }: stdenv.mkDerivation { pname = "x"; version = "1"; }) { };
  misspelt = final.zlib.versoin;
  wrongType = callPackage ({ stdenv }: stdenv.mkDerivation { pname = "wrong"; version = "1"; function = x: x; }) { };
  badName = callPackage ({ stdenv }: stdenv.mkDerivation { pname = "bad name"; version = "1"; }) { };
  needsSecret = callPackage ({ stdenv, secret }: stdenv.mkDerivation { pname = "needs"; version = "1"; buildInputs = [ secret ]; }) { };
  cyclic = callPackage ({ stdenv, cyclic }: stdenv.mkDerivation { pname = "cyclic"; version = "1"; buildInputs = [ cyclic ]; }) { };

  structured = callPackage
    ({ stdenv, zlib, tls }: stdenv.mkDerivation {
      pname = "structured";
      version = "1";
      __structuredAttrs = true;
      outputs = [ "out" "dev" ];
      numbers = [ 1 (-2) 0.1 1.0e10 9223372036854775807 ];
      nested = { a = [ { b = null; } true ]; text = "tab\tquote\"é\u0001"; package = zlib; };
      exportReferencesGraph.closure = [ tls zlib.dev ];
      outputChecks.out = { maxSize = 1024; disallowedReferences = [ tls ]; };
    })
    { };
  sources = callPackage
    ({ stdenv }: stdenv.mkDerivation {
      pname = "sources";
      version = "1";
      whole = ./.;
      filtered = builtins.filterSource (path: type: type == "directory" || builtins.match ".*\\.sh" path != null) ./.;
      named = builtins.path { path = ./build.sh; name = "other-name"; recursive = false; };
      list = [ ./build.sh "${./lib.nix}" (toString 3) null false 1.25 ];
      place = builtins.placeholder "out";
      hash = builtins.hashFile "sha256" ./build.sh;
    })
    { };
  fixed = builtins.derivation { name = "fixed"; system = "x"; builder = "/b"; outputHash = hash; outputHashMode = "recursive"; args = [ "${final.zlib}" "${final.gmp.dev}" ]; };
  flat = builtins.derivation { name = "flat"; system = "x"; builder = "/b"; outputHash = "d41d8cd98f00b204e9800998ecf8427e"; outputHashAlgo = "md5"; from = final.fixed; };
  onFixed = builtins.derivation { name = "on-fixed"; system = "x"; builder = final.fixed; used = [ final.flat final.fixed ]; deep = final.zlib.drvPath; };
  discarded = builtins.derivation { name = "discarded"; system = "x"; builder = "/b"; no = builtins.unsafeDiscardStringContext "${final.zlib}"; only = builtins.unsafeDiscardOutputDependency final.zlib.drvPath; };
  many = builtins.derivation { name = "many"; system = "x"; builder = "/b"; outputs = [ "z" "a" "out" ]; all = map (p: p.all or [ ]) [ final.zlib final.gmp ]; };

  pythonPackages = { recurseForDerivations = true; } // lib.makeScope final (import ./python.nix);
  perlPackages = { recurseForDerivations = true; } // builtins.mapAttrs
    (name: dependencies: final.stdenv.mkDerivation {
      pname = "perl-${name}";
      version = "0.${toString (builtins.stringLength name)}";
      buildInputs = map (dependency: final.perlPackages.${dependency}) dependencies;
      makeMakerFlags = "INSTALL=${builtins.placeholder "out"}";
    })
    { URI = [ ]; HTTPDate = [ ]; LWP = [ "URI" "HTTPDate" ]; WWWMechanize = [ "LWP" "URI" ]; Missing = [ "NotThere" ]; };
}
