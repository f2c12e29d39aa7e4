"""Records what real Nix answers to the expressions in recorded_services/*.json.

    python tests/builtins/record_services.py [NAME...]      all, or those of these names

Each file holds `options` (for nix-instantiate), `settings` (the same for lixeval) and `cases`: pairs of an expression
and what Nix 2.26 prints for it with --eval --strict, or "error: " and the message.  @TREE@ stands for a directory that
`make_tree` fills; it is replaced in expressions and put back in answers.  To add a case, add a list of one expression.

LIXEVAL_TEST_NIX is a command to put before nix-instantiate, for a Nix that is not on the PATH.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Literal

RECORDED = Path(__file__).parent / "recorded_services"
MOMENT = 1_700_000_000
"""The time of every file in the tree."""


def make_tree(root: Path) -> None:
    """Fills `root` with the files, links, archives and Git repositories that the expressions mention."""
    files = root / "files"
    (files / "d" / "e").mkdir(parents=True)
    (files / "empty").mkdir()
    (files / "a").write_text("hello\n")
    (files / "nul").write_bytes(b"x\0y")
    (files / "bad").write_bytes(b"\xff\xfe")
    (files / "script").write_text("#!/bin/sh\n")
    (files / "script").chmod(0o755)
    (files / "d" / "default.nix").write_text("{ x = 1; }")
    (files / "import.nix").write_text("import ./d")
    (files / "scoped.nix").write_text("x + y")
    for name, target in {"l": "a", "ld": "d", "broken": "nowhere", "loop": "loop", "out": "/etc"}.items():
        (files / name).symlink_to(target)
    os.mkfifo(files / "fifo")
    _make_archives(root / "archives")
    for directory, directories, names in os.walk(root, topdown=False):
        for name in (*directories, *names, "."):
            os.utime(os.path.join(directory, name), (MOMENT, MOMENT), follow_symlinks=False)


def _make_archives(directory: Path) -> None:
    directory.mkdir()
    (directory / "plain").write_text("y\n")
    modes: tuple[Literal["w:gz", "w:bz2", "w:xz"], ...] = ("w:gz", "w:bz2", "w:xz")
    for packed in modes:
        with tarfile.open(directory / f"one.tar.{packed[2:]}", packed) as archive:
            _fill(archive, "top/")
    members = {"one.tar": ("top/",), "flat.tar": ("./",), "two.tar": ("top/", "other/")}
    for name, prefixes in members.items():
        with tarfile.open(directory / name, "w") as archive:
            for prefix in prefixes:
                _fill(archive, prefix)
    for name, member in {"dots.tar": "a/../../x", "absolute.tar": "/a/x", "single.tar": "x"}.items():
        with tarfile.open(directory / name, "w") as archive:
            _add(archive, member, b"x")
    with zipfile.ZipFile(directory / "one.zip", "w") as archive:
        for name, content, mode in (("top/f", "hi\n", 0o644), ("top/bin/x", "#!/bin/sh\n", 0o755)):
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o100000 | mode) << 16
            archive.writestr(info, content)


def _fill(archive: tarfile.TarFile, prefix: str) -> None:
    _add(archive, prefix + "f", b"hi\n", mode=0o600)
    _add(archive, prefix + "bin/x", b"#!/bin/sh\n", mode=0o755)
    _add(archive, prefix + "bin/l", kind=tarfile.SYMTYPE, link="../f")
    _add(archive, prefix + "hard", kind=tarfile.LNKTYPE, link=prefix + "f")
    _add(archive, prefix + "empty", kind=tarfile.DIRTYPE, mode=0o755)


def _add(
    archive: tarfile.TarFile,
    name: str,
    content: bytes = b"",
    *,
    mode: int = 0o644,
    kind: bytes = tarfile.REGTYPE,
    link: str = "",
) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.size, member.mode, member.mtime, member.linkname = kind, len(content), mode, MOMENT, link
    archive.addfile(member, io.BytesIO(content))


def make_repositories(root: Path) -> None:
    """Fills `root` with Git repositories of fixed revisions: one clean, one changed, one with a submodule."""
    clean = root / "clean"
    clean.mkdir(parents=True)
    _git(clean, "init", "-q", "-b", "main")
    (clean / "a").write_text("1\n")
    (clean / "d").mkdir()
    (clean / "d" / "b").write_text("2\n")
    (clean / "d" / "b").chmod(0o755)
    (clean / "l").symlink_to("a")
    (clean / "left-out").mkdir()
    (clean / "left-out" / "x").write_text("x\n")
    (clean / ".gitattributes").write_text("left-out export-ignore\n")
    _commit(clean, "one")
    _git(clean, "tag", "v1")
    _git(clean, "tag", "-m", "annotated", "v1-annotated")
    _git(clean, "checkout", "-q", "-b", "other")
    (clean / "c").write_text("3\n")
    _commit(clean, "two")
    _git(clean, "checkout", "-q", "main")
    _git(root, "clone", "-q", "--bare", "clean", "bare.git")
    _git(root, "clone", "-q", "--depth", "1", f"file://{clean}", "shallow")
    _git(root, "clone", "-q", "clean", "changed")
    (root / "changed" / "a").write_text("changed\n")
    (root / "changed" / "untracked").write_text("new\n")
    _git(root, "init", "-q", "-b", "main", "outer")
    _git(root / "outer", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../clean", "inner")
    _commit(root / "outer", "outer")


def _commit(directory: Path, message: str) -> None:
    _git(directory, "add", "-A")
    _git(directory, "commit", "-q", "-m", message)


def _git(directory: Path, *arguments: str) -> None:
    who = {"NAME": "somebody", "EMAIL": "somebody@example.org", "DATE": "2024-01-02T03:04:05Z"}
    identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    environment = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *arguments], cwd=directory, env=environment, check=True, capture_output=True)


def answer(expression: str, options: list[str], directory: str) -> str:
    """What Nix prints; of an error the message without its trace and place."""
    before = shlex.split(os.environ.get("LIXEVAL_TEST_NIX", ""))
    command = [*before, "nix-instantiate", "--eval", "--strict", *options, "-E", expression]
    with tempfile.TemporaryDirectory() as cache:
        # Nix remembers trees by their revision, wherever they came from: each expression gets a memory of its own.
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        done = subprocess.run(command, capture_output=True, cwd=directory, env=environment, check=False)
    if done.returncode == 0:
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")
    lines = done.stderr.decode("utf-8", "surrogateescape").splitlines()
    errors = [number for number, line in enumerate(lines) if line.lstrip().startswith("error:")]
    if not errors:
        raise SystemExit(f"{expression}: Nix ended with code {done.returncode}: {lines}")
    start = errors[-1]
    message = "\n".join(line.strip() for line in lines[start:] if line.strip())
    return re.split(r"\n(?:at |Try ')", message)[0]


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = os.path.realpath(directory)
        make_tree(Path(root) / "tree")
        make_repositories(Path(root) / "tree" / "repositories")
        tree = f"{root}/tree"
        for file in sorted(RECORDED.glob("*.json")):
            if sys.argv[1:] and file.stem not in sys.argv[1:]:
                continue
            recorded = json.loads(file.read_text())
            options = [option.replace("@TREE@", tree) for option in recorded["options"]]
            for case in recorded["cases"]:
                told = answer(case[0].replace("@TREE@", tree), options, root)
                case[1:] = [told.replace(tree, "@TREE@")]
            file.write_text(json.dumps(recorded, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
