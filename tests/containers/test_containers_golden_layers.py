"""Every recorded run of the original's layer commands: the same layers.json (hence the same tars), message and exit
code.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import pytest

from lixeval.containers import build_layer, image_json, layers_json
from lixeval.containers.build_layer import LayerArguments
from lixeval.containers.failure import Nix2containerError
from lixeval.oci import go_json

CASES = sorted(path.name for path in (Path(__file__).parent / "golden/cases").iterdir())
ORDINARY = [case for case in CASES if case != "51-8gib"]


def arguments_of(folder: Path, golden: Path) -> argparse.Namespace:
    """The recorded command line, parsed as the original does."""
    argv = [word.replace("GOLDEN", str(golden)) for word in json.loads((folder / "cmd.json").read_text())["argv"]]
    parser = argparse.ArgumentParser()
    for name in ("rewrites", "perms", "history", "ignore", "tar-directory"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--max-layers", type=int, default=1)
    parser.add_argument("positional", nargs="+")
    return parser.parse_intermixed_args(argv[2:])


def read(path: str) -> Any:
    return go_json.parse(Path(path).read_bytes())


def run(folder: Path, golden: Path, root: str, blobs: str | None) -> bytes:
    given = arguments_of(folder, golden)
    _, graph, *parents = given.positional
    return layers_json.unparse(
        build_layer.build_layers(
            LayerArguments(
                graph=layers_json.graph_from_json(read(graph)),
                max_layers=given.max_layers,
                parents=[layer for path in parents for layer in layers_json.parse(Path(path).read_bytes())],
                rewrites=layers_json.rewrites_from_json(read(given.rewrites)) if given.rewrites else (),
                perms=layers_json.perms_from_json(read(given.perms)) if given.perms else (),
                history=layers_json.history_from_json(read(given.history)) if given.history else layers_json.NO_HISTORY,
                ignore=given.ignore,
                real=lambda path: root + path,
                blobs=blobs,
                tar_directory=given.tar_directory.replace(str(golden), "/golden") or None,
            )
        )
    )


@pytest.mark.parametrize("case", ORDINARY)
def test_layers_as_recorded(case: str, golden: Path, store_root: str, tmp_path: Path) -> None:
    if case == "10-modes" and os.geteuid() != 0:
        pytest.skip("only root can read the file of mode 000 in this case")
    folder = golden / "cases" / case
    code = json.loads((folder / "cmd.json").read_text())["rc"]
    if code:
        with pytest.raises(Nix2containerError) as failure:
            run(folder, golden, store_root, None)
        assert (failure.value.status, failure.value.message) == (code, (folder / "stderr.txt").read_text())
        return
    expected = (folder / "layers.json").read_bytes()
    assert run(folder, golden, store_root, str(tmp_path)) == expected
    blobs = {layer.digest.removeprefix("sha256:") + ".tar" for layer in layers_json.parse(expected)}
    assert set(os.listdir(tmp_path)) == blobs


@pytest.mark.parametrize(
    "case", [case for case in CASES if (Path(__file__).parent / f"golden/cases/{case}/image.json").exists()]
)
def test_image_of_the_layers_as_recorded(case: str, golden: Path) -> None:
    folder = golden / "cases" / case
    layers = layers_json.parse((folder / "layers.json").read_bytes())
    image = image_json.build(read(str(folder / "config.json")), layers)
    assert image.to_bytes() == (folder / "image.json").read_bytes()
    assert image.config_blob() == (folder / "config-blob.json").read_bytes()
    assert image.manifest().to_bytes() == (folder / "manifest.json").read_bytes()


def test_a_file_of_8_gib_needs_a_size_record(golden: Path, store_root: str, tmp_path: Path) -> None:
    if not os.environ.get("LIXEVAL_SLOW_TESTS"):
        pytest.skip("reads 8 GiB of zeros; set LIXEVAL_SLOW_TESTS=1 to run it")
    folder = golden / "cases/51-8gib"
    graph = layers_json.graph_from_json(read(str(folder / "graph.json")))
    big = tmp_path / "big"
    with big.open("wb") as stream:
        stream.truncate(8 << 30)
    big.chmod(0o444)
    layers = build_layer.build_layers(LayerArguments(graph=graph, real=lambda path: str(big)))
    assert layers_json.unparse(layers) == (folder / "layers.json").read_bytes()
