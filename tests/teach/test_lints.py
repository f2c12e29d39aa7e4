"""`lixeval lint`: each rule finds what it is about, and a change changes nothing of what a program does."""

from __future__ import annotations

import json
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

CASES = [
    ("bool_comparison", "a: a == true", None),
    ("empty_let_in", "let in 1", "1"),
    ("manual_inherit", "let a = 1; in { a = a; }", "let a = 1; in { inherit a; }"),
    ("manual_inherit_from", "p: { lib = p.lib; }", "p: { inherit (p) lib; }"),
    ("manual_inherit_from", "p: let lib = p.lib; in lib", "p: let inherit (p) lib; in lib"),
    ("legacy_let_syntax", "let { body = 1; }", "rec { body = 1; }.body"),
    ("collapsible_let_in", "let a = 1; in let b = 2; in a + b", "let a = 1;  b = 2; in a + b"),
    ("eta_reduction", "f: x: f x", None),
    ("useless_parens", "{ a = (1 + 2); }", "{ a = 1 + 2; }"),
    ("useless_parens", "f: f (1)", "f: f 1"),
    ("useless_parens", "f: x: f(x)", "f: x: f x"),
    ("unquoted_uri", "https://example.org/a", '"https://example.org/a"'),
    ("deprecated_is_null", "x: isNull x", "x: (x == null)"),
    ("deprecated_to_path", 'builtins.toPath "/a"', None),
    ("empty_inherit", "{ inherit; }", "{  }"),
    ("bool_simplification", "a: b: !(a == b)", "a: b: (a != b)"),
    ("useless_has_attr", "s: if s ? a then s.a else 1", "s: (s.a or 1)"),
    ("useless_has_attr", "s: if s ? a.b then s.a.b else 1 + 1", "s: (s.a.b or (1 + 1))"),
    ("repeated_keys", "{ a.b = 1; a.c = 2; a.d = 3; }", None),
    ("empty_list_concat", "x: [ ] ++ x", None),
    ("empty_pattern", "{ ... }: 1", None),
    ("redundant_pattern_bind", "{ ... }@x: x", None),
    ("faster_groupby", "lib: lib.groupBy", None),
    ("faster_zipattrswith", "lib: lib.zipAttrsWith", None),
    ("unused_let_binding", "let a = 1; b = 2; in a", "let a = 1;  in a"),
    ("unused_lambda_argument", "x: 1", "_x: 1"),
    ("unused_lambda_pattern", "{ a, b }: a", None),
    ("lint-url-literals", "https://example.org/a", None),
    ("lint-short-path-literals", "a/b", "./a/b"),
    ("lint-absolute-path-literals", "/etc/passwd", None),
    ("lint-absolute-path-literals", "~/x", None),
]


def rules_of(text: str) -> set[str]:
    return {one.rule for one in findings(Source("x.nix", text))}


@pytest.mark.parametrize(("rule", "text", "after"), CASES)
def test_each_rule_finds_what_it_is_about(rule: str, text: str, after: str | None) -> None:
    assert rule in rules_of(text)
    changed, done = fixed(Source("x.nix", text), {rule})
    assert changed == (text if after is None else after)
    assert {one.rule for one in done} == (set() if after is None else {rule})


def test_every_rule_has_a_case_and_a_lesson_that_is_there() -> None:
    assert {rule for rule, _, _ in CASES} == set(RULES)
    assert {rule.lesson for rule in RULES.values()} <= {exercise.name for exercise in exercises()}


@pytest.mark.parametrize(
    "text",
    [
        "rec { a = a; }",
        "let a = a; in a",
        "let isNull = x: x; in isNull 1",
        "let true = 1; in 1 == true",
        "x: f: f (x + 1)",
        "_: 1",
        "{ a ? 1, ... }@args: args // { inherit a; }",
        "let a = b; b = 1; in with { }; a",
        "let inherit ({ a = 1; }) a; in a",
        "f: (f 1) 2",
        "./a",
        "../a/b",
        "<nixpkgs>",
        '"${(x: x) "a"}"',
        "f: f (-1)",
        "[ (1 + 1) ]",
        "s: if s ? a then s.b else 1",
        "x: y: x == y || !(x || y)",
    ],
)
def test_what_is_fine_is_left_alone(text: str) -> None:
    assert rules_of(text) <= {"unused_lambda_argument"}


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
