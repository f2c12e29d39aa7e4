"""Fixtures of the container tests: the golden files, and the store that they were recorded on."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent
DATABASE_PATH = "/nix/store/hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-nix-database"


def _module(path: Path) -> ModuleType:
    name = f"lixeval_tests_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def registry() -> Iterator[Any]:
    """A registry that fails when told to."""
    with _module(HERE.parent / "oci/faulty_registry.py").FaultyRegistry() as running:
        yield running


@pytest.fixture
def workshop(tmp_path: Path) -> Any:
    """A store, and derivations of layers and images in it."""
    return _module(HERE / "store_workshop.py").Workshop(tmp_path)


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of outputs recorded from the original program."""
    return HERE / "golden"


@pytest.fixture(scope="session")
def store_root(tmp_path_factory: pytest.TempPathFactory, golden: Path) -> Iterator[str]:
    """A folder with nix/store as it was when the golden files were recorded."""
    root = str(tmp_path_factory.mktemp("golden-store"))
    _module(HERE / "golden_store.py").make(root)
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
