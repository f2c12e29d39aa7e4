"""What a Git repository, its URL or its surroundings may try on whoever fetches it: the table of attempts.

An `Attempt` is (name, door, CVE or "", script or entries, expression, what must happen):

    script        shell commands, run in a repository with one commit; CANARY is a program that leaves a trace, SECRET a
                  file outside
    entries       (mode, name) of a tree that is written as it is; the content is a file's, or a folder's
    expression    @DIRECTORY@ is the repository, @REVISION@ its commit, @URL@ the same behind a server
    must          "harmless" (a value, and no trace), or a part of the error

test_git.py carries them out.
"""

from __future__ import annotations

from typing import NamedTuple


class Attempt(NamedTuple):
    """One row of the table."""

    name: str
    door: str
    cve: str
    script: str
    expression: str
    must: str


class Entries(NamedTuple):
    """A tree that no git command would make."""

    name: str
    cve: str
    entries: tuple[tuple[str, bytes], ...]
    must: str


FILE, LINK, FOLDER, GITLINK = "100644", "120000", "40000", "160000"

TREES = (
    Entries("parent", "", ((FOLDER, b".."),), "contains '..'"),
    Entries("parent-file", "", ((FILE, b".."),), "contains '..'"),
    Entries("itself", "", ((FOLDER, b"."),), "contains '.'"),
    Entries("empty", "", ((FILE, b""),), "contains empty pathname"),
    Entries("slash", "", ((FILE, b"a/b"),), "contains full pathnames"),
    Entries("slash-parent", "", ((FILE, b"../../x"),), "contains full pathnames"),
    Entries("absolute", "", ((FILE, b"/tmp/x"),), "contains full pathnames"),
    Entries("dot-git", "", ((FOLDER, b".git"),), "contains '.git'"),
    Entries("dot-git-file", "", ((FILE, b".git"),), "contains '.git'"),
    Entries("dot-git-link", "CVE-2024-32002", ((LINK, b".git"),), "contains '.git'"),
    Entries("dot-git-upper", "CVE-2014-9390", ((FOLDER, b".GIT"),), "contains '.git'"),
    Entries("dot-git-mixed", "CVE-2014-9390", ((FOLDER, b".GiT"),), "contains '.git'"),
    Entries("dot-git-hfs", "CVE-2014-9390", ((FOLDER, ".g\u200cit".encode()),), "contains '.git'"),
    Entries("dot-git-hfs-first", "CVE-2014-9390", ((FOLDER, "\ufeff.git".encode()),), "contains '.git'"),
    Entries("dot-git-hfs-last", "CVE-2014-9390", ((FOLDER, ".Git\u206f".encode()),), "contains '.git'"),
    Entries("dot-git-short", "CVE-2014-9390", ((FOLDER, b"git~1"),), "contains '.git'"),
    Entries("dot-git-short-upper", "CVE-2014-9390", ((FOLDER, b"GIT~1"),), "contains '.git'"),
    Entries("dot-git-blank", "CVE-2019-1352", ((FOLDER, b".git "),), "contains '.git'"),
    Entries("dot-git-dots", "CVE-2019-1352", ((FOLDER, b".git..."),), "contains '.git'"),
    Entries("dot-git-stream", "CVE-2019-1352", ((FOLDER, b".git::$INDEX_ALLOCATION"),), "contains '.git'"),
    Entries("dot-git-short-stream", "CVE-2019-1352", ((FOLDER, b"git~1:x"),), "contains '.git'"),
    Entries("dot-git-backslash", "CVE-2019-1354", ((FILE, b".git\\hooks\\x"),), "contains '.git'"),
    Entries("backslash-dot-git", "CVE-2019-1354", ((FILE, b"a\\.git\\config"),), "contains '.git'"),
    Entries("twice", "", ((FILE, b"a"), (FILE, b"a")), "contains duplicate file entries"),
    Entries("link-then-folder", "CVE-2021-21300", ((LINK, b"a"), (FOLDER, b"a")), "contains duplicate file entries"),
    Entries("folder-then-link", "CVE-2024-32002", ((FOLDER, b"a"), (LINK, b"a")), "contains duplicate file entries"),
    Entries("apart", "", ((LINK, b"a"), (FILE, b"a.b"), (FOLDER, b"a")), "contains duplicate file entries"),
    Entries(
        "link-then-submodule", "CVE-2024-32002", ((LINK, b"a"), (GITLINK, b"a")), "contains duplicate file entries"
    ),
    Entries("gitmodules-link", "CVE-2018-11235", ((LINK, b".gitmodules"),), ".gitmodules is a symbolic link"),
    Entries("gitmodules-link-upper", "CVE-2018-11235", ((LINK, b".GITMODULES"),), ".gitmodules is a symbolic link"),
    Entries("long", "", ((FILE, b"x" * 5000),), "contains excessively large pathname"),
    Entries("mode", "", (("10644", b"a"),), "contains bad file modes"),
    Entries("device", "", (("20644", b"a"),), "contains bad file modes"),
    Entries("no-mode", "", (("zz", b"a"),), "contains bad file modes"),
)
"""Refused by the name that `git fsck` gives them, from a working directory's commit, a bare repository and a server."""

HARMLESS_NAMES = (b".gita", b"..a", b"...", b".g", b"git", b"git~2", b"a\\b", b".gitignore", b"a b", b"\xff", b"-x")

HERE = "builtins.readDir (builtins.fetchGit @DIRECTORY@)"
COMMIT = 'builtins.readDir (builtins.fetchGit { url = @DIRECTORY@; ref = "HEAD"; })'
ALL = "builtins.readDir (builtins.fetchGit { url = @DIRECTORY@; submodules = true; })"

_CONFIGURATIONS = {
    "core.fsmonitor": ("CVE-2022-24765", "git config core.fsmonitor CANARY"),
    "core.hooksPath": (
        "",
        "mkdir .git/h; for h in post-index-change reference-transaction post-checkout; do "
        "cp CANARY .git/h/$h; done; git config core.hooksPath .git/h",
    ),
    "hooks": (
        "CVE-2024-32465",
        "for h in post-index-change reference-transaction fsmonitor-watchman; do "
        "cp CANARY .git/hooks/$h; done; git config core.fsmonitor .git/hooks/fsmonitor-watchman",
    ),
    "filter.clean": (
        "",
        "git config filter.x.clean CANARY; git config filter.x.required true; "
        "echo '* filter=x' > .gitattributes; echo more >> a",
    ),
    "filter.process": (
        "",
        "git config filter.x.process CANARY; git config filter.x.required true; "
        "echo '* filter=x' > .gitattributes; echo more >> a",
    ),
    "filter.smudge": ("", "git config filter.x.smudge CANARY; echo '* filter=x' > .git/info/attributes"),
    "diff.textconv": (
        "",
        "git config diff.x.textconv CANARY; git config diff.external CANARY; "
        "echo '* diff=x' > .gitattributes; echo more >> a",
    ),
    "merge.driver": ("", "git config merge.x.driver CANARY; echo '* merge=x' > .gitattributes"),
    "core.sshCommand": ("", "git config core.sshCommand CANARY; git config remote.origin.url ssh://h/x"),
    "core.gitProxy": ("", "git config core.gitProxy CANARY; git config remote.origin.url git://h/x"),
    "credential.helper": ("", "git config credential.helper '!CANARY'"),
    "core.askPass": ("", "git config core.askPass CANARY"),
    "core.alternateRefsCommand": (
        "",
        "git config core.alternateRefsCommand CANARY; "
        "git clone -q --bare . ../alt; echo $PWD/../alt/objects > .git/objects/info/alternates",
    ),
    "uploadpack.packObjectsHook": ("", "git config uploadpack.packObjectsHook CANARY"),
    "include.path": ("", "printf '[core]\\n\\tfsmonitor = CANARY\\n' > .git/evil; git config include.path evil"),
    "includeIf": (
        "",
        "printf '[core]\\n\\tfsmonitor = CANARY\\n' > .git/evil; git config includeIf.gitdir:/.path $PWD/.git/evil",
    ),
    "config.worktree": (
        "",
        "git config extensions.worktreeConfig true; printf '[core]\\n\\tfsmonitor = CANARY\\n' > .git/config.worktree",
    ),
    "pager": ("", "git config core.pager CANARY; git config pager.status CANARY; git config pager.log CANARY"),
    "alias": ("", "for a in status ls-files cat-file rev-list; do git config alias.$a '!CANARY'; done"),
    "gpg.program": ("", "git config gpg.program CANARY; git config log.showSignature true"),
    "core.editor": ("", "git config core.editor CANARY; git config sequence.editor CANARY"),
    "partial-clone": (
        "CVE-2024-32004",
        "git config extensions.partialClone origin; git config remote.origin.promisor true;"
        " git config remote.origin.url ext::CANARY; git config protocol.ext.allow always; "
        "git config remote.origin.uploadpack CANARY; "
        "printf 'a\\tb' > gone; git add gone; git commit -qm gone; rm gone; "
        "rm -f .git/objects/$(git rev-parse HEAD:gone | sed 's,^..,&/,')",
    ),
    "submodule.update": (
        "CVE-2019-19604",
        "git config submodule.s.update '!CANARY'; "
        "printf '[submodule \"s\"]\\n\\tpath = s\\n\\turl = ./s\\n\\tupdate = !CANARY\\n' > .gitmodules; "
        "git add .; git commit -qm s",
    ),
    "submodule-configuration": (
        "CVE-2022-24765",
        "git init -q s; git -C s commit -q --allow-empty -m s; "
        "printf '[submodule \"s\"]\\n\\tpath = s\\n\\turl = ./s\\n' > .gitmodules; "
        "git -c advice.addEmbeddedRepo=false add .; git commit -qm s; "
        "git -C s config core.fsmonitor CANARY",
    ),
    "index-fsmonitor": ("", "git config core.fsmonitor CANARY; git update-index --fsmonitor 2>/dev/null || true"),
    "trace": ("", "git config trace2.eventTarget $PWD/TRACE"),
    "templates": ("", "mkdir -p t/hooks; cp CANARY t/hooks/post-index-change; git config init.templateDir $PWD/t"),
    "lfs": (
        "CVE-2020-27955",
        "cp CANARY git-lfs; git add .; git commit -qm lfs; "
        "git config filter.lfs.process git-lfs; echo '* filter=lfs' > .gitattributes; echo more >> a",
    ),
    "ext-diff-config-in-tree": (
        "",
        "printf '[core]\\n\\tfsmonitor = CANARY\\n' > .gitconfig; git add .; git commit -qm x",
    ),
}

CONFIGURATIONS = tuple(
    Attempt(
        name, door, cve, script, expression, "missing" if (name, door) == ("partial-clone", "commit") else "harmless"
    )
    for name, (cve, script) in _CONFIGURATIONS.items()
    for door, expression in (("working directory", HERE), ("commit", COMMIT), ("submodules", ALL))
)
"""A repository's own configuration, hooks and attributes: no program runs, whatever door it is fetched by."""

ENVIRONMENTS = {
    "GIT_DIR": "SECRET.git",
    "GIT_WORK_TREE": "/etc",
    "GIT_INDEX_FILE": "/etc/passwd",
    "GIT_OBJECT_DIRECTORY": "/nowhere",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nowhere",
    "GIT_COMMON_DIR": "/nowhere",
    "GIT_NAMESPACE": "x",
    "GIT_CONFIG_PARAMETERS": "'core.fsmonitor'='CANARY'",
    "GIT_CONFIG": "/nowhere",
    "GIT_EXTERNAL_DIFF": "CANARY",
    "GIT_EXEC_PATH": "/nowhere",
    "GIT_TEMPLATE_DIR": "/nowhere",
    "GIT_TRACE": "TRACE",
    "GIT_TRACE2": "TRACE",
    "GIT_TRACE_SETUP": "TRACE",
    "GIT_PAGER": "CANARY",
    "GIT_EDITOR": "CANARY",
    "GIT_ATTR_SOURCE": "nowhere",
    "GIT_CEILING_DIRECTORIES": "/",
    "GIT_DEFAULT_HASH": "sha256",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_SHALLOW_FILE": "/etc/passwd",
    "GIT_REPLACE_REF_BASE": "refs/heads/",
    "GIT_QUARANTINE_PATH": "/nowhere",
}
"""Variables of whoever starts lixeval (a hook of git's, say): what is fetched does not depend on them."""

URLS = (
    ("ssh-option", "CVE-2017-1000117", "ssh://-oProxyCommand=CANARY/x", "strange host"),
    ("ssh-option-user", "CVE-2017-1000117", "ssh://-oProxyCommand=CANARY@h/x", "strange host"),
    ("ssh-option-after-user", "CVE-2017-1000117", "ssh://u@-oProxyCommand=CANARY/x", "strange host"),
    ("ssh-option-encoded", "CVE-2017-1000117", "ssh://%2DoProxyCommand=CANARY/x", "strange host"),
    ("scp-option", "CVE-2017-1000117", "u@-oProxyCommand=CANARY:x", "strange host"),
    ("git-host-option", "CVE-2021-40330", "git://-x/y", "strange host"),
    ("git-newline", "CVE-2021-40330", "git://h:1%0a/x", "control characters"),
    ("no-host", "CVE-2020-11008", "https:///x", "strange host"),
    ("credential-newline", "CVE-2020-5260", "https://h%0ahost=e/x", "control characters"),
    ("credential-return", "CVE-2024-52006", "https://h%0dx/x", "control characters"),
    ("credential-escape", "CVE-2024-50349", "https://u%1bx@h/x", "control characters"),
    ("ext", "CVE-2015-7545", "ext::sh -c CANARY% >&2", ""),
    ("ext-url", "CVE-2015-7545", "ext::CANARY://x", ""),
    ("fd", "CVE-2015-7545", "fd::17", ""),
    ("fd-url", "", "fd://17", "cannot fetch the Git repository"),
    ("other-helper", "", "canary://x", "cannot fetch the Git repository"),
    ("option", "CVE-2018-17456", "-u./CANARY", ""),
    ("upload-pack", "CVE-2018-17456", "--upload-pack=CANARY", ""),
    ("file-host", "", "file://host/x", "unexpected authority"),
    ("relative-option", "", "file://-x", "unexpected authority"),
)
"""Refused before any program is started; "" where any error does."""

SUBMODULES = (
    ("name-parent", "CVE-2018-11235", '[submodule "../../x"]\n\tpath = s\n\turl = ./s\n', "gitmodulesName"),
    ("name-backslash", "CVE-2019-1350", '[submodule "..\\\\x"]\n\tpath = s\n\turl = ./s\n', "gitmodulesName"),
    ("name-nested", "CVE-2019-1387", '[submodule "a/../b"]\n\tpath = s\n\turl = ./s\n', "gitmodulesName"),
    ("path-option", "CVE-2018-17456", '[submodule "s"]\n\tpath = -s\n\turl = ./s\n', "gitmodulesPath"),
    ("path-parent", "", '[submodule "s"]\n\tpath = ../s\n\turl = ./s\n', "gitmodulesPath"),
    ("path-dot-git", "CVE-2024-32002", '[submodule "s"]\n\tpath = .git/s\n\turl = ./s\n', "gitmodulesPath"),
    ("url-option", "CVE-2018-17456", '[submodule "s"]\n\tpath = s\n\turl = -u./CANARY\n', "gitmodulesUrl"),
    ("url-newline", "CVE-2020-5260", '[submodule "s"]\n\tpath = s\n\turl = "https://h/\\nx"\n', "gitmodulesUrl"),
    ("url-return", "CVE-2025-48384", '[submodule "s"]\n\tpath = "s\\r"\n\turl = ./s\n', ""),
    ("url-ext", "CVE-2015-7545", '[submodule "s"]\n\tpath = s\n\turl = ext::CANARY://x\n', "cannot fetch"),
    ("url-ssh-option", "CVE-2017-1000117", '[submodule "s"]\n\tpath = s\n\turl = ssh://-oX/y\n', "strange host"),
)
"""A `.gitmodules`, fetched with `submodules = true`."""

OWN_FOLDERS = {
    **{name: script for name, (_, script) in _CONFIGURATIONS.items() if not name.startswith("submodule")},
    "filter of a file that is included": (
        "printf '[filter \"x y\"]\\n\\tclean = CANARY\\n\\trequired\\n' > .git/evil; git config include.path evil; "
        "echo '* filter=\"x y\"' > .gitattributes; echo '* filter=x' > .git/info/attributes"
    ),
    "signing program": "git config commit.gpgSign true; git config gpg.program CANARY",
    "editor": "git config core.editor CANARY; git config sequence.editor CANARY",
    "commit hooks": (
        "for h in pre-commit commit-msg prepare-commit-msg post-commit post-index-change; do "
        "cp CANARY .git/hooks/$h; done"
    ),
    "maintenance": "git config gc.auto 1; git config maintenance.auto true; git config core.sshCommand CANARY",
}
"""Repositories that somebody has prepared and the user has unpacked; commands that tell git of files there."""

OWN_FOLDER_COMMANDS = (
    ("flake", "lock"),
    ("flake", "update", "--commit-lock-file"),
    ("flake", "init", "--template", "@TEMPLATE@"),
)
