# Python with packages of the host: python3.withPackages (ps: [ ps.requests ]), and python3Packages.
#
# ps.NAME is what the host's package manager calls python3-NAME (py3-NAME, python-NAME); names that nixpkgs and
# distributions have differently are listed below.  A package brings the Python packages that it declares to need.
{
  lib,
  pkgs,
  hostPackages,
  ask,
}:
let
  prefixes = [
    "python3-"
    "py3-"
    "python-"
  ];

  # nixpkgs' name -> the rest of the host's.
  renamed = {
    beautifulsoup4 = "bs4";
    gitpython = "git";
    pillow = "pil";
    protobuf = "protobuf";
    pyjwt = "jwt";
    pyserial = "serial";
    python-dateutil = "dateutil";
    python-dotenv = "dotenv";
    pyyaml = "yaml";
    pyzmq = "zmq";
    scikit-learn = "sklearn";
    typing-extensions = "typing-extensions";
  };

  # So that what people ask for most says how to get it, and not that there is no such attribute.
  usual = [
    "boto3" "certifi" "cffi" "click" "cryptography" "django" "fastapi" "flask" "gunicorn" "httpx" "jinja2" "lxml"
    "matplotlib" "numpy" "packaging" "pandas" "paramiko" "pip" "psutil" "psycopg2" "pydantic" "pytest" "redis" "requests"
    "rich" "scipy" "setuptools" "six" "sqlalchemy" "tornado" "tqdm" "urllib3" "uvicorn" "virtualenv" "wheel"
  ];

  names = builtins.attrNames hostPackages;
  prefixOf = name: lib.findFirst (prefix: lib.hasPrefix prefix name) null prefixes;

  found = builtins.listToAttrs (
    map (name: lib.nameValuePair (lib.removePrefix (prefixOf name) name) (module name)) (
      builtins.filter (name: prefixOf name != null) names
    )
  );

  # The host's name of a package that it may not have: as its manager would call it.
  usualPrefix = if (ask "index").manager == "apk" then "py3-" else "python3-";
  absent =
    name:
    let
      answer = ask "packages/${usualPrefix}${name}";
    in
    if answer ? missing then missing "${usualPrefix}${name}" else module "${usualPrefix}${name}";

  # An error only where it is used, so that all of an environment are told at once.
  missing =
    name:
    let
      refused = ask "missing/packages/${name}";
    in
    {
      type = "derivation";
      inherit name;
      missingOnHost = name;
      outPath = refused;
      drvPath = refused;
    };

  module =
    name:
    hostPackages.${name}
    // {
      requiredPythonModules = map (needed: hostPackages.${needed}) (ask "python/${name}").modules;
    };

  python = pkgs.python3;

  withPackages =
    choose:
    let
      chosen = lib.flatten (choose packages);
      absentNames = lib.concatMap (package: lib.optional (package ? missingOnHost) package.missingOnHost) chosen;
      modules =
        if absentNames != [ ] then
          ask "missing/packages/${lib.concatStringsSep "," absentNames}"
        else
          lib.unique (lib.concatMap (package: package.requiredPythonModules or [ package ]) chosen);
    in
    pkgs.runCommandLocal "python3-${python.version}-env"
      {
        inherit modules;
        python = "${python}/bin/python3";
        interpreter = pkgs.runtimeShell;
        passthru = {
          inherit (python) pythonVersion version pname;
          interpreter = "${withPackages choose}/bin/python3";
        };
        meta.mainProgram = "python3";
      }
      ''
        mkdir -p "$out/bin"
        path=
        for module in $modules; do
          for folder in "$module"/lib/python3*/dist-packages "$module"/lib/python3*/site-packages; do
            if [ -d "$folder" ]; then path=''${path:+$path:}$folder; fi
          done
        done
        cat > "$out/bin/python3" <<END
        #!$interpreter
        export PYTHONPATH="$path\''${PYTHONPATH:+:\$PYTHONPATH}"
        exec $python "\$@"
        END
        chmod +x "$out/bin/python3"
        ln -s python3 "$out/bin/python"
        ln -s python3 "$out/bin/python${python.pythonVersion}"
      '';

  packages =
    lib.genAttrs usual absent
    // lib.mapAttrs (_: name: found.${name} or (absent name)) renamed
    // found
    // {
      inherit python;
      pythonPackages = packages;
    };
in
{
  inherit packages withPackages;
}
