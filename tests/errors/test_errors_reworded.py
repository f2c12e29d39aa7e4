"""Nothing is decided by the words of a message: all of them are replaced, and the same is done."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest

from lixeval.cli import main
from lixeval.cli.repl.session import Alone, Session
from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.workspace import Workspace

OTHER_WORDS = "something is not as it should be"


@pytest.fixture(autouse=True)
def reworded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every message, whoever raises it, is the same; what fails in silence (an `assert` without words) still does."""
    original = LixevalError.__init__

    def initialise(self: LixevalError, message: str, **fields: Any) -> None:
        original(self, message and OTHER_WORDS, **fields)

    monkeypatch.setattr(LixevalError, "__init__", initialise)
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv("NIX_PATH", "")


def evaluated(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["--eval", *arguments])
    return code, out.getvalue(), err.getvalue()


def test_what_may_not_be_seen_is_not_there() -> None:
    assert evaluated("--pure-eval", "-E", "builtins.pathExists /etc")[:2] == (0, "false\n")
    assert evaluated("--restrict-eval", "-E", "builtins.pathExists /etc")[:2] == (0, "false\n")


def test_a_search_path_that_is_not_valid_is_an_error_of_its_own() -> None:
    missing = "/nix/store/00000000000000000000000000000000-x"
    place = f'builtins.appendContext "{missing}" {{ "{missing}" = {{ path = true; }}; }}'
    code, _, said = evaluated("-E", f'builtins.findFile [ {{ prefix = ""; path = {place}; }} ] "x"')
    assert code == 1
    assert OTHER_WORDS in said


@pytest.mark.parametrize("line", ["{ a = 1;", "let x = 1;", "[ 1", "''text"])
def test_the_repl_knows_what_goes_on(line: str, tmp_path: Path) -> None:
    session = Session(Alone(lambda: Workspace(Settings("x86_64-linux"), root=str(tmp_path / "store"))))
    assert session.is_unfinished(line)
    assert not session.is_unfinished(")" + line)
