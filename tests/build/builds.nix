# What real Nix builds for the golden files beside this one: see record.py.
# Every builder is the machine's own /bin/sh, so the derivations are the same everywhere.
let
  sh = script: attributes: derivation ({
    system = "x86_64-linux";
    builder = "/bin/sh";
    PATH = "/usr/bin:/bin";
    args = [ "-c" script ];
  } // attributes);

  # The environment exactly as the builder was given it, before its shell adds to it.
  environment = "tr '\\0' '\\n' < /proc/self/environ";

  a = sh "mkdir $out; echo a > $out/a" { name = "a"; };
  b = sh "mkdir $out; ln -s ${a}/a $out/b; echo $out > $out/self" { name = "b"; };
  source = builtins.toFile "source" "text";
in
{
  environment = sh "${environment} > $out; cat $bigPath >> $out; ls -A >> $out" {
    name = "environment";
    passAsFile = [ "big" ];
    big = "big contents of ${placeholder "out"}";
    ownPath = placeholder "out";
    list = [ 1 "two" ];
    HOME = "/of/the/derivation";
    TMPDIR = "/is/replaced";
  };

  fixed = sh "${environment}; echo fixed > $out" {
    name = "fixed";
    outputHashMode = "flat";
    outputHashAlgo = "sha256";
    outputHash = builtins.hashString "sha256" "fixed\n";
    impureEnvVars = [ "LIXEVAL_IMPURE" "http_proxy" ];
  };

  surroundings = sh "exec > $out; id -u; id -g; pwd; umask; hostname; cat /etc/passwd /etc/group /etc/hosts; ls -A / /dev /etc; ls -A /nix/store | wc -l; test -t 0 && echo terminal in; test -t 1 || test -t 2 && echo terminal err; grep NoNewPrivs /proc/self/status; cat /proc/self/personality; ulimit -c" {
    name = "surroundings";
  };

  graph = sh "cat closure sources derivations > $out" {
    name = "graph";
    exportReferencesGraph = [ "closure" b "sources" source "derivations" b.drvPath ];
  };

  structured = sh ''
    export PATH=/usr/bin:/bin
    outputs=$(sed -n "s/^declare -A outputs=.*\['out'\]='\([^']*\)'.*/\1/p" .attrs.sh)
    dev=$(sed -n "s/^declare -A outputs=.*\['dev'\]='\([^']*\)'.*/\1/p" .attrs.sh)
    cat .attrs.json .attrs.sh > $outputs
    tr '\0' '\n' < /proc/self/environ > $dev
  '' {
    name = "structured";
    __structuredAttrs = true;
    outputs = [ "out" "dev" ];
    exportReferencesGraph.closure = [ b source ];
    exportReferencesGraph.single = "${b}";
    string = "it's $x \"quoted\"\n\tä";
    integer = 7;
    negative = -3;
    wraps = 3000000000;
    fraction = 1.5;
    whole = 2.0;
    yes = true;
    no = false;
    nothing = null;
    list = [ "a" 1 true null 2.5e-1 ];
    plain = [ "a" 1 true null false ];
    nested = [ [ "x" ] ];
    set = { k = "v"; "b c" = 3; };
    deep = { x = { y = 1; }; };
    "not a variable" = 1;
    store = a;
    own = placeholder "dev";
  };
}
