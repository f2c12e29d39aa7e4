"""What a user names: links, folders, the search path, tarballs, standard input, for all who open it.

The expected texts are those of nix-instantiate 2.26.3, with the folder's own name in place of HERE.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

import lixeval
from lixeval.cli import main

TEXT = "{ a = ./x; b = ../y; }"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("real", "links"):
        (tmp_path / name).mkdir()
    for name in ("f.nix", "default.nix"):
        (tmp_path / "real" / name).write_text(TEXT)
    (tmp_path / "links/l.nix").symlink_to("../real/f.nix")
    (tmp_path / "links/d").symlink_to("../real")
    (tmp_path / "loop.nix").symlink_to("loop.nix")
    with tarfile.open(tmp_path / "t.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "real", "real")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LIXEVAL_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("NIX_PATH", raising=False)
    return tmp_path


def run(words: list[str], capfd: pytest.CaptureFixture[str], here: Path) -> str:
    """What is printed; of an error its first line."""
    code = main(words)
    out, error = capfd.readouterr()
    shown = out if code == 0 else error.split("  [E")[0] + "\n"
    return shown.replace(str(here), "HERE").rstrip("\n")


@pytest.mark.parametrize(
    ("name", "parsed", "value"),
    [
        ("links/l.nix", "{ a = HERE/real/x; b = HERE/y; }", "HERE/real/x"),
        ("links/d", "{ a = HERE/real/x; b = HERE/y; }", "HERE/real/x"),
        ("links/d/f.nix", "{ a = HERE/links/d/x; b = HERE/links/y; }", "HERE/links/d/x"),
        ("<r>", "{ a = HERE/real/x; b = HERE/y; }", "HERE/real/x"),
        ("<r/f.nix>", "{ a = HERE/real/x; b = HERE/y; }", "HERE/real/x"),
        *[(name, text, text) for name, text in [
            ("nope.nix", "error: path 'HERE/nope.nix' does not exist"),
            ("<nope>", "error: file 'nope' was not found in the Nix search path (add it using $NIX_PATH or -I)"),
            ("loop.nix", "error: too many symbolic links encountered while traversing the path 'HERE/loop.nix'"),
            ("links", "error: opening file 'HERE/links/default.nix': No such file or directory"),
        ]],
    ],
)  # fmt: skip
def test_what_is_named_is_opened_alike(
    name: str, parsed: str, value: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = ["-I", f"r={here}/links/d"]
    assert run(["--parse", name, *path], capfd, here) == parsed
    assert run(["--eval", name, "-A", "a", *path], capfd, here) == value


def test_a_tarball_is_fetched(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    url = f"file://{here}/t.tar.gz"
    shown = run(["--parse", url], capfd, here)
    assert shown.startswith("{ a = /nix/store/") and shown.endswith("-source/x; b = /nix/store/y; }")
    assert run(["--eval", url, "-A", "a"], capfd, here).endswith("-source/x")


def test_files_of_lixevals_own_are_parsed(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--parse", "<nix/fetchurl.nix>"], capfd, here).startswith('({ executable ? false, hash ? "", ')
    assert run(["--eval", "<nix/fetchurl.nix>"], capfd, here) == "<LAMBDA>"


@pytest.mark.parametrize("mode", ["--parse", "--eval"])
def test_errors_name_standard_input(
    mode: str, here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a b")))
    assert main([mode, "-"]) == 1
    assert "at «stdin»:1:1:" in capfd.readouterr().err


def test_the_library_opens_the_same_names(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIX_PATH", f"r={here}/links/d")
    assert str(lixeval.load("<r>", attribute="a")) == f"{here}/real/x" == str(lixeval.load("links/d", attribute="a"))
