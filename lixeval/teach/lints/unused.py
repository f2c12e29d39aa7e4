"""Names that nobody uses, as deadnix finds them."""

from __future__ import annotations

from lixeval.compiler.analysis import FreeNames
from lixeval.syntax import nodes
from lixeval.teach.lints.findings import Change, Finding
from lixeval.teach.lints.layout import Layout, Statement
from lixeval.teach.lints.spelling import start_with_blanks
from lixeval.teach.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CALLED = frozenset(("__findFile", "__nixPath", "__sub", "__mul", "__div", "__lessThan"))
"""Names that mean something to the language without being written."""


def findings(program: Program, layout: Layout) -> Iterator[Finding]:
    """What is bound and not used, or used only by what is itself not used; an argument whose name begins with `_` says
    that this is meant.
    """
    free = FreeNames()
    by_name = {name[1]: one for one in layout.statements for name in one.names}
    for node in program.expressions():
        if isinstance(node, nodes.Let):
            yield from _of_let(node, free, layout, by_name)
        elif isinstance(node, nodes.Lambda):
            yield from _of_pattern(node, free, layout) if node.formals else _of_argument(node, free, layout)


def _alive(wanted: frozenset[str], names: Mapping[str, frozenset[str]]) -> set[str]:
    """Those of the names that are wanted, and that these want: `names` says whom each of them names."""
    found: set[str] = set()
    todo = [name for name in wanted if name in names]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [other for other in names[name] if other in names]
    return found


def _of_let(node: nodes.Let, free: FreeNames, layout: Layout, by_name: Mapping[int, Statement]) -> Iterator[Finding]:
    attributes, sources = node.bindings.attributes, node.bindings.sources
    around: frozenset[str] = frozenset()
    names = {
        # What `inherit a;` names is outside.
        name: around if attribute.kind == "inherited" else free.of_attribute(attribute, sources)
        for name, attribute in attributes.items()
    }
    kept = frozenset(name for name, one in attributes.items() if name in CALLED or layout.skipped(one.start))
    alive = _alive(free(node.body) | kept, names)
    dead = {attribute.start: name for name, attribute in attributes.items() if name not in alive}
    # What cannot be taken out goes on naming others.
    staying = _alive(frozenset(name for start, name in dead.items() if not _is_whole(by_name.get(start))), names)
    going = {start: by_name[start] for start, name in dead.items() if name not in staying}
    for start, name in dead.items():
        attribute = attributes[name]
        changes = _taken_out(attribute, going, layout.text) if start in going else ()
        yield Finding("unused_let_binding", start, attribute.end, f"nobody uses {name}", changes)


def _is_whole(statement: Statement | None) -> bool:
    """Whether a binding is made by this statement alone."""
    return statement is not None and (statement.parts == 1 or statement.inherits)


def _taken_out(attribute: nodes.Attribute, going: Mapping[int, Statement], text: str) -> tuple[Change, ...]:
    """A binding taken out, by itself or, where all of its statement goes, with the first of them."""
    statement = going[attribute.start]
    if statement.inherits and any(name[1] not in going for name in statement.names):
        return ((start_with_blanks(text, attribute.start), attribute.end, ""),)
    if statement.names[0][1] != attribute.start:
        return ()  # The statement goes with the first of its names.
    return ((start_with_blanks(text, statement.start), statement.end, ""),)


def _of_argument(node: nodes.Lambda, free: FreeNames, layout: Layout) -> Iterator[Finding]:
    name = node.parameter or ""
    if name.startswith("_") or name in free(node.body) or layout.skipped(node.start):
        return
    other = f"_{name}"
    clear = other not in free(node.body)
    told = f"nobody uses {name}: {other} says that this is meant"
    changes = ((node.start, node.start, "_"),) if clear else ()
    yield Finding("unused_lambda_argument", node.start, node.start + len(name), told, changes)


def _of_pattern(node: nodes.Lambda, free: FreeNames, layout: Layout) -> Iterator[Finding]:
    assert node.formals is not None
    names: dict[str, frozenset[str]] = {
        formal.name: free(formal.default) if formal.default is not None else frozenset()
        for formal in node.formals.formals
    }
    alive = _alive(free(node.body), names)
    for formal in node.formals.formals:
        if formal.name not in alive and not layout.skipped(formal.start):
            told = f"nobody uses {formal.name}; callers may give it all the same"
            yield Finding("unused_lambda_pattern", formal.start, formal.end, told)
    # The formals stay, and with them what their defaults name.
    if node.parameter is not None and node.parameter not in free(node.body).union(*names.values()):
        yield from _of_whole_set(node.parameter, node.start, node.formals, layout)


def _of_whole_set(name: str, start: int, formals: nodes.Formals, layout: Layout) -> Iterator[Finding]:
    """`args@{ … }`, `{ … }@args`: the name and the @ can go."""
    text = layout.text
    if start < formals.start:
        place, change = start, (start, formals.start, "")
    else:
        place = text.index(name, formals.end)
        change = (formals.end, place + len(name), "")
    if layout.skipped(place):
        return
    plain = text[change[0] : change[1]].replace(name, "", 1).strip() == "@"
    told = f"nobody uses {name}"
    yield Finding("unused_lambda_pattern", place, place + len(name), told, (change,) if plain else ())
