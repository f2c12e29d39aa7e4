"""The warning of Nix 2.26 about `f or`, an old way to call `f` with a variable named `or`.

In a list, as an argument and as a default (`[ f or ]`, `g f or`, `a.b or f or`) later versions of Nix read it
differently.  In parentheses it keeps its meaning, and nothing is said.  C++: `Expr::warnIfCursedOr`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lixeval.source import Source
from lixeval.syntax.nodes import Apply, Expression, List, Node, Select, members


def warnings(
    source: Source, root: Expression, old: set[Expression], outer: Mapping[Expression, object]
) -> Iterator[str]:
    """The warnings, innermost first; `old` are the calls written so, `outer` what stands in parentheses."""
    found: list[tuple[int, str]] = []
    work: list[Node] = [root]
    while work:
        node = work.pop()
        work += _children(node)
        places: tuple[Expression | None, ...] = ()
        if isinstance(node, List):
            places = node.items
        elif isinstance(node, Apply):
            places = node.arguments
        elif isinstance(node, Select):
            places = (node.default,)
        found += [
            (place.end, _warning(source, place))
            for place in places
            if place is not None and place in old and place not in outer
        ]
    return iter([text for _, text in sorted(found)])


def _warning(source: Source, node: Expression) -> str:
    line, column = source.line_and_column(node.start)
    return (
        f"warning: at {source.name}:{line}:{column}: This expression uses `or` as an identifier in a way that will "
        "change in a future Nix release.\n"
        "Wrap this entire expression in parentheses to preserve its current meaning:\n"
        f"    ({source.text[node.start : node.end]})\n"
        "Give feedback at https://github.com/NixOS/nix/pull/11121"
    )


def _children(node: Node) -> Iterator[Node]:
    for _, value in members(node):
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield part
