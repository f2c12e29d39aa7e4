"""Builtins that talk to files, the store and Git, against what real Nix answered (see record_services.py)."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore
from tests.builtins import record_services

HERE = Path(__file__).parent
RECORDED = sorted((HERE / "recorded_services").glob("*.json"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(os.path.realpath(tmp_path_factory.mktemp("services"))) / "tree"
    recorder = record_services
    recorder.make_tree(root)
    if shutil.which("git"):
        recorder.make_repositories(root / "repositories")
    return root


def _settings(recorded: dict[str, Any], tree: Path) -> Settings:
    given = recorded["settings"]
    if "experimental" in given:
        given["experimental"] = frozenset(given["experimental"])
    if "allowed_paths" in given:
        given["allowed_paths"] = tuple(path.replace("@TREE@", str(tree)) for path in given["allowed_paths"])
    if "search_path" in given:
        given["search_path"] = tuple(
            (prefix, path.replace("@TREE@", str(tree))) for prefix, path in given["search_path"]
        )
    return Settings(system="x86_64-linux", write_store=False, **given)


def _normal(text: str) -> str:
    """Errors quote values at their own length, and blanks at line ends differ; neither is what is tested here."""
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_answers_as_real_nix_does(file: Path, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if file.stem == "git" and not shutil.which("git"):
        pytest.skip("git is not installed")
    recorded = json.loads(file.read_text())
    monkeypatch.chdir(tree.parent)
    settings = _settings(recorded, tree)
    wrong = []
    for expression, expected in recorded["cases"]:
        evaluator = Evaluator(settings, LocalStore(str(tmp_path / "store")))
        try:
            told = printed(evaluator.text(expression.replace("@TREE@", str(tree)), str(tree)), force)
        except LixevalError as error:
            told = f"error: {error.message}"
        if _normal(told.replace(str(tree), "@TREE@")) != _normal(expected):
            wrong.append(f"{expression}\n  Nix:     {expected}\n  lixeval: {told}")
    assert not wrong, "\n".join(wrong)
