"""What an expression has tried under restricted and under pure evaluation, to read what it may not.

Each is evaluated under both; `restricted` and `pure` say what must happen: FORBIDDEN and REFUSED are errors (the first
says that access is forbidden), everything else is the value.  They are what real Nix 2.26.3 does, but for those of
STRICTER, where that follows a link or `%2e%2e` in a file's URL, reads a flake, or asks a cache, out of what restricted
evaluation may read, and lixeval does not.

    @IN@       the folder that the search path names, which restricted evaluation may read; it holds links out
    @OUT@      a folder beside it, with `secret`, flakes, a tarball and a repository
    @STORE@    a path of the store that the expression has not made; its contents are secret too

What has a hash (`narHash`, `sha256`, `rev`) pure evaluation may fetch from anywhere: who knows it, knows the contents.
"""

# ruff: noqa: E501 (an expression is read in one line)

from __future__ import annotations

from typing import NamedTuple

FORBIDDEN, REFUSED = "access is forbidden", "an error"
SECRET = "SEKRET"


class Attempt(NamedTuple):
    """One row of the table."""

    name: str
    expression: str
    restricted: str
    pure: str


STRICTER = frozenset(
    (
        "fetchClosure of the store",
        "fetchTarball link",
        "fetchurl below link in",
        "fetchurl encoded",
        "fetchurl link in",
        "getFlake git",
        "getFlake git rev",
        "getFlake path",
        "getFlake plain",
    )
)

ATTEMPTS = (
    Attempt("fetchurl link in", 'builtins.readFile (builtins.fetchurl "file://@IN@/link")', FORBIDDEN, REFUSED),
    Attempt(
        "fetchurl below link in",
        'builtins.readFile (builtins.fetchurl "file://@IN@/folder/secret")',
        FORBIDDEN,
        REFUSED,
    ),
    Attempt(
        "fetchurl encoded", 'builtins.readFile (builtins.fetchurl "file://@IN@/%2e%2e/out/secret")', FORBIDDEN, REFUSED
    ),
    Attempt("fetchurl in", 'builtins.readFile (builtins.fetchurl "file://@IN@/plain")', '"plain"', REFUSED),
    Attempt(
        "fetchTarball link",
        'builtins.readDir (builtins.fetchTarball "file://@IN@/folder/x.tar.gz")',
        FORBIDDEN,
        REFUSED,
    ),
    Attempt("fetchurl upper", 'builtins.readFile (builtins.fetchurl "FILE://@OUT@/secret")', FORBIDDEN, REFUSED),
    Attempt("fetchurl one slash", 'builtins.readFile (builtins.fetchurl "file:@OUT@/secret")', FORBIDDEN, REFUSED),
    Attempt(
        "fetchurl localhost", 'builtins.readFile (builtins.fetchurl "file://localhost@OUT@/secret")', FORBIDDEN, REFUSED
    ),
    Attempt("fetchGit link", 'builtins.readDir (builtins.fetchGit "file://@IN@/folder/repo")', FORBIDDEN, REFUSED),
    Attempt("fetchGit dotdot", 'builtins.readDir (builtins.fetchGit "file://@IN@/../out/repo")', FORBIDDEN, REFUSED),
    Attempt(
        "fetchTree git link",
        'builtins.readDir (builtins.fetchTree { type = "git"; url = "file://@IN@/folder/repo"; })',
        FORBIDDEN,
        REFUSED,
    ),
    Attempt(
        "fetchTree path link",
        'builtins.readDir (builtins.fetchTree { type = "path"; path = "@IN@/folder/sub"; })',
        FORBIDDEN,
        REFUSED,
    ),
    Attempt(
        "fetchTree path in",
        'builtins.readDir (builtins.fetchTree { type = "path"; path = "@IN@"; })',
        FORBIDDEN,
        REFUSED,
    ),
    Attempt("flake path link", '(builtins.getFlake "path:@IN@/folder/flake").secret', FORBIDDEN, REFUSED),
    Attempt(
        "store in other context",
        'let p = builtins.toFile "x" "y"; in builtins.readFile (builtins.substring 0 0 p + "@STORE@")',
        FORBIDDEN,
        FORBIDDEN,
    ),
    Attempt("hash of store", 'builtins.hashFile "sha256" "@STORE@"', FORBIDDEN, FORBIDDEN),
    Attempt(
        "readFile fetched",
        'builtins.readFile "${builtins.path { path = @IN@/plain; name = "q"; }}"',
        '"plain"',
        FORBIDDEN,
    ),
    Attempt("read", "builtins.readFile @OUT@/secret", FORBIDDEN, FORBIDDEN),
    Attempt("read string", 'builtins.readFile "@OUT@/secret"', FORBIDDEN, FORBIDDEN),
    Attempt("read dotdot", 'builtins.readFile (@IN@ + "/../out/secret")', FORBIDDEN, FORBIDDEN),
    Attempt("read dotdot str", 'builtins.readFile "@IN@/../out/secret"', FORBIDDEN, FORBIDDEN),
    Attempt("read link", "builtins.readFile @IN@/link", FORBIDDEN, FORBIDDEN),
    Attempt("read below link", "builtins.readFile @IN@/folder/secret", FORBIDDEN, FORBIDDEN),
    Attempt("read below linkup", "builtins.readFile @IN@/up/out/secret", FORBIDDEN, FORBIDDEN),
    Attempt("read chain", "builtins.readFile @IN@/chain", FORBIDDEN, FORBIDDEN),
    Attempt("read below two", "builtins.readFile @IN@/two/secret", FORBIDDEN, FORBIDDEN),
    Attempt("read through in and back", "builtins.readFile @IN@/folder/../in/plain", REFUSED, FORBIDDEN),
    Attempt("read proc", "builtins.readFile /proc/self/environ", FORBIDDEN, FORBIDDEN),
    Attempt("read proc root", 'builtins.readFile "/proc/self/root@OUT@/secret"', FORBIDDEN, FORBIDDEN),
    Attempt("read proc cwd", "builtins.readFile /proc/self/cwd/secret", FORBIDDEN, FORBIDDEN),
    Attempt("read devstdin", "builtins.readFile /dev/stdin", FORBIDDEN, FORBIDDEN),
    Attempt("read prefix sibling", "builtins.readFile @IN@side/secret", FORBIDDEN, FORBIDDEN),
    Attempt("import", "import @OUT@/secret.nix", FORBIDDEN, FORBIDDEN),
    Attempt("import link", "import @IN@/link.nix", FORBIDDEN, FORBIDDEN),
    Attempt("import folder link", "import @IN@/folder", FORBIDDEN, FORBIDDEN),
    Attempt("import str", 'import "@OUT@/secret.nix"', FORBIDDEN, FORBIDDEN),
    Attempt("import default", "import @IN@/withdefault", FORBIDDEN, FORBIDDEN),
    Attempt("scopedImport", "builtins.scopedImport { } @OUT@/secret.nix", FORBIDDEN, FORBIDDEN),
    Attempt("scopedImport link", "builtins.scopedImport { } @IN@/link.nix", FORBIDDEN, FORBIDDEN),
    Attempt("import inside importing outside", "import @IN@/importer.nix", FORBIDDEN, FORBIDDEN),
    Attempt("interpolate", '"${@OUT@/secret}"', FORBIDDEN, FORBIDDEN),
    Attempt("interpolate link", 'builtins.readFile "${@IN@/link}"', FORBIDDEN, FORBIDDEN),
    Attempt("interpolate below", 'builtins.readFile "${@IN@/folder/secret}"', FORBIDDEN, FORBIDDEN),
    Attempt("path", "builtins.readFile (builtins.path { path = @OUT@/secret; })", FORBIDDEN, FORBIDDEN),
    Attempt("path link", "builtins.readFile (builtins.path { path = @IN@/link; })", FORBIDDEN, FORBIDDEN),
    Attempt("path str", 'builtins.readFile (builtins.path { path = "@OUT@/secret"; })', FORBIDDEN, FORBIDDEN),
    Attempt(
        "path recursive false",
        "builtins.readFile (builtins.path { path = @IN@/link; recursive = false; })",
        FORBIDDEN,
        FORBIDDEN,
    ),
    Attempt(
        "path folder", 'builtins.readDir (builtins.path { path = @IN@/folder; name = "x"; })', FORBIDDEN, FORBIDDEN
    ),
    Attempt(
        "filterSource", "builtins.readFile (builtins.filterSource (p: t: true) @OUT@/secret)", FORBIDDEN, FORBIDDEN
    ),
    Attempt(
        "filterSource link", "builtins.readDir (builtins.filterSource (p: t: true) @IN@/folder)", FORBIDDEN, FORBIDDEN
    ),
    Attempt(
        "filterSource in",
        'builtins.readFile "${builtins.filterSource (p: t: builtins.baseNameOf p == "link") @IN@}/link"',
        FORBIDDEN,
        FORBIDDEN,
    ),
    Attempt("copied link", 'builtins.readFile "${@IN@}/link"', FORBIDDEN, FORBIDDEN),
    Attempt("copied links", 'builtins.readFile "${@IN@}/folder/secret"', FORBIDDEN, FORBIDDEN),
    Attempt(
        "findFile",
        'builtins.readFile (builtins.findFile [ { path = "@OUT@"; prefix = ""; } ] "secret")',
        FORBIDDEN,
        FORBIDDEN,
    ),
    Attempt(
        "findFile only",
        'toString (builtins.findFile [ { path = "@OUT@"; prefix = ""; } ] "secret")',
        FORBIDDEN,
        FORBIDDEN,
    ),
    Attempt(
        "findFile dotdot",
        'builtins.readFile (builtins.findFile [ { path = "@IN@"; prefix = ""; } ] "../out/secret")',
        REFUSED,
        FORBIDDEN,
    ),
    Attempt(
        "findFile link",
        'builtins.readFile (builtins.findFile [ { path = "@IN@"; prefix = ""; } ] "folder/secret")',
        FORBIDDEN,
        FORBIDDEN,
    ),
    Attempt("lookup", "<in/folder/secret>", FORBIDDEN, REFUSED),
    Attempt("lookup read", "builtins.readFile <in/link>", FORBIDDEN, REFUSED),
    Attempt("lookup dotdot", 'builtins.readFile (__findFile __nixPath "in/../out/secret")', REFUSED, REFUSED),
    Attempt("nix path", "builtins.readFile <nix/../../etc/passwd>", REFUSED, REFUSED),
    Attempt("nix path 2", 'builtins.readFile (builtins.findFile [] "nix/../../../../../etc/passwd")', REFUSED, REFUSED),
    Attempt("nix fetchurl", "builtins.isFunction (import <nix/fetchurl.nix>)", "true", "true"),
    Attempt("fetchurl file", 'builtins.readFile (builtins.fetchurl "file://@OUT@/secret")', FORBIDDEN, REFUSED),
    Attempt(
        "fetchurl file sha",
        'builtins.readFile (builtins.fetchurl { url = "file://@OUT@/secret"; sha256 = "@SHA@"; })',
        FORBIDDEN,
        '"SEKRET"',
    ),
    Attempt("fetchurl path", 'builtins.readFile (builtins.fetchurl "@OUT@/secret")', FORBIDDEN, REFUSED),
    Attempt(
        "fetchurl inside file", 'builtins.readFile (builtins.fetchurl "file://@IN@/../out/secret")', FORBIDDEN, REFUSED
    ),
    Attempt(
        "fetchTarball file", 'builtins.readDir (builtins.fetchTarball "file://@OUT@/x.tar.gz")', FORBIDDEN, REFUSED
    ),
    Attempt(
        "fetchTarball file sha",
        'builtins.readDir (builtins.fetchTarball { url = "file://@OUT@/x.tar.gz"; sha256 = "@TAR@"; })',
        FORBIDDEN,
        '{ f = "regular"; }',
    ),
    Attempt("fetchTarball http", 'builtins.fetchTarball "http://127.0.0.1:9/x.tar.gz"', FORBIDDEN, REFUSED),
    Attempt("fetchurl http", 'builtins.fetchurl "http://127.0.0.1:9/x"', FORBIDDEN, REFUSED),
    Attempt("fetchGit path", "builtins.readDir (builtins.fetchGit @OUT@/repo)", FORBIDDEN, REFUSED),
    Attempt(
        "fetchGit rev",
        'builtins.readDir (builtins.fetchGit { url = "@OUT@/repo"; rev = "@REV@"; })',
        FORBIDDEN,
        '{ "flake.nix" = "regular"; }',
    ),
    Attempt("fetchGit file", 'builtins.readDir (builtins.fetchGit "file://@OUT@/repo")', FORBIDDEN, REFUSED),
    Attempt(
        "fetchGit file rev",
        'builtins.readDir (builtins.fetchGit { url = "file://@OUT@/repo"; rev = "@REV@"; })',
        FORBIDDEN,
        '{ "flake.nix" = "regular"; }',
    ),
    Attempt("fetchGit inside link", "builtins.readDir (builtins.fetchGit @IN@/folder/repo)", FORBIDDEN, REFUSED),
    Attempt("fetchGit http", 'builtins.fetchGit "http://127.0.0.1:9/x"', FORBIDDEN, REFUSED),
    Attempt(
        "fetchTree path", 'builtins.readDir (builtins.fetchTree { type = "path"; path = "@OUT@"; })', FORBIDDEN, REFUSED
    ),
    Attempt(
        "fetchTree path nar",
        'builtins.readDir (builtins.fetchTree { type = "path"; path = "@OUT@/sub"; narHash = "@SUBNAR@"; })',
        FORBIDDEN,
        '{ f = "regular"; }',
    ),
    Attempt("fetchTree path url", 'builtins.readDir (builtins.fetchTree "path:@OUT@/sub")', FORBIDDEN, REFUSED),
    Attempt(
        "fetchTree git",
        'builtins.readDir (builtins.fetchTree { type = "git"; url = "file://@OUT@/repo"; rev = "@REV@"; })',
        FORBIDDEN,
        '{ "flake.nix" = "regular"; }',
    ),
    Attempt(
        "fetchTree git url",
        'builtins.readDir (builtins.fetchTree "git+file://@OUT@/repo?rev=@REV@")',
        FORBIDDEN,
        '{ "flake.nix" = "regular"; }',
    ),
    Attempt(
        "fetchTree file",
        'builtins.readFile (builtins.fetchTree { type = "file"; url = "file://@OUT@/secret"; })',
        FORBIDDEN,
        REFUSED,
    ),
    Attempt(
        "fetchTree tarball",
        'builtins.readDir (builtins.fetchTree { type = "tarball"; url = "file://@OUT@/x.tar.gz"; })',
        FORBIDDEN,
        REFUSED,
    ),
    Attempt("getFlake path", '(builtins.getFlake "path:@OUT@/flake").secret', FORBIDDEN, REFUSED),
    Attempt("getFlake plain", '(builtins.getFlake "@OUT@/flake").secret', FORBIDDEN, REFUSED),
    Attempt("getFlake git", '(builtins.getFlake "git+file://@OUT@/repo").secret', FORBIDDEN, REFUSED),
    Attempt("getFlake git rev", '(builtins.getFlake "git+file://@OUT@/repo?rev=@REV@").secret', FORBIDDEN, '"SEKRET"'),
    Attempt("storePath", 'builtins.readFile (builtins.storePath "@STORE@")', FORBIDDEN, REFUSED),
    Attempt("storePath path", "builtins.readFile (builtins.storePath @STORE@)", FORBIDDEN, REFUSED),
    Attempt("store read", "builtins.readFile @STORE@", FORBIDDEN, FORBIDDEN),
    Attempt("store read str", 'builtins.readFile "@STORE@"', FORBIDDEN, FORBIDDEN),
    Attempt("store readDir names", "builtins.readDir /nix/store", FORBIDDEN, FORBIDDEN),
    Attempt("store exists", 'builtins.pathExists "@STORE@"', "false", "false"),
    Attempt(
        "store appendContext",
        'builtins.readFile (builtins.appendContext "@STORE@" { "@STORE@" = { path = true; }; })',
        FORBIDDEN,
        FORBIDDEN,
    ),
    Attempt("store link in allowed", "builtins.readFile @IN@/storelink", FORBIDDEN, FORBIDDEN),
    Attempt("store interpolate", 'builtins.readFile "${@STORE@}"', FORBIDDEN, FORBIDDEN),
    Attempt(
        "store path fixed", 'builtins.readFile (builtins.path { path = @STORE@; name = "s"; })', FORBIDDEN, FORBIDDEN
    ),
    Attempt("store toFile dep", 'builtins.readFile (builtins.toFile "x" "a")', '"a"', '"a"'),
    Attempt("hashFile", 'builtins.hashFile "sha256" @OUT@/secret', FORBIDDEN, FORBIDDEN),
    Attempt("hashFile link", 'builtins.hashFile "sha256" @IN@/link', FORBIDDEN, FORBIDDEN),
    Attempt("pathExists out", "builtins.pathExists @OUT@/secret", "false", "false"),
    Attempt("pathExists out none", "builtins.pathExists @OUT@/none", "false", "false"),
    Attempt("pathExists link", "builtins.pathExists @IN@/link", "true", "false"),
    Attempt("pathExists link/", 'builtins.pathExists "@IN@/folder/"', "false", "false"),
    Attempt("pathExists below", "builtins.pathExists @IN@/folder/secret", "false", "false"),
    Attempt("pathExists below none", "builtins.pathExists @IN@/folder/none", "false", "false"),
    Attempt("pathExists dangling", "builtins.pathExists @IN@/dangling", "true", "false"),
    Attempt("pathExists dotdot", 'builtins.pathExists (@IN@ + "/../out")', "false", "false"),
    Attempt("pathExists root", "builtins.pathExists /.", "true", "false"),
    Attempt("pathExists etc", "builtins.pathExists /etc/passwd", "false", "false"),
    Attempt("readDir", "builtins.readDir @OUT@", FORBIDDEN, FORBIDDEN),
    Attempt("readDir parent", 'builtins.readDir (@IN@ + "/..")', '{ "in" = "directory"; }', FORBIDDEN),
    Attempt("readDir link", "builtins.readDir @IN@/folder", FORBIDDEN, FORBIDDEN),
    Attempt(
        "readDir in",
        "builtins.readDir @IN@",
        '{ chain = "symlink"; dangling = "symlink"; folder = "symlink"; "importer.nix" = "regular"; link = "symlink"; "link.nix" = "symlink"; plain = "regular"; storelink = "symlink"; two = "symlink"; up = "symlink"; withdefault = "directory"; }',
        FORBIDDEN,
    ),
    Attempt("readFileType", "builtins.readFileType @OUT@/secret", FORBIDDEN, FORBIDDEN),
    Attempt("readFileType link", "builtins.readFileType @IN@/folder/secret", REFUSED, FORBIDDEN),
    Attempt("readFileType link itself", "builtins.readFileType @IN@/link", '"symlink"', FORBIDDEN),
    Attempt("getEnv", 'builtins.getEnv "ATTACK_SECRET"', '""', '""'),
    Attempt("getEnv HOME", 'builtins.getEnv "HOME"', '""', '""'),
    Attempt(
        "derivation src",
        '(derivation { name = "x"; system = "x"; builder = @OUT@/secret; }).drvPath',
        FORBIDDEN,
        FORBIDDEN,
    ),
    Attempt(
        "derivation src link",
        '(derivation { name = "x"; system = "x"; builder = @IN@/folder/secret; }).drvPath',
        FORBIDDEN,
        FORBIDDEN,
    ),
    Attempt("toJSON path", "builtins.toJSON @OUT@/secret", FORBIDDEN, FORBIDDEN),
    Attempt(
        "toXML path",
        "builtins.toXML @OUT@/secret",
        "\"<?xml version='1.0' encoding='utf-8'?>\\n<expr>\\n  <path value=\\\"@ROOT@/out/secret\\\" />\\n</expr>\\n\"",
        "\"<?xml version='1.0' encoding='utf-8'?>\\n<expr>\\n  <path value=\\\"@ROOT@/out/secret\\\" />\\n</expr>\\n\"",
    ),
    Attempt("placeholder", 'builtins.readFile (builtins.placeholder "out")', FORBIDDEN, FORBIDDEN),
    Attempt("fromTOML", "builtins.fromTOML (builtins.readFile @OUT@/secret)", FORBIDDEN, FORBIDDEN),
    Attempt(
        "parse import of toFile",
        'import (builtins.toFile "x.nix" "builtins.readFile @OUT@/secret")',
        FORBIDDEN,
        FORBIDDEN,
    ),
    Attempt(
        "toFile import relative",
        'import (builtins.toFile "x.nix" "import ./../../..@OUT@/secret.nix")',
        FORBIDDEN,
        FORBIDDEN,
    ),
    Attempt("tryEval", "builtins.tryEval (builtins.readFile @OUT@/secret)", FORBIDDEN, FORBIDDEN),
    Attempt("tryEval exists", "(builtins.tryEval (builtins.pathExists @OUT@/secret)).success", "true", "true"),
    Attempt("setOutPath", 'builtins.readFile { outPath = "@OUT@/secret"; }', FORBIDDEN, FORBIDDEN),
    Attempt("toPath", 'builtins.readFile (builtins.toPath "@OUT@/secret")', FORBIDDEN, FORBIDDEN),
    Attempt("dirOf", 'builtins.readFile (dirOf @IN@ + "/out/secret")', FORBIDDEN, FORBIDDEN),
    Attempt(
        "fetchClosure", 'builtins.fetchClosure { fromStore = "file://@OUT@"; fromPath = @STORE@; }', REFUSED, REFUSED
    ),
    Attempt(
        "fetchClosure ssh",
        'builtins.fetchClosure { fromStore = "ssh://-oProxyCommand=x"; fromPath = @STORE@; }',
        REFUSED,
        REFUSED,
    ),
    Attempt(
        "fetchClosure upper",
        'builtins.fetchClosure { fromStore = "FILE://@OUT@"; fromPath = @STORE@; }',
        REFUSED,
        REFUSED,
    ),
    Attempt(
        "fetchClosure daemon", 'builtins.fetchClosure { fromStore = "daemon"; fromPath = @STORE@; }', REFUSED, REFUSED
    ),
    Attempt(
        "fetchClosure query",
        'builtins.fetchClosure { fromStore = "http://127.0.0.1:1?trusted=1"; fromPath = @STORE@; }',
        REFUSED,
        REFUSED,
    ),
    Attempt(
        "fetchClosure no path",
        'builtins.fetchClosure { fromStore = "http://127.0.0.1:1"; fromPath = @OUT@/secret; }',
        REFUSED,
        REFUSED,
    ),
    Attempt(
        "fetchClosure dotdot",
        'builtins.fetchClosure { fromStore = "http://127.0.0.1:1"; fromPath = "/nix/store/../..@OUT@/secret"; }',
        REFUSED,
        REFUSED,
    ),
    Attempt(
        "fetchClosure below",
        'builtins.fetchClosure { fromStore = "http://127.0.0.1:1"; fromPath = "@STORE@/x"; }',
        REFUSED,
        REFUSED,
    ),
    Attempt(
        "fetchClosure to",
        'builtins.fetchClosure { fromStore = "http://127.0.0.1:1"; fromPath = @STORE@; toPath = @OUT@/secret; }',
        REFUSED,
        REFUSED,
    ),
    Attempt(
        "fetchClosure of the store",
        'builtins.readFile (builtins.fetchClosure { fromStore = "http://127.0.0.1:1"; fromPath = @STORE@; inputAddressed = true; })',
        FORBIDDEN,
        REFUSED,
    ),
    Attempt("outputOf", 'builtins.readFile (builtins.unsafeDiscardStringContext "@STORE@")', FORBIDDEN, FORBIDDEN),
    Attempt("storeDir dotdot", 'builtins.readFile "/nix/store/../..@OUT@/secret"', FORBIDDEN, FORBIDDEN),
    Attempt("long dotdot", 'builtins.readFile (@IN@ + "/./x/.././../out/./secret")', FORBIDDEN, FORBIDDEN),
)
