"""Names that are written to: what is there stays, be it a link, a device, a pipe; no set leads out of its own folder.

Real Nix 2.26.3 refuses the same, in the same words for --write-to.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lixeval.cli import main

DERIVATION = (
    'derivation { name = "a"; system = "builtin"; builder = "builtin:write-text"; text = "x"; destination = ""; }'
)
TAKEN = ("file", "folder", "link", "dangling", "pipe", "/dev/null", "/dev/full")
NOWHERE = ("nowhere/x", "file/x", "n" * 300, "a/" * 3000, "/proc/self/x")
SETS = (
    ('{ ".." = "x"; }', "invalid file name"),
    ('{ "." = "x"; }', "invalid file name"),
    ('{ "" = "x"; }', "invalid file name"),
    ('{ "../victim" = "x"; }', "invalid file name"),
    ('{ "/etc/x" = "x"; }', "invalid file name"),
    ('{ a = { "../../victim" = "x"; }; }', "invalid file name"),
    ("{ a = 5; }", "is not a string or an attribute set"),
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what may be in the way, and the user's own file beside it."""
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "own" / variable))
    here = tmp_path / "here"
    (here / "folder").mkdir(parents=True)
    (tmp_path / "victim").write_text("as it was")
    (here / "file").write_text("as it was")
    (here / "link").symlink_to("../victim")
    (here / "dangling").symlink_to("../nothing")
    os.mkfifo(here / "pipe")
    monkeypatch.chdir(here)
    return here


def is_as_it_was(place: Path) -> bool:
    texts = [(place.parent / "victim").read_text(), (place / "file").read_text()]
    links = [os.readlink(place / "link"), os.readlink(place / "dangling")]
    return (texts, links) == (["as it was"] * 2, ["../victim", "../nothing"]) and not os.listdir(place / "folder")


@pytest.mark.parametrize("name", [*TAKEN, *NOWHERE], ids=lambda name: name[:20])
def test_values(name: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "--expr", '"x"', "--write-to", name]) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said and ("already exists" in said) == (name in TAKEN)
    assert is_as_it_was(place) and not os.path.lexists(place.parent / "nothing")


@pytest.mark.parametrize(("value", "must"), SETS, ids=[row[0] for row in SETS])
def test_sets(value: str, must: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "--expr", value, "--write-to", "new"]) == 1
    assert must in capsys.readouterr().err
    assert is_as_it_was(place)


@pytest.mark.parametrize("name", [*TAKEN, "nowhere/x"])
def test_links(name: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-E", DERIVATION, "-o", name]) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said and ("is no link to a build result" in said) == (name in TAKEN)
    assert is_as_it_was(place)
