"""Interpreter lines of scripts: read, resolved on the host, rewritten for the store.

    line = "#!" [blanks] program [blanks argument] newline       what follows the blanks is one argument
    #!/usr/bin/env NAME                                              means the NAME on PATH

Source: execve(2), "Interpreter scripts".
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from lixeval.host.database import canonical

_SHEBANG = re.compile(rb"#![ \t]*(/[^ \t\n]+)[ \t]*([^\n]*)")
_SEARCHED = ("/usr/bin", "/usr/sbin", "/bin", "/sbin")
SHELLS = frozenset({"sh", "bash"})
"""Interpreters that are always supplied; /bin/sh is bash, as in nixpkgs."""


@dataclass(frozen=True, slots=True)
class Shebang:
    """`program` is the interpreter's host path (canonical), `rest` what follows it, `length` that of the whole line."""

    program: str
    rest: str
    length: int

    @property
    def name(self) -> str:
        return os.path.basename(self.program)


def parse_shebang(head: bytes) -> Shebang | None:
    """The interpreter line at the start of a file's contents; `env NAME` is looked through."""
    match = _SHEBANG.match(head)
    if match is None:
        return None
    program, rest = os.fsdecode(match[1]), os.fsdecode(match[2]).strip()
    if os.path.basename(program) == "env" and rest:
        name, _, rest = rest.removeprefix("-S ").strip().partition(" ")
        if "=" in name or name.startswith("-"):
            return None
        found = (f"{directory}/{name}" for directory in _SEARCHED if os.path.exists(f"{directory}/{name}"))
        program = next(found, f"/usr/bin/{name}")
    return Shebang(canonical(program), rest.strip(), match.end())


def read_shebang(path: str) -> Shebang | None:
    """The interpreter line of the file at `path`; None if it has none or cannot be read."""
    try:
        with open(path, "rb", buffering=0) as file:
            return parse_shebang(file.read(256))
    except OSError:
        return None
