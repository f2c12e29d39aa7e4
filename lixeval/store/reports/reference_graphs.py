"""The graph of references as text: an indented tree, DOT for Graphviz, GraphML.

Each is what `nix-store --query` prints, line by line: in its order, a path that was shown before only named.

C++: nix-store.cc (`printTree`), dotgraph.cc, graphml.cc.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count

from lixeval.system.graphs import in_nix_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore
    from lixeval.store.path_info import PathInfo

LAST, INNER, PAST_LAST, PAST_INNER = "└───", "├───", "    ", "│   "
"""What stands before the last child of a node, before another, and before what is below either."""

_COLOURS = ("black", "red", "green", "blue", "magenta", "burlywood")


def tree(store: LocalStore, roots: Iterable[StorePath]) -> Iterator[str]:
    """The lines of a tree for each root; what is below a path is shown once."""
    wanted = list(roots)
    infos = _closure_infos(store, wanted)
    done: set[StorePath] = set()
    waiting = [(root, "", "") for root in reversed(wanted)]
    while waiting:
        path, first, rest = waiting.pop()
        if path in done:
            yield f"{first}{path} [...]"
            continue
        done.add(path)
        yield f"{first}{path}"
        references = _in_order(infos[path].references, infos)
        for number, reference in reversed(list(enumerate(references, 1))):
            last = number == len(references)
            waiting.append((reference, rest + (LAST if last else INNER), rest + (PAST_LAST if last else PAST_INNER)))


def _in_order(references: tuple[StorePath, ...], infos: dict[StorePath, PathInfo]) -> list[StorePath]:
    """Those that others refer to first, which keeps the tree flat."""
    inner = [(path, used) for path in references for used in infos[path].references]
    return in_nix_order(references, inner)


def dot(store: LocalStore, roots: Iterable[StorePath]) -> Iterator[str]:
    """A directed graph for Graphviz; edges lead from what is used to what uses it, as Nix draws them."""
    number = count()
    yield "digraph G {"
    for info in _by_name(store, roots):
        look = 'shape = box, style = filled, fillcolor = "#ff0000"'
        yield f'"{_base_name(info.path)}" [label = "{_name(info.path)}", {look}];'
        for reference in _others(info):
            colour = _COLOURS[next(number) % len(_COLOURS)]
            yield f'"{_base_name(reference)}" -> "{_base_name(info.path)}" [color = "{colour}"];'
    yield "}"


def graphml(store: LocalStore, roots: Iterable[StorePath]) -> Iterator[str]:
    """The graph in GraphML, with the size and the kind of each path."""
    yield "<?xml version='1.0' encoding='utf-8'?>"
    yield "<graphml xmlns='http://graphml.graphdrawing.org/xmlns'"
    yield "    xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
    yield "    xsi:schemaLocation='http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd'>"
    yield (
        "<key id='narSize' for='node' attr.name='narSize' attr.type='long'/>"
        "<key id='name' for='node' attr.name='name' attr.type='string'/>"
        "<key id='type' for='node' attr.name='type' attr.type='string'/>"
        "<graph id='G' edgedefault='directed'>"
    )
    for info in _by_name(store, roots):
        yield f'  <node id="{_base_name(info.path)}">'
        yield f'    <data key="narSize">{info.nar_size}</data>'
        # Nix shows a name as far as its first dash, and nothing of one without.
        name = _name(info.path)
        yield f'    <data key="name">{name[: name.find("-") + 1]}</data>'
        yield f'    <data key="type">{"derivation" if info.path.endswith(".drv") else "output-path"}</data>'
        yield "  </node>"
        for reference in _others(info):
            yield f'  <edge source="{_base_name(info.path)}" target="{_base_name(reference)}"/>'
    yield "</graph>"
    yield "</graphml>"


def _closure_infos(store: LocalStore, roots: Iterable[StorePath]) -> dict[StorePath, PathInfo]:
    return store.infos(store.closure(roots))


def _by_name(store: LocalStore, roots: Iterable[StorePath]) -> Iterator[PathInfo]:
    """The closure, of what has been reached always the path with the least name first."""
    wanted = list(roots)
    infos = _closure_infos(store, wanted)
    waiting = sorted(set(wanted))
    heapify(waiting)
    done: set[StorePath] = set()
    while waiting:
        path = heappop(waiting)
        if path in done:
            continue
        done.add(path)
        yield infos[path]
        for reference in infos[path].references:
            if reference not in done:
                heappush(waiting, reference)


def _others(info: PathInfo) -> list[StorePath]:
    return [reference for reference in info.references if reference != info.path]


def _base_name(path: str) -> str:
    return path.rpartition("/")[2]


def _name(path: str) -> str:
    return _base_name(path)[33:]
