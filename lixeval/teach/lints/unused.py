"""Names that nobody uses, as deadnix finds them."""

from __future__ import annotations

from lixeval.syntax import nodes
from lixeval.teach.lints.findings import Change, Finding
from lixeval.teach.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

CALLED = frozenset(("__findFile", "__nixPath", "__sub", "__mul", "__div", "__lessThan", "body"))
"""Names that mean something to the language without being written."""


def findings(program: Program, text: str) -> Iterator[Finding]:
    """What is bound and not used; a name that begins with `_` says that this is meant."""
    used = program.used()
    for node in program.expressions():
        if isinstance(node, nodes.Let):
            yield from _of_let(node, used, text)
        elif isinstance(node, nodes.Lambda):
            yield from _of_lambda(node, used, text)


def _of_let(node: nodes.Let, used: set[int], text: str) -> Iterator[Finding]:
    for name, attribute in node.bindings.attributes.items():
        if attribute.start in used or name.startswith("_") or name in CALLED:
            continue
        told = f"nobody uses {name}"
        yield Finding("unused_let_binding", attribute.start, attribute.end, told, _taken_out(attribute, text))


def _taken_out(attribute: nodes.Attribute, text: str) -> tuple[Change, ...]:
    """A binding taken out; nothing where more than `NAME = VALUE;` is written there."""
    value = attribute.value
    if attribute.kind != "plain" or value is None or text[attribute.start : attribute.end] != attribute.name:
        return ()
    end = text.find(";", value.end)
    between, behind = text[attribute.end : value.start], text[value.end : end]
    if end < 0 or between.strip("( \n\t") != "=" or behind.strip(") \n\t"):
        return ()
    return ((attribute.start, end + 1, ""),)


def _of_lambda(node: nodes.Lambda, used: set[int], text: str) -> Iterator[Finding]:
    if node.formals is None:
        name = node.parameter or ""
        if node.start not in used and not name.startswith("_"):
            end = node.start + len(name)
            change = (node.start, node.start, "_")
            told = f"nobody uses {name}: _{name} says that this is meant"
            yield Finding("unused_lambda_argument", node.start, end, told, (change,))
        return
    for formal in node.formals.formals:
        if formal.start not in used and not formal.name.startswith("_"):
            told = f"nobody uses {formal.name}; callers may give it all the same"
            yield Finding("unused_lambda_pattern", formal.start, formal.end, told)
