"""What a wheel brings compiled serves wherever it is, and nothing of it is compiled again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from lixeval.compiler import cache as code_cache
from lixeval.compiler.cache import compiler_files, compiler_version
from lixeval.environment.settings import Settings
from lixeval.evaluation import shipping
from lixeval.evaluation.evaluator import Evaluator
from lixeval.evaluation.observers.counts import Counts
from lixeval.syntax import tables
from lixeval.system.directories import EMBEDDED

FILES = ("lib/default.nix", "lib/trivial.nix", "lib/lists.nix", "lib/strings.nix")


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a wheel has it, of a few files."""
    folder = tmp_path / "compiled"
    folder.mkdir()
    monkeypatch.setattr(shipping, "own_files", lambda: [f"{EMBEDDED}/{name}" for name in FILES])
    shipping.compile_own_files(str(folder))
    # As an installation has it: anybody may read, and it is somebody else's.
    for file in folder.iterdir():
        file.chmod(0o644)
    monkeypatch.setattr(code_cache, "SHIPPED", str(folder))
    monkeypatch.setattr(tables, "SHIPPED", str(folder))
    return folder


def _compiled(path: str, **options: Any) -> tuple[int, int]:
    """How many files and pieces are compiled for a file and what it forces at once."""
    watch = Counts()
    watch.mark = ""  # the plain code is what is shipped
    watch.probe = None  # type: ignore[assignment]  # and it is not changed
    store: Any = None
    evaluator = Evaluator(Settings(system="x86_64-linux", **options), store, watch=watch)
    evaluator.file(path)
    return watch.files_compiled, watch.pieces_compiled


def test_every_file_of_our_own_is_shipped() -> None:
    names = {os.path.relpath(path, EMBEDDED) for path in shipping.own_files()}
    assert {"default.nix", "nix2container.nix", *FILES} <= names
    assert len(names) == len(list(Path(EMBEDDED).rglob("*.nix")))


@pytest.mark.usefixtures("shipped")
def test_nothing_shipped_is_compiled_again(tmp_path: Path) -> None:
    elsewhere = tmp_path / "copy"
    shutil.copytree(f"{EMBEDDED}/lib", elsewhere)
    assert _compiled(str(elsewhere / "lists.nix")) == (0, 0)
    assert _compiled(f"{EMBEDDED}/lib/lists.nix") == (0, 0)


@pytest.mark.usefixtures("shipped")
def test_it_serves_whatever_features_are_on() -> None:
    features = frozenset(("flakes", "fetch-tree", "dynamic-derivations"))
    assert _compiled(f"{EMBEDDED}/lib/lists.nix", experimental=features) == (0, 0)
    assert _compiled(f"{EMBEDDED}/lib/lists.nix", pure=True, allowed_paths=(EMBEDDED,)) == (0, 0)


@pytest.mark.usefixtures("shipped")
def test_what_names_an_optional_builtin_is_code_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "a.nix"
    file.write_text("builtins ? getFlake || builtins.getFlake or 1 == 1")
    plain: Any = Evaluator(Settings(system="x86_64-linux"), None, cache_directory=str(tmp_path / "c"))  # type: ignore[arg-type]
    more: Any = Evaluator(
        Settings(system="x86_64-linux", experimental=frozenset(("flakes",))),
        None,  # type: ignore[arg-type]
        cache_directory=str(tmp_path / "c"),
    )
    assert plain.whole_file(str(file)).key != more.whole_file(str(file)).key
    file.write_text("1")
    assert plain.whole_file(str(file)).key == more.whole_file(str(file)).key


def test_tables_come_from_the_wheel(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "grammar_tables", lambda: pytest.fail("the grammar was read"))
    assert tables.kept(str(tmp_path / "empty")).rules


def test_damage_is_passed_over(shipped: Path) -> None:
    for file in shipped.iterdir():
        file.write_bytes(file.read_bytes()[:-1])
    assert _compiled(f"{EMBEDDED}/lib/lists.nix")[0] == 1


def test_the_compiler_is_the_same_wherever_it_lies() -> None:
    files = compiler_files()
    assert all(os.path.isfile(file) for file in files)
    assert len(compiler_version(files)) == 20
