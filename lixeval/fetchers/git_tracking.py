"""Telling git of files that were written into a folder of the user's: the only git that works in a repository itself.

It runs as the user would run it, with the user's own settings, for the folder is the user's.  Yet who made the
repository may be somebody else (it may have come in an archive), so nothing runs that the repository's own
configuration names: hooks, monitors, filters, signing programs, transports.  Filters have names of their own, which are
asked for first; asking runs nothing.  Source: git-config(1), gitattributes(5).
"""

from __future__ import annotations

import os
import subprocess

from lixeval.formats.byte_text import bytes_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NO_PROGRAMS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "commit.gpgSign=false",
    "diff.ignoreSubmodules=all",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
)
_NO_CONVERSION = ("clean=", "smudge=", "process=", "required=false")
_ENVIRONMENT = {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
_FROM_THE_REPOSITORY = ("local", "worktree")


def git_in(folder: str, *words: str, given: str = "") -> subprocess.CompletedProcess[bytes]:
    """`git WORDS` in a repository's working directory, with `given` on its stdin; its output and its exit code.

    FileNotFoundError where there is no git.
    """
    safe = [word for setting in (*_NO_PROGRAMS, *_filters(folder)) for word in ("-c", setting)]
    return _run(folder, [*safe, *words], given)


def _filters(folder: str) -> Iterator[str]:
    """Settings that switch off the filters which the repository itself defines."""
    asked = ["config", "--includes", "--show-scope", "-z", "--name-only", "--get-regexp", r"^filter\."]
    said = text_of(_run(folder, ["-c", "core.fsmonitor=false", *asked]).stdout).split("\0")
    settings = zip(said[:-1:2], said[1::2], strict=True)
    names = {name.rpartition(".")[0] for scope, name in settings if scope in _FROM_THE_REPOSITORY}
    return (f"{name}.{setting}" for name in sorted(names) for setting in _NO_CONVERSION)


def _run(folder: str, words: Sequence[str], given: str = "") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_DIR")}
    command = [b"git", b"-C", *map(bytes_of, (folder, *words))]
    return subprocess.run(
        command, input=given.encode(), capture_output=True, env={**environment, **_ENVIRONMENT}, check=False
    )
