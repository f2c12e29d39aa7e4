# Scripts as nixpkgs' trivial builders have them, each for this machine, whose shell does them, and for another one, for
# which lixeval does them itself.  What the two make must be equal.
let
  pkgs = import <nixpkgs> { };
  input = pkgs.runCommand "input" { } ''
    mkdir -p $out/bin $out/share/deep $out/lib
    echo program > $out/bin/program; chmod +x $out/bin/program
    echo text > $out/share/text
    echo deep > $out/share/deep/.hidden
    ln -s ../share/text $out/lib/relative
    ln -s $out/share $out/lib/absolute
    ln -s nowhere $out/lib/dangling
  '';
  other = pkgs.runCommand "other" { } ''
    mkdir -p $out/bin $out/share/more
    echo other > $out/bin/other; echo more > $out/share/more/file
  '';
  # What nixpkgs' stdenv is to a script that is a buildCommand.
  stdenv = pkgs.runCommand "stdenv-linux" { } ''
    mkdir $out
    echo 'export PATH=${pkgs.coreutils}/bin' > $out/setup
  '';
  starter = builtins.toFile "default-builder.sh" ''
    source $stdenv/setup
    if [ -n "''${buildCommandPath:-}" ]; then source "$buildCommandPath"; else eval "$buildCommand"; fi
  '';
  made =
    system: name: attributes:
    derivation (
      {
        inherit name system stdenv;
        builder = "${pkgs.bash}/bin/bash";
        args = [ "-e" starter ];
        passAsFile = [ "buildCommand" ];
      }
      // attributes
    );
  text = attributes: {
    buildCommand = ''
      target=$out''${destination}
      mkdir -p "$(dirname "$target")"

      if [ -e "$textPath" ]; then
        mv "$textPath" "$target"
      else
        echo -n "$text" > "$target"
      fi

      if [ -n "$executable" ]; then
        chmod +x "$target"
      fi

      eval "$checkPhase"
    '';
    destination = "";
    executable = "";
    checkPhase = "";
    passAsFile = [ "buildCommand" "text" ];
  } // attributes;
  script = buildCommand: { inherit buildCommand; };
  scripts = {
    text = text { text = "hello ${input}\n"; };
    textInFolder = text { text = "a 'b' \"c\" $d \\ é"; destination = "/share/x/y"; };
    executableText = text { text = "#!${pkgs.bash}/bin/bash\necho hi\n"; executable = true; destination = "/bin/hi"; };
    textThatIsNoFile = text { text = "-n \\t x"; passAsFile = [ "buildCommand" ]; };
    links = script "mkdir -p $out/bin\nln -s ${input}/bin/program $out/bin/\nln -s ${input}/bin/* ${other}/bin/oth?r $out";
    linkOver = script "mkdir $out; ln -s a $out/x; ln -sf b $out/x; ln -sfn ${input} $out/x; ln -sT ${input} $out/y";
    linkFarm = script "mkdir -p $out\ncd $out\nmkdir -p \"$(dirname 'a/b')\"\nln -s '${input}' 'a/b'\n";
    linkExists = script "mkdir $out; ln -s a $out/x; ln -s b $out/x";
    copies = script "cp -r ${input} $out";
    copyContents = script "mkdir $out; cp -r ${input}/. $out";
    copyInto = script "mkdir $out; cp -r ${input}/share ${other}/bin $out/";
    copyFollowing = script "mkdir $out; cp -rL ${input}/lib/absolute $out/a; cp ${input}/lib/relative $out/b";
    copyLink = script "mkdir $out; cp -a ${input}/lib/relative $out/b; cp -P ${input}/lib/dangling $out/c";
    copyReadOnly = script "cp -r ${input} $out; touch $out/bin/new";
    copyThenWrite = script "cp -r ${input} $out\nchmod -R u+w $out\ntouch $out/bin/new\nrm -r $out/lib";
    copyWithoutMode = script "cp -r --no-preserve=mode ${input} $out && echo x > $out/bin/program && rm $out/share/text";
    copyFolderWithoutR = script "cp ${input} $out";
    copyNothing = script "cp ${input}/none $out";
    loop = script "mkdir -p $out\nfor i in a b 'c d' ${input}/bin/*; do\n  touch \"$out/$(basename \"$i\")\" # x\ndone";
    conditions = script ''
      mkdir $out
      if [ -d ${input}/bin ]; then touch $out/1; fi
      if [ ! -e ${input}/none ]; then touch $out/2; elif [ -n "x" ]; then touch $out/3; fi
      if [ -L ${input}/lib/relative ] && [ -f ${input}/lib/relative ]; then touch $out/4; else touch $out/5; fi
      if test "$name" = x; then touch $out/6; else touch $out/7; fi
      if [ -x ${input}/bin/program ]; then touch $out/8; fi; if [ -x ${input}/share/text ]; then touch $out/9; fi
      [ -z "" ] && touch $out/10
    '';
    document = script "cat > $out <<EOF\nname: $name \"q\" \\$x \\\\ \\\"\n$(basename ${input}/bin/program)\nEOF\n";
    quotedDocument = script "mkdir $out; cat <<'EOF' > $out/x\n$name `x`\nEOF\necho end >> $out/x";
    concatenated = script "cat ${input}/share/text ${other}/bin/other > $out; printf '%s-%s\\n' a b c >> $out";
    words = { buildCommand = "mkdir $out; for i in $list; do touch $out/$i; done; echo $list > $out/list"; list = " a  b "; };
    quotes = script "mkdir $out; echo a\\ b'c  d'\"e  $name\" > $out/x; x=\"1 2\"; echo $x \"$x\" > $out/y; echo > $out/z";
    permissions = script "mkdir $out; touch $out/a $out/b $out/c; chmod 755 $out/a; chmod 0644 $out/b; chmod a+x,g-w $out/c";
    moves = script "mkdir -p $out/a/b; touch $out/a/b/c; mv $out/a $out/d; mkdir $out/e; mv $out/d/b/c $out/e";
    folderThere = script "mkdir $out; mkdir $out";
    folderBelowNothing = script "mkdir $out/a";
    noOutput = script "true";
    throughLink = script "mkdir -p $out/real; ln -s real $out/link; echo x > $out/link/file; mkdir $out/link/folder; cd $out/link; touch here";
    braces = script "mkdir -p $out/{bin,share/{a,'b c'}}; for i in {x,y}{1,2,}; do touch $out/bin/$i; done; ln -s {bin,share}/x $out";
    installs = script ''
      install -d $out/a $out/b/c
      install ${input}/share/text $out/a
      install -m 644 ${input}/bin/program $out/a/plain
      install -Dm755 ${input}/share/text $out/d/e/f
      install -D -m0644 -t $out/g ${input}/bin/program ${other}/bin/other
      install -vm755 -D ${input}/lib/relative $out/h
      install -m 600 ${other}/share/more/file $out/a/text
    '';
    installFolder = script "install ${input} $out";
    installNowhere = script "install ${input}/share/text $out/a/b";
    outputs = (script "mkdir -p $out/bin $dev; echo $dev > $out/bin/x; ln -s $out/bin/x $dev/x; touch $man") // {
      outputs = [ "out" "dev" "man" ];
    };
    outputMissing = (script "touch $out") // { outputs = [ "out" "dev" ]; };
    hook = { buildCommand = "mkdir $out"; x = ""; };
    lastFails = script "mkdir $out; [ -e ${input}/none ]";
  };
  all =
    system:
    let
      found = builtins.mapAttrs (name: made system "made") scripts;
    in
    found // { outputDev = found.outputs.dev; outputMan = found.outputs.man; };
in
{
  shell = all builtins.currentSystem;
  native = all "riscv64-linux";
  refused = builtins.mapAttrs (name: buildCommand: made "riscv64-linux" "made" { inherit buildCommand; }) {
    pipe = "echo a | cat > $out";
    otherProgram = "sed -i s/a/b/ $out";
    unknownVariable = "echo $SHELL > $out";
    hardLink = "ln ${input}/bin/program $out";
    option = "cp --reflink=auto ${input} $out";
    function = "f() { mkdir $out; }; f";
    either = "mkdir $out || true";
    uname = "uname -m > $out";
    installOwner = "install -o root ${input}/share/text $out";
    installMode = "install -m u+x ${input}/share/text $out";
    ownProgram = "${input}/bin/program > $out";
  };
}
