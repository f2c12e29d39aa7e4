"""`lixeval lint`: what could be written better in Nix files, with the exercise that explains it; --fix writes it so."""

from __future__ import annotations

import os
import sys
import textwrap

from lixeval.cli.output import colours
from lixeval.cli.output.errors import Manner, print_error
from lixeval.cli.output.story import Painter, cut
from lixeval.cli.output.terminal import wants_colour, width
from lixeval.cli.subcommand import at_least, read
from lixeval.environment.machine import content_of
from lixeval.errors import NixSyntaxError, SystemFailure, UsageError
from lixeval.source import WIDEST, Source, Span, excerpt, printable
from lixeval.system.atomic import write_file
from lixeval.teach.lints.checking import findings, fixed
from lixeval.teach.lints.findings import RULES, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lixeval.cli.subcommand import CommandLine

COMMAND = "lint"

GUTTER = 8
"""Columns before a line that is shown."""


def run(arguments: list[str]) -> int:
    """Prints findings; the exit code says whether there are some."""
    line = read(COMMAND, arguments)
    if "list" in line.flags:
        print("\n".join(f"{rule.name:<28} {rule.origin:<8} {rule.about}" for rule in RULES.values()))
        return 0
    at_least(line, COMMAND, 1, "a FILE")
    wanted = _wanted(line)
    manner = Manner(arguments)
    found: list[tuple[Source, Finding]] = []
    failures = 0
    for path in (path for word in line.words for path in _files(word)):
        # A file with a mistake in it says nothing of the others.
        try:
            found += _found(path, wanted, fix="fix" in line.flags)
        except (NixSyntaxError, SystemFailure) as error:
            failures += 1
            print_error(error, manner)
    if "json" in line.flags:
        import json

        print(json.dumps([one.as_json(source) for source, one in found], ensure_ascii=False))
    else:
        painter = Painter(wants_colour(sys.stdout))
        for source, one in found:
            print("\n".join(_lines(source, one, painter)))
    return 1 if found or failures else 0


def _found(path: str, wanted: set[str], *, fix: bool) -> list[tuple[Source, Finding]]:
    source = _source(path)
    if fix:
        _fix(source, wanted)
        source = _source(path)
    return [(source, one) for one in findings(source) if one.rule in wanted]


def _wanted(line: CommandLine) -> set[str]:
    only, without = line.lists.get("only", []), line.lists.get("without", [])
    for name in (*only, *without):
        if name not in RULES:
            raise UsageError(f"there is no rule '{name}'", hint="lixeval lint --list")
    return (set(only) or set(RULES)) - set(without)


def _files(word: str) -> Iterator[str]:
    """A file, or the Nix files in a folder and its folders."""
    if not os.path.isdir(word):
        yield word
        return
    for folder, folders, names in os.walk(word):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(".nix"))


def _source(path: str) -> Source:
    try:
        return Source(path, content_of(path)[1].decode("utf-8", "surrogateescape"))
    except OSError as error:
        raise SystemFailure(f"cannot read '{path}': {error.strerror}") from None


def _fix(source: Source, wanted: set[str]) -> None:
    text, done = fixed(source, wanted)
    if done:
        write_file(
            os.path.realpath(source.name),
            text.encode("utf-8", "surrogateescape"),
            mode=os.stat(source.name).st_mode & 0o777,
        )
        names = sorted({one.rule for one in done})
        print(f"{printable(source.name)}: {len(done)} changed: {', '.join(names)}", file=sys.stderr)


def _lines(source: Source, one: Finding, painter: Painter) -> Iterator[str]:
    line, column = source.line_and_column(one.start)
    end_line, end_column = source.line_and_column(one.end)
    mends = "   (--fix)" if one.changes else ""
    place = f"{printable(source.name)}:{line}:{column}"
    # Only spaces may break a line, and the rule has its colour once the lines are known.
    room = width(elsewhere=1_000_000)
    told = textwrap.wrap(
        f"{place}: {one.rule}: {printable(one.text)}{mends}",
        room,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    yield "\n".join(told).replace(f" {one.rule}:", f" {painter.paint(colours.BOLD, one.rule)}:", 1)
    shown = excerpt(Span(source, line, column, end_line, end_column), 0, min(room - GUTTER, WIDEST))
    yield from (cut(text, room) for text in shown.split("\n"))
    yield painter.paint(colours.DIM, f"      | why: lixeval learn {RULES[one.rule].lesson}")
