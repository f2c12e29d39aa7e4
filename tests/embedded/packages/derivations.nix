# What the package set makes derivations of: each attribute is one, the same by every Nix.
{ pkgs }:
let
  inherit (pkgs) lib;
  texts = rec {
    writeText = pkgs.writeText "t" "hello";
    writeTextDir = pkgs.writeTextDir "etc/x" "hello";
    writeTextFile = pkgs.writeTextFile {
      name = "f";
      text = "a\nb ü";
      executable = true;
      destination = "/bin/f";
    };
    writeTextChecked = pkgs.writeTextFile {
      name = "f";
      text = "x";
      checkPhase = "true";
    };
    writeScript = pkgs.writeScript "t" "#!/bin/sh";
    writeScriptBin = pkgs.writeScriptBin "t" "#!/bin/sh";
    writeShellScript = pkgs.writeShellScript "t" "echo";
    writeShellScriptBin = pkgs.writeShellScriptBin "t" "echo";
    writeShellApplication = pkgs.writeShellApplication {
      name = "app";
      runtimeInputs = [ pkgs.coreutils ];
      runtimeEnv.FOO = "a b";
      text = "ls";
    };
    json = (pkgs.formats.json { }).generate "x.json" { a = 1; };
    ini = (pkgs.formats.ini { }).generate "x.ini" { a.b = 1; };
    toml = (pkgs.formats.toml { }).generate "x.toml" { a.b = [ { c = 1; } ]; };
    concatText = pkgs.concatText "c" [ writeText ];
    concatTextFile = pkgs.concatTextFile {
      name = "c";
      files = [ writeText ];
      executable = true;
      destination = "/bin/c";
    };
    emptyFile = pkgs.emptyFile;
  };

  commands = rec {
    runCommand = pkgs.runCommand "x" {
      foo = "bar";
      nativeBuildInputs = [ pkgs.bash ];
      passAsFile = [ "foo" ];
    } "cp $fooPath $out";
    runCommandLocal = pkgs.runCommandLocal "x" { } "touch $out";
    mkDerivation = pkgs.stdenv.mkDerivation (final: {
      pname = "a";
      version = "1";
      src = ./derivations.nix;
      dontUnpack = true;
      buildCommand = "echo ${final.pname}";
      passthru.other = final.finalPackage.name;
    });
    overridden = mkDerivation.overrideAttrs (
      final: previous: {
        pname = previous.pname + "b";
        postBuild = "x";
      }
    );
    overriddenTwice = (overridden.overrideAttrs { one = "1"; }).overrideAttrs (previous: { two = previous.one; });
    callPackage = pkgs.callPackage (
      {
        bash,
        stdenv,
        x ? 1,
      }:
      stdenv.mkDerivation {
        name = "y${toString x}";
        buildInputs = [ bash ];
      }
    ) { };
    callPackageOverridden = callPackage.override { x = 2; };
    structured = pkgs.stdenv.mkDerivation {
      name = "s";
      __structuredAttrs = true;
      env.A = "b";
      list = [
        1
        2
      ];
      outputs = [
        "out"
        "dev"
      ];
      buildCommand = "echo";
    };
    secondOutput = structured.dev;
    applyPatches = pkgs.applyPatches {
      name = "patched";
      src = ./derivations.nix;
      patches = [ ./derivations.nix ];
    };
    srcOnly = pkgs.srcOnly {
      name = "x";
      src = ./derivations.nix;
    };
    replaceVars = pkgs.replaceVars ./derivations.nix { a = "b"; };
    mkShell = pkgs.mkShell { packages = [ pkgs.bash ]; };
    makeWrapper = pkgs.makeWrapper;
    installShellFiles = pkgs.installShellFiles;
    emptyDirectory = pkgs.emptyDirectory;
    stdenv = pkgs.stdenv;
  };

  trees = {
    buildEnv = pkgs.buildEnv {
      name = "env";
      paths = [
        pkgs.bash
        (lib.hiPrio pkgs.coreutils)
      ];
      pathsToLink = [ "/bin" ];
      extraOutputsToInstall = [ "man" ];
    };
    buildEnvFinished = pkgs.buildEnv {
      pname = "env";
      version = "1";
      paths = [ pkgs.bash ];
      postBuild = "rm $out/bin/sh";
    };
    symlinkJoin = pkgs.symlinkJoin {
      name = "j";
      paths = [
        pkgs.bash
        pkgs.coreutils
      ];
    };
    symlinkJoinFinished = pkgs.symlinkJoin {
      name = "j";
      paths = [ pkgs.bash ];
      nativeBuildInputs = [ pkgs.makeWrapper ];
      postBuild = "wrapProgram $out/bin/bash --set A b";
    };
    linkFarm = pkgs.linkFarm "f" { a = pkgs.bash; };
    linkFarmList = pkgs.linkFarm "f" [
      {
        name = "a/b";
        path = pkgs.bash;
      }
    ];
    linkFarmFromDrvs = pkgs.linkFarmFromDrvs "f" [ pkgs.bash ];
    closureInfo = pkgs.closureInfo { rootPaths = [ pkgs.bash ]; };
    writeClosure = pkgs.writeClosure [ pkgs.bash ];
    fakeNss = pkgs.dockerTools.fakeNss;
    binSh = pkgs.dockerTools.binSh;
    usrBinEnv = pkgs.dockerTools.usrBinEnv;
    caCertificates = pkgs.dockerTools.caCertificates;
  };

  fetched = {
    fetchurl = pkgs.fetchurl {
      url = "http://example.org/x.tar.gz";
      hash = lib.fakeHash;
    };
    fetchurlOld = pkgs.fetchurl {
      url = "http://example.org/x.tar.gz";
      sha256 = lib.fakeSha256;
      executable = true;
    };
    fetchurlSeveral = pkgs.fetchurl {
      urls = [
        "http://example.org/x"
        "mirror://gnu/hello/hello-1.tar.gz"
      ];
      hash = lib.fakeHash;
    };
    fetchurlByShell = pkgs.fetchurl {
      url = "http://example.org/x";
      postFetch = "echo >> $out";
      curlOptsList = [ "-H" "A: b" ];
      recursiveHash = true;
      sha512 = lib.fakeSha512;
    };
    fetchurlOverridden = (pkgs.fetchurl { url = "http://example.org/x"; hash = lib.fakeHash; }).overrideAttrs { name = "y"; };
    fetchzip = pkgs.fetchzip {
      url = "http://example.org/x.tar.gz";
      stripRoot = false;
      hash = lib.fakeHash;
    };
    fetchFromGitHub = pkgs.fetchFromGitHub {
      owner = "a";
      repo = "b";
      tag = "v1";
      hash = lib.fakeHash;
    };
    fetchFromGitHubByGit = pkgs.fetchFromGitHub {
      owner = "a";
      repo = "b";
      rev = "v1";
      fetchSubmodules = true;
      sha256 = lib.fakeSha256;
    };
    fetchFromGitLab = pkgs.fetchFromGitLab {
      owner = "a";
      repo = "b";
      rev = "v1";
      hash = lib.fakeHash;
    };
  };

  written = {
    writeBash = pkgs.writers.writeBash "x" "echo";
    writeBashBin = pkgs.writers.writeBashBin "x" { makeWrapperArgs = [ "--set" "A" "b" ]; } "echo";
    writePython3 = pkgs.writers.writePython3 "x" { } "print()";
    writeJSON = pkgs.writers.writeJSON "x" { a = 1; };
    textOverridden = (pkgs.writeText "t" "a").overrideAttrs (old: { text = old.text + "b"; });
    scriptOverridden = (pkgs.writeShellScriptBin "t" "a").overrideAttrs (old: { buildCommand = old.buildCommand + "ls"; });
    joinOverridden = (pkgs.symlinkJoin { name = "j"; paths = [ pkgs.bash ]; }).overrideAttrs (old: { name = "k"; });
    environmentOverridden = (pkgs.buildEnv { name = "e"; paths = [ pkgs.bash ]; }).override { name = "f"; };
    layerOverridden = (pkgs.nix2container.buildLayer { deps = [ pkgs.bash ]; }).overrideAttrs { name = "l"; };
    imageOverridden = (pkgs.dockerTools.buildImage { name = "i"; tag = "1"; }).overrideAttrs { name = "j"; };
  };

  applications = {
    compiler = pkgs.gcc;
    compiled = pkgs.stdenv.mkDerivation { name = "c"; src = ./derivations.nix; };
    runCommandCC = pkgs.runCommandCC "c" { } "cc";
    pythonWithPackages = pkgs.python3.withPackages (ps: [ ]);
    nodejs = pkgs.nodejs_20;
    php = pkgs.php82;
  };

  sets = {
    bash = pkgs.bash;
    coreutils = pkgs.coreutils;
    git = lib.getBin pkgs.git;
    python3 = pkgs.python3;
    cacert = pkgs.cacert.out;
    shadow = pkgs.shadow;
    extended = (pkgs.extend (final: prev: { more = final.writeText "more" prev.bash.name; })).more;
    overlay =
      (import pkgs.path {
        inherit (pkgs) system;
        overlays = [ (final: prev: { bash2 = prev.bash; }) ];
      }).bash2;
    packageOverrides =
      (import pkgs.path {
        inherit (pkgs) system;
        config.packageOverrides = prev: { yes = prev.writeText "yes" ""; };
      }).yes;
    path = pkgs.writeText "p" "${pkgs.path}/lib";
  };
in
texts // commands // trees // fetched // written // applications // sets
