"""All findings of a text, and the text with what is safe changed."""

from __future__ import annotations

import re

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax.parser import parse
from lixeval.teach.lints import spelling, unused
from lixeval.teach.lints.expressions import Expressions
from lixeval.teach.lints.findings import RULES, Finding
from lixeval.teach.lints.layout import Layout
from lixeval.teach.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

MOST_PASSES = 20
"""A change may make another one possible; so often it is looked again."""


def findings(source: Source) -> list[Finding]:
    """What is found in a source, in the order of the text; raises NixSyntaxError."""
    program = Program(parse(source, pipe_operators=True))
    layout = Layout(source.text)
    found = [*Expressions(program, layout).findings(), *spelling.findings(layout), *unused.findings(program, layout)]
    for finding in found:
        if not _keeps_comments(finding, layout):
            finding.changes = ()
    return sorted(found, key=lambda finding: (finding.start, finding.end))


def _keeps_comments(finding: Finding, layout: Layout) -> bool:
    """Whether each comment is still there afterwards, but for those in a binding that goes as a whole."""
    if finding.rule == "unused_let_binding":
        return True
    return all(comment in new for start, end, new in finding.changes for comment in layout.comments(start, end))


def fixed(source: Source, wanted: Container[str] = RULES) -> tuple[str, list[Finding]]:
    """The text with all that is safe changed, as far as rules are `wanted`, and what was changed."""
    text, done = source.text, []
    for _ in range(MOST_PASSES):
        changed, now = _pass(Source(source.name, text), wanted)
        if not now:
            break
        text = changed
        done += now
    return text, done


def _pass(source: Source, wanted: Container[str]) -> tuple[str, list[Finding]]:
    """All changes that do not touch one another, from the end of the text; should the whole be no Nix, the first of
    them that are, one by one.
    """
    chosen: list[Finding] = []
    limit = len(source.text) + 1
    for finding in sorted(findings(source), key=lambda one: -one.end):
        if finding.rule in wanted and finding.changes and max(end for _, end, _ in finding.changes) < limit:
            chosen.append(finding)
            limit = min(start for start, _, _ in finding.changes)
    changed = _changed(source.text, chosen)
    if _parses(source.name, changed):
        return changed, chosen
    text, done = source.text, []
    for finding in chosen[:MOST_TRIED]:
        changed = _changed(text, [finding])
        if _parses(source.name, changed):
            text = changed
            done.append(finding)
    return text, done


MOST_TRIED = 200

WORDS = re.compile(r"[\w']{2}", re.ASCII)
"""The end of a word and the beginning of the next."""


def _changed(text: str, chosen: list[Finding]) -> str:
    """The text with the changes of findings, which do not touch one another and come from its end."""
    for finding in chosen:
        for start, end, new in sorted(finding.changes, reverse=True):
            text = text[:start] + (new or _gap(text, start, end)) + text[end:]
    return text


def _gap(text: str, start: int, end: int) -> str:
    """What stays of a part that is taken out: a blank where two words would become one."""
    return " " if WORDS.fullmatch(text[start - 1 : start] + text[end : end + 1]) else ""


def _parses(name: str, text: str) -> bool:
    try:
        parse(Source(name, text), pipe_operators=True)
    except NixSyntaxError:
        return False
    return True
