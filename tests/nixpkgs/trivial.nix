# nixpkgs' trivial builders: `made` is what lixeval makes for another machine without its shell, and must be what the
# shell makes; `refused` is what needs the shell.
{
  tree,
  system ? "x86_64-linux",
}:
let
  # The part of nixpkgs that tests have lacks shellcheck.
  overlay = final: prev: {
    shellcheck-minimal =
      (final.writeShellScriptBin "shellcheck" "exit 0").overrideAttrs (old: {
        meta.mainProgram = "shellcheck";
      })
      // {
        compiler = prev.bash;
      };
  };
  pkgs = import tree {
    inherit system;
    config = { };
    overlays = [ overlay ];
  };
  inherit (pkgs) lib;
  command = pkgs.runCommandLocal "made";
  folder =
    name: files:
    pkgs.runCommandLocal name { } (
      lib.concatStrings (
        lib.mapAttrsToList (place: text: ''
          mkdir -p "$(dirname "$out/${place}")"
          echo -n ${lib.escapeShellArg text} > "$out/${place}"
        '') files
      )
    );
  a = folder "a-1.0" {
    "bin/a" = "a";
    "share/man/man1/a.1" = "page";
    "lib/x/y/z" = "z";
    "etc/same" = "same";
  };
  b = folder "b-1.0" {
    "bin/b" = "b";
    "share/man/man1/b.1" = "page";
    "lib/x/y/w" = "w";
    "etc/same" = "same";
    "share/info/dir" = "never linked";
    "nix-support/x" = "never linked";
  };
  c = folder "c-1.0" {
    "bin/a" = "other";
    "share/icons/i" = "icon";
  };
  propagating = pkgs.runCommandLocal "propagating-1.0" { } ''
    mkdir -p $out/bin $out/nix-support
    echo p > $out/bin/p
    echo "${b}" > $out/nix-support/propagated-user-env-packages
  '';
  text = pkgs.writeText "text" "x";
  environment =
    more:
    pkgs.buildEnv (
      {
        name = "environment";
        paths = [
          a
          b
        ];
      }
      // more
    );
  joined =
    more:
    pkgs.symlinkJoin (
      {
        name = "joined";
        paths = [
          a
          b
        ];
      }
      // more
    );
in
{
  made = {
    whole = environment { };
    onlyBin = environment { pathsToLink = [ "/bin" ]; };
    deepPlaces = environment {
      pathsToLink = [
        "/share/man/man1"
        "/lib/x"
      ];
    };
    placesThatAreNot = environment {
      paths = [
        a
        b
        c
      ];
      pathsToLink = [
        "/share"
        "/nothing"
        "/etc"
      ];
    };
    ignoredCollision = environment {
      paths = [
        a
        c
      ];
      ignoreCollisions = true;
    };
    lowPriority = environment {
      paths = [
        (lib.lowPrio a)
        c
      ];
    };
    highPriority = environment {
      paths = [
        a
        (lib.hiPrio c)
        b
      ];
    };
    priorityAlone = environment {
      paths = [
        a
        (lib.setPrio 3 c)
      ];
      checkCollisionContents = false;
    };
    propagated = environment {
      paths = [
        propagating
        c
        a
      ];
      ignoreCollisions = true;
    };
    prefix = environment { extraPrefix = "/usr/local"; };
    manifest = environment { manifest = text; };
    nothing = environment { paths = [ ]; };
    moreOutputs = environment {
      extraOutputsToInstall = [ "man" ];
      paths = [ a ];
    };
    environmentInAnother = environment {
      paths = [
        a
        (environment { paths = [ b ]; })
      ];
    };
    linksAfterwards = environment { postBuild = "touch $out/x; ln -s a $out/bin/link"; };
    changesAfterwards = environment { postBuild = "rm $out/bin/a; mkdir $out/new; echo hi > $out/new/file"; };

    joined = joined {
      paths = [
        a
        b
        c
      ];
    };
    joinedAndChanged = joined { postBuild = "rm $out/bin/a; ln -s ${c}/bin/a $out/bin/a; echo links added"; };
    farm = pkgs.linkFarm "farm" [
      {
        name = "x/y";
        path = a;
      }
      {
        name = "b";
        path = b;
      }
    ];
    farmByNames = pkgs.linkFarm "farm" {
      "x y" = a;
      "z" = b;
    };
    farmOfPackages = pkgs.linkFarmFromDrvs "farm" [
      a
      b
    ];

    inherit text;
    textWithReference = pkgs.writeText "text" (builtins.toJSON { inherit a; });
    textInFolder = pkgs.writeTextDir "share/x/y" "text\n";
    textFile = pkgs.writeTextFile {
      name = "text";
      text = "echo hi\n";
      destination = "/a/b c/d";
      executable = true;
    };
    checkedText = pkgs.writeTextFile {
      name = "text";
      text = "echo hi\n";
      checkPhase = "test -f $target";
    };
    concatenated = pkgs.concatText "concatenated" [
      text
      (pkgs.writeText "another" "y\n")
    ];
    concatenatedScript = pkgs.concatScript "concatenated" [
      text
      (pkgs.writeText "another" "y\n")
    ];
    script = pkgs.writeScript "script" "#!/bin/sh\nx\n";
    scriptInBin = pkgs.writeScriptBin "script" "#!/bin/sh\nx\n";
    shellScript = pkgs.writeShellScript "script" "x\n";
    shellScriptInBin = pkgs.writeShellScriptBin "script" "x\n";
    application = pkgs.writeShellApplication {
      name = "application";
      runtimeInputs = [
        a
        b
      ];
      text = "echo hi \"$1\"\n";
    };
    applicationWithVariables = pkgs.writeShellApplication {
      name = "application";
      runtimeEnv = {
        A = "x y";
        B = [
          "1"
          "2"
        ];
      };
      text = "echo hi\n";
      checkPhase = "";
    };

    linked = command { } "mkdir -p $out; ln -s ${a}/bin $out/bin";
    copied = command { } "mkdir -p $out/{a,b}; cp -r ${a} $out/a/x";
    installed = command { } ''
      install -D ${b}/bin/b $out/x/y; install -d $out/q/r; install -m 644 ${a}/bin/a -t $out/q
      install -Dm755 ${b}/bin/b $out/bin/bb; ln -s ${a}/bin/* $out/bin
    '';
    source = command { src = text; } "cp $src $out";
    passedAsFile = command {
      passAsFile = [ "content" ];
      content = "hello";
    } "cp $contentPath $out";
    document = command { v = "1"; } ''
      mkdir -p $out/etc
      cat > $out/etc/x <<EOF
      v=$v ''${v}
      EOF
      echo 'root:x:0:0' >> $out/etc/x
    '';
    twoOutputs = command {
      outputs = [
        "out"
        "dev"
      ];
    } "mkdir -p $out/bin $dev/include; echo x > $out/bin/x; ln -s $out/bin/x $dev/include/x";
    firstOutputIsAnother = command {
      outputs = [
        "bin"
        "out"
      ];
    } "mkdir -p $bin/bin; cp -r ${a}/. $out; echo $out > $bin/bin/x";
  };
  refused = {
    checkByProgram = pkgs.writeTextFile {
      name = "text";
      text = "echo hi\n";
      checkPhase = "grep hi $target";
    };
    changedByProgram = joined { postBuild = "sed -i s/a/b/ $out/bin/a"; };
    changedBySetup = environment { postBuild = "substituteInPlace $out/bin/a --replace a b"; };
    structured = command { __structuredAttrs = true; } "mkdir $out";
    hooked = command { nativeBuildInputs = [ a ]; } "mkdir $out";
  };
}
