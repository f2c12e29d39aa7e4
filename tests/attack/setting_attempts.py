"""What a nix.conf, a search path and the names in them may be, so that every start has to do with it: the attempts.

Real Nix 2.26.3 reads a device that a file includes until memory ends, and ends in a signal by a file that includes
itself.
"""

from __future__ import annotations

from typing import NamedTuple


class Attempt(NamedTuple):
    """The text of `nix.conf`; `must` is a part of the error, or None where every other line counts (`cores = 3`).

    Beside it are FIFO, a pipe that nobody writes to, LOOP, a link to itself, SPARSE, a file of three thousand million
    bytes, and DOUBLE0, a file that includes the next of forty twice.
    """

    name: str
    text: str
    must: str | None


NO_NUMBER = "has invalid value"
ATTEMPTS = (
    Attempt("includes a device", "include /dev/zero", None),
    Attempt("includes a pipe", "include FIFO", None),
    Attempt("includes a link to itself", "include LOOP", None),
    Attempt("includes a folder", "include .", None),
    Attempt("includes itself", "include nix.conf", "includes itself"),
    Attempt("includes itself twice, if it is there", "!include nix.conf\n!include nix.conf", "includes itself"),
    Attempt("includes a million million files", "include DOUBLE0", "more than 1000 configuration files"),
    Attempt("includes a file without end", "include SPARSE", "is larger than"),
    Attempt("includes what is not there", "include nowhere", "not found"),
    Attempt("includes a name with a NUL", "include a\0b", "not found"),
    Attempt("a number of 100,000 digits", "cores = " + "9" * 100_000, NO_NUMBER),
    Attempt("a number in other digits", "cores = ٣", NO_NUMBER),
    Attempt("a number below zero", "cores = -1", NO_NUMBER),
    Attempt("jobs of 100,000 digits", "max-jobs = " + "9" * 100_000, "should be 'auto' or an integer"),
    Attempt("no line", "\x1b]0;x\x07", "syntax error"),
    Attempt("bytes that are no text", "\udcff\udcfe", "syntax error"),
    Attempt("100,000 settings that nobody knows", "".join(f"x{n} = y\n" for n in range(100_000)), None),
)

SEARCH_PATHS = (
    "x=file:///etc",
    "x=file:///etc/passwd",
    "x=file://host/etc",
    "x=ext::sh",
    "x=http://[",
    "x=http://127.0.0.1:99999/",
    "x=flake:",
    "x=flake:../..",
    "x=flake:git+ext::sh",
    "x=flake:git+ssh://-oProxyCommand=x/y",
    "x=channel:../../x",
    "x=channel:",
    "x=-x",
    "x=/dev/zero",
    "x=\x7f",
    "x=" + "a/" * 50_000,
)
"""Entries of the search path, as -I and NIX_PATH have them; none of them is a folder with an expression."""
