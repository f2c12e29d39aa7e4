"""Images written to every kind of place, read back, and judged by recomputing all that they claim."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from lixeval.errors import ImageError
from lixeval.oci import (
    archive,
    directory,
    docker_archive,
    layout,
    media_types,
    own_archives,
    publish,
    reference,
    unpack,
)
from lixeval.oci.blob import BytesBlob, FileBlob, MadeBlob
from lixeval.oci.config import History, config_blob
from lixeval.oci.image import Image, Layer
from lixeval.oci.tar_header import REGULAR, Entry
from lixeval.oci.tar_layer import LayerWriter
from lixeval.oci.validate import validate

REF = reference.normalise("lix", "v1")


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer_file(folder: Path, data: bytes) -> Layer:
    path = folder / f"layer-{hashlib.sha256(data).hexdigest()[:8]}"
    with path.open("wb") as stream, LayerWriter(stream.fileno()) as writer:
        writer.add(Entry(b"/file", REGULAR, 0o444, len(data)), data)
        digest, size = writer.finish()
    return Layer(FileBlob(digest, size, str(path)), digest)


def image_of(*layers: Layer, cmd: str = "sh") -> Image:
    history = [History(created_by="test") for _ in layers]
    config = config_blob({"Cmd": [cmd]}, "amd64", "0001-01-01T00:00:00Z", [layer.diff_id for layer in layers], history)
    return Image(config, layers)


@pytest.fixture
def image(tmp_path: Path) -> Image:
    folder = tmp_path / "layers"
    folder.mkdir()
    return image_of(layer_file(folder, b"one"), layer_file(folder, os.urandom(100_000)))


WRITERS: dict[str, Callable[[Image, str], None]] = {
    "archive": lambda image, path: archive.write_archive(image, path, REF),
    "oci-archive": lambda image, path: archive.write_archive(image, path, REF, docker=False),
    "docker-archive": lambda image, path: docker_archive.write_docker_archive(image, path, REF),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_image_gives_the_same_bytes(kind: str, image: Image, tmp_path: Path) -> None:
    for name in ("a", "b"):
        WRITERS[kind](image, str(tmp_path / name))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("kind", WRITERS)
def test_archives_of_ours_are_replaced_and_others_are_not(kind: str, image: Image, tmp_path: Path) -> None:
    target = tmp_path / "image.tar"
    for other in WRITERS.values():
        other(image, str(target))
        WRITERS[kind](image, str(target))
    for foreign in (b"", b"text", bytes(1024)):
        target.write_bytes(foreign)
        with pytest.raises(ImageError, match="exists and is not an image archive"):
            WRITERS[kind](image, str(target))
        assert target.read_bytes() == foreign


def test_a_tar_of_somebody_else_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        tar.add(tmp_path / "oci-layout", "oci-layout")
    assert not own_archives.is_ours(str(tmp_path / "x.tar"))


def test_a_written_image_is_sound(image: Image, tmp_path: Path) -> None:
    for kind in ("archive", "oci-archive"):
        WRITERS[kind](image, str(tmp_path / kind))
        assert validate(str(tmp_path / kind)) == []
    layout.write_layout(image, str(tmp_path / "oci"), "v1")
    assert validate(str(tmp_path / "oci")) == []


def test_an_image_without_layers(tmp_path: Path) -> None:
    empty = image_of()
    assert b'"rootfs":{"type":"","diff_ids":null}' in empty.config and b"history" not in empty.config
    assert b'"layers":null' in empty.manifest.to_bytes()
    for kind, write in WRITERS.items():
        write(empty, str(tmp_path / kind))
        assert own_archives.is_ours(str(tmp_path / kind))
    faults = "\n".join(validate(str(tmp_path / "archive")))
    assert "has no list of layers" in faults and 'rootfs.type is not "layers"' in faults


def test_the_archive_for_all_names_the_image_in_every_dialect(image: Image, tmp_path: Path) -> None:
    WRITERS["archive"](image, str(tmp_path / "a.tar"))
    with tarfile.open(tmp_path / "a.tar") as tar:
        names = tar.getnames()
        index, docker = (
            json.load(tar.extractfile(name) or pytest.fail(name)) for name in ("index.json", "manifest.json")
        )
        assert {member.mtime for member in tar.getmembers()} == {0}
        assert {(member.uid, member.gid, member.uname) for member in tar.getmembers()} == {(0, 0, "")}
    assert index["manifests"][0]["annotations"] == {
        "io.containerd.image.name": "docker.io/library/lix:v1",
        "org.opencontainers.image.ref.name": "v1",
    }
    assert docker[0]["RepoTags"] == ["docker.io/library/lix:v1"]
    assert docker[0]["Config"] == "blobs/sha256/" + image.image_id.removeprefix("sha256:")
    assert set(docker[0]["Layers"]) < set(names)


def test_validation_finds_every_kind_of_damage(image: Image, tmp_path: Path) -> None:
    def damaged(change: Callable[[Path], object]) -> list[str]:
        target = tmp_path / f"oci{len(os.listdir(tmp_path))}"
        layout.write_layout(image, str(target), "v1")
        change(target)
        return validate(str(target))

    first = "blobs/sha256/" + image.layers[0].blob.digest.removeprefix("sha256:")
    data = Path(image.layers[0].blob.path).read_bytes()  # type: ignore[attr-defined]  # a FileBlob, made above
    flipped = data[:600] + b"X" + data[601:]
    assert any("has the digest" in problem for problem in damaged(lambda oci: (oci / first).write_bytes(flipped)))
    assert any("bytes, but" in problem for problem in damaged(lambda oci: (oci / first).write_bytes(data[:-512])))
    assert any("no readable" in problem for problem in damaged(lambda oci: (oci / first).unlink()))
    assert damaged(lambda oci: (oci / "blobs/sha256" / ("0" * 64)).touch()) == [
        f"blobs/sha256/{'0' * 64} belongs to no image"
    ]
    assert any("oci-layout" in problem for problem in damaged(lambda oci: (oci / "oci-layout").write_text("{}")))
    assert any("index" in problem for problem in damaged(lambda oci: (oci / "index.json").write_text("[]")))


def test_a_wrong_diff_id_is_found(tmp_path: Path) -> None:
    layer = layer_file(tmp_path, b"one")
    lying = image_of(Layer(layer.blob, sha(b"something else")))
    layout.write_layout(lying, str(tmp_path / "oci"))
    assert any("but the config says" in problem for problem in validate(str(tmp_path / "oci")))


def test_a_layout_gains_images_and_a_tag_moves(image: Image, tmp_path: Path) -> None:
    target = tmp_path / "oci"
    layout.write_layout(image, str(target), "v1")
    layout.write_layout(image, str(target), "v2")
    other = image_of(layer_file(tmp_path, b"other"), cmd="other")
    layout.write_layout(other, str(target), "v1")
    manifests = json.loads((target / "index.json").read_text())["manifests"]
    tags = {entry["annotations"]["org.opencontainers.image.ref.name"]: entry["digest"] for entry in manifests}
    assert tags == {"v1": sha(other.manifest.to_bytes()), "v2": sha(image.manifest.to_bytes())}
    assert validate(str(target)) == []


def test_an_interrupted_addition_leaves_the_layout_as_it_was(image: Image, tmp_path: Path) -> None:
    target = tmp_path / "oci"
    layout.write_layout(image, str(target), "v1")
    before = {str(path): path.read_bytes() for path in target.rglob("*") if path.is_file()}

    def interrupted(fd: int) -> tuple[str, int]:
        os.write(fd, b"half")
        raise KeyboardInterrupt

    broken = image_of(layer_file(tmp_path, b"new"), Layer(MadeBlob(sha(b"x"), 1, interrupted, "x"), sha(b"x")))
    with pytest.raises(KeyboardInterrupt):
        layout.write_layout(broken, str(target), "v2")
    assert {str(path): path.read_bytes() for path in target.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("write", [layout.write_layout, directory.write_directory])
def test_a_folder_of_somebody_else_stays(write: Callable[[Image, str], None], image: Image, tmp_path: Path) -> None:
    target = tmp_path / "home"
    target.mkdir()
    (target / "thesis.tex").touch()
    with pytest.raises(ImageError, match="exists and is not"):
        write(image, str(target))
    assert os.listdir(target) == ["thesis.tex"]


def test_a_folder_of_skopeos_is_replaced(image: Image, tmp_path: Path) -> None:
    target = tmp_path / "dir"
    directory.write_directory(image, str(target))
    other = image_of(layer_file(tmp_path, b"other"))
    directory.write_directory(other, str(target))
    hexes = {blob.digest.removeprefix("sha256:") for blob in other.blobs()} - {sha(other.manifest.to_bytes())[7:]}
    assert set(os.listdir(target)) == hexes | {"manifest.json", "version"}


# -- blobs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [(), ("copy_file_range",), ("copy_file_range", "sendfile")])
def test_every_way_of_copying_copies(missing: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in missing:
        monkeypatch.delattr(os, name, raising=False)
    data = os.urandom(3_000_001)
    (tmp_path / "source").write_bytes(data)
    with (tmp_path / "target").open("wb") as target:
        FileBlob(sha(data), len(data), str(tmp_path / "source")).copy_to(target.fileno())
    assert (tmp_path / "target").read_bytes() == data


def test_copying_into_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"x" * 1000)
    read_end, write_end = os.pipe()
    FileBlob(sha(b"x" * 1000), 1000, str(tmp_path / "source")).copy_to(write_end)
    os.close(write_end)
    assert os.read(read_end, 2000) == b"x" * 1000
    os.close(read_end)


def test_a_blob_of_another_size_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(b"short")
    with (tmp_path / "out").open("wb") as out, pytest.raises(ImageError, match="has 5 bytes where 10 are expected"):
        FileBlob(sha(b""), 10, str(tmp_path / "blob")).copy_to(out.fileno())


def test_a_blob_made_differently_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    made = MadeBlob(sha(b"then"), 4, lambda fd: (sha(b"now!"), os.write(fd, b"now!")), "the layer")
    with pytest.raises(ImageError, match="the layer changed since it was recorded"):
        archive.write_archive(image_of(Layer(made, sha(b"then"))), str(tmp_path / "x.tar"))
    assert os.listdir(tmp_path) == []


def test_a_blob_that_vanished_is_named(image: Image, tmp_path: Path) -> None:
    gone = image_of(Layer(FileBlob(sha(b""), 5, str(tmp_path / "gone")), sha(b"")))
    with pytest.raises(ImageError, match=r"cannot read '.*/gone': No such file"):
        archive.write_archive(gone, str(tmp_path / "x.tar"))
    assert "x.tar" not in os.listdir(tmp_path)


def gzip_layer(folder: Path, diff_id: str | None = None) -> tuple[Layer, bytes]:
    plain = layer_file(folder, b"packed" * 1000)
    tar = Path(plain.blob.path).read_bytes()  # type: ignore[attr-defined]  # a FileBlob
    packed = gzip.compress(tar, mtime=0)
    return Layer(BytesBlob(sha(packed), packed), diff_id or plain.diff_id, media_types.LAYER_GZIP), tar


def test_gzip_layers_are_kept_in_layouts_and_opened_in_docker_archives(tmp_path: Path) -> None:
    layer, tar = gzip_layer(tmp_path)
    layout.write_layout(image_of(layer), str(tmp_path / "oci"))
    assert validate(str(tmp_path / "oci")) == []
    WRITERS["docker-archive"](image_of(layer), str(tmp_path / "docker.tar"))
    with tarfile.open(tmp_path / "docker.tar") as archive_file:
        member = archive_file.extractfile(layer.diff_id.removeprefix("sha256:") + ".tar")
        assert member is not None and member.read() == tar


def test_packed_layers_that_cannot_be_opened(tmp_path: Path) -> None:
    wrong, _ = gzip_layer(tmp_path, sha(b"other"))
    with pytest.raises(ImageError, match="but the image says"):
        unpack.plain_tar(wrong)
    bad = Layer(BytesBlob(sha(b"junk"), b"junk"), sha(b""), media_types.LAYER_GZIP)
    with pytest.raises(ImageError, match="is not gzip"):
        unpack.plain_tar(bad)
    with pytest.raises(ImageError, match="is not zstd"):
        unpack.plain_tar(Layer(bad.blob, bad.diff_id, media_types.LAYER_ZSTD))


def test_publishing_uses_no_temporary_folder_of_the_system(image: Image, tmp_path: Path) -> None:
    """The part lies beside its target, so that renaming never crosses file systems."""
    target = tmp_path / "deep"
    target.mkdir()
    seen: list[str] = []
    write = publish.replacing_folder(str(target / "x"), lambda _: False, "ours")
    with write as part:
        seen.append(os.path.dirname(part))
    assert seen == [str(target)]


@pytest.mark.parametrize("media_type", [media_types.LAYER_GZIP, media_types.LAYER_ZSTD])
def test_a_layer_that_unpacks_without_end(media_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "_ALWAYS_ALLOWED", 1 << 20)
    monkeypatch.setattr(unpack, "_LARGEST_RATIO", 10)
    zeros = bytes(8 << 20)
    bomb = gzip.compress(zeros) if media_type == media_types.LAYER_GZIP else zstandard.compress(zeros)
    with pytest.raises(ImageError, match="unpacks to over 1048576"):
        unpack.plain_tar(Layer(BytesBlob(sha(bomb), bomb), sha(zeros), media_type))
