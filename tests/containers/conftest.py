"""Fixtures of the container tests: the golden files, and the store that they were recorded on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.containers import golden_store, store_workshop
from tests.support.faulty_registry import FaultyRegistry

HERE = Path(__file__).parent
DATABASE_PATH = "/nix/store/hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-nix-database"


@pytest.fixture
def registry() -> Iterator[Any]:
    """A registry that fails when told to."""
    with FaultyRegistry() as running:
        yield running


@pytest.fixture
def workshop(tmp_path: Path) -> Any:
    """A store, and derivations of layers and images in it."""
    return store_workshop.Workshop(tmp_path)


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of outputs recorded from the original program."""
    return HERE / "golden"


@pytest.fixture(scope="session")
def store_root(tmp_path_factory: pytest.TempPathFactory, golden: Path) -> Iterator[str]:
    """A folder with nix/store as it was when the golden files were recorded."""
    root = str(tmp_path_factory.mktemp("golden-store"))
    golden_store.make(root)
    _make_database(root, golden)
    yield root
    for folder, _, _ in os.walk(root):
        os.chmod(folder, 0o755)
    shutil.rmtree(root)


def _make_database(root: str, golden: Path) -> None:
    """The tree of a Nix database, which one case puts into a layer."""
    top = Path(root + DATABASE_PATH)
    roots = top / "nix/var/nix/gcroots/docker"
    for folder in (roots, top / "nix/var/nix/db", top / "nix/store/.links"):
        folder.mkdir(parents=True)
    shutil.copyfile(golden / "nixdb/db.sqlite", top / "nix/var/nix/db/db.sqlite")
    for path in registered_paths(golden):
        (roots / os.path.basename(path)).symlink_to(path)


def registered_paths(golden: Path) -> list[str]:
    import json

    return [entry["path"] for entry in json.loads((golden / "nixdb/graph.json").read_text())]
