"""The words of docs/glossary.md stand where it says they do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import lixeval

PACKAGE = Path(lixeval.__file__).parent
PAGE = (PACKAGE.parent / "docs/glossary.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|") and "---" not in line and "| Where |" not in line
]


def bound(path: Path) -> set[str]:
    """The names that a module binds: at its top, as fields and methods of its classes, as parameters."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                found.add(name)
    return found


def test_every_word_is_where_it_is_said_to_be() -> None:
    missing = []
    for word, _, where in ROWS:
        path, *names = re.findall(r"`([^`]+)`", where)
        known = bound(PACKAGE / path) if (PACKAGE / path).exists() else None
        missing += [f"{word}: {path} {name}" for name in names if known is None or name not in known]
        if known is None and not names:
            missing.append(f"{word}: {path}")
    assert missing == []


def test_each_word_has_one_line() -> None:
    words = [word for row in ROWS for word in row[0].split(", ")]
    assert len(words) >= 60 and sorted(words) == sorted(set(words))
