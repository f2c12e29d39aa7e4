"""Flakes whose lock files are compared with Nix's: what is in them, and which commands are run one after the other.

Everything lies below `ROOT`, a fixed folder: NAR hashes depend on the paths that a flake.nix names.  Times are fixed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path("/tmp/lixeval-flake-trees")
TIME = 1_700_000_000

Step = tuple[str, ...]
"""Words behind `flake`, run in ROOT/main; or ("write", FILE, TEXT), ("commit", FOLDER), ("tar", FOLDER, ARCHIVE)."""


@dataclass
class Case:
    """Files by path below ROOT, of which `repositories` are Git repositories, and what is done with ROOT/main."""

    files: dict[str, str]
    steps: list[Step]
    repositories: list[str] = field(default_factory=list)


def flake(inputs: str = "", arguments: str = "self, ...", description: str = "") -> str:
    """A flake.nix; ROOT in it is the folder."""
    described = f'  description = "{description}";\n' if description else ""
    return f"{{\n{described}  {inputs}\n  outputs = {{ {arguments} }}: {{ v = 1; }};\n}}\n"


LEAF = flake(description="a leaf")
LOCK: Step = ("lock",)


CASES: dict[str, Case] = {
    "no inputs": Case({"main/flake.nix": LEAF}, [LOCK]),
    "path": Case({"main/flake.nix": flake('inputs.a.url = "path:ROOT/a";'), "a/flake.nix": LEAF}, [LOCK, LOCK]),
    "path with dir": Case(
        {"main/flake.nix": flake('inputs.a.url = "path:ROOT/a?dir=sub";'), "a/sub/flake.nix": LEAF}, [LOCK]
    ),
    "no flake": Case(
        {"main/flake.nix": flake('inputs.a = { url = "path:ROOT/a"; flake = false; };'), "a/file": "x"}, [LOCK]
    ),
    "attributes": Case(
        {"main/flake.nix": flake('inputs.a = { type = "path"; path = "ROOT/a"; };'), "a/flake.nix": LEAF}, [LOCK]
    ),
    "relative": Case(
        {
            "main/flake.nix": flake('inputs.a.url = "path:./sub"; inputs.b.url = ./other; inputs.c.url = "./sub";'),
            "main/sub/flake.nix": flake('inputs.up.url = "../other";'),
            "main/other/flake.nix": LEAF,
        },
        [LOCK, LOCK, ("update",)],
    ),
    "relative without flake": Case(
        {
            "main/flake.nix": flake('inputs.a = { url = "path:./data"; flake = false; };'),
            "main/data/file": "text",
        },
        [LOCK],
    ),
    "deep": Case(
        {
            "main/flake.nix": flake('inputs.a.url = "path:ROOT/a"; inputs.b.url = "path:ROOT/b";'),
            "a/flake.nix": flake('inputs.b.url = "path:ROOT/b"; inputs.c.url = "path:ROOT/c";'),
            "b/flake.nix": flake('inputs.c.url = "path:ROOT/c";'),
            "c/flake.nix": LEAF,
        },
        [LOCK, ("write", "c/more", "1"), LOCK, ("update", "a/c"), ("update", "b"), ("update",)],
    ),
    "follows": Case(
        {
            "main/flake.nix": flake(
                'inputs.c.url = "path:ROOT/c"; inputs.a = { url = "path:ROOT/a"; inputs.c.follows = "c"; };'
            ),
            "a/flake.nix": flake('inputs.c.url = "path:ROOT/d";'),
            "c/flake.nix": LEAF,
            "d/flake.nix": LEAF,
        },
        [LOCK, LOCK, ("update", "c")],
    ),
    "nested follows": Case(
        {
            "main/flake.nix": flake(
                'inputs.a.url = "path:ROOT/a"; inputs.a.inputs.b.inputs.c.follows = "a/d"; inputs.x.follows = "a/b/c";'
            ),
            "a/flake.nix": flake('inputs.b.url = "path:ROOT/b"; inputs.d.url = "path:ROOT/d";'),
            "b/flake.nix": flake('inputs.c.url = "path:ROOT/c"; inputs.e.follows = "c";'),
            "c/flake.nix": LEAF,
            "d/flake.nix": LEAF,
        },
        [LOCK, LOCK, ("update", "a/d")],
    ),
    "follows of follows": Case(
        {
            "main/flake.nix": flake(
                'inputs.a = { url = "path:ROOT/a"; inputs.b.follows = "d"; }; inputs.d.url = "path:ROOT/d"; '
                'inputs.x.follows = "a/b/c"; inputs.y.follows = "x";'
            ),
            "a/flake.nix": flake(
                'inputs.b.url = "path:ROOT/b"; inputs.e = { url = "path:ROOT/e"; inputs.c.follows = "b/c"; };'
            ),
            "b/flake.nix": LEAF,
            "d/flake.nix": flake('inputs.c.url = "path:ROOT/c"; inputs.e.follows = "c";'),
            "e/flake.nix": flake(arguments="self, c"),
            "c/flake.nix": LEAF,
        },
        [LOCK, LOCK, ("update", "d/c"), ("update", "d")],
    ),
    "follows itself": Case(
        {
            "main/flake.nix": flake('inputs.a = { url = "path:ROOT/a"; inputs.m.follows = ""; };'),
            "a/flake.nix": flake('inputs.m.url = "path:ROOT/m";'),
        },
        [LOCK, LOCK],
    ),
    "override": Case(
        {
            "main/flake.nix": flake('inputs.a = { url = "path:ROOT/a"; inputs.b.url = "path:ROOT/d"; };'),
            "a/flake.nix": flake('inputs.b.url = "path:ROOT/b";'),
            "b/flake.nix": LEAF,
            "d/flake.nix": LEAF,
        },
        [
            LOCK,
            ("write", "main/flake.nix", flake('inputs.a.url = "path:ROOT/a";')),
            LOCK,
            ("write", "main/flake.nix", flake('inputs.a = { url = "path:ROOT/a"; inputs.z.url = "path:ROOT/d"; };')),
            LOCK,
        ],
    ),
    "command line": Case(
        {
            "main/flake.nix": flake('inputs.a.url = "path:ROOT/a";'),
            "a/flake.nix": flake('inputs.b.url = "path:ROOT/b";'),
            "b/flake.nix": LEAF,
            "d/flake.nix": LEAF,
        },
        [
            ("lock", "--override-input", "a/b", "path:ROOT/d"),
            LOCK,
            ("lock", "--update-input", "a/b"),
            ("lock", "--override-input", "nosuch", "path:ROOT/d"),
            ("metadata", "--no-write-lock-file", "--override-input", "a", "path:ROOT/d"),
            ("update", "nosuch"),
            ("lock", "--recreate-lock-file"),
            ("lock", "--no-update-lock-file", "--update-input", "a"),
        ],
    ),
    "own lock": Case(
        {
            "main/flake.nix": flake('inputs.a.url = "path:ROOT/a";'),
            "a/flake.nix": flake('inputs.b.url = "path:ROOT/b"; inputs.e.follows = "b";'),
            "b/flake.nix": LEAF,
        },
        [
            ("lock", "path:ROOT/a"),
            ("write", "b/more", "1"),
            LOCK,
            ("update",),
            ("update", "a/b"),
        ],
    ),
    "changed and removed": Case(
        {
            "main/flake.nix": flake('inputs.a.url = "path:ROOT/a"; inputs.b.url = "path:ROOT/b";'),
            "a/flake.nix": LEAF,
            "b/flake.nix": LEAF,
        },
        [
            LOCK,
            ("write", "main/flake.nix", flake('inputs.a.url = "path:ROOT/b"; inputs.c.url = "path:ROOT/a";')),
            LOCK,
        ],
    ),
    "registry": Case(
        {
            "main/flake.nix": flake(arguments="self, named, other, ...", inputs='inputs.third.url = "named";'),
            "a/flake.nix": LEAF,
            "b/sub/flake.nix": LEAF,
            "registry.json": """{"version": 2, "flakes": [
              {"from": {"type": "indirect", "id": "named"}, "to": {"type": "path", "path": "ROOT/a"}},
              {"from": {"type": "indirect", "id": "other"}, "to": {"type": "indirect", "id": "last"}},
              {"from": {"type": "indirect", "id": "last"}, "to": {"type": "path", "path": "ROOT/b", "dir": "sub"}}]}""",
        },
        [("lock", "--flake-registry", "ROOT/registry.json")],
    ),
    "git": Case(
        {
            "main/flake.nix": flake('inputs.a.url = "git+file://ROOT/a"; inputs.s.url = "git+file://ROOT/a?dir=sub";'),
            "a/flake.nix": LEAF,
            "a/sub/flake.nix": LEAF,
        },
        [LOCK, ("write", "a/more", "1"), ("commit", "a"), ("update", "a"), ("update",)],
        ["a"],
    ),
    "git by ref": Case(
        {
            "main/flake.nix": flake(
                'inputs.a.url = "git+file://ROOT/a?ref=main"; inputs.b = { type = "git"; url = "file://ROOT/a"; '
                "shallow = true; flake = false; };"
            ),
            "a/flake.nix": LEAF,
        },
        [LOCK],
        ["a"],
    ),
    "in a repository": Case(
        {
            "main/flake.nix": flake('inputs.a.url = "path:ROOT/a";'),
            "a/flake.nix": LEAF,
        },
        [LOCK, ("update", "--commit-lock-file"), ("write", "a/x", "1"), ("update",)],
        ["main"],
    ),
    "another commit": Case(
        {"main/flake.nix": LEAF, "r/flake.nix": flake('inputs.a.url = "path:ROOT/a";'), "a/flake.nix": LEAF},
        [("lock", "git+file://ROOT/r?ref=main"), ("write", "r/x", "1"), ("lock", "git+file://ROOT/r?ref=main")],
        ["r"],
    ),
    "below a repository": Case(
        {
            "repo/top/sub/flake.nix": flake('inputs.a.url = "path:ROOT/a";'),
            "a/flake.nix": LEAF,
        },
        [("lock", "ROOT/repo/top/sub"), ("metadata", "git+file://ROOT/repo?dir=top/sub")],
        ["repo"],
    ),
    "dirty": Case(
        {
            "main/flake.nix": flake('inputs.a.url = "git+file://ROOT/a";'),
            "a/flake.nix": LEAF,
        },
        [("write", "a/flake.nix", flake(description="changed")), LOCK, ("metadata",)],
        ["a"],
    ),
    "dirty, and accepted": Case(
        {
            "main/flake.nix": flake('inputs.a.url = "git+file://ROOT/a";'),
            "a/flake.nix": LEAF,
        },
        [
            ("write", "a/flake.nix", flake(description="changed")),
            ("lock", "--allow-dirty-locks"),
            ("metadata", "--allow-dirty-locks"),
            ("write", "a/flake.nix", flake(description="again")),
            ("update", "--allow-dirty-locks"),
        ],
        ["a"],
    ),
    "no lock to begin with": Case(
        {"main/flake.nix": flake('inputs.a.url = "path:ROOT/a";'), "a/flake.nix": LEAF},
        [("lock", "--reference-lock-file", "ROOT/nosuch.lock")],
    ),
    "a relative input of a wrong hash": Case(
        {
            "main/flake.nix": flake('inputs.a.url = "path:./sub?narHash=x";'),
            "main/sub/flake.nix": LEAF,
        },
        [LOCK],
    ),
    "tarballs": Case(
        {
            "main/flake.nix": flake(
                'inputs.a.url = "file://ROOT/a.tar.gz"; inputs.b = { url = "tarball+file://ROOT/a.tar.gz"; '
                'flake = false; }; inputs.c = { url = "file+file://ROOT/a/text"; flake = false; };'
            ),
            "a/flake.nix": LEAF,
            "a/text": "text",
        },
        [("tar", "a", "a.tar.gz"), LOCK],
    ),
    "files without a host": Case(
        {
            "main/flake.nix": flake(
                'inputs.a.url = "git+file:ROOT/a"; inputs.b.url = "git+file:../a?ref=main"; '
                'inputs.c = { type = "git"; url = "file:ROOT/a"; shallow = true; }; '
                'inputs.d.url = "tarball+file:ROOT/t.tar.gz"; inputs.e.url = "file:ROOT/t.tar.gz"; '
                'inputs.f = { url = "file+file:ROOT/t/text"; flake = false; };'
            ),
            "a/flake.nix": LEAF,
            "t/flake.nix": LEAF,
            "t/text": "text",
        },
        [("tar", "t", "t.tar.gz"), LOCK, ("metadata", "git+file:ROOT/a"), ("metadata", "git+file:../a?ref=main")],
        ["a"],
    ),
    "two of one name": Case(
        {
            "main/flake.nix": flake('inputs.a.url = "path:ROOT/a"; inputs.b.url = "path:ROOT/b";'),
            "a/flake.nix": flake('inputs.a.url = "path:ROOT/c"; inputs.b.url = "path:ROOT/c";'),
            "b/flake.nix": flake('inputs.a.url = "path:ROOT/c"; inputs.root.url = "path:ROOT/c";'),
            "c/flake.nix": LEAF,
        },
        [LOCK],
    ),
    "inputs from": Case(
        {
            "main/flake.nix": flake(arguments="self, a, ..."),
            "other/flake.nix": flake('inputs.a.url = "path:ROOT/a";'),
            "a/flake.nix": LEAF,
        },
        [("lock", "--inputs-from", "path:ROOT/other", "--flake-registry", "")],
    ),
    "broken lock": Case(
        {"main/flake.nix": flake('inputs.a.url = "path:ROOT/a";'), "a/flake.nix": LEAF},
        [("write", "main/flake.lock", '{"version": 9, "root": "root", "nodes": {"root": {}}}'), LOCK],
    ),
}


def make(case: Case) -> None:
    """The files of a case, in place of those of another."""
    shutil.rmtree(ROOT, ignore_errors=True)
    for name, text in case.files.items():
        write(name, text)
    for folder in case.repositories:
        git(folder, "init", "-q", "-b", "main")
        commit(folder)
    settle()


def filled(text: str) -> str:
    return text.replace("ROOT", str(ROOT))


def write(name: str, text: str) -> None:
    path = ROOT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(filled(text))


def settle() -> None:
    """Every file and folder has the same time, whenever it was written."""
    for folder, folders, files in os.walk(ROOT):
        for name in (*folders, *files, "."):
            if ".git" not in Path(folder, name).parts:
                os.utime(Path(folder, name), (TIME, TIME), follow_symlinks=False)


def git(folder: str, *words: str) -> None:
    who = {f"GIT_{one}_{what}": "a@b.c" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    dates = {"GIT_AUTHOR_DATE": f"{TIME} +0000", "GIT_COMMITTER_DATE": f"{TIME} +0000"}
    command = ["git", "-C", str(ROOT / folder), *words]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **who, **dates})


def commit(folder: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")


def prepare(step: Step) -> bool:
    """Does a step that is no command; whether it was one."""
    if step[0] == "write":
        write(step[1], step[2])
    elif step[0] == "commit":
        commit(step[1])
    elif step[0] == "tar":
        with tarfile.open(ROOT / step[2], "w:gz") as archive:
            archive.add(ROOT / step[1], arcname=step[1])
    else:
        return False
    settle()
    return True


def lock_files() -> dict[str, str]:
    """All lock files by their paths below ROOT."""
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(ROOT.rglob("flake.lock"))}


def said(text: str) -> list[str]:
    """What was said of locks and of what is wrong, without colours and what one program alone says."""
    import re

    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    lines = [line.rstrip() for line in plain.split("\n")]
    lines = [
        line for line in lines if not line.startswith("warning: committed new revision")
    ]  # Nix forgets it at times
    lines = [line.replace("'nix flake", "'flake") for line in lines]
    return [line for line in lines if line.startswith(("warning:", "•", "    '", "  →", "    follows"))]
