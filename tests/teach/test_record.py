"""The record of a run: its steps replayed give the value, and what it says of demand is what the program did."""

from __future__ import annotations

import doctest
import json
import re
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from lixeval.diagnostics import explained
from lixeval.environment.settings import Settings
from lixeval.evaluation.observer import NOBODY, Observer
from lixeval.evaluation.workspace import Workspace
from lixeval.parity.generate import programs
from lixeval.runtime.printing import printed_strictly
from lixeval.teach.record import recorded, story
from lixeval.teach.recorder import Recorder
from lixeval.teach.replay import Heap
from lixeval.teach.rewriting import Rewriting
from lixeval.teach.summary import askers
from lixeval.teach.values import Bounds

WHOLE = Bounds(depth=100, items=10**6, text=10**6, bytes=10**9)


def plainly(text: str) -> str:
    """What a run that nobody watches prints, or its error."""
    workspace = Workspace(Settings("x86_64-linux", write_store=False), root=None)
    evaluator = workspace.evaluator
    try:
        return workspace.evaluate(lambda: printed_strictly(evaluator.text(text, "/"), evaluator.names_in_order))
    except Exception as error:
        nix_error = explained(error)
        assert nix_error is not None
        return nix_error.message
    finally:
        workspace.store.close()


def replayed(record: dict[str, Any]) -> str:
    if "error" in record["outcome"]:
        return str(record["outcome"]["error"]["message"])
    heap = Heap(record)
    heap.go_to(len(record["steps"]))
    text = re.sub("«function[^»]*»", "<LAMBDA>", heap.text(record["outcome"]["value"]))
    return re.sub("«builtin [^»]*»", "<PRIMOP>", text)


@pytest.mark.parametrize("seed", range(4))
def test_the_steps_of_random_programs_give_their_values(seed: int) -> None:
    compared = 0
    for text in islice(programs(seed + 20), 60):
        expected = plainly(text).replace("<PRIMOP-APP>", "<PRIMOP>")
        if "«repeated»" not in expected:
            record = story(text, strict=True, bounds=WHOLE)
            assert replayed(record) == expected, text
            check(record)
            compared += 1
    assert compared > 40


def check(record: dict[str, Any]) -> None:
    """Steps lie within one another, each in that which asked for it; thunks are made before they are asked for."""
    steps, made = record["steps"], set()
    json.dumps(record)
    for number, step in enumerate(steps):
        asker = step.get("by", step.get("of"))
        if asker is not None:
            assert asker < number < max(steps[asker]["end"], number + 1)
        if step["event"] == "make":
            made.add(step["cell"])
        elif step["event"] == "force":
            assert step["cell"] in made or "made" not in record["cells"][step["cell"]]
        elif step["event"] in ("answer", "fail"):
            assert steps[step["of"]]["end"] == number + 1


def events(record: dict[str, Any], event: str) -> list[dict[str, Any]]:
    return [step for step in record["steps"] if step["event"] == event]


def forced(record: dict[str, Any]) -> list[str]:
    return [record["cells"][step["cell"]].get("name", "") for step in events(record, "force")]


def test_only_what_is_asked_for_is_forced_and_once() -> None:
    record = story('let x = 1 + 1; y = throw "never"; in x * x')
    assert forced(record) == ["", "x"]
    assert [step["value"] for step in events(record, "look-up")] == [2, 2]
    assert {cell.get("name") for cell in record["cells"]} == {None, "x", "y"}


def test_thunks_that_stand_for_one_another_are_one() -> None:
    record = story("let x = 1 + 1; y = { inherit x; z = x; }; in [ x y.x y.z ]", strict=True)
    assert forced(record).count("x") == 1
    elements = record["values"][record["outcome"]["value"]["value"]]["list"]
    assert elements[0] == {"cell": 0}


def test_a_look_up_says_which_scope_has_given_the_name() -> None:
    record = story("let a = 1; in (a: with { b = a; }; with { c = 2; }; rec { d = a + b + c; }) 3", strict=True)
    found = {step["name"]: step for step in events(record, "look-up")}
    assert (found["a"]["scope"], found["a"]["shadows"]) == ("argument", [4])
    assert (found["b"]["scope"], found["b"]["with"]) == ("with", 2)
    assert found["c"]["with"] == 1


def test_an_update_says_what_it_replaced() -> None:
    record = story("{ a = 1; b = 2; } // { b = 3; c = 4; }")
    assert events(record, "update")[0]["replaced"] == ["b"]


def test_strings_say_what_context_they_gained(tmp_path: Path) -> None:
    text = 'let d = derivation { name = "d"; system = "s"; builder = "b"; }; in "x ${d}"'
    record = story(text)
    (gained,) = events(record, "interpolate")[0]["gained"]
    assert gained.startswith("!out!/nix/store/") and gained.endswith("-d.drv")
    assert events(record, "derive")


def test_a_failure_ends_the_story_and_names_who_asked() -> None:
    record = story('let a = b + 1; b = { c = throw "no"; }.c; in [ 1 a ]', strict=True)
    assert record["outcome"]["error"]["message"] == "no"
    chain, number = [], next(n for n, step in enumerate(record["steps"]) if step.get("builtin") == "throw")
    while number is not None:
        step = record["steps"][number]
        chain.append(step.get("name") or step["event"])
        number = step.get("by")
    assert chain == ["call", "apply", "force", "select", "force", "b", "operate", "force"]
    assert all(step["event"] == "fail" for step in record["steps"][-3:])


def test_a_cycle_shows_its_ring() -> None:
    record = story("let a = b + 1; b = a * 2; in a")
    again = events(record, "fail")[0]
    assert again["again"]
    assert forced(record) == ["", "a", "b", "a"]
    assert record["outcome"]["error"]["cycle"] == ["a", "b", "a"]


def test_a_program_that_never_ends_is_stopped() -> None:
    record = story("let f = n: 1 + f (n + 1); in f 0", bounds=Bounds(events=1000))
    assert record["outcome"]["stopped"] == "steps" and record["cut"]
    check(record)
    assert {step["event"] for step in record["steps"] if "of" in step} == {"answer", "stop"}


def test_a_million_thunks_stay_within_the_bounds() -> None:
    text = "builtins.length (builtins.genList (x: x) 1000000)"
    record = story(text, bounds=Bounds(events=5000, bytes=100_000))
    assert record["cut"]
    assert len(json.dumps(record)) < 1_000_000


def test_values_are_bounded() -> None:
    text = 'let l = builtins.genList (x: x) 100; s = builtins.concatStringsSep "," (map toString l); in [ l s ]'
    record = story(text, strict=True, bounds=Bounds(items=3, text=10))
    assert any(value.get("more") == 97 for value in record["values"])
    assert any(step.get("value") == {"string": "0,1,2,3,4,", "length": 289} for step in record["steps"])


def test_what_is_not_evaluated_yet_is_a_blank_at_that_step() -> None:
    record = story("let x = { a = 1 + 1; }; in builtins.seq x (x.a + 1)")
    heap = Heap(record)
    value = events(record, "answer")[0]["value"]
    heap.go_to(record["steps"].index(events(record, "answer")[0]) + 1)
    assert heap.text(value) == "{ a = _; }"
    heap.go_to(len(record["steps"]))
    assert heap.text(value) == "{ a = 2; }"
    heap.go_to(2)
    assert heap.text(value) == "{ a = _; }"


def test_the_page_about_the_format_is_right() -> None:
    page = Path(__file__).parents[2] / "docs/record.md"
    assert doctest.testfile(str(page), module_relative=False, encoding="utf-8") == (0, 5)


def test_what_a_fold_makes_at_each_step_is_bounded() -> None:
    """Each step's set is kept by the log alone: 20,000 of them would take gigabytes."""
    text = "builtins.foldl' (all: n: all // { ${toString n} = n; }) { } (builtins.genList (n: n) 20000)"
    record = story(text)
    assert record["outcome"]["stopped"] == "memory"
    assert "makes lists, sets and strings of more than 20 MB" in record["outcome"]["error"]["message"]


def test_what_a_run_comes_to_is_known_beyond_its_story() -> None:
    sum_ = "builtins.foldl' (a: b: a + b) 0 (builtins.genList (n: builtins.seq (said n) n) 3000)"
    text = f'let said = n: if n == 2000 then builtins.trace "here" n else n; in {{ sum = {sum_}; }}'
    record = story(text, strict=True, bounds=Bounds(events=1000, rest=60))
    assert record["outcome"]["stopped"] == "steps" and record["outcome"]["beyond"]
    heap = Heap(record)
    assert heap.text(record["outcome"]["value"]) == "{ sum = 4498500; }"
    check(record)


def test_a_failure_beyond_the_story_is_told_with_its_place() -> None:
    text = 'builtins.foldl\' (a: b: if b == 2999 then throw "no" else a + b) 0 (builtins.genList (n: n) 3000)'
    outcome = story(text, bounds=Bounds(events=1000, rest=60))["outcome"]
    assert outcome["error"]["message"] == "no" and outcome["beyond"]
    assert text[outcome["error"]["where"][1] :].startswith("builtins.genList")  # who has given the number


def test_what_is_said_is_said_once() -> None:
    said: list[str] = []

    def opened(watch: Observer) -> Workspace:
        return Workspace(Settings("x86_64-linux", write_store=False), root=None, watch=watch, say=said.append)

    text = "builtins.foldl' (a: b: builtins.trace b (a + b)) 0 (builtins.genList (n: n) 600)"
    bounds = Bounds(events=1000, told=200, rest=60)
    record = recorded(opened, lambda workspace: workspace.evaluator.text(text, "/"), bounds=bounds)
    assert record["outcome"]["value"] == 179700
    assert [line.split()[-1] for line in said] == [str(n) for n in range(600)]


def test_a_program_that_never_ends_is_told_from_its_beginning_at_once() -> None:
    record = story("let f = n: builtins.trace n (f (n + 1)); in f 0")
    assert record["outcome"]["error"]["message"] == "the recorded run takes more than 200000 steps"
    assert record["outcome"]["stopped"] == "steps" and "beyond" not in record["outcome"]
    assert len(record["steps"]) < 100_000
    assert len(record["sources"]) == 1


def test_who_is_not_watched_runs_the_same_code_as_ever(tmp_path: Path) -> None:
    """Nothing in it asks whether somebody watches: the code of watched runs is other code, kept apart."""

    def kept(watch: Observer) -> dict[str, bytes]:
        settings = Settings("x86_64-linux", write_store=False)
        workspace = Workspace(settings, root=None, watch=watch, cache=str(tmp_path))
        workspace.evaluate(lambda: workspace.evaluator.text("let f = x: x + 1; in [ (f 1) { a = f 2; } ]", "/"))
        workspace.store.close()
        return {str(file): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    unwatched = kept(NOBODY)
    assert unwatched and not any(b"ENTRIES" in code for code in unwatched.values())
    both = kept(Recorder())
    assert {name: both[name] for name in unwatched} == unwatched
    assert any(b"ENTRIES" in code for name, code in both.items() if name not in unwatched)


STORIES = json.loads((Path(__file__).parent / "stories.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", STORIES, ids=[str(number) for number in range(len(STORIES))])
def test_a_story_ends_as_real_nix_does(case: dict[str, str]) -> None:
    """Values and errors are those of Nix 2.26.3; what fails ends with the failure, and names who asked."""
    record = story(case["program"], strict=True, bounds=WHOLE)
    check(record)
    if "value" in case:
        assert replayed(record) == case["value"].replace("<PRIMOP-APP>", "<PRIMOP>")
        return
    assert record["outcome"]["error"]["message"].startswith(case["error"])
    if record["steps"]:  # what is refused before it begins has none
        assert record["steps"][-1]["event"] == "fail"
        lines = list(Rewriting(record).lines())
        assert lines[-1].rule == "failure" and lines[-1].note
        assert askers(record)[-1] == 0
