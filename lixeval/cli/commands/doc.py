"""`lixeval doc`: the manual of builtins and of lib; a line each, or one of them whole."""

from __future__ import annotations

import sys
import textwrap

from lixeval.builtins.table import EXPERIMENTAL
from lixeval.cli.output import colours
from lixeval.cli.output.story import Painter, cut
from lixeval.cli.output.terminal import wants_colour, width
from lixeval.cli.subcommand import read
from lixeval.cli.workspace import make_workspace
from lixeval.errors import UsageError
from lixeval.runtime.code_info import written_place
from lixeval.runtime.thunks import force
from lixeval.runtime.values import FUNCTION_TYPES
from lixeval.teach.manual import Entry, entries, find, near

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lixeval.cli.subcommand import CommandLine
    from lixeval.evaluation.workspace import Workspace

COMMAND = "doc"

PAGE = 78
"""How wide the text of an entry is."""


def run(arguments: list[str]) -> int:
    """Prints entries of the manual."""
    line = read(COMMAND, arguments)
    workspace = _workspace(line)
    try:
        found = entries(workspace.evaluator.table)
        wanted = found if not line.words else [entry for word in line.words for entry in _named(workspace, found, word)]
    finally:
        workspace.store.close()
    if "json" in line.flags:
        import json

        print(json.dumps([entry.as_json() for entry in wanted], ensure_ascii=False))
    elif len(line.words) == 0 or len(wanted) > 4:
        print("\n".join(_list(wanted)))
    else:
        painter = Painter(wants_colour(sys.stdout))
        print("\n\n".join("\n".join(page(entry, painter)) for entry in wanted))
    return 0


def _workspace(line: CommandLine) -> Workspace:
    options = line.options
    options.experimental = {feature for features in EXPERIMENTAL.values() for feature in features}
    return make_workspace(options, write_store=False)


def _named(workspace: Workspace, found: list[Entry], word: str) -> list[Entry]:
    """The entries that a word means; else those with it in their names, or what lib says of a function without one."""
    exact = find(found, word)
    if exact:
        return exact
    part = word.rpartition(".")[2].lower()
    written = _of_lib_itself(workspace, word.removeprefix("lib."))
    holding = [entry for entry in found if part and part in entry.name.lower()]
    if written or holding:
        return [*written, *holding] if not word.startswith(("lib.", "builtins.")) else written or holding
    meant = near(found, word)
    hint = f"did you mean {', '.join(meant)}?" if meant else "lixeval doc lists all"
    raise UsageError(f"the manual has no '{word}'", hint=hint)


def _of_lib_itself(workspace: Workspace, name: str) -> list[Entry]:
    """What can be told of a function of lib that the manual has no text for: where it is, and what it asks for."""

    def body() -> list[Entry]:
        lib = force(workspace.evaluator.text("import <nixpkgs/lib>", "/"))
        value = force(lib[name]) if name in lib else None
        if value.__class__ not in FUNCTION_TYPES or hasattr(value, "nix_name"):
            return []
        file, place = written_place(value)
        return [Entry(f"lib.{name}", (), f"The manual has no text for it yet.  It is written at {file}:{place}.")]

    return workspace.evaluate(body)


def _list(found: list[Entry]) -> Iterator[str]:
    wide = width()
    for entry in found:
        if "__" in entry.name:
            continue  # lixeval's own
        head = " ".join([entry.name, *entry.arguments])
        yield cut(f"{cut(head, 38):<38}  {entry.summary}", wide)


def page(entry: Entry, painter: Painter) -> Iterator[str]:
    """One entry whole."""
    yield painter.paint(colours.BOLD, " ".join(["Synopsis:", entry.name, *entry.arguments]))
    for paragraph in entry.text.split("\n\n"):
        yield ""
        yield from textwrap.wrap(paragraph, PAGE)
    for expression, value in entry.examples:
        yield ""
        yield f"    nix-repl> {expression}"
        for line in value.splitlines():
            yield "    " + painter.paint(colours.GREEN, line)
    for expression, message in entry.errors:
        yield ""
        yield f"    nix-repl> {expression}"
        yield "    " + painter.paint(colours.RED, f"error: {message}")
    if entry.since or entry.needs or entry.lix:
        yield ""
    if entry.since:
        yield f"  since Nix {entry.since}"
    if entry.needs:
        yield f"  with the experimental feature {' and '.join(entry.needs)}"
    if entry.lix:
        yield from textwrap.wrap(f"Lix: {entry.lix}", PAGE, initial_indent="  ", subsequent_indent="    ")
