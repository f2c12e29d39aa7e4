"""The examples in the builtins' docstrings, run."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from lixeval.builtins.table import INDEX, module_of
from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.builtin import declared_in
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore
from lixeval.system.deep_stack import run_deep

TOPICS = sorted({entry[0] for entry in INDEX.values()} - {"derivation_sets"})


def _examples(documentation: str) -> list[tuple[str, str]]:
    """(expression, what it prints) pairs of a docstring."""
    lines = [line.strip() for line in documentation.splitlines()]
    return [(line[4:], lines[number + 1]) for number, line in enumerate(lines) if line.startswith(">>> ")]


def _told(evaluator: Evaluator, expression: str) -> str:
    return printed(evaluator.text(expression, "/"), force)


@pytest.mark.parametrize("topic", TOPICS)
def test_examples(topic: str, tmp_path: Path) -> None:
    settings = Settings(
        system="x86_64-linux", experimental=frozenset(("flakes", "fetch-closure", "dynamic-derivations"))
    )
    evaluator = Evaluator(settings, LocalStore(str(tmp_path / "root")))
    functions: list[Any] = [*declared_in(import_module(module_of(topic))).values()]
    lacking = [function.nix_name for function in functions if not _examples(function.__doc__ or "")]
    assert lacking == [], "builtins without an example"
    for function in functions:
        for expression, expected in _examples(function.__doc__):
            told = run_deep(partial(_told, evaluator, expression))
            assert told == expected, expression
