"""A session of the REPL answers the same whether it knows the library from before or evaluates it."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.evaluation.remembered.heap_reader import KeptHeap
from lixeval.evaluation.remembered.heaps import Heaps
from lixeval.evaluation.remembered.library import MOST_OF_SESSION
from lixeval.system import background
from tests.remembered.projects import EXPRESSIONS, Project

if TYPE_CHECKING:
    from tests.remembered.conftest import Answer, Run

OVERLAID = "import <library/over.nix> { overlays = [ (final: prev: with prev; { more = hello; }) ]; }"

SESSIONS = [
    ["pkgs.hello.drvPath", "pkgs.world", "pkgs.all.n3.next.value"],
    ["x = pkgs.hello", "x.name", "y = x.meta; z = 1", "y", ":t y", "z"],
    # Errors and what depends on how far values are evaluated: from there on all is evaluated.
    ["pkgs.hello.name", "pkgs.broken", "pkgs.hello.name", "pkgs.wrong"],
    ["pkgs.missing.name", "nothing", "1 +", "+", "pkgs.world.name"],
    ['w = builtins.warn "said" pkgs.two or 7', "w", "w", "pkgs.broken", "w", 'v = builtins.trace "too" 1', "v"],
    ["pkgs.hello.name", ":sprint pkgs.hello.name", ":sprint pkgs.mapped", "pkgs.mapped", ":sprint pkgs.mapped"],
    ["builtins.trace pkgs.all.n3 1", "builtins.seq pkgs.all.n3.value 2", "builtins.trace pkgs.all.n3 1"],
    ["[ pkgs.listed pkgs.listed ]", ":p pkgs.listed", ":p [ pkgs.grouped pkgs.grouped ]", "pkgs.functions"],
    ["pkgs.hello.name", ":r", "pkgs.hello.name", ":a pkgs.functions", "two 1 2", ":r", "two"],
    [":doc pkgs.functions.one", ':ctx "${pkgs.hello}"', ":nothing", ":t pkgs.functions.three", ":why pkgs.broken"],
    ['hello = "mine"', f"({OVERLAID}).more", 'hello = "yours"', f"({OVERLAID}).more", f"({OVERLAID}).flavour"],
    ["builtins.attrNames pkgs", 'builtins.unsafeGetAttrPos "hello" pkgs', "pkgs.positions"],
]


class Lines:
    """A pipe with lines."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[str]:
        return self._lines

    def isatty(self) -> bool:
        return False


class Sessions:
    """`lixeval repl` in this process, with lines from a pipe."""

    def __init__(self, project: Project, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project = project
        self._run = run
        self._monkeypatch = monkeypatch
        project.write(
            "project/main.nix", "let pkgs = import <library> { }; in { inherit pkgs; own = pkgs.hello.name; }"
        )

    def answers(self, lines: list[str], *words: str) -> Answer:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(lines) + "\n"))
        place = str(self.project.folder / "project" / "main.nix")
        return self._run("repl", place, "-I", f"library={self.project.folder}/library", *words)

    def check(self, lines: list[str]) -> bool:
        """Answers with what is known and without, which must be the same; whether a heap was used at first."""
        self.project.happened.clear()
        found = self.answers(lines)
        used = any(one.heap is not None for one in self.project.happened)
        assert found.shown == self.answers(lines, "--no-eval-cache").shown
        return used


@pytest.fixture
def sessions(project: Project, run: Run, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    return Sessions(project, run, monkeypatch)


@pytest.mark.parametrize("lines", SESSIONS)
def test_a_session_answers_as_if_all_was_evaluated(sessions: Sessions, lines: list[str]) -> None:
    assert not sessions.check(["pkgs.hello.drvPath", "pkgs.all.n1", "pkgs.grouped.big", "pkgs.listed"])
    assert sessions.check(lines)
    assert sessions.check(lines)
    sessions.project.write("library/data/text", "another text")
    assert not sessions.check(lines)


def test_any_expressions_are_answered_as_if_all_was_evaluated(sessions: Sessions) -> None:
    sessions.check(["pkgs.hello.drvPath"])
    used = [sessions.check(EXPRESSIONS[start : start + 6]) for start in range(0, len(EXPRESSIONS), 6)]
    assert all(used)


def test_loading_again_sees_that_the_library_has_changed(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions.check(["pkgs.hello.name", "pkgs.linked"])
    project = sessions.project

    def lines() -> Iterator[str]:
        yield from ("pkgs.linked\n", "pkgs.hello.name\n", "pkgs.linked\n")
        project.write("library/one.nix", "11")
        yield from (":r\n", "pkgs.linked\n")

    monkeypatch.setattr(sys, "stdin", Lines(lines()))
    found = project._run("repl", f"{project.folder}/project/main.nix", "-I", f"library={project.folder}/library")
    assert found.stdout.split("\n")[-3:] == ["Added 2 variables.", "11", ""]


def test_what_was_being_read_when_somebody_interrupts_is_read_again(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each record that a session reads in turn."""
    lines = ["pkgs.world.drvPath", "pkgs.all.n3.next.value", "pkgs.world.drvPath", "pkgs.closure"]
    sessions.check(lines)
    record, interrupted = KeptHeap._record, [0, 0]

    def interrupting(self: KeptHeap, number: int) -> object:
        interrupted[0] += 1
        if interrupted[0] == interrupted[1]:
            raise KeyboardInterrupt
        return record(self, number)

    head = "Added 2 variables.\n"
    answers = [sessions.answers([line], "--no-eval-cache").stdout.removeprefix(head) for line in lines]
    allowed = [head + "".join(answers[:at] + answers[at + 1 :]) for at in range(len(lines))]
    monkeypatch.setattr(KeptHeap, "_record", interrupting)
    monkeypatch.setattr(background, "in_background", lambda work, **_: False)
    while True:
        interrupted[:] = 0, interrupted[1] + 1
        found = sessions.answers(lines)
        if "interrupted by the user" not in found.stderr:
            break
        assert found.stdout in allowed or "undefined variable 'pkgs'" in found.stderr
    assert interrupted[1] > 20 and found.stdout == head + "".join(answers)


def test_a_session_ends_with_what_it_has_found_kept(sessions: Sessions) -> None:
    home = Path(os.environ["HOME"])
    sessions.answers(["pkgs.hello.drvPath", "pkgs.folded"])
    first = sessions.project.happened[-1]
    assert Heaps(str(home / "cache" / "lixeval")).load(first.key) is not None
    sessions.answers(["pkgs.folded"])
    assert sessions.project.happened[-1].used == 1


def test_a_long_session_lets_go_of_package_sets(sessions: Sessions) -> None:
    """Of those that its lines have made by themselves it keeps the first few, for the next session."""
    overlay = "(final: prev: with prev; {{ numbered = {}; more = hello; }})"
    lines = [f"(import <library/over.nix> {{ overlays = [ {overlay.format(number)} ]; }}).more" for number in range(12)]
    assert not sessions.check(lines)
    (library,) = (one for one in sessions.project.happened if one.calls)
    gc.collect()
    sets = [one for one in gc.get_objects() if one.__class__ is dict and {"numbered", "more", "hello"} <= one.keys()]
    held = {number for one in sets for number in [one["numbered"]] if number.__class__ is int}
    held |= {one["numbered"][1] for one in sets if one["numbered"].__class__ is list}
    assert library.calls and len(held) <= MOST_OF_SESSION
