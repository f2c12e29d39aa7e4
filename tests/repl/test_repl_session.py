"""The REPL's answers, line by line.  What values look like is recorded from `nix repl` of Nix 2.26.3."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lixeval.cli.repl.session import Alone, Session
from lixeval.environment.settings import Settings
from lixeval.errors import EvalError, LixevalError, UsageError
from lixeval.evaluation.workspace import Workspace
from lixeval.system import deep_stack


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    settings = Settings("x86_64-linux", experimental=frozenset(("flakes",)))
    return Session(Alone(lambda: Workspace(settings, root=str(tmp_path / "store"), faithful=True)))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("1.5", "1.5"),
        ("null", "null"),
        ('"a\\nb"', '"a\\nb"'),
        ("{ a = 1; }", "{ a = 1; }"),
        ("{ a = 1 + 1; }", "{ a = 2; }"),
        ("{ a = 1; b = { c = 2; }; }", "{\n  a = 1;\n  b = { ... };\n}"),
        ("{ a = { }; }", "{\n  a = { ... };\n}"),
        ('{ "a b" = 1; }', '{ "a b" = 1; }'),
        ("[ ]", "[ ]"),
        ("[ 1 ]", "[ 1 ]"),
        ("[ 1 2 ]", "[\n  1\n  2\n]"),
        ("[ { } [ ] ]", "[\n  { ... }\n  [ ... ]\n]"),
        ("[ { a = 1; } ]", "[\n  { ... }\n]"),
        ("let s = { a = 1; }; in [ s s ]", "[\n  { ... }\n  «repeated»\n]"),
        ('rec { a = 1; b = throw "x"; }', "{\n  a = 1;\n  b = «error: x»;\n}"),
        ("x: x", "«lambda @ «string»:1:1»"),
        ("{ f = x: x; g = map; }", "{\n  f = «lambda f @ «string»:1:7»;\n  g = «primop map»;\n}"),
        ("map (x: x)", "«partially applied primop map»"),
        (
            'derivation { name = "a"; system = "x"; builder = "b"; }',
            "«derivation /nix/store/nnqh7675wghd0xmrywqm2yh9psrkk13q-a.drv»",
        ),
        ('{ type = "derivation"; }', "«derivation»"),
        (
            ":p { a = { b = [ 1 2 { c = 3; } ]; }; }",
            "{\n  a = {\n    b = [\n      1\n      2\n      { c = 3; }\n    ];\n  };\n}",
        ),
        (
            ":p rec { a = { }; b = a; c = [ a a ]; }",
            "{\n  a = { };\n  b = «repeated»;\n  c = [\n    «repeated»\n    «repeated»\n  ];\n}",
        ),
        (
            ":p let y = [ 1 ]; f = z: z; in [ y (f y) y ]",  # a list is the same only in the same cell
            "[\n  [ 1 ]\n  [ 1 ]\n  «repeated»\n]",
        ),
        (':p "a\\nb"', "a\nb"),
        (":t 1", "an integer"),
        (":t x: x", "a function"),
        (":t builtins", "a set"),
        (":t map", "the built-in function 'map'"),
        (":t map 1", "the partially applied built-in function 'map'"),
        (':t "${derivation { name = "a"; system = "x"; builder = "b"; }}"', "a string with context"),
    ],
)
def test_values(line: str, shown: str, session: Session) -> None:
    assert session.answer(line) == shown + "\n"


def test_variables(session: Session) -> None:
    assert session.answer("x = 5") == ""
    assert session.answer("y = x + 1;") == ""
    assert session.answer("x = 10") == ""
    assert session.answer("[ x y ]") == "[\n  10\n  6\n]\n"
    assert session.answer("x == 10") == "true\n"
    assert session.answer("") == ""
    assert session.answer("bomb = throw null") == ""


def test_sets_come_into_scope(session: Session) -> None:
    assert session.answer(":a { y = 1; z = y2: y2; }") == "Added 2 variables.\n"
    assert session.answer("z y") == "1\n"
    with pytest.raises(EvalError, match="expected a set but found an integer"):
        session.answer(":a 1")


def test_what_came_last_is_listed(session: Session) -> None:
    with pytest.raises(UsageError, match="nothing has been loaded yet"):
        session.answer(":ll")
    session.answer(":a { b = 1; a = 2; }")
    assert session.answer(":last-loaded") == "a\nb\n"


def test_files_are_loaded_and_loaded_again(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "file.nix"
    file.write_text("{ a ? 1 }: { b = a; }")
    assert session.answer(":l file.nix") == "Added 1 variable.\n"
    assert session.answer("own = 1") == ""
    assert session.answer("b") == "1\n"
    file.write_text("{ b = 2; c = 3; }")
    assert session.answer("b") == "1\n"
    assert session.answer(":r") == "Added 2 variables.\n"
    assert session.answer("b + c") == "5\n"
    with pytest.raises(LixevalError, match="undefined variable 'own'"):
        session.answer("own")


def test_flakes(session: Session, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f/flake.nix").write_text("{ outputs = { self }: { v = 7; }; }")
    session.answer(":lf ./f")
    assert session.answer("v") == "7\n"


def test_documentation(session: Session) -> None:
    told = session.answer(":doc map")
    assert told.startswith("Synopsis: builtins.map ")
    assert "    nix-repl> map (x: x + 1) [ 1 2 3 ]\n    [ 2 3 4 ]\n" in told
    with pytest.raises(EvalError, match="value does not have documentation"):
        session.answer(":doc x: x")


def test_every_builtin_that_is_a_function_has_documentation(session: Session) -> None:
    from lixeval.builtins.table import HIDDEN, INDEX

    for name in sorted(INDEX.keys() - HIDDEN - {"derivation", "fetchClosure", "outputOf"}):
        assert session.answer(f":doc builtins.{name}").startswith(f"Synopsis: builtins.{name} "), name


def test_editing(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "note"
    editor = tmp_path / "vim"
    editor.write_text(f'#!/bin/sh\necho "$@" > {note}\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    (tmp_path / "file.nix").write_text("{\n  f = x:\n    x;\n}")
    session.answer(":l file.nix")
    session.answer(":e f")
    assert note.read_text() == f"+2 {tmp_path}/file.nix\n"
    session.answer(f":e {tmp_path}/file.nix")
    assert note.read_text() == f"+1 {tmp_path}/file.nix\n"
    with pytest.raises(EvalError, match="cannot tell where an integer is written"):
        session.answer(":e 1")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (":foo", "unknown command ':foo'"),
        (":t", "needs an expression"),
        (":l", "needs a path"),
        (":te maybe", "true or false"),
    ],
)
def test_wrong_commands(line: str, message: str, session: Session) -> None:
    with pytest.raises(UsageError, match=message):
        session.answer(line)


def test_traces_and_the_end(session: Session) -> None:
    assert session.answer(":te") == "showing error traces\n"
    assert session.show_trace
    assert session.answer(":te false") == "not showing error traces\n"
    assert session.answer(":q") == ""
    assert session.ended
    assert all(f"  {name}" in session.answer(":?") or f", {name}" in session.answer(":?") for name in session.commands)


@pytest.mark.parametrize(
    ("line", "unfinished"),
    [
        ("1 +", True),
        ("let a = 1;", True),
        ("{", True),
        ("x = {", True),
        ('"a', True),
        ("''", True),
        (":p [ 1", True),
        ("1 + 2", False),
        ("x = 5", False),
        ("1 + )", False),
        (":l {", False),
        ("", False),
        (":r", False),
    ],
)
def test_unfinished_lines(line: str, unfinished: bool, session: Session) -> None:
    assert session.is_unfinished(line) == unfinished


def test_completion(session: Session) -> None:
    session.answer('abc = { def = { ghi = 1; }; dog = 2; "a b" = 3; bomb = throw "no"; }')
    assert list(session.completions("ab")) == ["abc", "abort"]
    assert list(session.completions("1 + abc.d")) == ["abc.def", "abc.dog"]
    assert list(session.completions("abc.def.")) == ["abc.def.ghi"]
    assert list(session.completions("abc.bomb.")) == []
    assert list(session.completions("nothing.")) == []
    assert "builtins.foldl'" in list(session.completions("builtins.fo"))
    assert list(session.completions("inhe")) == ["inherit"]


def test_a_flake_needs_the_feature(session: Session, tmp_path: Path) -> None:
    (tmp_path / "flake.nix").write_text("{ outputs = { self }: { x = 5; }; }")
    assert session.answer(":lf .").startswith("Added ")
    assert session.answer("x") == "5\n"
    without = Session(Alone(lambda: Workspace(Settings("x86_64-linux"), root=str(tmp_path / "store"), faithful=True)))
    with pytest.raises(EvalError, match="experimental Nix feature 'flakes' is disabled"):
        without.answer(":lf .")


def test_what_was_loaded_before_is_let_go(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each attribute of a recursive set has the whole set, so nothing of it is freed when nobody has it any more."""
    blocks = sys.getallocatedblocks
    before = blocks()
    monkeypatch.setattr(sys, "getallocatedblocks", lambda: blocks() - before)
    monkeypatch.setattr(deep_stack, "_COLLECTS", True)
    monkeypatch.setattr(deep_stack, "_left", 0)
    monkeypatch.setattr(deep_stack, "SPARE", 100_000)
    (tmp_path / "large.nix").write_text(
        "{ sets = builtins.genList (i: rec { a = i; b = a + 1; c = [ a b ]; unasked = c; }) 5000; }"
    )
    assert session.answer(":l large.nix") == "Added 1 variable.\n"
    sizes = []
    for _ in range(12):
        assert session.answer("builtins.foldl' (sum: x: sum + x.b + builtins.length x.c) 0 sets") == "12512500\n"
        sizes.append(blocks() - before)
        session.answer(":r")
    assert max(sizes) < 6 * sizes[0]
