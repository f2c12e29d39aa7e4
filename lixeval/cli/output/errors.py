"""Errors on the terminal: `diagnostics.presentation`, with colours where they are wanted; or JSON for programs.

Colours are plain escape sequences: an error must not depend on a library, nor wait for one to load.
"""

from __future__ import annotations

import sys
from itertools import pairwise

from lixeval.cli.output.colours import BLUE, BOLD, DIM, OFF, RED
from lixeval.cli.output.terminal import clear, said, wants_colour
from lixeval.diagnostics import MAX_FRAMES, as_json, report
from lixeval.errors import BuildError, LixevalError

FEW_FRAMES = 5
"""How much of the trace is made without --show-trace: one line more than is shown."""


class Manner:
    """How errors are to be shown, read from the words of the command line.

    From the words, because an error in the options must be shown in the manner that they ask for, too.
    """

    def __init__(self, words: list[str]) -> None:
        asked = [word for word in words if word in ("--show-trace", "--no-show-trace")]
        self.show_trace = asked[-1] == "--show-trace" if asked else _is_configured("show-trace")
        self.json = "--error-format=json" in words or ("--error-format", "json") in pairwise(words)

    @property
    def frames(self) -> int:
        """How many lines of the trace are wanted."""
        return MAX_FRAMES if self.show_trace or self.json else FEW_FRAMES


def _is_configured(name: str) -> bool:
    """Whether nix.conf or NIX_CONFIG switches a setting on; what is wrong in them is told by who reads them."""
    from lixeval.environment.configuration import configured

    try:
        return bool(configured()[name])
    except LixevalError:
        return False


def print_error(error: LixevalError, manner: Manner) -> None:
    """Writes an error to stderr, where nothing moves any more."""
    clear()
    if manner.json:
        text = as_json(error)
    else:
        text = report(error, show_trace=manner.show_trace)
        if isinstance(error, BuildError):
            text = _with_log(error, text)
        text = said(text, sys.stderr)
        if wants_colour(sys.stderr):
            text = coloured(text)
    print(text, file=sys.stderr)


def _with_log(error: BuildError, text: str) -> str:
    """The last lines of a failed build's log, and where the whole of it is."""
    lines = [text]
    said = {line.strip() for line in error.message.split("\n")}
    if not all(line.strip() in said for line in error.log_tail if line.strip()):
        lines.append(f"       last {len(error.log_tail)} log lines:")
        lines += [f"       > {line}" for line in error.log_tail]
    if error.log_path and error.log_path not in text:
        lines.append(f"       the whole log: {error.log_path}")
    return "\n".join(lines)


_COLOURS = (
    (r"\Aerror:", rf"{RED}error:{OFF}"),
    (r"(  \[E\d{4}\])$", rf"{DIM}\1{OFF}"),
    (r"^( +\|)( *)(\^+)$", rf"{DIM}\1{OFF}\2{RED}\3{OFF}"),
    (r"^( +\d+\|)", rf"{DIM}\1{OFF}"),
    (r"^( +at )(\S.*?)(:?)$", rf"\1{BLUE}\2{OFF}\3"),
    (r"^( +)(hint:)(.*)$", rf"\1{BOLD}\2{OFF}\3"),
    (r"^( +)(needs itself:|calls without end:)(.*)$", rf"\1{BOLD}\2{OFF}\3"),
    (r"^( +)(\(.*\))$", rf"\1{DIM}\2{OFF}"),
)
"""What is coloured, in the form that `diagnostics.presentation` gives it."""


def coloured(text: str) -> str:
    """The text of an error with escape sequences for a terminal; the text itself holds none."""
    import re

    for pattern, replacement in _COLOURS:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text
