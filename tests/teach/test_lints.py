"""`lixeval lint`: each rule finds what it is about, and a change changes nothing of what a program does."""

from __future__ import annotations

import json
import subprocess
from itertools import islice
from pathlib import Path

import pytest

from lixeval.cli import run
from lixeval.diagnostics import explained
from lixeval.environment.settings import Settings
from lixeval.evaluation.workspace import Workspace
from lixeval.parity.generate import programs
from lixeval.runtime.printing import printed_strictly
from lixeval.source import Source
from lixeval.teach.lessons.syllabus import exercises
from lixeval.teach.lints.checking import findings, fixed
from lixeval.teach.lints.findings import RULES
from tests.support import real_nix
from tests.teach.lint_cases import FINE, FOUND


def rules_of(text: str) -> set[str]:
    return {one.rule for one in findings(Source("x.nix", text))}


@pytest.mark.parametrize("rule", FOUND)
def test_each_rule_finds_what_it_is_about(rule: str) -> None:
    assert len(FOUND[rule]) >= 3
    for text, after in FOUND[rule]:
        assert rule in rules_of(text), text
        changed, done = fixed(Source("x.nix", text), {rule})
        assert changed == (text if after is None else after)
        assert {one.rule for one in done} == (set() if after is None else {rule})


@pytest.mark.parametrize("rule", FINE)
def test_each_rule_leaves_alone_what_is_fine(rule: str) -> None:
    assert len(FINE[rule]) >= 3
    for text in FINE[rule]:
        assert rule not in rules_of(text), text


def test_every_rule_has_cases_and_a_lesson_that_is_there() -> None:
    assert set(FOUND) == set(FINE) == set(RULES)
    assert {rule.lesson for rule in RULES.values()} <= {exercise.name for exercise in exercises()}


def test_changes_mean_the_same(tmp_path: Path) -> None:
    workspace = Workspace(Settings("x86_64-linux"), root=None)
    evaluator = workspace.evaluator
    try:
        said = workspace.evaluate(
            lambda: printed_strictly(evaluator.text(comparisons(), str(tmp_path)), evaluator.names_in_order)
        )
    finally:
        workspace.store.close()
    assert set(said.split()) == {"[", "true", "]"}


def test_changes_mean_the_same_in_real_nix(tmp_path: Path) -> None:
    (tmp_path / "all.nix").write_text(comparisons())
    command = real_nix.command("nix-instantiate", "--eval", "--strict", str(tmp_path / "all.nix"))
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert set(told) == {"[", "true", "]"}
    assert len(told) > 250


def comparisons() -> str:
    """A list of what is the same before and after: each rule by itself, and all rules together."""
    pairs = [(text, after) for there in FOUND.values() for text, after in there if after is not None]
    texts = [text for there in FOUND.values() for text, _ in there] + [
        text for there in FINE.values() for text in there
    ]
    pairs += [(text, fixed(Source("x.nix", text))[0]) for text in texts]
    return "[\n" + "\n".join(f"((\n{before}\n) == (\n{after}\n))" for before, after in pairs) + "\n]\n"


@pytest.mark.parametrize("seed", range(3))
def test_changes_do_not_change_what_random_programs_do(seed: int) -> None:
    workspace = Workspace(Settings("x86_64-linux"), root=None)
    evaluator = workspace.evaluator

    def value(text: str) -> str:
        try:
            return workspace.evaluate(lambda: printed_strictly(evaluator.text(text, "/"), evaluator.names_in_order))
        except Exception as error:
            told = explained(error)
            assert told is not None
            return told.message

    changed = 0
    try:
        for text in islice(programs(seed + 300), 60):
            after, done = fixed(Source("x.nix", text))
            before = value(text)
            if done and not before.startswith("undefined variable"):
                assert value(after) == before, text
                assert fixed(Source("x.nix", after))[1] == []
                changed += 1
    finally:
        workspace.store.close()
    assert changed > 20


def test_deep_and_long_texts() -> None:
    deep = "(" * 5000 + "1" + ")" * 5000
    assert fixed(Source("x.nix", deep))[0].count("(") < 5000
    assert rules_of("[ " + "(1) " * 2000 + "]") == {"useless_parens"}


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.nix").write_text("let a = 1; in { a = a; b = (2); }\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/b.nix").write_text("1\n")
    assert run(["lint", "."]) == 1
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "./a.nix:1:17: manual_inherit: `inherit a;` says the same   (--fix)"
    assert "why: lixeval learn 03-let-rec-with-inherit/03-inherit" in out
    assert run(["lint", "a.nix", "--only", "useless_parens", "--json"]) == 1
    assert [one["rule"] for one in json.loads(capsys.readouterr().out)] == ["useless_parens"]
    assert run(["lint", "a.nix", "--fix"]) == 0
    assert (tmp_path / "a.nix").read_text() == "let a = 1; in { inherit a; b = 2; }\n"
    assert "2 changed: manual_inherit, useless_parens" in capsys.readouterr().err
    assert run(["lint", "--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(RULES)


def test_a_mistake_in_one_file_does_not_hide_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.nix").write_text("{ a = ; }")
    (tmp_path / "b.nix").symlink_to("nowhere")
    (tmp_path / "c.nix").write_text("{ a = (1); }")
    assert run(["lint", "--fix", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "a value is missing" in told
    assert "b.nix': No such file" in told
    assert (tmp_path / "c.nix").read_text() == "{ a = 1; }"


def test_what_cannot_be_linted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.nix").write_text("{ a = ; }")
    assert run(["lint", str(tmp_path / "bad.nix")]) == 1
    assert "syntax error" in capsys.readouterr().err
    assert run(["lint", str(tmp_path / "missing.nix")]) == 1
    assert "cannot read" in capsys.readouterr().err
    assert run(["lint"]) == 1
    assert "needs a FILE" in capsys.readouterr().err
    assert run(["lint", "x", "--only", "nothing"]) == 1
    assert "there is no rule 'nothing'" in capsys.readouterr().err
