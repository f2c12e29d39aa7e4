"""Command lines that `nix` has as well: the same output, to the byte, as real Nix 2.26.3 has given (`record.py`)."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

from lixeval.cli import run
from tests.cli import record
from tests.cli import recorded_cases as cases

HERE = Path(__file__).parent
RECORDED: dict[str, list[object]] = json.loads((HERE / "recorded.json").read_text())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with the files, and the store paths by name; what fills the store has been run."""
    folder = tmp_path_factory.mktemp("recorded")
    cases.write_files(folder)
    return folder, {"here": str(folder), "tree": cases.TREE}


def _told(place: tuple[Path, dict[str, str]], words: list[str], patch: pytest.MonkeyPatch) -> list[object]:
    folder, names = place
    patch.chdir(folder)
    for name, value in {"HOME": folder, "XDG_CACHE_HOME": folder / "cache", "LIXEVAL_STORE": folder / "store"}.items():
        patch.setenv(name, str(value))
    for name in ("NIX_PATH", "NIX_CONFIG", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        patch.delenv(name, raising=False)
    patch.setenv("NIX_CONF_DIR", str(folder))
    patch.setenv("NIX_USER_CONF_FILES", os.devnull)
    bytes_out = io.BytesIO()
    out = io.TextIOWrapper(bytes_out, encoding="utf-8", errors="surrogateescape", write_through=True)
    patch.setattr(sys, "stdout", out)
    filled = []
    for word in words:
        for name, text in names.items():
            word = word.replace(f"{{{name}}}", text)
        filled.append(word)
    code = run(filled)
    out.flush()
    data = bytes_out.getvalue()
    if "--instantiate" in words:
        names[words[-1]] = data.decode().strip()
    return [code == 0, record.printable(data)]


@pytest.mark.parametrize("words", [ours for ours, _ in cases.CASES], ids=lambda words: " ".join(words)[:70])
def test_as_nix(words: list[str], place: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    for filling, _ in cases.ADDING:
        # Each test may be the only one that runs.
        name = filling[-1]
        if filling is not words and not (name in place[1] or filling[0] != "--instantiate"):
            _told(place, filling, monkeypatch)
    if words[0] == "store" and "add" not in words[1]:
        _told(place, ["store", "add-path", "tree"], monkeypatch)
    assert _told(place, words, monkeypatch) == RECORDED[" ".join(words)]


def test_what_was_exported_can_be_imported(
    place: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _told(place, ["store", "add-path", "tree"], monkeypatch)
    bytes_out = io.BytesIO()
    out = io.TextIOWrapper(bytes_out, write_through=True)
    monkeypatch.setattr(sys, "stdout", out)
    assert run(["store", "export", cases.TREE]) == 0
    stream = bytes_out.getvalue()
    printed = io.StringIO()
    monkeypatch.setattr(sys, "stdout", printed)
    monkeypatch.setenv("LIXEVAL_STORE", str(tmp_path / "other"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stream)))
    assert run(["store", "import"]) == 0
    assert printed.getvalue() == cases.TREE + "\n"
    assert (tmp_path / f"other{cases.TREE}/sub/b").read_text() == "exe\n"
    for damaged in (stream[:50], b"\1" + bytes(7) + b"garbage", b"\2" + bytes(7), b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(damaged)))
        assert run(["store", "import"]) == 1
