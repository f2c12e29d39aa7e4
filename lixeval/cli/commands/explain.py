"""`lixeval explain`: the story of one evaluation, walked through on a terminal, printed through a pipe.

program -> record (teach.record) -> rewriting | frames -> lines
"""

from __future__ import annotations

from lixeval.cli.output.page_file import check_page, write_page
from lixeval.cli.output.story import End, cut, frames_text, rewriting_text
from lixeval.cli.output.terminal import is_dialogue, width
from lixeval.cli.subcommand import at_least, read
from lixeval.cli.workspace import make_workspace, values
from lixeval.errors import UsageError
from lixeval.system.terminal_text import visible
from lixeval.teach.record import recorded
from lixeval.teach.rewriting import Rewriting
from lixeval.teach.values import REST, Bounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.cli.subcommand import CommandLine
    from lixeval.evaluation.observer import Observer
    from lixeval.evaluation.workspace import Workspace
    from lixeval.runtime.values import Delayed
    from lixeval.teach.record import Record

COMMAND = "explain"

SMALL = 60
"""A story of at most so many lines is told as rewriting, if nothing else is asked for."""

PAGE_EVENTS = 50_000
"""So much of a run is put into a page, if nothing else is asked for: a browser opens it at once."""

OPEN = 3
"""How deep the frames of a printed story are open."""


def run(arguments: list[str]) -> int:
    """Tells the story; the exit code says whether there is a value."""
    line = read(COMMAND, arguments)
    at_least(line, COMMAND, 1, "a FILE or -E EXPRESSION")
    if "derivation" in line.flags:
        from lixeval.cli.commands.explain_derivation import tell

        return tell(line)
    if len(line.words) + len(line.options.expressions) > 1:
        raise UsageError("lixeval explain tells of one FILE or EXPRESSION", hint="lixeval explain --help")
    page = line.texts.get("html")
    if page is not None:
        check_page(page)
    record = _record(line)
    if page is not None:
        from lixeval.site.story_page import page_of

        write_page(page, page_of(record, _title(line)))
        print(page)
    elif "json" in line.flags:
        import json

        print(json.dumps(record, ensure_ascii=False))
    elif is_dialogue() and "print" not in line.flags:
        from lixeval.cli.output.stepper import walk

        walk(record, rewriting=_is_small(line, record), only=line.texts.get("only", ""))
    else:
        print(visible(_text(line, record), colours=True))
    return 1 if "error" in record["outcome"] else 0


def _title(line: CommandLine) -> str:
    words = [*line.words, *line.options.expressions]
    return cut(" ".join(words[0].split()), 80)


def _record(line: CommandLine) -> Record:
    options = line.options
    usual = Bounds()
    events = _number(line, "steps", PAGE_EVENTS if "html" in line.texts else usual.events)
    bounds = Bounds(events=events, told=events if "steps" in line.texts else usual.told, rest=REST)

    def opened(watch: Observer) -> Workspace:
        options.watch = watch
        return make_workspace(options, write_store=False)

    # A function that somebody types is the value whose story is asked for, as `--eval` prints it.
    call = bool(options.files or options.arguments or options.attributes)

    def value(workspace: Workspace) -> Delayed:
        found = values(workspace, options, call=call)
        if len(found) != 1:
            raise UsageError(f"lixeval explain tells of one value, not of {len(found)}", hint="lixeval explain --help")
        return found[0]

    record = recorded(opened, value, strict="strict" in line.flags, bounds=bounds)
    if not record["steps"]:
        # It has not even begun: the error says it all.
        options.watch = None
        workspace = make_workspace(options, write_store=False, faithful=True)
        workspace.evaluate(lambda: value(workspace))
    return record


def _number(line: CommandLine, name: str, default: int) -> int:
    text = line.texts.get(name)
    if text is None:
        return default
    number = int(text)
    if number < 1:
        raise UsageError(f"--{name} takes a number from 1, not {number}", hint="lixeval explain --help")
    return number


def _is_small(line: CommandLine, record: Record) -> bool:
    if "small" in line.flags or "large" in line.flags:
        return "small" in line.flags
    if "only" in line.texts:
        return False
    told = Rewriting(record, most=SMALL)
    return len(list(told.lines())) <= SMALL and not told.is_cut


def _text(line: CommandLine, record: Record) -> str:
    wide = width()
    if _is_small(line, record):
        depth = _number(line, "depth", 40)
        parts = rewriting_text(Rewriting(record, depth=depth), wide)
    else:
        parts = frames_text(record, _number(line, "depth", OPEN), line.texts.get("only", ""), wide)
    return "\n".join([*parts, *End(record, wide).lines()])
