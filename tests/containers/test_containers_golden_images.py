"""Every recorded run of the original's image commands, and what skopeo wrote of the images: the same bytes."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path

import pytest

from lixeval.containers import image_json, layers_json, write
from lixeval.containers.failure import Nix2containerError
from lixeval.containers.image_json import ImageRecord
from lixeval.oci import directory, docker_archive, go_json, layout, reference
from lixeval.oci.image import Image

GOLDEN = Path(__file__).parent / "golden/images"
BUILT = sorted(path.name for path in GOLDEN.iterdir() if (path / "config-blob.json").exists())


def build(folder: Path) -> ImageRecord:
    argv = [
        word.replace("GOLDEN", str(GOLDEN.parent)) for word in json.loads((folder / "cmd.json").read_text())["argv"]
    ]
    parser = argparse.ArgumentParser()
    parser.add_argument("--created", default=image_json.FIRST_MOMENT)
    parser.add_argument("--arch", default="amd64")
    parser.add_argument("positional", nargs="+")
    given = parser.parse_intermixed_args(argv[2:])
    _, config, *files = given.positional
    layers = [layer for file in files for layer in layers_json.parse(Path(file).read_bytes())]
    return image_json.build(go_json.parse(Path(config).read_bytes()), layers, None, given.arch, given.created)


def with_blobs(record: ImageRecord, store_root: str) -> Image:
    """The image with its layers made from the golden store, or read where they were recorded to lie."""

    def real(path: str) -> str:
        if path.startswith("/golden/"):
            return str(GOLDEN.parent) + path.removeprefix("/golden")
        return store_root + path

    return write.image_of(record, real, list)


def sums(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder, by name."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def recorded(case: str, part: str) -> dict[str, str]:
    known = json.loads((GOLDEN / case / "sha256.json").read_text())
    return {name.removeprefix(part + "/"): value for name, value in known.items() if name.startswith(part + "/")}


@pytest.mark.parametrize("case", BUILT)
def test_image_json_and_config(case: str) -> None:
    image = build(GOLDEN / case)
    assert image.to_bytes() == (GOLDEN / case / "image.json").read_bytes()
    assert image.config_blob() == (GOLDEN / case / "config-blob.json").read_bytes()
    assert image_json.parse(image.to_bytes()).to_bytes() == image.to_bytes()


# The tar of the non-reproducible layer is not in the store but at a layer-path that was not kept.
WRITTEN = [case for case in BUILT if case != "f-nonrepro"]


@pytest.mark.parametrize("case", WRITTEN)
def test_layouts_and_folders_as_skopeo_writes_them(case: str, store_root: str, tmp_path: Path) -> None:
    image = with_blobs(build(GOLDEN / case), store_root)
    directory.write_directory(image, str(tmp_path / "dir"))
    layout.write_layout(image, str(tmp_path / "oci-noname"))
    tag = json.loads((GOLDEN / case / "oci-plain/index.json").read_text())["manifests"][0]["annotations"]
    layout.write_layout(image, str(tmp_path / "oci-plain"), tag["org.opencontainers.image.ref.name"])
    for part in ("dir", "oci-noname", "oci-plain"):
        assert sums(tmp_path / part) == recorded(case, part)


@pytest.mark.parametrize("case", WRITTEN)
@pytest.mark.parametrize(("name", "named"), [("docker-noref.tar", None), ("docker-ref.tar", "lix:latest")])
def test_docker_archives_as_skopeo_writes_them(
    case: str, name: str, named: str | None, store_root: str, tmp_path: Path
) -> None:
    image = with_blobs(build(GOLDEN / case), store_root)
    docker_archive.write_docker_archive(image, str(tmp_path / name), reference.parse(named) if named else None)
    assert sums(tmp_path)[name] == json.loads((GOLDEN / case / "sha256.json").read_text())[name]


def test_a_non_reproducible_layer_is_found_where_the_record_says(golden: Path, store_root: str, tmp_path: Path) -> None:
    case = golden / "cases/36-nonreproducible"
    graph = layers_json.graph_from_json(go_json.parse((case / "graph.json").read_bytes()))
    from lixeval.containers.build_layer import LayerArguments, build_layers

    history = layers_json.history_from_json(go_json.parse((case / "history.json").read_bytes()))
    layers = build_layers(
        LayerArguments(
            graph,
            history=history,
            real=lambda path: store_root + path,
            blobs=str(tmp_path),
            tar_directory=str(tmp_path),
        )
    )
    image = write.image_of(image_json.build(go_json.Object(), layers), str, list)
    docker_archive.write_docker_archive(image, str(tmp_path / "docker-noref.tar"))
    known = json.loads((GOLDEN / "f-nonrepro/sha256.json").read_text())["docker-noref.tar"]
    assert sums(tmp_path)["docker-noref.tar"] == known


def test_a_time_in_lower_case_is_refused_in_the_originals_words() -> None:
    with pytest.raises(Nix2containerError) as failure:
        build(GOLDEN / "k-created-nanos")
    first_line = (GOLDEN / "k-created-nanos/stderr.txt").read_text().split("\n")[0]
    assert "Error: " + failure.value.message == first_line


def test_a_pulled_folder_becomes_a_base_image(store_root: str, tmp_path: Path) -> None:
    folder = GOLDEN / "y-from-dir"
    base = image_json.from_manifest(
        (folder / "base/manifest.json").read_bytes(),
        lambda digest: (folder / "base" / digest.removeprefix("sha256:")).read_bytes(),
        lambda digest: "/golden/images/y-from-dir/base/" + digest.removeprefix("sha256:"),
    )
    assert base.to_bytes() == (folder / "base.json").read_bytes()
    layers = layers_json.parse((GOLDEN.parent / "cases/34-no-history/layers.json").read_bytes())
    config = go_json.parse((folder / "config.json").read_bytes())
    image = image_json.build(config, layers, image_json.parse(base.to_bytes()))
    assert image.to_bytes() == (folder / "image.json").read_bytes()
    assert image.manifest().to_bytes() == (folder / "dir/manifest.json").read_bytes()
    docker_archive.write_docker_archive(with_blobs(image, store_root), str(tmp_path / "docker.tar"))
    assert sums(tmp_path)["docker.tar"] == json.loads((folder / "sha256.json").read_text())["docker.tar"]


def test_a_blob_map_becomes_the_same_base_image() -> None:
    folder = GOLDEN / "y-from-dir"
    blobs = json.loads((folder / "blobs.json").read_text())
    base = image_json.from_manifest(
        (folder / "base/manifest.json").read_bytes(),
        lambda digest: (folder / "base" / os.path.basename(blobs[digest.removeprefix("sha256:")])).read_bytes(),
        lambda digest: blobs[digest.removeprefix("sha256:")],
    )
    assert base.to_bytes() == (folder / "base2.json").read_bytes()
