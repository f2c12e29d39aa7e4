"""Strings and names as Nix expressions write them.  C++: print.cc (`printLiteralString`, `printIdentifier`)."""

from __future__ import annotations

KEYWORDS = frozenset(("assert", "else", "if", "in", "inherit", "let", "rec", "then", "with"))

_ESCAPES = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def quoted(text: str) -> str:
    """A string as a Nix literal; `$` is escaped only where it would start an interpolation."""
    text = text.translate(_ESCAPES)
    return '"' + (text.replace("${", "\\${") if "${" in text else text) + '"'


def is_identifier(name: str) -> bool:
    """Whether a name can stand unquoted in a set."""
    if not name.isascii() or name in KEYWORDS:
        return False
    if name.isidentifier():
        return True  # for Python too, as most are
    return name.replace("'", "").replace("-", "").replace("_", "a").isalnum() and name[0] not in "0123456789-'"


def attribute_name(name: str) -> str:
    """A name as it stands in a printed set."""
    return name if is_identifier(name) else quoted(name)
