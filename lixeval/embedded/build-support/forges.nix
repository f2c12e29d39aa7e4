# Trees from Git repositories and from the sites that show them.
{ lib, pkgs, system }:
let
  # A tree by its archive, or by Git where something is asked for that archives do not have.
  fromForge =
    {
      archive,
      repository,
      homepage,
      said,
    }:
    {
      fetchSubmodules ? false,
      leaveDotGit ? false,
      deepClone ? false,
      forceFetchGit ? false,
      fetchLFS ? false,
      sparseCheckout ? [ ],
      rev ? null,
      tag ? null,
      name ? "source",
      passthru ? { },
      meta ? { },
      ...
    }@args:
    let
      revision =
        if (tag == null) == (rev == null) then
          throw "${homepage}: give either a rev or a tag"
        else if tag != null then
          "refs/tags/${tag}"
        else
          rev;
      byGit =
        fetchSubmodules || leaveDotGit == true || deepClone || forceFetchGit || fetchLFS || sparseCheckout != [ ];
      others = removeAttrs args [
        "deepClone"
        "fetchLFS"
        "fetchSubmodules"
        "forceFetchGit"
        "leaveDotGit"
        "rev"
        "sparseCheckout"
        "tag"
      ];
      about = {
        name = if name == null then "source" else name;
        meta = {
          inherit homepage;
        }
        // meta;
        passthru =
          said
          // {
            inherit tag;
            rev = revision;
            gitRepoUrl = repository;
          }
          // passthru;
      };
    in
    if byGit then
      pkgs.fetchgit (
        others
        // about
        // {
          url = repository;
          rev = revision;
          inherit
            deepClone
            fetchLFS
            fetchSubmodules
            sparseCheckout
            ;
        }
        // lib.optionalAttrs (args.leaveDotGit or null != null) { inherit leaveDotGit; }
      )
    else
      pkgs.fetchzip (others // about // { url = archive revision; });

  escaped = lib.replaceStrings [ "+" "%" "/" ] [ "%2B" "%25" "%2F" ];
in
{
  fetchgit = lib.makeOverridable (
    {
      url,
      rev ? null,
      tag ? null,
      hash ? "",
      sha256 ? "",
      outputHash ? "",
      outputHashAlgo ? null,
      leaveDotGit ? deepClone || fetchTags,
      fetchSubmodules ? true,
      deepClone ? false,
      branchName ? null,
      sparseCheckout ? [ ],
      nonConeMode ? false,
      name ? null,
      preFetch ? "",
      postFetch ? "",
      postCheckout ? "",
      preferLocalBuild ? true,
      fetchLFS ? false,
      fetchTags ? false,
      rootDir ? "",
      gitConfigFile ? null,
      netrcPhase ? null,
      netrcImpureEnvVars ? [ ],
      passthru ? { },
      meta ? { },
      allowedRequisites ? null,
      nativeBuildInputs ? [ ],
    }:
    assert lib.assertMsg (deepClone -> leaveDotGit) "fetchgit: deepClone keeps .git: leaveDotGit cannot be false";
    assert lib.assertMsg (
      nonConeMode -> sparseCheckout != [ ]
    ) "fetchgit: nonConeMode is about sparseCheckout, which is empty";
    let
      base = lib.last (lib.splitString ":" (baseNameOf (lib.removeSuffix "/" url)));
      revision =
        if tag != null && rev != null then
          throw "fetchgit: give either a rev or a tag"
        else if tag != null then
          "refs/tags/${tag}"
        else if rev != null then
          rev
        else
          "HEAD";
      short = lib.optionalString (builtins.match "[a-f0-9]*" revision != null) "-${builtins.substring 0 7 revision}";
      expected =
        if hash != "" && sha256 != "" then
          throw "fetchgit: give one of hash and sha256"
        else if hash != "" then
          { outputHash = hash; }
        else if outputHash != "" then
          { inherit outputHash outputHashAlgo; }
        else
          {
            outputHash = sha256;
            outputHashAlgo = "sha256";
          };
    in
    pkgs.stdenvNoCC.mkDerivation (
      expected
      // {
        name = if name != null then name else "${lib.removeSuffix ".git" base}${short}";
        outputHashMode = "recursive";
        nativeBuildInputs = [ pkgs.git ] ++ lib.optional fetchLFS pkgs.git-lfs ++ nativeBuildInputs;
        buildCommand = builtins.readFile ./fetchgit.sh;
        sparseCheckout =
          if builtins.isList sparseCheckout then
            lib.concatStringsSep "\n" sparseCheckout
          else
            throw "fetchgit: sparseCheckout is a list of folders";
        rev = revision;
        netrcPhase = if netrcPhase == null then "" else netrcPhase;
        gitConfigFile = if gitConfigFile == null then "" else gitConfigFile;
        branchName = if branchName == null then "fetchgit" else branchName;
        inherit
          deepClone
          fetchLFS
          fetchSubmodules
          fetchTags
          leaveDotGit
          meta
          nonConeMode
          postCheckout
          postFetch
          preFetch
          preferLocalBuild
          rootDir
          url
          ;
        GIT_SSL_CAINFO = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
        impureEnvVars =
          lib.fetchers.proxyImpureEnvVars
          ++ netrcImpureEnvVars
          ++ [
            "GIT_PROXY_COMMAND"
            "NIX_GIT_SSL_CAINFO"
            "SOCKS_SERVER"
          ];
        passthru = {
          gitRepoUrl = url;
          inherit tag;
        }
        // passthru;
      }
      // lib.optionalAttrs (allowedRequisites != null) { inherit allowedRequisites; }
    )
  );

  fetchFromGitHub = lib.makeOverridable (
    {
      owner,
      repo,
      githubBase ? "github.com",
      private ? false,
      varPrefix ? null,
      ...
    }@args:
    let
      homepage = "https://${githubBase}/${owner}/${repo}";
      variable = "NIX${lib.optionalString (varPrefix != null) "_${varPrefix}"}_GITHUB_PRIVATE_";
      login = lib.optionalAttrs private {
        netrcPhase = ''
          if [ -z "''$${variable}USERNAME" ] || [ -z "''$${variable}PASSWORD" ]; then
            echo "error: a private fetchFromGitHub wants ${variable}USERNAME and ${variable}PASSWORD in lixeval's environment" >&2
            exit 1
          fi
          printf 'machine %s\n  login %s\n  password %s\n' ${githubBase} "''$${variable}USERNAME" "''$${variable}PASSWORD" > netrc
        '';
        netrcImpureEnvVars = [
          "${variable}USERNAME"
          "${variable}PASSWORD"
        ];
      };
    in
    fromForge
      {
        inherit homepage;
        archive = revision: "${homepage}/archive/${revision}.tar.gz";
        repository = "${homepage}.git";
        said = { inherit owner repo; };
      }
      (
        removeAttrs args [
          "githubBase"
          "owner"
          "private"
          "repo"
          "varPrefix"
        ]
        // login
      )
  );

  fetchFromGitLab = lib.makeOverridable (
    {
      owner,
      repo,
      protocol ? "https",
      domain ? "gitlab.com",
      group ? null,
      ...
    }@args:
    let
      slug = lib.concatStringsSep "/" (lib.optional (group != null) group ++ [ owner repo ]);
      project = lib.replaceStrings [ "." "/" ] [ "%2E" "%2F" ] slug;
    in
    fromForge {
      homepage = "${protocol}://${domain}/${slug}/";
      archive =
        revision:
        "${protocol}://${domain}/api/v4/projects/${project}/repository/archive.tar.gz?sha=${escaped revision}";
      repository = "${protocol}://${domain}/${slug}.git";
      said = { inherit owner repo; };
    } (removeAttrs args [ "domain" "group" "owner" "protocol" "repo" ])
  );

  fetchFromGitea = lib.makeOverridable (
    {
      owner,
      repo,
      domain,
      ...
    }@args:
    pkgs.fetchFromGitHub (removeAttrs args [ "domain" ] // { githubBase = domain; })
  );
  fetchFromForgejo = pkgs.fetchFromGitea;
  fetchFromCodeberg = args: pkgs.fetchFromGitea ({ domain = "codeberg.org"; } // args);

  fetchFromBitbucket = lib.makeOverridable (
    {
      owner,
      repo,
      ...
    }@args:
    fromForge {
      homepage = "https://bitbucket.org/${owner}/${repo}/";
      archive = revision: "https://bitbucket.org/${owner}/${repo}/get/${revision}.tar.gz";
      repository = "https://bitbucket.org/${owner}/${repo}.git";
      said = { inherit owner repo; };
    } (removeAttrs args [ "owner" "repo" ])
  );

  fetchFromSourcehut = lib.makeOverridable (
    {
      owner,
      repo,
      domain ? "sr.ht",
      ...
    }@args:
    fromForge {
      homepage = "https://git.${domain}/${owner}/${repo}/";
      archive = revision: "https://git.${domain}/${owner}/${repo}/archive/${revision}.tar.gz";
      repository = "https://git.${domain}/${owner}/${repo}";
      said = { inherit owner repo; };
    } (removeAttrs args [ "domain" "owner" "repo" ])
  );

  fetchPypi = lib.makeOverridable (
    {
      pname,
      version,
      format ? "setuptools",
      extension ? "tar.gz",
      dist ? "py2.py3",
      python ? "py2.py3",
      abi ? "none",
      platform ? "any",
      ...
    }@args:
    pkgs.fetchurl (
      removeAttrs args [
        "abi"
        "dist"
        "extension"
        "format"
        "platform"
        "pname"
        "python"
        "version"
      ]
      // {
        url =
          if format == "wheel" then
            "https://files.pythonhosted.org/packages/${dist}/${builtins.substring 0 1 pname}/${pname}/${pname}-${version}-${python}-${abi}-${platform}.whl"
          else
            "mirror://pypi/${builtins.substring 0 1 pname}/${pname}/${pname}-${version}.${extension}";
      }
    )
  );
}
