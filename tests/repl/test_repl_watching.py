"""What the REPL tells of evaluation, what it does with derivations, and several bindings in a line."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

import lixeval.embedded
from lixeval.cli.repl.session import Alone, Session
from lixeval.environment.settings import Settings
from lixeval.errors import EvalError, LixevalError, UsageError
from lixeval.evaluation.workspace import Workspace

DERIVATION = """d = derivation {
  name = "d"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo told; echo x > $out" ];
}"""


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    from lixeval.system.machines import current_system

    return Session(Alone(lambda: Workspace(Settings(current_system()), root=str(tmp_path / "store"), faithful=True)))


def last(session: Session, *lines: str) -> str:
    answer = ""
    for line in lines:
        answer = session.answer(line)
    return answer


def test_several_bindings_in_a_line(session: Session) -> None:
    assert last(session, "a = 1; b = a + 1;", "a + b") == "3\n"
    assert last(session, 'x = "a;b"; "y z" = 2', "x") == '"a;b"\n'


def test_inherit(session: Session) -> None:
    assert last(session, "s = { p = 1; q = 2; }", "inherit (s) p q; r = p + q", "r") == "3\n"
    with pytest.raises(LixevalError, match="undefined variable 'nothing'"):
        session.answer("inherit nothing;")


@pytest.mark.parametrize("line", ["x.y = 3", "${x} = 1", "a = 1; 2"])
def test_what_is_no_binding_is_an_error(session: Session, line: str) -> None:
    with pytest.raises(LixevalError, match="syntax error"):
        session.answer(line)


def test_sprint_forces_nothing(session: Session) -> None:
    last(session, 's = { p = 1; q = throw "no"; r = { z = 1 + 1; }; }')
    assert session.answer(":sprint s") == "_\n"
    last(session, "s.r.z")
    assert session.answer(":sprint s") == "{ p = 1; q = _; r = { z = 2; }; }\n"
    assert session.answer(":sprint s.q") == "_\n"
    with pytest.raises(UsageError, match="takes a variable"):
        session.answer(":sprint 1 + 1")


def test_steps_tell_of_variables_too(session: Session) -> None:
    told = last(session, "x = 1 + 1", "x", ":steps x * x")
    assert "1 + 1  →  2" in told
    assert "asks for x again: 2, not computed twice" in told
    with pytest.raises(LixevalError, match="undefined variable 'y'"):
        session.answer(":steps y")


def test_why_says_who_asked(session: Session) -> None:
    session.answer('s = { q = throw "no"; }')
    with pytest.raises(EvalError):
        session.answer("s.q + 1")
    assert session.answer(":why") == session.answer(":why s.q + 1")
    assert session.answer(":why").startswith('fails: no\n  in throw "no" at 1:7\n  asked for by q at 1:7\n')
    assert session.answer(":why 1") == "it does not fail\n"


def test_where_is_asked_of_variables(session: Session) -> None:
    told = last(session, "o = { p = 1; } // { p = 5; }", ":where o.p")
    assert told == "5\n  5   «string»:1:17   //   wins\n  1   «string»:1:3\n"
    with pytest.raises(UsageError, match="takes an attribute"):
        session.answer(":where o")
    with pytest.raises(EvalError, match=r"attribute 'q' in selection path 'o\.q' not found"):
        session.answer(":where o.q")


def test_where_of_a_file(session: Session, tmp_path: Path) -> None:
    (tmp_path / "a.nix").write_text("{ n ? 1 }: { s = { a = n; } // { b = 2; }; }")
    told = last(session, ":l a.nix", ":where s.b")
    assert told.split() == ["2", "2", "a.nix:1:34"]


def test_where_of_an_option_an_element_and_a_failure(session: Session, tmp_path: Path) -> None:
    library = Path(lixeval.embedded.__path__[0]) / "lib"
    (tmp_path / "m.nix").write_text(
        f"with import {library}; evalModules {{ modules = [\n"
        "  { options.a = mkOption { default = 1; }; }\n"
        "  { a = mkForce 2; }\n"
        "]; }"
    )
    told = last(session, ":l m.nix", ":where config.a")
    assert told.splitlines()[1].split() == ["2", "m.nix:3:5", "mkForce,", "priority", "50", "wins"]
    assert last(session, 's = { l = [ 7 8 ]; t = throw "no"; }', ":where s.l.1").splitlines()[0] == "8"
    assert session.answer(":where s.t").splitlines()[0] == "«fails: no»"


def test_ctx(session: Session) -> None:
    assert session.answer(':ctx "x"').startswith("no context")
    session.answer(DERIVATION.replace("\n", " "))
    assert session.answer(':ctx "a${d}"').startswith("output out of /nix/store/")
    with pytest.raises(EvalError, match="only strings"):
        session.answer(":ctx 1")


def test_a_derivation_is_built_and_linked_and_has_a_log(session: Session, tmp_path: Path) -> None:
    session.answer(DERIVATION.replace("\n", " "))
    with pytest.raises(EvalError, match="is not available"):
        session.answer(":log d")
    told = session.answer(":bl d")
    assert "\n  ./repl-result-out -> /nix/store/" in told
    assert (tmp_path / "repl-result-out").read_text() == "x\n"
    assert session.answer(":log d") == "told\n"
    with pytest.raises(UsageError, match="keeps no profiles"):
        session.answer(":i d")
    with pytest.raises(EvalError, match="does not evaluate to a derivation"):
        session.answer(":bl 1")


def test_shells_are_processes_of_their_own(session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[list[str]] = []

    def start(words: list[str], **options: Any) -> None:
        started.append(words)

    monkeypatch.setattr(subprocess, "run", start)
    last(session, DERIVATION.replace("\n", " "), ":u d", ":sh d")
    assert [words[3] for words in started] == ["shell", "develop"]
    assert all(words[4].endswith("-d.drv") and words[-2:] == ["--store", str(tmp_path / "store")] for words in started)


def test_flakes_that_are_switched_off_are_an_error(session: Session) -> None:
    with pytest.raises(EvalError, match="experimental Nix feature 'flakes' is disabled"):
        session.answer(":lf .")
