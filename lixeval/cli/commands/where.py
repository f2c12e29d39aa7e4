"""`lixeval where`: who has set a value, who has overridden it, and what was merged.

FILE, ATTRPATH -> traced (teach.tracing) -> whereabouts -> lines
"""

from __future__ import annotations

import os
import textwrap

from lixeval.cli.output.story import cut
from lixeval.cli.output.terminal import width
from lixeval.cli.subcommand import read
from lixeval.cli.workspace import make_workspace, values
from lixeval.diagnostics import message_of
from lixeval.errors import FAILURES, UsageError
from lixeval.evaluation.auto_call import Arguments, selected_by_names, split_path
from lixeval.runtime.thunks import force
from lixeval.source import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lixeval.cli.subcommand import CommandLine
    from lixeval.runtime.values import Delayed
    from lixeval.teach.tracing import Tracer
    from lixeval.teach.whereabouts import Answer

COMMAND = "where"

LONGEST = 30
"""Values are cut to so many characters in the lines of who has set them."""

MOST = 40
"""Of more lines of one kind the first are told."""


def run(arguments: list[str]) -> int:
    """Prints the value, and below it who has set it."""
    line = read(COMMAND, arguments)
    *files, attribute = line.words or [""]
    if not attribute or len(files) + len(line.options.expressions) != 1:
        raise UsageError("lixeval where needs a FILE or -E EXPRESSION, and an ATTRPATH", hint="lixeval where --help")
    line.options.files = files
    answer = _answer(line, attribute)
    if "json" in line.flags:
        import json

        print(json.dumps(answer, ensure_ascii=False))
    else:
        print("\n".join(lines(answer)))
    return 0


def _answer(line: CommandLine, attribute: str) -> Answer:
    from lixeval.teach.tracing import Tracer

    options = line.options
    tracer = options.watch = Tracer()
    workspace = make_workspace(options, write_store=False)

    def body() -> Answer:
        (whole,) = values(workspace, options, call=True)
        return answered(whole, attribute, Arguments(workspace.evaluator, options.arguments), tracer)

    try:
        return workspace.evaluate(body)
    finally:
        workspace.store.close()


def answered(whole: Delayed, attribute: str, arguments: Arguments, tracer: Tracer) -> Answer:
    """Where the value at an attribute path comes from, of a run that `tracer` watches.

    Raises EvalError where there is none at that path.
    """
    from lixeval.teach.provenance import Provenance, forced
    from lixeval.teach.tracing import Trace
    from lixeval.teach.whereabouts import whereabouts

    names = split_path(attribute)
    path = list(names)
    while len(path) > 1 and path[-1].isdecimal():
        path.pop()  # an element has been set where its list has
    found = selected_by_names(whole, names, attribute, arguments)
    forced(found)  # should it fail, who has set it is told all the same
    provenance = Provenance(Trace(tracer), arguments.evaluator.file)
    return whereabouts(force(whole), path, found, provenance, shown)


def shown(value: Delayed) -> str:
    """A value's text, as the REPL shows it, on one line and not deep."""
    from lixeval.cli.repl.printing import shown as printed

    try:
        value = force(value)
        if value.__class__ is dict and "outPath" in value and "drvPath" in value:
            return (
                f"«derivation {printed(value['name'], depth=0, one_line=True)}»" if "name" in value else "«derivation»"
            )
        return str(printed(value, depth=1, one_line=True))
    except FAILURES as error:
        return f"«fails: {' '.join((message_of(error) or str(error)).split())}»"


def lines(answer: Answer) -> Iterator[str]:
    """The answer as text."""
    if answer["value"]:
        yield printable(cut(answer["value"], 2000))
    yield from _settings(answer["settings"])
    if answer["kind"] == "option":
        yield from _declaration(answer)
    for entry in answer.get("context", [])[:MOST]:
        origin = f"   from {printable(entry['from'])}   {_place(entry)}" if "from" in entry else ""
        yield f"  context {_element(entry['element'])}{origin}"
    arguments = answer.get("arguments", [])
    if arguments:
        yield "  its arguments:"
    width = max([len(entry["name"]) for entry in arguments], default=0)
    for entry in arguments[:MOST]:
        yield f"    {entry['name']:<{width}}   {entry['from']}   {_place(entry)}".rstrip()
    inputs = answer.get("inputs", [])
    if inputs:
        yield "  its inputs:"
    for entry in inputs[:MOST]:
        yield f"    {_element(entry['needs'])}"
        for attribute in entry["attributes"]:
            yield f"      because of {printable(attribute['name'])}   {_place(attribute)}".rstrip()


def _element(element: str) -> str:
    """An element of a context in words: a path, an output of a derivation, or a .drv with all that it needs."""
    if element.startswith("!"):
        _, output, path = element.split("!", 2)
        return printable(path if output == "out" else f"{path} (its output {output})")
    return printable(f"{element[1:]} and all that it needs" if element.startswith("=") else element)


def _settings(settings: list[Answer]) -> Iterator[str]:
    texts = [cut(printable(" ".join(one["value"].split())), LONGEST) for one in settings]
    places = [_place(one) for one in settings]
    wide, far = max(map(len, texts), default=0), max(map(len, places), default=0)
    room = width()
    for one, text, place in list(zip(settings, texts, places, strict=True))[:MOST]:
        wins = "   wins" if one["wins"] and len(settings) > 1 else ""
        line = f"  {text:>{wide}}   {place:<{far}}   {printable(one['means'])}{wins}".rstrip()
        if len(line) <= room:
            yield line
            continue
        yield f"  {text:>{wide}}   {place}"
        if one["means"] or wins:
            yield f"  {'':>{wide}}     {printable(one['means'])}{wins}"
    if len(settings) > MOST:
        yield f"  … {len(settings) - MOST} more"


def _declaration(answer: Answer) -> Iterator[str]:
    places = [_place(entry) for entry in answer["declared"]]
    told = f"declared in {', '.join(places)}" if places else "declared somewhere"
    kind = f" as {answer['type']}" if answer["type"] else ""
    for line in (f"{told}{kind}", f"merged by: {answer['merge']}"):
        yield from textwrap.wrap(line, 80, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _place(entry: Answer) -> str:
    """FILE:LINE:COLUMN, the file as it is seen from here."""
    if "file" not in entry:
        return "(nobody knows where)"
    file = str(entry["file"])
    if file.startswith("/"):
        near = os.path.relpath(file)
        file = near if not near.startswith("..") else file
    return printable(f"{file}:{entry['line']}:{entry['column']}" if "line" in entry else file)
