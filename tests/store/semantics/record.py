"""Records what real Nix 2.26.3 answers to the expressions in `cases.txt`, on a store that it may write to.

    LIXEVAL_TEST_NIX=prefix python tests/store/semantics/record.py

LIXEVAL_TEST_NIX is a command to put before Nix's own, such as a wrapper that gives them another root; it is that root's
/nix/store that is written to.  Lines of `cases.txt` that begin with # and an option ask the lines below to be evaluated
with it.  @TREE@ stands for a folder that `make_tree` fills.  An answer is what is printed, or the error's last message,
and what was traced or warned of before.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
Answer = dict[str, str]


def make_tree(root: Path) -> None:
    """The files that the expressions mention."""
    source = root / "src"
    (source / "sub").mkdir(parents=True)
    (source / ".git").mkdir()
    for name, text in {"a.txt": "a\n", "sub/b.nix": "b\n", "x.o": "o\n", ".foo.swp": "s\n", ".git/HEAD": "x\n"}.items():
        (source / name).write_text(text)
    (source / "with space").write_text("t\n")
    (source / "a~").write_text("1\n")
    (source / "run").write_text("#!/bin/sh\n")
    (source / "run").chmod(0o755)
    (source / "link").symlink_to("a.txt")
    (source / "dangling").symlink_to("/nonexistent")
    (root / "three.nix").write_text("1 + 2\n")


def cases() -> Iterator[tuple[list[str], str]]:
    """Options and expression of every case."""
    options: list[str] = []
    for line in (HERE / "cases.txt").read_text().splitlines():
        if line.startswith("#"):
            options = shlex.split(line[1:])
        elif line:
            yield options, line


def answer(code: int, out: str, err: str, tree: Path) -> Answer:
    """What was printed, or the error; and the lines said before.  The same for both implementations."""
    err = re.sub(r"\x1b\[[0-9;]*m", "", err)
    found = {"printed": out.strip()} if not code else {"error": _last_error(err)}
    said = "\n".join(line for line in err.splitlines() if line.startswith(("trace:", "warning:")))
    if said:
        found["said"] = said
    # These derivations have the tree's own place in them, and so in their names.
    return {
        key: re.sub(r"[0-9a-z]{32}(-[xy]\.nix\.drv)", r"@HASH@\1", value.replace(str(tree), "@TREE@"))
        for key, value in found.items()
    }


def _last_error(err: str) -> str:
    lines = [line.strip() for line in err.splitlines()]
    start = max(number for number, line in enumerate(lines) if line.startswith("error:"))
    told = next(line for line in [lines[start].removeprefix("error:").strip(), *lines[start + 1 :]] if line)
    return re.sub(r" +\[E\d+\]$", "", told)


def main() -> None:
    prefix = shlex.split(os.environ.get("LIXEVAL_TEST_NIX", ""))
    environment = {**os.environ, "NIX_REMOTE": "", "NIX_PATH": "", "NIX_CONFIG": "experimental-features =\n"}
    found: dict[str, Answer] = {}
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(os.path.realpath(folder))
        make_tree(tree)
        for options, expression in cases():
            command = [*prefix, "nix-instantiate", "--eval", "--strict", "--read-write-mode", "--option", "sandbox"]
            command += ["false", *options, "-E", expression.replace("@TREE@", str(tree))]
            done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tree, check=False)
            found[" ".join([*options, expression])] = answer(done.returncode, done.stdout, done.stderr, tree)
    (HERE / "recorded.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(found)} answers", file=sys.stderr)


if __name__ == "__main__":
    main()
