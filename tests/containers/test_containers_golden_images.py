"""Every recorded run of the original's image commands, and what skopeo wrote of the images: the same bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from lixeval import cli
from lixeval.containers import image_json, layers_json, write
from lixeval.containers.image_json import ImageRecord
from lixeval.oci import directory, docker_archive, go_json, layout, reference
from lixeval.oci.image import Image

GOLDEN = Path(__file__).parent / "golden/images"
BUILT = sorted(path.name for path in GOLDEN.iterdir() if (path / "config-blob.json").exists())


def command_line(folder: Path, output: Path) -> list[str]:
    """The recorded command line, writing to `output`; the original ran on amd64."""
    argv = json.loads((folder / "cmd.json").read_text())["argv"]
    words = [word.replace("GOLDEN", str(GOLDEN.parent)) for word in argv]
    assert words[2] == f"{folder}/image.json"
    return [*words[:2], str(output), *words[3:], *([] if "--arch" in words else ["--arch", "amd64"])]


def build(folder: Path, output: Path) -> ImageRecord:
    assert cli.run(command_line(folder, output)) == 0
    return image_json.parse(output.read_bytes())


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
def test_image_json_and_config(case: str, tmp_path: Path) -> None:
    image = build(GOLDEN / case, tmp_path / "image.json")
    assert (tmp_path / "image.json").read_bytes() == (GOLDEN / case / "image.json").read_bytes()
    assert image.config_blob() == (GOLDEN / case / "config-blob.json").read_bytes()
    assert image_json.parse(image.to_bytes()).to_bytes() == image.to_bytes()


# The tar of the non-reproducible layer is not in the store but at a layer-path that was not kept.
WRITTEN = [case for case in BUILT if case != "f-nonrepro"]


@pytest.mark.parametrize("case", WRITTEN)
def test_layouts_and_folders_as_skopeo_writes_them(case: str, store_root: str, tmp_path: Path) -> None:
    image = with_blobs(build(GOLDEN / case, tmp_path / "image.json"), store_root)
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
    image = with_blobs(build(GOLDEN / case, tmp_path / "image.json"), store_root)
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


def test_a_time_in_lower_case_is_refused_in_the_originals_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = GOLDEN / "k-created-nanos"
    assert cli.run(command_line(folder, tmp_path / "image.json")) == 1
    recorded = (folder / "stderr.txt").read_text().split("\n")
    assert capsys.readouterr().err.split("\n")[:2] == [recorded[0], "Usage:"]


def test_a_pulled_folder_becomes_a_base_image(store_root: str, tmp_path: Path) -> None:
    folder = GOLDEN / "y-from-dir"
    base, image, layers = tmp_path / "base.json", tmp_path / "image.json", GOLDEN.parent / "cases/34-no-history"
    assert cli.run(["nix2container", "image-from-dir", str(base), f"{folder}/base"]) == 0
    recorded = (folder / "base.json").read_bytes()
    assert base.read_bytes().replace(str(folder).encode(), b"/golden/images/y-from-dir") == recorded
    base.write_bytes(recorded)
    words = ["image", str(image), f"{folder}/config.json", f"{layers}/layers.json", "--arch", "amd64"]
    assert cli.run(["nix2container", *words, "--from-image", str(base)]) == 0
    assert image.read_bytes() == (folder / "image.json").read_bytes()
    record = image_json.parse(image.read_bytes())
    assert record.manifest().to_bytes() == (folder / "dir/manifest.json").read_bytes()
    docker_archive.write_docker_archive(with_blobs(record, store_root), str(tmp_path / "docker.tar"))
    known = json.loads((folder / "sha256.json").read_text())
    assert hashlib.sha256((tmp_path / "docker.tar").read_bytes()).hexdigest() == known["docker.tar"]


def test_a_blob_map_becomes_the_same_base_image(tmp_path: Path) -> None:
    folder = GOLDEN / "y-from-dir"
    blobs = (folder / "blobs.json").read_text().replace("/golden/images/y-from-dir", str(folder))
    (tmp_path / "blobs.json").write_text(blobs)
    words = ["image-from-manifest", str(tmp_path / "base.json"), f"{folder}/base/manifest.json"]
    assert cli.run(["nix2container", *words, str(tmp_path / "blobs.json")]) == 0
    found = (tmp_path / "base.json").read_bytes().replace(str(folder).encode(), b"/golden/images/y-from-dir")
    assert found == (folder / "base2.json").read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["image", "out"], "requires at least 3 arg(s), only received 1"),
        (["image", "a", "b", "c", "--nonsense"], "unknown flag: --nonsense"),
        (["image", "a", "b", "c", "--arch"], "flag needs an argument: --arch"),
        (["image", "a", "b", "c", "--max-layers=1"], "unknown flag: --max-layers"),
        (
            ["layers-from-reproducible-storepaths", "a", "b", "--max-layers", "many"],
            'invalid argument "many" for "--max-layers" flag: strconv.ParseInt: parsing "many": invalid syntax',
        ),
        (["layers-from-reproducible-storepaths", "a", "b", "--tar-directory=x"], "unknown flag: --tar-directory"),
        (["unpack"], 'unknown command "unpack" for "lixeval nix2container"'),
    ],
)
def test_a_command_line_that_cannot_be(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["nix2container", *words]) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err.split("\n")[0]) == ("", f"Error: {message}")


@pytest.mark.parametrize(("text", "layers"), [("2", 2), ("0x2", 2), ("010", 3), ("-1", 3), ("1_0", 3)])
def test_numbers_are_gos(text: str, layers: int, store_root: str, tmp_path: Path, golden: Path) -> None:
    case = golden / "cases/03-max3"
    words = [str(tmp_path / "layers.json"), f"{case}/graph.json", f"--max-layers={text}", "--store", store_root]
    assert cli.run(["nix2container", "layers-from-reproducible-storepaths", *words]) == 0
    made = layers_json.parse((tmp_path / "layers.json").read_bytes())
    assert len(made) == (layers if layers < 3 else sum(len(layer.paths) for layer in made))
