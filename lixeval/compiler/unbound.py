"""Which of several names that nothing binds is told of: that which C++ Nix meets first.

Compiling fails at one of them, in an order of its own.  C++ Nix walks the whole text beforehand: the sources of
`inherit (…)` before attributes, attributes and defaults in the order of their symbols, and operators as the calls that
it reads them as, so `a > b` from the right.  C++: `Expr::bindVars`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Scope = tuple[Collection[str], "Scope | None"]
    """The names of one level, and the level around it."""

_SWAPPED = (">", "<=")


def first_unbound(whole: Expression, bound: Collection[str], places: Mapping[str, int]) -> nodes.Variable | None:
    """The first variable that nothing binds, of a text in which the names `bound` mean something; `places` are those of
    names in the order of symbols.  Has a stack of its own, as texts are deep."""
    work: list[tuple[nodes.Node, Scope]] = [(whole, (bound, None))]
    while work:
        node, scope = work.pop()
        if isinstance(node, nodes.Variable):
            if not _binds(scope, node.name):
                return node
            continue
        parts = [(part, inner) for part, inner in _parts(node, scope, places) if isinstance(part, nodes.Node)]
        work += reversed(parts)
    return None


def _binds(scope: Scope | None, name: str) -> bool:
    while scope is not None:
        if name in scope[0]:
            return True
        scope = scope[1]
    return False


def _parts(node: Any, scope: Scope, places: Mapping[str, int]) -> Iterator[tuple[Any, Scope]]:
    """What a node consists of, in Nix's order, and where its names are looked up; literal texts and what is absent
    among it, but not what a `with` may bind."""
    if isinstance(node, nodes.AttributeSet):
        inner = (node.bindings.attributes, scope) if node.recursive else scope
        yield from _bound(node.bindings, scope, inner, places)
    elif isinstance(node, nodes.Let):
        inner = node.bindings.attributes, scope
        yield from _bound(node.bindings, scope, inner, places)
        yield node.body, inner
    elif isinstance(node, nodes.Lambda):
        formals = sorted(node.formals.formals if node.formals else (), key=lambda each: places[each.name])
        inner = {node.parameter or "", *(formal.name for formal in formals)}, scope
        for formal in formals:
            yield formal.default, inner
        yield node.body, inner
    elif isinstance(node, nodes.With):
        yield node.scope, scope
    elif isinstance(node, nodes.Select):
        for part in (node.subject, node.default, *node.path):
            yield part, scope
    elif isinstance(node, nodes.Binary) and node.operator in _SWAPPED:
        yield node.right, scope
        yield node.left, scope
    else:
        for _, value in nodes.members(node):
            for part in value if isinstance(value, tuple) else (value,):
                yield part, scope


def _bound(
    bindings: nodes.Bindings, around: Scope, inner: Scope, places: Mapping[str, int]
) -> Iterator[tuple[Any, Scope]]:
    for source in bindings.sources:
        yield source, inner
    for attribute in sorted(bindings.attributes.values(), key=lambda each: places[each.name]):
        yield attribute.value, around if attribute.kind == "inherited" else inner
    for dynamic in bindings.dynamic:
        yield dynamic.name, inner
        yield dynamic.value, inner
