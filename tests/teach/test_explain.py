"""`lixeval explain`: rewriting, frames, walking, and how a story ends."""

from __future__ import annotations

import json
import re
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

import lixeval
from lixeval.cli import run
from lixeval.cli.output.stepper import Screen
from lixeval.cli.output.story import End, frames_text, rewriting_text, windowed
from lixeval.errors import UndefinedVariable
from lixeval.parity.generate import Programs, programs
from lixeval.teach.browsing import Tree
from lixeval.teach.record import story
from lixeval.teach.rewriting import Rewriting
from lixeval.teach.summary import layers, never_asked
from lixeval.teach.values import Bounds

SHARING = 'let x = 1 + 1; y = throw "never"; in x * x'
OVERLAYS = """let
  fix = f: let x = f x; in x;
  extends = overlay: f: final: let prev = f final; in prev // overlay final prev;
  base = self: { a = 1; b = self.a + 1; };
  first = final: prev: { a = prev.a + 10; };
  second = final: prev: { c = final.b; };
in fix (extends second (extends first base))"""


def told(text: str, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = run(["explain", "-E", text, *words])
    return code, capsys.readouterr().out


def test_a_small_program_is_rewritten(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told(SHARING, capsys=capsys)
    assert code == 0
    assert [" ".join(line.split()) for line in out.splitlines()] == [
        "1 let … in x * x x = _ y = _ let",
        "2 ‹x› * x asks for x look-up",
        "3 1 + 1 → 2 x = 2 from now on operator",
        "4 2 * ‹x› asks for x again: 2, not computed twice look-up",
        "5 2 * 2 → 4 operator",
        "value: 4",
        "never asked: y at 1:20",
    ]
    assert max(map(len, out.splitlines())) <= 80


def rules(text: str, **options: Any) -> list[tuple[str, str, str]]:
    record = story(text, **options)
    return [(line.rule, line.before[slice(*line.redex)], line.after) for line in Rewriting(record).lines()]


@pytest.mark.parametrize(
    ("text", "rule", "before", "after"),
    [
        ("(x: x + 1) 2", "operator", "2 + 1", "3"),
        ("{ a = 1; }.a", "selection", "{ a = 1; }.a", "1"),
        ("{ a = 1; } // { a = 2; }", "update", "{ a = 1; } // { a = 2; }", "{ a = 2; }"),
        ("if 1 < 2 then 3 else 4 + 1", "if", "if true then 3 else 4 + 1", "3"),
        ('"a${"b"}"', "interpolation", '"a${"b"}"', '"ab"'),
        ("assert true; 1 + 1", "assert", "assert true; 1 + 1", "1 + 1"),
        ("builtins.length [ 1 ]", "builtin", "builtins.length [ 1 ]", "1"),
        ("{ a = 1; } ? b", "selection", "{ a = 1; } ? b", "false"),
        ("let inherit ({ a = 1 + 1; }) a; in a", "inherit", "inherit (…) a", "2"),
    ],
)
def test_each_rule_says_what_it_replaces(text: str, rule: str, before: str, after: str) -> None:
    assert (rule, before, after) in rules(text)


def test_the_last_line_of_random_programs_is_their_value() -> None:
    for text in islice(programs(77), 60):
        record = story(text, strict=True, bounds=Bounds(events=5000))
        for line in Rewriting(record, most=500).lines():
            start, end = line.redex
            assert 0 <= start <= end <= len(line.before)
        assert list(End(record, 80).lines())
        list(frames_text(record, 6, "", 80))


@pytest.mark.parametrize("kind", ["int", "bool"])
def test_every_line_of_a_closed_program_has_its_value(kind: str) -> None:
    """Rewriting is true: the expression before each step, and with what is replaced after it, evaluates to the same."""
    session = lixeval.Session()
    compared = 0
    for number in range(150):
        text = Programs(Random(f"rewriting/{number}")).expression(kind, 14, ())
        record = story(text)
        if "error" in record["outcome"]:
            continue
        expected = session.evaluate(text)
        for line in Rewriting(record).lines():
            start, end = line.redex
            shown = [line.before]
            if line.after:
                shown.append(line.before[:start] + line.after + line.before[end:])
            for one in shown:
                # What is shown in part, or has names, cannot be evaluated as it stands; floats are shown rounded, and
                # the root and the least int as Nix prints them.
                if line.depth or re.search(r"[_…«.␤]|let |with |/|36854775808", one):
                    continue
                try:
                    found = session.evaluate(one)
                except UndefinedVariable:
                    continue
                assert found == expected, (text, one)
                compared += 1
    session.close()
    assert compared > 60


def test_overlays_are_unrolled_level_by_level(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = told(OVERLAYS, "--strict", capsys=capsys)
    ending = out.split("laid over those before it:\n")[1].splitlines()
    assert ending[:3] == [
        "   1  { a = 1; b = 12; }   of the function at 4:10",
        "   2  { a = 11; }   replaces a   of the function at 5:11",
        "   3  { c = 12; }   of the function at 6:12",
    ]
    record = story(OVERLAYS)
    assert [layer.replaced for layer in layers(record, record["outcome"]["value"])] == [[], ["a"], []]


def test_a_box_under_two_names_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = told("let f = x: x + 1; x = f 1; in [ x x ]", "--strict", capsys=capsys)
    assert "one box: [0], [1] are the same x, 2" in out
    _, out = told("let f = x: x + 1; x = f 1; in [ x x ]", capsys=capsys)
    assert "one box: [0], [1] are the same x, _" in out


def test_a_failing_program_ends_with_who_asked(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told('let a = b + 1; b = { c = throw "no"; }.c; in a', capsys=capsys)
    assert code == 1
    ending = out.split("fails: no\n")[2 if out.count("fails: no\n") > 1 else 1]
    assert [line.strip() for line in ending.splitlines()][:5] == [
        'in throw "no" at 1:26',
        "asked for by c at 1:26",
        'in { c = throw "no"; }.c at 1:20',
        "asked for by b at 1:20",
        "in b at 1:9",
    ]


def test_a_cycle_shows_the_ring(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told("let a = b + 1; b = a * 2; in a", capsys=capsys)
    assert code == 1
    assert "asks for a: it is being computed, a ring" in out
    assert "a ring: a needs b needs a" in out


def test_a_program_that_never_ends_is_told_in_part(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told("let f = n: 1 + f (n + 1); in f 0", "--steps", "500", "--large", capsys=capsys)
    assert code == 1
    assert "fails: stack overflow; max-call-depth exceeded" in out
    assert "the run is longer than this story: --steps N tells more of it" in out


def test_a_story_that_takes_too_much_memory_does_not_ask_for_more_steps(capsys: pytest.CaptureFixture[str]) -> None:
    text = "builtins.length (builtins.foldl' (all: n: all ++ [ n ]) [ ] (builtins.genList (n: n) 20000))"
    code, out = told(text, "--large", capsys=capsys)
    assert code == 0
    assert "value: 20000\n" in out
    assert "too much memory" in out and "--steps" not in out


def test_a_million_thunks(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told("builtins.length (builtins.genList (x: x) 1000000)", "--steps", "3000", capsys=capsys)
    assert code == 0
    assert "value: 1000000\n" in out
    assert len(out) < 5000


def test_the_rule_stands_at_the_end_of_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = told('"日本" + "é"', capsys=capsys)
    (line,) = [line for line in out.splitlines() if line.endswith("operator")]
    assert len(line) + 2 * 2 == 80  # the two letters stand before and behind the arrow


def test_elements_are_told_from_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = told("[ 1 2 (3 + 4) ]", "--strict", capsys=capsys)
    assert "element 2 = 7 from now on" in out


def test_a_file_that_does_not_parse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.nix").write_text("{\n  a = ;\n}")
    code, out = told(f"import {tmp_path}/bad.nix", capsys=capsys)
    assert code == 1
    assert f"  at {tmp_path}/bad.nix:2:7\n  hint: a value is missing behind '='\n" in out


def test_a_closed_call_that_fails_has_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = told("let f = x: f x; in f 1", "--steps", "500", "--small", "--depth", "3", capsys=capsys)
    (closed,) = [line for line in out.splitlines() if "the story ends within it" in line]
    assert "null" not in closed


def test_one_story_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "-E", "1", "-E", "2"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "one FILE or EXPRESSION" in captured.err


def test_only_what_has_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = told("let f = x: x + 1; a = f 1; b = f a; in b", "--only", "f", capsys=capsys)
    assert [line.split()[0] for line in out.splitlines()[:5]] == ["·", "asked", "▾", "asked", "▾"]
    _, out = told("1 + 1", "--only", "nothing", capsys=capsys)
    assert "nothing of the name 'nothing' was asked for" in out


def test_the_record_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = told(SHARING, "--json", capsys=capsys)
    assert json.loads(out)["outcome"] == {"value": 4}


def test_what_does_not_begin_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "-E", "1 +"]) == 1
    assert "syntax error" in capsys.readouterr().err
    assert run(["explain"]) == 1
    assert "needs a FILE" in capsys.readouterr().err
    assert run(["explain", "-E", "1", "--depth", "0"]) == 1
    assert "--depth takes a number from 1" in capsys.readouterr().err


def test_a_file_and_an_attribute_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.nix").write_text("{ n ? 1 }: { a = n + 1; b = n; }")
    assert run(["explain", str(tmp_path / "a.nix"), "-A", "a", "--arg", "n", "5"]) == 0
    assert "value: 6" in capsys.readouterr().out


def test_who_is_never_asked() -> None:
    record = story("let a = 1 + 1; b = a + 1; f = { x, y ? a }: x; in f { x = 3; z = 1; }.x or (f { x = 1 + 1; })")
    names = [record["cells"][number].get("name") for number in never_asked(record)]
    assert "b" in names


def test_a_large_story_is_not_built_where_it_is_closed() -> None:
    text = "let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 8000"
    record = story(text)
    assert len(record["steps"]) > 80_000
    tree = Tree(record)
    assert tree.count() < 10
    assert tree.find("f")
    tree.go_to_step(len(record["steps"]) // 2)
    assert tree.count() > 1000


def test_walking_through_rewriting() -> None:
    screen = Screen(story(SHARING), rewriting=True, only="")
    for key in ("down", "down"):
        assert screen.key(key)
    text = screen.text(24, 80)
    assert len(text.split("\n")) == 24
    assert "x = 2" in text.split("\n")[-2]
    for key in ("home", "/", "x", "enter"):
        screen.key(key)
    assert screen.walk.cursor == 1
    screen.key("m")
    assert screen.walk.cursor == 0
    screen.key("f")
    assert "nothing fails" in screen.text(24, 80)
    screen.key("e")
    assert "never asked: y" in screen.text(24, 80)
    assert not screen.key("q")


def test_walking_through_frames() -> None:
    screen = Screen(story('let a = b + 1; b = throw "no"; in a'), rewriting=False, only="")
    screen.key("f")
    screen.key("b")
    assert len(screen.text(24, 80).split("\n")) == 24
    screen.key("left")
    screen.key("left")
    assert screen.walk.count() >= 1


def test_a_long_expression_is_shown_around_what_is_replaced() -> None:
    text = "a" * 100 + "MARK" + "b" * 100
    shown, (start, end) = windowed(text, (100, 104), 40)
    assert len(shown) <= 40
    assert shown[start:end] == "MARK"
    assert list(rewriting_text(Rewriting(story("1")), 80)) == []


def test_a_builtin_that_another_builtin_calls(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--strict", "--print", "-E", "map builtins.isFunction [ builtins.fetchurl ]"]) == 0
    assert "value: [ true ]\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("{ x, y ? 1 }: x + y", "it waits for a set of arguments: --arg x EXPRESSION calls it"),
        ("{ x ? 1 }: x", "it waits for a set of arguments: (FUNCTION) { } calls it"),
        ("x: x + 1", "it waits for x: (FUNCTION) VALUE calls it"),
        ("let f = a: b: a; in f 1", "it waits for b: (FUNCTION) VALUE calls it"),
        ("let f = a: { b }: a; in f 1", "it waits for a set of arguments: --arg b EXPRESSION calls it"),
    ],
)
def test_a_function_that_is_typed_is_not_called_but_says_what_it_waits_for(
    text: str, waits: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = told(text, capsys=capsys)
    assert code == 0
    assert out.splitlines()[-1].strip() == waits


def test_a_function_that_is_given_arguments_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert told("{ x, y ? 1 }: x + y", "--arg", "x", "3", capsys=capsys)[1].endswith("value: 4\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("if 1 then 2 else 3", "1  if 1 then 2 else 3   fails: expected a Boolean but found an integer: 1"),
        ("{ a = { b = 1; }; }.a.b.c", "2  { a = { b = 1; }; }.a.b.c   fails: expected a set but found an integer: 1"),
        ("let f = { x }: x; in f { }", "4    { x }   fails: called without required argument 'x'"),
        ("{ a.b.c = 1; a.d = 2; }.a", "4  a.b.c  →  { c = 1; }                    b = { c = 1; } from now on"),
        ('builtins.concatStringsSep "," (map toString [ 7 ])', 'asks for an application that was put off: "7"'),
    ],
)
def test_what_fails_and_what_is_asked_for_is_told_where_it_is(
    text: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = told(text, "--strict", capsys=capsys)[1]
    assert line in out
    assert "Error" not in out  # no name of Python's


def test_what_has_a_name_is_told_with_who_asked_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = told("let a = b + 1; b = c + 1; c = 1 + 1; in a", "--only", "c", capsys=capsys)
    assert out.splitlines()[:2] == ["  · c = 1 + 1  →  2  1:31", "    asked for by b at 1:20, by a at 1:9"]


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ('{ s ? 1, ... }@args: (x: throw "a") 2', ['throw "a"', '(x: throw "a") 2']),
        ('{ s ? 1 }: let m = x: throw "a"; in m s', ['throw "a"', "m s"]),
        ("{ s ? 1 }: let f = n: if n == 0 then { }.a else f (n - 1); in f 1", ["{ }.a", "f (n - 1)", "f 1"]),
        ('{ s ? 1 }: s + "a"', ['s + "a"']),
        ("{ s ? 1 }: with { m = x: x.a; }; m s", ["x.a", "m s"]),
    ],
)
def test_what_fails_in_a_files_function_is_told_with_who_asked(
    text: str, chain: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The function that a file holds is called with its defaults; no thunk is around that call."""
    (tmp_path / "f.nix").write_text(text)
    for words in ([], ["--large"], ["--strict"]):
        assert run(["explain", str(tmp_path / "f.nix"), *words]) == 1
        out = capsys.readouterr().out
        assert re.findall(r"^  in (.*) at 1:\d+$", out, re.MULTILINE) == chain


def test_a_long_message_is_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = told(f'throw "{"many words and " * 12}"', capsys=capsys)
    assert max(map(len, out.splitlines())) <= 80
    assert " ".join(out.split()).count("many words and") >= 12
