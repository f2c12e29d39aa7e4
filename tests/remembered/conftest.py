"""The command, run in this process, and what it did to get its answer."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from lixeval.cli import action, main
from lixeval.evaluation.remembered import facts, key, library, outputs, rehearsal
from lixeval.evaluation.remembered.library import Library
from lixeval.evaluation.workspace import Workspace
from lixeval.system import background, fingerprints
from tests.remembered.projects import Project


class Answer(NamedTuple):
    """What a run gave; `acted` if it was not recalled as a whole, `evaluated` if anything was evaluated."""

    code: int
    stdout: str
    stderr: str
    acted: bool
    evaluated: bool

    @property
    def shown(self) -> tuple[int, str, str]:
        return self.code, self.stdout, self.stderr


Run = Callable[..., Answer]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a command line, in a store and with caches of the module's own.

    Archives' stamps are trusted, whatever file system the tests run on.
    """
    home = tmp_path_factory.mktemp("home")
    happened: list[str] = []
    act, evaluate = action.act, Workspace.evaluate

    def noted_act(*arguments: object) -> int:
        happened.append("acted")
        return act(*arguments)  # type: ignore[arg-type]  # whatever it is called with

    def noted_evaluate(*arguments: object) -> object:
        happened.append("evaluated")
        return evaluate(*arguments)  # type: ignore[arg-type]  # whatever it is called with

    def run(*words: str) -> Answer:
        happened.clear()
        stdout, stderr = io.StringIO(), io.StringIO()
        with redirect_stdout(stdout), redirect_stderr(stderr):
            code = main(list(words))
        return Answer(code, stdout.getvalue(), stderr.getvalue(), "acted" in happened, "evaluated" in happened)

    with pytest.MonkeyPatch.context() as patch:
        code = key.code_stamps()  # found out once: nobody changes lixeval while its tests run
        patch.setattr(key, "code_stamps", lambda: code)
        patch.setattr(outputs, "honest_devices", lambda *_: Everything())
        patch.setattr(action, "act", noted_act)
        patch.setattr(Workspace, "evaluate", noted_evaluate)
        patch.setenv("HOME", str(home))
        patch.setenv("LIXEVAL_STORE", str(home / "store"))
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        patch.setenv("XDG_DATA_HOME", str(home / "data"))
        patch.setenv("NIX_PATH", "")
        patch.chdir(home)
        yield run


@pytest.fixture(params=["content", "stamps"])
def trusting(request: pytest.FixtureRequest) -> Iterator[Callable[[], None]]:
    """Both ways to see that a file is the same: by its content, as that of any new file; or by its stamp, as if all
    that the tests write were settled at once.  Gives what waits until a change will show in fingerprints.
    """
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "stamps":
            everything = Everything()
            patch.setattr(fingerprints, "SETTLING", 0)
            for module in (facts, fingerprints, outputs):
                patch.setattr(module, "honest_devices", lambda *_: everything)
        yield (lambda: None) if request.param == "content" else wait_for_a_tick


class Everything(frozenset[int]):
    """Every device."""

    def __contains__(self, device: object) -> bool:
        return True


def wait_for_a_tick() -> None:
    """Waits until a file that is changed now gets another ctime than all that were changed before."""
    probe = Path(f".tick-{os.getpid()}")
    probe.touch()
    before = probe.stat().st_ctime_ns
    while probe.stat().st_ctime_ns <= before:
        time.sleep(0.001)
        probe.touch()
    probe.unlink()


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> list[Library]:
    """The libraries of the runs; their heaps are kept at once, however little was evaluated."""
    found: list[Library] = []
    begin = library.Library.__init__

    def noted(self: Library, *arguments: object, **options: object) -> None:
        begin(self, *arguments, **options)  # type: ignore[arg-type]  # whatever it is made of
        found.append(self)

    def at_once(work: Callable[[], object], *, is_worker: bool = False) -> bool:
        why = work()
        while "another run" in str(why):
            time.sleep(0.1)  # a child of a former test is not yet done
            why = work()
        assert not why or "said" in str(why) or "is being kept" in str(why), why
        return True

    monkeypatch.setattr(library.Library, "__init__", noted)
    monkeypatch.setattr(library, "WORTH_IT", 0.0)
    monkeypatch.setattr(library, "SEVERAL_TIMES", 0)
    monkeypatch.setattr(rehearsal, "FEW", 0)
    monkeypatch.setattr(rehearsal, "MOST_VOLUMES", 3)
    monkeypatch.setattr(background, "in_background", at_once)
    return found


@pytest.fixture
def project(tmp_path: Path, run: Run, happened: list[Library]) -> Project:
    return Project(tmp_path, run, happened)
