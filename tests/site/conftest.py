"""The site, made once for all tests of it: compiling its modules takes some ten seconds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lixeval.site.write import write_site

PYODIDE = os.environ.get("LIXEVAL_PYODIDE", "")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder; LIXEVAL_PYODIDE names npm's package."""
    folder = tmp_path_factory.mktemp("site") / "public"
    assert write_site(os.fspath(folder), PYODIDE)
    return folder
