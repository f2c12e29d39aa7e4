"""The pages that tell of the library: their examples are run."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import lixeval

ROOT = Path(lixeval.__file__).parent.parent


@pytest.mark.parametrize("page", ["docs/library.md", "README.md"])
def test_examples_hold(page: str) -> None:
    failed, tried = doctest.testfile(str(ROOT / page), module_relative=False, encoding="utf-8")
    assert tried and not failed


def test_the_example_of_the_package_holds() -> None:
    assert doctest.testmod(lixeval) == (0, 2)
