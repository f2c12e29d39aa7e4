"""`lixeval WORD` where the word is no Nix file: commands misspelt, finished images, derivations, attributes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from lixeval.cli import run

DERIVATION = 'derivation { name = "n"; system = "builtin"; builder = "builtin:write-text"; text = "hello"; }'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIXEVAL_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(list(words))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("inspct", "did you mean 'lixeval inspect'?"),
        ("validte", "did you mean 'lixeval validate'?"),
        ("gc", "did you mean 'lixeval store gc'?"),
        ("push", "lixeval copy IMAGE docker://HOST/NAME:TAG"),
        ("build", "lixeval FILE builds it"),
        ("why-depends", "lixeval why"),
        ("zzz", "lixeval --help lists the commands"),
    ],
)
def test_no_file_and_no_command(word: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys, word, "x")
    assert (code, out) == (1, "")
    assert f"there is no file '{word}', and no command of that name" in err
    assert hint in err


def test_a_file_of_that_name_is_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "push").write_text("1 + 1")
    assert told(capsys, "--eval", "push") == (0, "2\n", "")


def test_subcommands(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean 'lixeval store verify'?" in told(capsys, "store", "verfy")[2]
    assert "did you mean 'lixeval hash convert'?" in told(capsys, "hash", "conver")[2]
    code, out, err = told(capsys, "config")
    assert (code, out) == (1, "")
    assert "show" in err


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "help", "store", "gc") == told(capsys, "store", "gc", "--help")
    assert told(capsys, "help") == told(capsys, "--help")
    assert told(capsys, "version") == told(capsys, "--version")
    assert "did you mean 'inspect'?" in told(capsys, "help", "inspec")[2]
    assert told(capsys, "help", "--man")[1].startswith(".TH LIXEVAL 1")
    assert "bash, zsh or fish" in told(capsys, "completion", "tcsh")[2]


@pytest.mark.parametrize(
    ("word", "out"),
    [("a.nix#x", "1\n"), ("a.nix#y.z", '"q"\n'), (".#x", "2\n"), ("#x", "2\n"), ("odd#name.nix", "3\n")],
)
def test_attributes(word: str, out: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.nix").write_text('{ x = 1; y.z = "q"; }')
    (here / "default.nix").write_text("{ x = 2; }")
    (here / "odd#name.nix").write_text("3")
    assert told(capsys, "--eval", word)[:2] == (0, out)


def test_the_default_is_found(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "default.nix").write_text("{ x = 2; }")
    assert told(capsys, "--eval", "-A", "x")[:2] == (0, "2\n")


def test_find_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "x/y").mkdir(parents=True)
    assert told(capsys, "--find-file", "-I", f"n={here}/x", "n", "n/y")[:2] == (0, f"{here}/x\n{here}/x/y\n")
    code, out, err = told(capsys, "--find-file", "-I", f"n={here}/x", "n", "nope")
    assert (code, out) == (1, f"{here}/x\n")
    assert "nope" in err


def test_a_derivation_is_built(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drv = told(capsys, "--instantiate", "-E", DERIVATION, "--add-root", "root")[1].strip()
    assert drv == f"{here}/root"
    path = json.loads(told(capsys, "show-derivation", "root")[1])
    (drv_path,) = path
    code, out, _ = told(capsys, drv_path, "--no-out-link")
    assert code == 0
    assert (here / "store" / out.strip().lstrip("/")).read_text() == "hello"
    assert told(capsys, f"{drv_path}!out", "--no-out-link")[:2] == (0, out)
    code, _, err = told(capsys, f"{drv_path}^doc")
    assert code == 1
    assert "has no output 'doc'" in err


def test_an_archive_is_inspected(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with tarfile.open(here / "x.tar", "w") as archive:
        (here / "index.json").write_text("{}")
        archive.add(here / "index.json", "other")
    code, _, err = told(capsys, "x.tar")
    assert code == 1
    assert "holds no image" in err
    code, _, err = told(capsys, "x.tar", "--html", "page.html")
    assert "holds no image" in err


def test_the_cache_can_be_cleared(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--eval", "-E", "1 + 2")[0] == 0
    assert (here / "cache/lixeval").is_dir()
    code, out, err = told(capsys, "--clear-cache")
    assert (code, out) == (0, "")
    assert f"removed {here}/cache/lixeval" in err
    assert not (here / "cache/lixeval").exists()
    (here / "cache/lixeval").symlink_to(sys.prefix)
    assert told(capsys, "--clear-cache")[0] == 1


def test_prefetching_a_repository(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git = ("git", "-C", str(here / "repo"), "-c", "user.name=n", "-c", "user.email=a@b")
    (here / "repo").mkdir()
    (here / "repo/.gitattributes").write_text("kept export-ignore\n")
    (here / "repo/kept").write_text("1")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"], ["tag", "v1"]):
        subprocess.run([*git, *words], check=True)
    _, expected, _ = told(capsys, "hash", "path", _checked_out(here))
    (here / "repo/kept").write_text("not committed")
    for words in ([], ["v1"], ["refs/tags/v1"]):
        code, out, _ = told(capsys, "prefetch-git", "repo", *words)
        assert code == 0
        found = json.loads(out)
        assert found["hash"] == expected.strip()
        assert (found["url"], found["path"][-5:], found["leaveDotGit"]) == ("repo", "-repo", False)
    by_rev = json.loads(told(capsys, "prefetch-git", "--url", f"file://{here}/repo", "--rev", found["rev"])[1])
    assert by_rev["hash"] == found["hash"]
    assert by_rev["path"].endswith(f"-repo-{found['rev'][:7]}")
    assert "cannot fetch 'repo'" in told(capsys, "prefetch-git", "repo", "nope")[2]
    assert "no folder and no URL" in told(capsys, "prefetch-git", "nope")[2]
    assert "needs the URL" in told(capsys, "prefetch-git")[2]


def _checked_out(here: Path) -> str:
    subprocess.run(["git", "clone", "-q", str(here / "repo"), str(here / "clone")], check=True)
    shutil.rmtree(here / "clone/.git")
    return str(here / "clone")
