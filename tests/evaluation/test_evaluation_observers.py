"""--stats and --profile: what is counted, the flame graph's form, and that neither changes what a run does."""

from __future__ import annotations

import json
import re
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from lixeval.cli import run
from lixeval.environment.settings import Settings
from lixeval.evaluation.observer import NOBODY, Observer
from lixeval.evaluation.observers import sampling
from lixeval.evaluation.observers.counts import Counts
from lixeval.evaluation.workspace import Workspace
from lixeval.system.deep_stack import run_deep
from lixeval.system.directories import PACKAGE

TREE = """
let
  grow = depth: if depth == 0 then { } else { left = grow (depth - 1); right = grow (depth - 1); };
  size = tree: if tree == { } then 1 else size tree.left + size tree.right;
in
size (grow 12)
"""


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LIXEVAL_STORE", str(tmp_path / "store"))


def counts(report: str) -> dict[str, int]:
    lines = [re.fullmatch(r" *([0-9,]+)  (.*)", line) for line in report.splitlines()]
    return {line[2].split(":")[0]: int(line[1].replace(",", "")) for line in lines if line}


def test_stats_count_what_the_program_says(capsys: pytest.CaptureFixture[str]) -> None:
    sets = "s = { a = 1; b = 2; } // { b = 3; c = 4; };"
    text = f"let f = x: x + 1; {sets} in [ (f 1) (f 2) (f s.c) (map (x: f x) [ 1 2 3 ]) ]"
    assert run(["--stats", "--eval", "--strict", "-E", text]) == 0
    out, report = capsys.readouterr()
    assert out == "[ 2 3 5 [ 2 3 4 ] ]\n"
    found = counts(report)
    assert found["calls of functions written in Nix"] == 9
    assert found["values copied by // and ++"] == 3
    assert found["  map"] == 1
    # s, its c, three calls and the map, which makes three more: seven of these are evaluated by code.
    assert found["thunks made"] >= 8


def test_stats_are_the_same_when_the_code_comes_from_the_cache(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--stats", "--eval", "--strict", "-E", TREE]
    assert run(words) == run(words) == 0
    first, second = capsys.readouterr().err.split("counts\n")[1:]
    assert first.split("compiled code")[0] == second.split("compiled code")[0]
    assert "0  files found in the cache, 1 compiled" in first
    assert "1  files found in the cache, 0 compiled" in second


def test_stats_leave_derivations_alone(capsys: pytest.CaptureFixture[str]) -> None:
    text = "(derivation { name = ''n''; system = ''s''; builder = ''b''; }).drvPath"
    assert run(["--eval", "-E", text]) == run(["--stats", "--eval", "-E", text]) == 0
    plain, watched = capsys.readouterr().out.splitlines()
    assert plain == watched


def test_stats_tell_of_a_run_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--stats", "--eval", "-E", "let f = x: throw x; in f ''no''"]) == 1
    assert counts(capsys.readouterr().err)["calls of functions written in Nix"] == 1


def test_profile_has_the_form_of_speedscope(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, graph = tmp_path / "tree.nix", tmp_path / "graph.json"
    source.write_text(TREE.replace("12", "15"), encoding="utf-8")
    assert run(["--profile", str(graph), "--eval", str(source)]) == 0
    assert capsys.readouterr().out == "32768\n"
    file = json.loads(graph.read_text(encoding="utf-8"))
    assert file["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    assert {"name", "exporter", "activeProfileIndex", "shared", "profiles", "$schema"} == set(file)
    frames, (profile,) = file["shared"]["frames"], file["profiles"]
    assert {key for frame in frames for key in frame} <= {"name", "file", "line", "col"}
    assert profile["type"] == "sampled" and profile["unit"] == "seconds" and profile["startValue"] == 0
    assert len(profile["samples"]) == len(profile["weights"]) > 5
    assert sum(profile["weights"]) == pytest.approx(profile["endValue"])
    assert all(0 <= index < len(frames) for sample in profile["samples"] for index in sample)
    size = next(index for index, frame in enumerate(frames) if frame["name"] == "size:")
    assert frames[size] == {"name": "size:", "file": str(source), "line": 4, "col": 10}
    assert any(size in sample for sample in profile["samples"])


@pytest.mark.parametrize(
    ("module", "work"),
    [
        ("syntax/parser.py", "(parsing)"),
        ("compiler/generator.py", "(compiling)"),
        ("compiler/cache.py", "(loading code)"),
        ("evaluation/compiled_file.py", "(loading code)"),
        ("evaluation/evaluator.py", None),
        ("store/local.py", "(store)"),
        ("formats/derivation.py", "(store)"),
        ("formats/hashes.py", None),
        ("formats/regex_automaton.py", None),
        ("builtins/lists.py", None),
    ],
)
def test_a_profile_tells_what_lixeval_does_by_itself_from_what_builtins_want(module: str, work: str | None) -> None:
    code = compile("frame = __import__('sys')._getframe()", f"{PACKAGE}/{module}", "exec")
    assert Path(code.co_filename).exists()
    space: dict[str, Any] = {}
    exec(code, space)
    assert sampling._shown(space["frame"], None) == (None if work is None else (work, "", 0, 0))


def test_a_profile_that_cannot_be_written_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--profile", str(tmp_path / "no" / "folder"), "--eval", "-E", "1"]) == 1
    assert "cannot write the profile" in capsys.readouterr().err


def test_who_watches_nothing_is_told_of_all_and_changes_nothing(tmp_path: Path) -> None:
    told: list[str] = []

    class Told(Observer):
        def file(self, *, known: bool) -> None:
            told.append(f"file, known: {known}")

        def piece(self, *, known: bool) -> None:
            told.append(f"piece, known: {known}")

        def phase(self, name: str) -> AbstractContextManager[None]:
            told.append(name)
            return super().phase(name)

    def value(watch: Observer) -> object:
        settings = Settings("x86_64-linux")
        workspace = Workspace(settings, root=str(tmp_path / "store"), cache=str(tmp_path / "code"), watch=watch)
        return workspace.evaluate(lambda: workspace.evaluator.text("builtins.length [ 1 2 ]", "/"))

    assert value(Told()) == value(NOBODY) == 2
    assert told == [
        *("evaluating", "file, known: False", "compiling", "parsing"),
        *("loading", "piece, known: False"),
    ]
    told.clear()
    assert value(Told()) == 2
    assert told == ["evaluating", "file, known: True", "loading", "piece, known: True"]


def test_what_is_compiled_to_be_watched_is_no_cost_of_the_run(tmp_path: Path) -> None:
    def counts(watch: Counts) -> Counts:
        workspace = Workspace(
            Settings("x86_64-linux"), root=str(tmp_path / "store"), cache=str(tmp_path / "code"), watch=watch
        )
        workspace.evaluate(lambda: workspace.evaluator.text("let f = x: x + 1; in f 2", "/"))
        return watch

    nobody = Workspace(Settings("x86_64-linux"), root=str(tmp_path / "store"), cache=str(tmp_path / "code"))
    nobody.evaluate(lambda: nobody.evaluator.text("let f = x: x + 1; in f 2", "/"))
    first = counts(Counts())
    assert (first.files_known, first.files_compiled, first.pieces_known, first.pieces_compiled) == (1, 0, 1, 0)
    assert "compiling to be watched" in first.seconds and "compiling" not in first.seconds
    again = counts(Counts())
    assert again.files_known == 1 and not {"compiling", "compiling to be watched"} & again.seconds.keys()


def test_samples_do_not_wait_for_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    intervals: list[float] = []
    monkeypatch.setattr(
        "lixeval.cli.action.build", lambda options, recording: intervals.append(sys.getswitchinterval())
    )
    before = sys.getswitchinterval()
    run(["--profile", str(tmp_path / "profile"), "-E", "1"])
    assert intervals and intervals[0] < before == sys.getswitchinterval()


def test_who_looks_does_not_wait_for_what_is_looked_at_to_wait() -> None:
    before = sys.getswitchinterval()
    seen: list[float] = []

    def body() -> None:
        while len(seen) < 3:
            pass

    run_deep(body, look=lambda thread: seen.append(sys.getswitchinterval()), every=0.001)
    assert max(seen) <= 0.0001 < before == sys.getswitchinterval()
    with pytest.raises(ValueError, match="wrong"):
        run_deep(lambda: int("wrong"), look=lambda thread: None)
    assert sys.getswitchinterval() == before
