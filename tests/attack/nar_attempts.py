"""What an archive of a cache's, of another store's or of `builtin:fetchurl`'s `unpack` may say of a tree: the attempts.

Each is (name, advisory, tokens after the archive's first, what must happen).  CVE-2024-45593: Nix wrote an archive's
entries where a link that the same archive had made led.  A name that another file system takes for the same ("a", "A")
is another name on Linux, and stays so: the archive is stored as it is.
"""

from __future__ import annotations

from typing import NamedTuple

Tokens = tuple[bytes, ...]

FILE: Tokens = (b"(", b"type", b"regular", b"contents", b"evil", b")")


def link(target: bytes) -> Tokens:
    return (b"(", b"type", b"symlink", b"target", target, b")")


def folder(*entries: tuple[bytes, Tokens]) -> Tokens:
    tokens: list[bytes] = [b"(", b"type", b"directory"]
    for name, node in entries:
        tokens += [b"entry", b"(", b"name", name, b"node", *node, b")"]
    return (*tokens, b")")


def nested(depth: int) -> Tokens:
    """Folders in one another, and a file."""
    into = (b"(", b"type", b"directory", b"entry", b"(", b"name", b"a", b"node")
    return (*into * depth, *FILE, *(b")", b")") * depth)


class Attempt(NamedTuple):
    """`must` is a part of the error, or "harmless"."""

    name: str
    advisory: str
    tokens: Tokens
    must: str


OUTSIDE = b"@OUTSIDE@"
TWICE, DISORDER, NAME = "given twice", "not in order", "invalid name"

ATTEMPTS = (
    Attempt(
        "a link, then a folder", "CVE-2024-45593", folder((b"a", link(OUTSIDE)), (b"a", folder((b"x", FILE)))), TWICE
    ),
    Attempt("a link, then a file", "CVE-2024-45593", folder((b"a", link(OUTSIDE + b"/x")), (b"a", FILE)), TWICE),
    Attempt(
        "a folder, then a link", "CVE-2024-45593", folder((b"a", folder((b"x", FILE))), (b"a", link(OUTSIDE))), TWICE
    ),
    Attempt("a file twice", "CVE-2024-45593", folder((b"a", FILE), (b"a", FILE)), TWICE),
    Attempt(
        "a link, another, then the first again",
        "CVE-2024-45593",
        folder((b"a", link(OUTSIDE)), (b"b", FILE), (b"a", folder((b"x", FILE)))),
        DISORDER,
    ),
    Attempt(
        "a link, then a folder of another case",
        "CVE-2024-45593",
        folder((b"A", link(OUTSIDE)), (b"a", folder((b"x", FILE)))),
        "harmless",
    ),
    Attempt(
        "what the hack for case would name alike",
        "CVE-2024-45593",
        folder((b"a", link(OUTSIDE)), (b"a~nix~case~hack~1", folder((b"x", FILE)))),
        "harmless",
    ),
    Attempt("a file called ..", "", folder((b"..", FILE)), NAME),
    Attempt("a folder called ..", "", folder((b"..", folder((b"x", FILE)))), NAME),
    Attempt("a folder called .", "", folder((b".", folder((b"x", FILE)))), NAME),
    Attempt("a name with a slash", "", folder((b"../outside/x", FILE)), NAME),
    Attempt("an absolute name", "", folder((OUTSIDE + b"/x", FILE)), NAME),
    Attempt("no name", "", folder((b"", FILE)), NAME),
    Attempt("a name with a NUL", "", folder((b"a\0b", FILE)), NAME),
    Attempt("a link to nothing", "", link(b""), "impossible target"),
    Attempt("a link with a NUL", "", link(b"a\0b"), "impossible target"),
    Attempt("a link outside", "", link(OUTSIDE + b"/secret"), "harmless"),
    Attempt("an unknown kind of file", "", (b"(", b"type", b"device", b")"), "unknown file type"),
    Attempt("an end in the middle", "", (b"(", b"type", b"directory", b"entry"), "it ends early"),
)
