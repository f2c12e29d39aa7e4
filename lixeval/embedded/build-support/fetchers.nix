# Fetchers.  A flat file is a fixed output of builtin:fetchurl; a tree is unpacked by Nix itself
# while it evaluates (fetchTarball has the same hash of the same tree, and needs no curl or tar).
{ lib, pkgs, system }:
let
  algorithms = [
    "md5"
    "sha1"
    "sha256"
    "sha512"
  ];

  # What a fetcher is told about the expected contents: hash, sha256, … or outputHash.
  expected =
    function: args:
    let
      given = builtins.filter (name: args.${name} or "" != "") algorithms;
    in
    if args.hash or "" != "" then
      {
        outputHash = args.hash;
        outputHashAlgo = null;
      }
    else if args.outputHash or "" != "" then
      {
        inherit (args) outputHash;
        outputHashAlgo = args.outputHashAlgo or null;
      }
    else if given != [ ] then
      {
        outputHash = args.${builtins.head given};
        outputHashAlgo = builtins.head given;
      }
    else
      throw "${function}: give the hash of what is fetched (hash = lib.fakeHash tells what it is)";

  treeHash =
    function: args:
    let
      hash = expected function args;
    in
    if hash.outputHashAlgo == null || hash.outputHashAlgo == "sha256" then
      hash.outputHash
    else
      throw "${function}: a tree is checked by its sha256";
in
{
  fetchurl =
    {
      url ? "",
      urls ? [ ],
      name ? "",
      pname ? "",
      version ? "",
      executable ? false,
      meta ? { },
      passthru ? { },
      ...
    }@args:
    let
      all = urls ++ lib.optional (url != "") url;
      first = if all == [ ] then throw "fetchurl: give it a url" else builtins.head all;
      hash = expected "fetchurl" args;
      drv = derivation (
        {
          name =
            if name != "" then
              name
            else if pname != "" then
              "${pname}-${version}"
            else
              baseNameOf first;
          builder = "builtin:fetchurl";
          system = "builtin";
          url = first;
          urls = [ first ];
          inherit executable;
          unpack = false;
          outputHashMode = if executable then "recursive" else "flat";
          inherit (hash) outputHash;
          preferLocalBuild = true;
          impureEnvVars = [
            "http_proxy"
            "https_proxy"
            "ftp_proxy"
            "all_proxy"
            "no_proxy"
          ];
        }
        // lib.optionalAttrs (hash.outputHashAlgo != null) { inherit (hash) outputHashAlgo; }
      );
    in
    lib.extendDerivation true (
      {
        inherit meta passthru;
        outputs = [ "out" ];
      }
      // passthru
    ) drv;

  fetchzip =
    {
      url ? builtins.head args.urls,
      name ? "source",
      stripRoot ? true,
      ...
    }@args:
    if !stripRoot then
      throw "fetchzip: trees are unpacked without their root directory here (stripRoot = true)"
    else
      {
        inherit name;
        outPath = builtins.fetchTarball {
          inherit url name;
          sha256 = treeHash "fetchzip" args;
        };
      };

  fetchFromGitHub =
    {
      owner,
      repo,
      rev ? null,
      tag ? null,
      name ? "source",
      ...
    }@args:
    let
      revision = if tag != null then "refs/tags/${tag}" else rev;
    in
    pkgs.fetchzip (
      builtins.intersectAttrs {
        hash = null;
        sha256 = null;
        outputHash = null;
        outputHashAlgo = null;
      } args
      // {
        inherit name;
        url = "https://github.com/${owner}/${repo}/archive/${revision}.tar.gz";
      }
    )
    // {
      inherit owner repo;
      rev = revision;
    };

  fetchFromGitLab =
    {
      owner,
      repo,
      rev ? null,
      tag ? null,
      domain ? "gitlab.com",
      name ? "source",
      ...
    }@args:
    pkgs.fetchzip (
      builtins.intersectAttrs {
        hash = null;
        sha256 = null;
        outputHash = null;
        outputHashAlgo = null;
      } args
      // {
        inherit name;
        url = "https://${domain}/api/v4/projects/${owner}%2F${repo}/repository/archive.tar.gz?sha=${
          if tag != null then tag else rev
        }";
      }
    );

  fetchgit =
    {
      url,
      rev ? "HEAD",
      name ? "source",
      fetchSubmodules ? false,
      ...
    }:
    builtins.fetchGit {
      inherit url name;
      submodules = fetchSubmodules;
      ${if rev == "HEAD" then "ref" else "rev"} = rev;
    };
}
