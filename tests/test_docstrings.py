"""What docstrings name is there.

A name in backquotes with an underscore in it is one of ours or of our libraries': it stands somewhere in the code.  So
does `module.name` in the module, where that is one of lixeval's.  (What C++ Nix names has capitals, not underscores;
what other programs name stands behind "Source:".)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import lixeval

PACKAGE = Path(lixeval.__file__).parent
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
QUOTED = re.compile(r"`([A-Za-z_]\w*(?:\.(?!json`)[A-Za-z_]\w*)*)(?:\(\))?`")


def identifiers(tree: ast.AST) -> Iterator[str]:
    """The names that code binds, uses or spells out: a field of a format is a string there."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Name(id=name) | ast.arg(arg=name):
                yield name
            case ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.alias(name=name, asname=given):
                yield given or name.rpartition(".")[2]
            case ast.Constant(value=str(text)) if len(text) < 200:
                yield from re.findall(r"\w+", text)


def docstrings(tree: ast.AST) -> Iterator[str]:
    """Those of modules, classes and functions, and what stands below a field."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield text.partition("Source:")[0]


NAMES = {path: frozenset(identifiers(tree)) for path, tree in TREES.items()}
EVERYWHERE = frozenset().union(*NAMES.values())


def modules() -> dict[str, set[str]]:
    """What is in each module, and in each room, by its short name; of `builtins`, which are Nix's too, nothing."""
    found: dict[str, set[str]] = {}
    for path, names in NAMES.items():
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        for room, inside in pairwise(parts):
            found.setdefault(room, set()).add(inside)
        found.setdefault(parts[-2] if parts[-1] == "__init__" else parts[-1], set()).update(names)
    del found["builtins"]
    return found


def test_docstrings_name_what_is_there() -> None:
    known = modules()
    missing = []
    for path, tree in TREES.items():
        for quoted in (quoted for text in docstrings(tree) for quoted in QUOTED.findall(text)):
            first, *rest = quoted.split(".")
            is_there = first in known or first in EVERYWHERE or "_" not in first
            if rest and first in known and first not in NAMES[path]:
                is_there = rest[0] in known[first]
            if not is_there:
                missing.append(f"{path.relative_to(PACKAGE)}: {quoted}")
    assert missing == []
