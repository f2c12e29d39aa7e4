"""`fetchGit` of working directories in every state, against what real Nix answered (see working_trees.py)."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.thunks import force
from lixeval.runtime.values import ContextString
from lixeval.store.local import LocalStore
from tests.fetchers import working_trees

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "recorded" / "working_trees.json").read_text())


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("scenario", RECORDED)
def test_a_working_directory_is_taken_as_real_nix_takes_it(scenario: str, tmp_path: Path) -> None:
    scenarios = working_trees
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
