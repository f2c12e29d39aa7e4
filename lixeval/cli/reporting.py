"""Errors on the terminal: the text of `diagnostics.report`, with colours where they are wanted.

Colours are plain escape sequences: an error must not depend on a library, nor wait for one to load.
"""

from __future__ import annotations

import os
import re
import sys

from lixeval.diagnostics import report
from lixeval.errors import BuildError, LixevalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_RED, _BOLD, _BLUE, _DIM, _OFF = "\x1b[31;1m", "\x1b[1m", "\x1b[34;1m", "\x1b[2m", "\x1b[0m"


def wants_colour(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose user has not declined colours (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_error(error: LixevalError, *, show_trace: bool = False) -> None:
    """Writes an error to stderr."""
    text = report(error, show_trace=show_trace)
    if isinstance(error, BuildError):
        text = _with_log(error, text)
    if wants_colour(sys.stderr):
        text = _coloured(text)
    print(text, file=sys.stderr)


def _with_log(error: BuildError, text: str) -> str:
    """The last lines of a failed build's log, and where the whole of it is."""
    lines = [text]
    if error.log_tail and not any(line in text for line in error.log_tail):
        lines.append(f"       last {len(error.log_tail)} log lines:")
        lines += [f"       > {line}" for line in error.log_tail]
    if error.log_path and error.log_path not in text:
        lines.append(f"       the whole log: {error.log_path}")
    return "\n".join(lines)


def _coloured(text: str) -> str:
    text = re.sub(r"\Aerror:", f"{_RED}error:{_OFF}", text)
    text = re.sub(r"^( +\|)( *)(\^+)$", rf"\1\2{_RED}\3{_OFF}", text, flags=re.MULTILINE)
    text = re.sub(r"^( +at )(\S.*?)(:?)$", rf"\1{_BLUE}\2{_OFF}\3", text, flags=re.MULTILINE)
    text = re.sub(r"^( +hint: )(.*)$", rf"\1{_BOLD}\2{_OFF}", text, flags=re.MULTILINE)
    return re.sub(r"^( +… .*)$", rf"{_DIM}\1{_OFF}", text, flags=re.MULTILINE)
