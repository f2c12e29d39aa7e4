r"""Go's regular expressions, for the `regex` of rewrites and perms: RE2's engine, whose time grows with the text alone.

Syntax and meaning are RE2's (leftmost match, alternatives in order).  What differs between RE2 and Go's package:

    \C              Go refuses it
    texts           a byte that is not UTF-8 counts as one character in Go; texts are `str` decoded with
                    surrogateescape, and such a byte is matched as U+FFFD
    messages        Go's own words for what is wrong with a pattern

Source: the syntax page of RE2; the documentation of Go's regexp and regexp/syntax.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from lixeval.containers.failure import Nix2containerError
from lixeval.errors import ImageError

_MOST_MEMORY = 64 << 20
_WORDS = {
    "missing )": "missing closing )",
    "missing ]": "missing closing ]",
    "bad repetition operator": "invalid nested repetition operator",
    "no argument for repetition operator": "missing argument to repetition operator",
    "invalid repetition size": "invalid repeat count",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "invalid named capture group": "invalid named capture",
    "trailing \\": "trailing backslash at end of expression",
    "pattern too large - compile failed": "expression too large",
}
"""What RE2 says -> what Go says."""

_PIECE = re.compile(
    r"(?s)\\Q.*?(?:\\E|\Z)|(?P<bytes>\\C)|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\(\?P?<(?P<name>\w+)>|(?P<group>\((?!\?))"
)
"""A pattern's pieces that matter here: quoted text and brackets, to be passed over; `\\C`; groups, named and not."""

_PLAIN = re.compile(r"[A-Za-z0-9/_.-]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Pattern:
    """A compiled pattern; `names[i]` is that of the group i+1, or None.  Places are counted in characters."""

    __slots__ = ("_regexp", "names")

    def __init__(self, regexp: Any, names: tuple[str | None, ...]) -> None:
        self._regexp = regexp
        self.names = names

    def search(self, text: str, start: int = 0) -> Any:
        """The first match from `start` on, with `span(group)`; None if there is none."""
        if text.isascii():
            # A byte is a character: nothing has to be counted.
            return self._regexp.search(text.encode("ascii"), start)
        return self._regexp.search(_SURROGATE.sub("\ufffd", text), start)


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Pattern:
    """The compiled pattern; raises Nix2containerError with status 2, since Go panics, for a pattern Go refuses."""
    re2 = _engine()
    pieces = list(_PIECE.finditer(pattern))
    if any(piece.group("bytes") for piece in pieces):
        raise _refused(pattern, "invalid escape sequence", r"\C")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    try:
        regexp = re2.compile(pattern.encode("utf-8", "surrogatepass"), options)
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        kind, _, culprit = said.partition(": ")
        # Go names three letters of such an operator, whichever it is.
        culprit = culprit[:3] if kind == "invalid perl operator" else culprit
        raise _refused(pattern, _WORDS.get(kind, kind), culprit) from None
    groups = [piece.group("name") for piece in pieces if piece.group("name") or piece.group("group")]
    return Pattern(regexp, tuple(groups))


def _engine() -> Any:
    """The library, loaded when the first pattern comes."""
    try:
        import re2
    except ImportError:
        raise ImageError(
            "the package google-re2, which this lixeval depends on, is not installed", hint="pip install google-re2"
        ) from None
    return re2


def _refused(pattern: str, kind: str, culprit: str) -> Nix2containerError:
    return Nix2containerError(
        f"panic: regexp: Compile({_go_quote(pattern)}): error parsing regexp: {kind}: `{culprit}`", status=2
    )


def _go_quote(text: str) -> str:
    return f"`{text}`" if "`" not in text else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_DOLLAR = re.compile(r"\$(?:(\$)|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))")


def _expand(template: str, text: str, match: Any, names: tuple[str | None, ...]) -> str:
    """`$1`, `${1}`, `$name` and `$$`; the longest name counts, and a group that does not exist is empty."""

    def value(dollar: re.Match[str]) -> str:
        if dollar.group(1):
            return "$"
        name = dollar.group(2) or dollar.group(3)
        if name.isdecimal():
            numbers = [int(name)] if len(name) < 9 and int(name) <= len(names) else []
        else:
            numbers = [number for number, known in enumerate(names, 1) if known == name]
        # Of several groups of one name the first that has matched counts.
        spans = [match.span(number) for number in numbers]
        return next((text[start:end] for start, end in spans if start >= 0), "")

    return _DOLLAR.sub(value, template)


def replace_all(pattern: str, template: str, text: str) -> str:
    """Go's ReplaceAll: every match in turn, but no empty match directly after another one."""
    plain = pattern[1:]
    if pattern.startswith("^") and text.startswith(plain) and "$" not in template and _PLAIN.fullmatch(plain):
        # What moves a store path to the root: such a pattern matches its own text, once, at the beginning.
        return template + text[len(plain) :]
    compiled = compile_pattern(pattern)
    out: list[str] = []
    done = position = 0
    while position <= len(text):
        match = compiled.search(text, position)
        if match is None:
            break
        start, end = match.span()
        out.append(text[done:start])
        if end > done or start == 0:
            out.append(_expand(template, text, match, compiled.names))
        done = end
        position = max(position + 1, end)
    out.append(text[done:])
    return "".join(out)
