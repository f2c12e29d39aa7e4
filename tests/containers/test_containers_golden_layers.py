"""Every recorded run of the original, through `lixeval nix2container`: the same files, message and exit code."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lixeval import cli
from lixeval.containers import build_layer, image_json, layers_json
from lixeval.containers.build_layer import LayerArguments
from lixeval.oci import go_json

CASES = sorted(path.name for path in (Path(__file__).parent / "golden/cases").iterdir())
ORDINARY = [case for case in CASES if case != "51-8gib"]


def command_line(folder: Path, golden: Path, output: Path) -> list[str]:
    """The recorded command line, reading from the golden folder and writing to `output`."""
    words: list[str] = json.loads((folder / "cmd.json").read_text())["argv"]
    own = str(folder)
    replaced = [word.replace("GOLDEN", str(golden)) for word in words]
    return [
        str(output) + word.removeprefix(own) if word in (f"{own}/layers.json", f"{own}/tars") else word
        for word in replaced
    ]


def told(captured: str) -> str:
    """What is on stderr besides the log."""
    return "".join(line for line in captured.splitlines(keepends=True) if not line.startswith("time="))


@pytest.mark.parametrize("case", ORDINARY)
def test_layers_as_recorded(
    case: str, golden: Path, store_root: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = golden / "cases" / case
    if "-modes" in (folder / "graph.json").read_text() and os.geteuid() != 0:
        pytest.skip("only root can read the file of mode 000 in this case")
    code = json.loads((folder / "cmd.json").read_text())["rc"]
    (tmp_path / "tars").mkdir()
    words = command_line(folder, golden, tmp_path)
    assert cli.run([*words, "--store", store_root]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    if code:
        assert told(captured.err) == (folder / "stderr.txt").read_text()
        assert not (tmp_path / "layers.json").exists()
        return
    assert told(captured.err) == ""
    expected = (folder / "layers.json").read_bytes()
    found = (tmp_path / "layers.json").read_bytes()
    assert found.replace(str(tmp_path).encode(), f"/golden/cases/{case}".encode()) == expected
    blobs = {layer.digest.removeprefix("sha256:") + ".tar" for layer in layers_json.parse(expected) if layer.layer_path}
    assert set(os.listdir(tmp_path / "tars")) == blobs


@pytest.mark.parametrize(
    "case", [case for case in CASES if (Path(__file__).parent / f"golden/cases/{case}/image.json").exists()]
)
def test_image_of_the_layers_as_recorded(case: str, golden: Path, tmp_path: Path) -> None:
    folder = golden / "cases" / case
    out = tmp_path / "image.json"
    words = ["image", "--arch=amd64", str(out), str(folder / "config.json"), str(folder / "layers.json")]
    assert cli.run(["nix2container", *words]) == 0
    assert out.read_bytes() == (folder / "image.json").read_bytes()
    image = image_json.parse(out.read_bytes())
    assert image.config_blob() == (folder / "config-blob.json").read_bytes()
    assert image.manifest().to_bytes() == (folder / "manifest.json").read_bytes()


@pytest.mark.parametrize(
    "case", ["01-single-layer", "11-root-merge", "41-rewrite-two-last-wins", "12-root-file-dropped"]
)
def test_layers_with_blobs_are_the_same(case: str, golden: Path, store_root: str, tmp_path: Path) -> None:
    """What the derivations of embedded/nix2container.nix do: tars beside layers.json, named by their digests."""
    folder = golden / "cases" / case
    expected = layers_json.parse((folder / "layers.json").read_bytes())
    rewrites = go_json.parse((folder / "rewrites.json").read_bytes())
    arguments = LayerArguments(
        graph=layers_json.graph_from_json(go_json.parse((folder / "graph.json").read_bytes())),
        rewrites=layers_json.rewrites_from_json(rewrites),
        history=layers_json.history_from_json(go_json.parse((folder / "history.json").read_bytes())),
        real=lambda path: store_root + path,
        blobs=str(tmp_path),
    )
    assert build_layer.build_layers(arguments) == list(expected)
    assert set(os.listdir(tmp_path)) == {layer.digest.removeprefix("sha256:") + ".tar" for layer in expected}


def test_a_file_of_8_gib_needs_a_size_record(golden: Path, tmp_path: Path) -> None:
    if not os.environ.get("LIXEVAL_SLOW_TESTS"):
        pytest.skip("reads 8 GiB of zeros; set LIXEVAL_SLOW_TESTS=1 to run it")
    folder = golden / "cases/51-8gib"
    ((path, _),) = layers_json.graph_from_json(go_json.parse((folder / "graph.json").read_bytes()))
    big = Path(str(tmp_path) + path)
    big.parent.mkdir(parents=True)
    with big.open("wb") as stream:
        stream.truncate(8 << 30)
    big.chmod(0o444)
    words = [str(tmp_path / "layers.json"), str(folder / "graph.json"), "--store", str(tmp_path)]
    assert cli.run(["nix2container", "layers-from-reproducible-storepaths", *words]) == 0
    assert (tmp_path / "layers.json").read_bytes() == (folder / "layers.json").read_bytes()
