# Built and looked at by test_embedded_builds.py.
{ pkgs }:
let
  inherit (pkgs) lib;

  source = pkgs.runCommandLocal "source" { } ''
    mkdir -p $out/sub
    printf 'all:\n\techo made with $(WITH) > result\ninstall:\n\tmkdir -p $(prefix)/bin\n\tcp result $(prefix)/result\n' > $out/Makefile
    printf '#!/bin/sh\necho hello\n' > $out/sub/hello
    printf '#!/usr/bin/env bash\necho env\n' > $out/sub/env
    chmod +x $out/sub/hello $out/sub/env
    echo "@who@ and that" > $out/template
  '';

  first = pkgs.writeTextDir "share/one" "1";
  second = pkgs.writeTextDir "share/two" "2";
  sameAsFirst = pkgs.writeTextFile {
    name = "one-again";
    destination = "/share/one";
    text = "1";
  };
  otherFirst = pkgs.writeTextFile {
    name = "one-differently";
    destination = "/share/one";
    text = "other";
  };
  farmOfTwo = pkgs.linkFarm "farm" {
    "a/b" = first;
    c = second;
  };
in
{
  phases = pkgs.stdenv.mkDerivation {
    pname = "phases";
    version = "1";
    src = source;
    preBuild = "echo preBuild >> log";
    postPatch = ''
      substituteInPlace template --replace-fail "@who@" "this" --replace-quiet nothing something
    '';
    buildPhase = ''
      runHook preBuild
      echo build >> log
      runHook postBuild
    '';
    postBuild = "echo postBuild >> log";
    installPhase = ''
      runHook preInstall
      mkdir -p $out/bin
      cp -r log template sub $out/
      cp sub/hello sub/env $out/bin/
      runHook postInstall
    '';
    doCheck = true;
    checkPhase = "echo check >> log";
    postFixup = "echo fixed > $out/fixed";
  };

  hook =
    let
      withHook = pkgs.makeSetupHook {
        name = "hook";
        propagatedBuildInputs = [ (pkgs.writeShellScriptBin "propagated" "echo propagated") ];
        substitutions.word = "substituted";
      } (pkgs.writeText "hook.sh" "hookWord=@word@\npreInstallHooks+=(sayHook)\nsayHook() { echo hooked >> said; }\n");
    in
    pkgs.stdenv.mkDerivation {
      name = "hooked";
      dontUnpack = true;
      nativeBuildInputs = [ withHook ];
      installPhase = ''
        runHook preInstall
        propagated >> said
        echo $hookWord >> said
        cp said $out
      '';
    };

  structured = pkgs.stdenv.mkDerivation {
    name = "structured";
    __structuredAttrs = true;
    words = [
      "a b"
      "c"
    ];
    set.key = "value";
    env.IN_ENVIRONMENT = "yes";
    outputs = [
      "out"
      "dev"
    ];
    buildCommand = ''
      printf '%s\n' "''${words[@]}" "''${set[key]}" "$(printenv IN_ENVIRONMENT)" > $out
      echo dev > $dev
    '';
  };

  wrapped = pkgs.symlinkJoin {
    name = "wrapped";
    paths = [ (pkgs.writeShellScriptBin "show" ''echo "$VARIABLE $LIST $UNSET $*"'') ];
    nativeBuildInputs = [ pkgs.makeWrapper ];
    postBuild = ''
      wrapProgram $out/bin/show --set VARIABLE "it's" --prefix LIST : /a --suffix LIST : /z --add-flags "--flag" \
        --set-default UNSET default
    '';
  };

  application = pkgs.writeShellApplication {
    name = "application";
    runtimeInputs = [ pkgs.coreutils ];
    runtimeEnv.GREETING = "good day";
    text = ''echo "$GREETING, $(basename /x/y)"'';
  };

  environment = pkgs.buildEnv {
    name = "environment";
    paths = [
      first
      second
      sameAsFirst
    ];
    postBuild = "echo finished > $out/finished";
  };
  preferred = pkgs.buildEnv {
    name = "preferred";
    paths = [
      first
      (lib.hiPrio otherFirst)
    ];
  };
  joined = pkgs.symlinkJoin {
    name = "joined";
    paths = [
      first
      otherFirst
      second
    ];
  };
  farm = farmOfTwo;
  info = pkgs.closureInfo { rootPaths = [ farmOfTwo ]; };
  concatenated = pkgs.concatText "concatenated" [
    (pkgs.writeText "1" "one\n")
    (pkgs.writeText "2" "two\n")
  ];
  replaced = pkgs.replaceVars (pkgs.writeText "template" "@a@ @b@") {
    a = "1";
    b = "x & y";
  };
  installed = pkgs.stdenv.mkDerivation {
    name = "installed";
    dontUnpack = true;
    nativeBuildInputs = [ pkgs.installShellFiles ];
    installPhase = ''
      echo page > tool.1
      installManPage tool.1
      echo completion > tool.bash
      installShellCompletion tool.bash
    '';
  };
}
