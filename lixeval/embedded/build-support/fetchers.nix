# fetchurl, fetchzip and fetchpatch: fixed outputs of a builder inside lixeval (builtin:fetch), which needs neither curl
# nor tar.  What only a shell can do (postFetch, curlOpts, netrcPhase) is done as nixpkgs does it, with the host's curl.
#
# Not as in nixpkgs: its own archive of files by hash (tarballs.nixos.org) is not asked before the places that are named.
{ lib, pkgs, system }:
let
  mirrors = import ./mirrors.nix;

  # Where a URL may be had: itself, or all places of mirror://SITE/FILE.
  places =
    url:
    let
      parts = builtins.match "mirror://([^/]+)/(.*)" url;
      site = builtins.head parts;
    in
    if parts == null then
      [ url ]
    else if mirrors ? ${site} then
      map (place: place + builtins.elemAt parts 1) mirrors.${site}
    else
      throw "fetchurl: of ${url} the site '${site}' is not known; known are ${lib.concatStringsSep ", " (builtins.attrNames mirrors)}";

  hashes = [
    "hash"
    "outputHash"
    "sha1"
    "sha256"
    "sha512"
  ];

  # What a fetcher is told about the expected contents.  Without any Nix says which it is, as for lib.fakeHash.
  expected =
    function: urls: args:
    let
      given = builtins.filter (name: args.${name} or "" != "") hashes;
      name = builtins.head given;
    in
    if builtins.length given > 1 then
      throw "${function}: ${lib.concatStringsSep " and " given} are given for ${toString urls}: one hash is enough"
    else if given == [ ] then
      {
        outputHash = "";
        outputHashAlgo = "sha256";
      }
    else if name == "hash" then
      {
        outputHash = args.hash;
        outputHashAlgo = null;
      }
    else if name == "outputHash" then
      {
        inherit (args) outputHash;
        outputHashAlgo =
          if args.outputHashAlgo or "" != "" && args.outputHashAlgo != null then
            args.outputHashAlgo
          else
            throw "${function}: outputHash is given without outputHashAlgo for ${toString urls}; or write hash = \"sha256-…\"";
      }
    else
      {
        outputHash = args.${name};
        outputHashAlgo = name;
      };

  # The derivation of one download.  `attrs` are fetchurl's own; `overrideAttrs` changes them.
  fetched =
    describe:
    let
      attrs = describe (attrs // { inherit finalPackage overrideAttrs; });
      overrideAttrs = changes: fetched (lib.extends (lib.toExtension changes) describe);
      byShell =
        attrs.postFetch != "" || attrs.curlOpts != "" || attrs.curlOptsList != [ ] || attrs.netrcPhase != null;
      all = lib.concatMap places attrs.urls;
      fixed = {
        inherit (attrs) name outputHash outputHashMode preferLocalBuild impureEnvVars;
      }
      // lib.optionalAttrs (attrs.outputHashAlgo != null) { inherit (attrs) outputHashAlgo; };
      drv =
        if attrs.showURLs then
          pkgs.writeText attrs.name (lib.concatMapStrings (url: url + "\n") all)
        else if byShell then
          pkgs.stdenvNoCC.mkDerivation (
            fixed
            // {
              inherit (attrs)
                curlOpts
                downloadToTemp
                executable
                postFetch
                ;
              urls = all;
              curlOptsList = lib.escapeShellArgs attrs.curlOptsList;
              netrcPhase = if attrs.netrcPhase == null then "" else attrs.netrcPhase;
              nativeBuildInputs = [ pkgs.curl ] ++ attrs.nativeBuildInputs;
              SSL_CERT_FILE = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
              buildCommand = builtins.readFile ./fetchurl.sh;
            }
          )
        else if builtins.length all == 1 && attrs.unpack == null then
          derivation (
            fixed
            // {
              inherit (attrs) executable;
              builder = "builtin:fetchurl";
              system = "builtin";
              url = builtins.head all;
              urls = all;
              unpack = false;
            }
          )
        else
          derivation (
            fixed
            // {
              inherit system;
              inherit (attrs) executable;
              builder = "builtin:fetch";
              urls = all;
            }
            // lib.optionalAttrs (attrs.unpack != null) { inherit (attrs) unpack; }
          );
      finalPackage = lib.extendDerivation true (
        {
          inherit (attrs) passthru meta urls;
          inherit overrideAttrs;
          outputs = [ "out" ];
        }
        // builtins.intersectAttrs { pname = null; version = null; } attrs
        // attrs.passthru
      ) drv;
    in
    finalPackage;

  # `unpack` is what fetchzip adds: "root" takes the only entry of an archive for all, "all" what there is.
  download =
    unpack:
    {
      url ? "",
      urls ? [ ],
      curlOpts ? "",
      curlOptsList ? [ ],
      name ? "",
      pname ? "",
      version ? "",
      hash ? "",
      outputHash ? "",
      outputHashAlgo ? "",
      sha1 ? "",
      sha256 ? "",
      sha512 ? "",
      recursiveHash ? false,
      netrcPhase ? null,
      netrcImpureEnvVars ? [ ],
      postFetch ? "",
      downloadToTemp ? false,
      executable ? false,
      showURLs ? false,
      meta ? { },
      passthru ? { },
      preferLocalBuild ? true,
      nativeBuildInputs ? [ ],
      derivationArgs ? { },
    }@args:
    let
      all =
        if url != "" && urls == [ ] then
          if builtins.isString url then [ url ] else throw "fetchurl: the url is not a string"
        else if url == "" && urls != [ ] then
          if builtins.isList urls then urls else throw "fetchurl: urls is not a list"
        else
          throw "fetchurl requires either `url` or `urls` to be set";
    in
    fetched (
      _:
      {
        name =
          if pname != "" && version != "" then
            "${pname}-${version}"
          else if showURLs then
            "urls"
          else if name != "" then
            name
          else
            baseNameOf (builtins.head all);
        inherit (expected "fetchurl" all args) outputHash outputHashAlgo;
        outputHashMode = if recursiveHash || executable then "recursive" else "flat";
        curlOpts =
          if builtins.isList curlOpts then
            throw "fetchurl for ${builtins.head all}: curlOpts is a list; write curlOptsList = [ … ], or a string of words"
          else
            curlOpts;
        urls = all;
        impureEnvVars = impureEnvVars ++ netrcImpureEnvVars;
        passthru = {
          inherit url;
        }
        // passthru;
        inherit
          curlOptsList
          downloadToTemp
          executable
          meta
          nativeBuildInputs
          netrcPhase
          postFetch
          preferLocalBuild
          showURLs
          unpack
          ;
      }
      // lib.optionalAttrs (pname != "" && version != "") { inherit pname version; }
      // derivationArgs
    );

  impureEnvVars = [
    "http_proxy"
    "https_proxy"
    "ftp_proxy"
    "all_proxy"
    "no_proxy"
  ];
in
{
  fetchurl = lib.makeOverridable (download null);

  # An archive (tar with any compression, zip) as the tree that is in it.
  fetchzip = lib.makeOverridable (
    {
      url ? "",
      urls ? [ ],
      name ? "source",
      nativeBuildInputs ? [ ],
      postFetch ? "",
      extraPostFetch ? "",
      stripRoot ? true,
      extension ? null,
      withUnzip ? true,
      ...
    }@args:
    let
      after = postFetch + extraPostFetch;
      others = removeAttrs args [
        "stripRoot"
        "extraPostFetch"
        "postFetch"
        "extension"
        "withUnzip"
        "nativeBuildInputs"
      ];
      byShell = after != "" || args ? curlOpts || args ? curlOptsList || args.netrcPhase or null != null;
      file =
        if extension != null then "download.${extension}" else baseNameOf (if url != "" then url else builtins.head urls);
      isZip = lib.hasSuffix ".zip" file;
    in
    if byShell then
      pkgs.fetchurl (
        others
        // {
          inherit name;
          recursiveHash = true;
          downloadToTemp = true;
          nativeBuildInputs = lib.optional (withUnzip && isZip) pkgs.unzip ++ nativeBuildInputs;
          postFetch = ''
            unpackDir="$TMPDIR/unpack"
            mkdir "$unpackDir"
            cd "$unpackDir"
            renamed="$TMPDIR/${file}"
            mv "$downloadedFile" "$renamed"
            unpackFile "$renamed"
            chmod -R +w "$unpackDir"
          ''
          + (
            if stripRoot then
              ''
                if [ "$(ls -A "$unpackDir" | wc -l)" != 1 ]; then
                  echo "error: zip file must contain a single file or directory."
                  echo "hint: Pass stripRoot=false; to fetchzip to assume flat list of files."
                  exit 1
                fi
                fn=$(cd "$unpackDir" && ls -A)
                if [ -f "$unpackDir/$fn" ]; then mkdir "$out"; fi
                mv "$unpackDir/$fn" "$out"
              ''
            else
              ''
                mv "$unpackDir" "$out"
              ''
          )
          + ''
            ${after}
            chmod 755 "$out"
          '';
        }
      )
    else
      download (if stripRoot then "root" else "all") (
        others
        // {
          inherit name;
          recursiveHash = true;
        }
      )
  );

  # A patch without what changes from one download to the next.
  fetchpatch = lib.makeOverridable (
    {
      relative ? null,
      stripLen ? 0,
      decode ? "cat",
      extraPrefix ? null,
      excludes ? [ ],
      includes ? [ ],
      revert ? false,
      postFetch ? "",
      ...
    }@args:
    let
      strip = if relative != null then 1 + lib.length (lib.splitString "/" relative) + stripLen else stripLen;
      prefix = if relative != null && extraPrefix == null then "" else extraPrefix;
      tool = program: "${pkgs.patchutils}/bin/${program}";
      flags = flag: lib.concatMapStringsSep " " (pattern: "${flag} ${lib.escapeShellArg pattern}");
    in
    lib.throwIfNot (excludes == [ ] || includes == [ ]) "fetchpatch: cannot use excludes and includes simultaneously"
      pkgs.fetchurl
      (
        removeAttrs args [
          "relative"
          "stripLen"
          "decode"
          "extraPrefix"
          "excludes"
          "includes"
          "revert"
        ]
        // {
          postFetch = ''
            tmpfile="$TMPDIR/patch"
            notEmpty() { [ -s "$1" ] || { echo "error: $2 '$1' is empty" >&2; exit 1; }; }
            notEmpty "$out" "the patch that was fetched"
            ${decode} < "$out" > "$tmpfile" || { echo "error: ${lib.escapeShellArg decode} cannot decode the patch" >&2; exit 1; }
            mv "$tmpfile" "$out"
            ${tool "lsdiff"} ${lib.optionalString (relative != null) "-p1 -i ${lib.escapeShellArg relative}/'*'"} "$out" \
              | sort -u | sed -e 's/[*?]/\\&/g' \
              | while IFS= read -r file; do
                  ${tool "filterdiff"} --include="$file" --strip=${toString strip} \
                    ${
                      lib.optionalString (
                        prefix != null
                      ) "--addoldprefix=a/${lib.escapeShellArg prefix} --addnewprefix=b/${lib.escapeShellArg prefix}"
                    } \
                    --clean "$out"
                done > "$tmpfile"
            notEmpty "$tmpfile" "the normalized patch (was a page fetched that shows one?)"
            ${tool "filterdiff"} -p1 ${flags "-x" excludes} ${flags "-i" includes} "$tmpfile" > "$out"
            notEmpty "$out" "what excludes and includes leave of the patch"
            ${lib.optionalString revert ''
              ${tool "interdiff"} "$out" /dev/null > "$tmpfile"
              mv "$tmpfile" "$out"
            ''}
          ''
          + postFetch;
        }
      )
  );
  fetchpatch2 = pkgs.fetchpatch;

  # A file that its user has to bring to the store: what is built only where it is not there says how.
  requireFile =
    {
      name ? null,
      url ? null,
      message ? null,
      hashMode ? "flat",
      hash ? "",
      sha256 ? "",
      sha1 ? "",
    }@args:
    assert lib.assertMsg (url != null || message != null) "requireFile: give a url or a message";
    let
      file = if name == null then baseNameOf (toString url) else name;
      fixed = expected "requireFile" [ file ] args;
      algorithm =
        if fixed.outputHashAlgo == null then
          builtins.head (builtins.split "[-:]" fixed.outputHash)
        else
          fixed.outputHashAlgo;
      said =
        if message != null then
          message
        else
          ''
            ${file} cannot be downloaded by a program. Get it from ${url}, and bring it to the store by

              lixeval store add-fixed ${lib.optionalString (hashMode == "recursive") "--recursive "}${algorithm} ${file}
          '';
    in
    pkgs.stdenvNoCC.mkDerivation {
      name = file;
      inherit (fixed) outputHash;
      outputHashAlgo = algorithm;
      outputHashMode = hashMode;
      preferLocalBuild = true;
      inherit said;
      buildCommand = ''
        printf '\n***\n%s\n***\n\n' "$said"
        exit 1
      '';
    };
}
