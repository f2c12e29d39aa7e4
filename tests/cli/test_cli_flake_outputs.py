"""`lixeval flake show` and `init`: what real Nix 2.26.3 prints of `flake_outputs`, recorded as `flake_outputs.json`."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path

import pytest

from lixeval.cli import main

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "flake_outputs.json").read_text())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    shutil.copytree(HERE / "flake_outputs", tmp_path / "flake")
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    return tmp_path / "flake"


def ran(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["flake", *words])
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("options", RECORDED)
def test_shows_what_nix_shows(options: str, folder: Path) -> None:
    code, out, err = ran("show", f"path:{folder}", "--system", "x86_64-linux", *options.split())
    first, _, rest = out.partition("\n")
    if "--json" not in options:
        assert first.startswith(f"path:{folder}?lastModified=")
        out = rest
    assert (code, out) == (0, RECORDED[options]["out"])
    assert err.splitlines() == RECORDED[options]["warnings"]


def test_a_new_flake_from_a_template(folder: Path) -> None:
    new = Path.cwd()
    code, _, err = ran("init", "-t", f"path:{folder}")
    assert code == 0
    assert (new / "src/file").read_text() == "text\n"
    assert (new / "flake.nix").read_text() == (folder / "template/flake.nix").read_text()
    assert f'wrote: "{new}/src/file"' in err and "Welcome." in err
    (new / "src/file").write_text("mine\n")
    code, _, err = ran("init", "-t", f"path:{folder}#default")
    assert code == 1
    assert f"refusing to overwrite existing file '{new}/src/file'" in err
    assert "skipping identical file: " in err and "encountered 1 conflicts - see above" in err
    assert (new / "src/file").read_text() == "mine\n"


def test_a_template_that_is_not_there(folder: Path) -> None:
    code, _, err = ran("init", "-t", f"path:{folder}#nosuch")
    assert code == 1
    assert f"flake 'path:{folder}' does not provide attribute 'templates.nosuch' or 'nosuch'" in err
