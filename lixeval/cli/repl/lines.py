"""The lines of the REPL: commands, bindings, expressions, and what is only the beginning of one."""

from __future__ import annotations

import re

from lixeval.errors import NixSyntaxError
from lixeval.formats.nix_text import KEYWORDS, attribute_name
from lixeval.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.syntax.nodes import Expression

    Parse = Callable[[Source], Expression]

_BINDING = re.compile(r"\s*([a-zA-Z_][a-zA-Z0-9_'-]*)\s*=(?!=)\s*(\S.*)", re.DOTALL)
_BINDINGS = re.compile(r"\s*(inherit\b|[a-zA-Z_][a-zA-Z0-9_'-]*\s*=(?!=)|\"[^\"]*\"\s*=(?!=))")
COMMAND = re.compile(r"\s*:(\S+)\s*(.*)", re.DOTALL)
_TAKING_NO_EXPRESSION = ("l", "load", "lf", "load-flake", "te", "trace-enable", "r", "reload")


def is_expression(parse: Parse, text: str) -> bool:
    """Whether a text is an expression."""
    try:
        _parsed(parse, text)
    except NixSyntaxError:
        return False
    return True


def bindings_in(parse: Parse, line: str) -> list[tuple[str, str]]:
    """The names and texts of several bindings, in their order; none where a line is something else."""
    if not _BINDINGS.match(line):
        return []
    text = "{ " + line.rstrip().rstrip(";") + "; }"
    try:
        found = _parsed(parse, text)
    except NixSyntaxError:
        return []
    return _texts_of(found, text)


def is_unfinished(parse: Parse, line: str) -> bool:
    """Whether a line is the beginning of an expression that goes on."""
    command = COMMAND.fullmatch(line)
    if command is not None:
        if command[1] in _TAKING_NO_EXPRESSION:
            return False
        text = command[2]
    else:
        text = bound(line)[1]
    if not text.strip():
        return False
    try:
        _parsed(parse, text)
    except NixSyntaxError as error:
        return error.is_unfinished
    return False


def _parsed(parse: Parse, text: str) -> Expression:
    return parse(Source("«string»", text, is_file=False))


def bound(line: str) -> tuple[str, str]:
    """The name and text of a binding; no name where a line is an expression."""
    match = _BINDING.fullmatch(line)
    if match is None or match[1] in KEYWORDS:
        return "", line
    return match[1], match[2].rstrip().removesuffix(";")


def _texts_of(found: Expression, text: str) -> list[tuple[str, str]]:
    """The names and texts of a set's bindings in the order of the text; none where one is no plain name's."""
    from lixeval.syntax import nodes

    if not isinstance(found, nodes.AttributeSet) or found.bindings.dynamic:
        return []
    bindings: list[tuple[str, str]] = []
    for name, attribute in sorted(found.bindings.attributes.items(), key=lambda item: item[1].start):
        value = attribute.value
        if attribute.kind == "inherited-from":
            source = found.bindings.sources[attribute.source]
            bindings.append((name, f"({text[source.start : source.end]}).{attribute_name(name)}"))
        elif attribute.kind == "inherited":
            bindings.append((name, name))
        elif value is None or (isinstance(value, nodes.AttributeSet) and text[value.start] not in "{r"):
            return []
        else:
            bindings.append((name, text[value.start : value.end]))
    return bindings


def last_word(text: str) -> str:
    """The end of a text that may be the beginning of a variable or an attribute path."""
    match = re.search(r"[a-zA-Z_][a-zA-Z0-9_'.-]*$", text)
    return match[0] if match is not None else ""
