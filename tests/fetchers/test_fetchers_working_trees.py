"""`fetchGit` of working directories in every state, against what real Nix answered (see working_trees.py)."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.thunks import force
from lixeval.runtime.values import ContextString
from lixeval.store.local import LocalStore

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "recorded" / "working_trees.json").read_text())


def _scenarios() -> Any:
    """The module that made the recordings."""
    spec = importlib.util.spec_from_file_location("working_trees", HERE / "working_trees.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("scenario", RECORDED)
def test_a_working_directory_is_taken_as_real_nix_takes_it(scenario: str, tmp_path: Path) -> None:
    scenarios = _scenarios()
    directory = Path(os.path.realpath(tmp_path)) / "w"
    scenarios.make(directory, RECORDED[scenario]["script"])
    settings = Settings(system="x86_64-linux", write_store=False)
    for kind, expected in RECORDED[scenario]["answers"].items():
        evaluator = Evaluator(settings, LocalStore(str(tmp_path / "store")))
        asked = f"builtins.toJSON ({scenarios.expression(kind, str(directory))})"
        try:
            value = force(evaluator.text(asked, str(directory)))
            told = json.loads(value.text if isinstance(value, ContextString) else str(value))
        except LixevalError as error:
            told = f"error: {error.message}"
        assert json.loads(json.dumps(told).replace(str(directory), "@DIRECTORY@")) == expected, kind
