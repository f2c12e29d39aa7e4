"""Small programs out of large ones that show the same.

A program is parsed; each of its expressions may be replaced by one of its own parts or by a literal, each list element
and each binding may be left out.  Candidates that no longer parse are dropped, the others are tried many at a time, the
smallest first; the first that still shows the difference is the next program, until none does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lixeval.errors import LixevalError
from lixeval.source import Source
from lixeval.syntax import nodes
from lixeval.syntax.parser import parse

Shows = Callable[[list[str]], list[bool]]
"""Says of each of some programs whether it still shows the difference."""

LITERALS = ("1", "null", "{ }", "[ ]", '""', "true", "(x: x)")
AT_ONCE = 60
MAX_STEPS = 60


def shrink(text: str, shows: Shows) -> str:
    """The smallest program found that still shows what `text` shows."""
    for _ in range(MAX_STEPS):
        smaller = next((found for batch in _batches(text) for found in _first(batch, shows)), None)
        if smaller is None:
            return text
        text = smaller
    return text


def _first(batch: list[str], shows: Shows) -> list[str]:
    return [text for text, shown in zip(batch, shows(batch), strict=True) if shown][:1]


def _batches(text: str) -> Iterator[list[str]]:
    candidates = sorted({found for found in _variants(text) if _cost(found) < _cost(text)}, key=_cost)
    good = [found for found in candidates if _parses(found)]
    for start in range(0, len(good), AT_ONCE):
        yield good[start : start + AT_ONCE]


def _cost(text: str) -> tuple[int, str]:
    return len(text), text


def _parses(text: str) -> bool:
    try:
        _parsed(text)
    except LixevalError:
        return False
    return True


def _parsed(text: str) -> nodes.Expression:
    return parse(Source("«string»", text, is_file=False))


def _variants(text: str) -> Iterator[str]:
    """Programs with one thing less."""
    work: list[nodes.Node] = [_parsed(text)]
    while work:
        node = work.pop()
        inside = list(_children(node))
        work += inside
        if isinstance(node, nodes.Attribute):
            yield from _without_binding(text, node)
            continue
        if isinstance(node, nodes.Formal | nodes.Formals | nodes.Bindings):
            continue
        before, after = text[: node.start], text[node.end :]
        if before.endswith("(") and after.startswith(")"):
            yield before[:-1] + text[node.start : node.end] + after[1:]
        for part in _expressions(inside):
            yield before + _closed(text[part.start : part.end]) + after
        for literal in LITERALS:
            yield before + literal + after
        if isinstance(node, nodes.List):
            for item in node.items:
                yield text[: item.start].rstrip() + text[item.end :]


def _without_binding(text: str, attribute: nodes.Attribute) -> Iterator[str]:
    if attribute.kind != "plain" or attribute.value is None:
        yield text[: attribute.start] + text[attribute.start + len(attribute.name) :]
        return
    end = text.find(";", attribute.value.end) + 1
    if end:
        yield text[: attribute.start] + text[end:]


def _closed(text: str) -> str:
    return text if text[:1] in '([{"' or text.isalnum() else f"({text})"


def _expressions(found: list[nodes.Node]) -> Iterator[nodes.Node]:
    """The expressions among the parts of a node, those inside bindings and formals included."""
    for node in found:
        if isinstance(node, nodes.Attribute | nodes.Bindings | nodes.Formals | nodes.Formal | nodes.DynamicAttribute):
            yield from _expressions(list(_children(node)))
        else:
            yield node


def _children(node: nodes.Node) -> Iterator[nodes.Node]:
    """The nodes directly below a node."""
    for _, value in nodes.members(node):
        if isinstance(value, nodes.Node):
            yield value
        elif isinstance(value, tuple):
            yield from [part for part in value if isinstance(part, nodes.Node)]
        elif isinstance(value, dict):
            yield from value.values()
