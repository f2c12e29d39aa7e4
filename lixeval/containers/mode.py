"""File modes as Go reads and prints them: `fmt.Sscanf("%o")` of a perms entry, and `fs.FileMode` in messages.

    mode = *SP ["+" / "-"] 1*octal-digit *anything

What follows the digits is ignored, so "0o755" is 0 and "755x" is 0755; a text without a digit is an error.
"""

from __future__ import annotations

import re
import stat

from lixeval.containers.failure import Nix2containerError

_SPACES = re.compile(r"[ \t\v\f\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*")
_NUMBER = re.compile(r"([+-]?)([0-7]+)")


def scan_octal(text: str) -> int:
    """The number at the start of `text`; raises Nix2containerError with Go's message if there is none."""
    start = _SPACES.match(text)
    rest = text[start.end() if start else 0 :]
    if rest.startswith("\n"):
        raise Nix2containerError("unexpected newline")
    match = _NUMBER.match(rest)
    if match is None:
        ended = rest in ("", "+", "-")
        raise Nix2containerError("unexpected EOF" if ended else "expected integer")
    number = int(match.group(2), 8)
    if number >= 2**63 + (match.group(1) == "-"):
        raise Nix2containerError(f'strconv.ParseInt: parsing "{match.group()}": value out of range')
    return -number if match.group(1) == "-" else number


_KINDS = (
    (stat.S_ISDIR, "d"),
    (stat.S_ISLNK, "L"),
    (stat.S_ISBLK, "D"),
    (stat.S_ISCHR, "Dc"),
    (stat.S_ISFIFO, "p"),
    (stat.S_ISSOCK, "S"),
)


def go_string(mode: int) -> str:
    """`st_mode` as Go prints a FileMode: letters for kind, setuid (u), setgid (g) and sticky (t), then rwx three
    times.
    """
    letters = {"d": "", "L": "", "D": "", "p": "", "S": "", "u": "", "g": "", "c": "", "t": ""}
    for test, kind in _KINDS:
        if test(mode):
            letters.update(dict(zip(kind, kind, strict=True)))
    letters["u"] = "u" if mode & stat.S_ISUID else ""
    letters["g"] = "g" if mode & stat.S_ISGID else ""
    letters["t"] = "t" if mode & stat.S_ISVTX else ""
    # Go's order of the letters: dalTLDpSugct?
    special = "".join(letters.values()) or "-"
    return special + "".join(letter if mode & (1 << (8 - bit)) else "-" for bit, letter in enumerate("rwxrwxrwx"))
