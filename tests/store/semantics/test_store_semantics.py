"""What expressions put into the store and read from it, as real Nix does it: paths, texts, errors, warnings.

The expressions are in `cases.txt`, what Nix 2.26.3 answers in `recorded.json` (see `record.py`).  All are evaluated on
one store, as they were recorded, and afterwards the store must be whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lixeval.cli import run
from lixeval.store import canonical
from lixeval.store.local import LocalStore
from lixeval.store.verify import verify
from tests.store.semantics import record
from tests.support.serving import serving_files

HERE = Path(__file__).parent


RECORDED: dict[str, dict[str, str]] = json.loads((HERE / "recorded.json").read_text())
Ask = Callable[[list[str], str], dict[str, str]]
_FETCHED = 'builder = "builtin:fetchurl"; url = "{}/three.nix"'


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Where the tree is served."""
    with serving_files(tmp_path / "tree") as url:
        yield url


@pytest.fixture
def ask(tmp_path: Path, served: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Evaluates an expression in a folder with the tree, by the command."""
    for variable, folder in (("LIXEVAL_STORE", "store"), ("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data")):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    monkeypatch.setenv("NIX_PATH", "")
    # Hundreds of evaluations, each of which would wait for the disk.
    monkeypatch.setattr(canonical, "sync_trees", lambda *arguments: None)
    tree = Path(os.path.realpath(tmp_path)) / "tree"
    tree.mkdir()
    record.make_tree(tree)
    monkeypatch.chdir(tree)

    def evaluate(options: list[str], expression: str) -> dict[str, str]:
        capsys.readouterr()
        # Nix answered without its sandbox, where a builder reads files of the machine; ours never does.  Of a fixed
        # output it makes no difference where it comes from.
        expression = expression.replace(_FETCHED.format("file://@TREE@"), _FETCHED.format(served))
        words = ["--eval", "--strict", "--read-write-mode", *options, "-E", expression.replace("@TREE@", str(tree))]
        code = run(words)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        printed = captured.out.replace(served, f"file://{tree}")
        answered: dict[str, str] = record.answer(code, printed, captured.err, tree)
        return answered

    return evaluate


def test_every_case_is_recorded() -> None:
    assert {" ".join([*options, expression]) for options, expression in record.cases()} == set(RECORDED)


def test_answers_are_those_of_nix(ask: Ask, tmp_path: Path) -> None:
    wrong = []
    for options, expression in record.cases():
        expected = RECORDED[" ".join([*options, expression])]
        answered = ask(options, expression)
        if answered != expected:
            wrong.append(f"{' '.join(options)} {expression}\n  Nix:     {expected}\n  lixeval: {answered}")
    assert not wrong, "\n".join(wrong)
    assert verify(LocalStore(str(tmp_path / "store")), check_contents=True) == []
