"""A flake with three inputs, one of which is nix2container: lixeval's builders stand in the original's place."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.evaluation.in_place import SAID

HERE = Path(__file__).parent / "three_inputs"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The flakes beside one another, by absolute paths: `path:../x` leads out of a flake that is a tree of its own."""
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv("NIX_CONFIG", "substitute = false")
    shutil.copytree(HERE, tmp_path / "flakes")
    app = tmp_path / "flakes/app"
    text = (app / "flake.nix").read_text()
    (app / "flake.nix").write_text(text.replace("path:../", f"path:{tmp_path}/flakes/"))
    monkeypatch.chdir(app)
    return app


def ran(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(words))
    return code, out.getvalue(), err.getvalue()


def digest(layout: Path) -> str:
    found: str = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    return found


def test_the_image_is_made_without_the_original(app: Path, tmp_path: Path) -> None:
    code, out, err = ran(".#image", "--to", f"oci:{tmp_path}/out")
    assert (code, out) == (0, f"oci:{tmp_path}/out\n"), err
    assert err.count(SAID) == 1
    whole = """{ nix2container }: let hello = builtins.toFile "hello" "hi\\n"; in nix2container.buildImage {
      name = "app"; tag = "v1"; config.Cmd = [ "${hello}" ];
      layers = [ (nix2container.buildLayer { deps = [ hello ]; }) ];
    }"""
    assert ran("-E", whole, "--to", f"oci:{tmp_path}/other")[0] == 0
    assert digest(tmp_path / "out") == digest(tmp_path / "other")


def test_the_original_if_it_is_asked_for(app: Path) -> None:
    code, _, err = ran("--instantiate", ".#image", "--option", "original-nix2container", "true")
    assert code == 1 and "the original program is built" in err and SAID not in err


def test_its_program_is_the_original_still(app: Path) -> None:
    """Only who asks for it pays for it."""
    code, _, err = ran(
        *("--instantiate", f"path:{app.parent}/nix2container#nix2container-bin", "--no-write-lock-file"),
        *("--override-input", "nixpkgs", f"path:{app.parent}/nixpkgs"),
    )
    assert code == 1 and "the original program is built" in err


def test_copies_are_made_by_lixeval_run(app: Path, tmp_path: Path) -> None:
    code, out, err = ran("run", ".#image.copyTo", "--", f"oci:{tmp_path}/copy:v1")
    assert (code, out) == (0, f"oci:{tmp_path}/copy:v1\n"), err
    assert (tmp_path / "copy/index.json").exists()
    for attribute, destination in (
        ("copyToRegistry", "docker://app:v1"),
        ("copyToPodman", "containers-storage:app:v1"),
        ("copyToDockerDaemon", "docker-daemon:app:v1"),
    ):
        words = json.loads(ran("eval", "--json", f".#image.{attribute}.lixeval")[1])
        assert (words[0], words[-1]) == ("copy", destination)


def test_a_tree_that_is_fetched_without_a_flake(app: Path, tmp_path: Path) -> None:
    """As niv, npins and fetchTarball have it."""
    text = f"""let
      pkgs = (builtins.getFlake "path:{app.parent}/nixpkgs").legacyPackages.x86_64-linux;
      made = import (builtins.path {{ path = {app.parent}/nix2container; name = "source"; }}) {{ inherit pkgs; }};
    in made.nix2container.buildImage {{ name = "app"; tag = "v1"; config.Cmd = [ "${{pkgs.hello}}" ]; }}"""
    code, _, err = ran("-E", text, "--to", f"oci:{tmp_path}/out", "--extra-experimental-features", "flakes")
    assert (code, err.count(SAID)) == (0, 1), err


def test_for_another_machine(app: Path, tmp_path: Path) -> None:
    code, _, err = ran(".#image", "--system", "aarch64-linux", "--to", f"oci:{tmp_path}/arm")
    assert code == 0, err
    layout = tmp_path / "arm"
    manifest = json.loads((layout / "blobs/sha256" / digest(layout).partition(":")[2]).read_text())
    configuration = layout / "blobs/sha256" / manifest["config"]["digest"].partition(":")[2]
    assert json.loads(configuration.read_text())["architecture"] == "arm64"
