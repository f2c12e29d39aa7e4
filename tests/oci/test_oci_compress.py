"""Packed layers: the same bytes whoever packs them, with the same tar inside."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from lixeval.errors import ImageError
from lixeval.oci import compress, docker_archive, layout, media_types
from lixeval.oci.blob import FileBlob, KeptBlob, MadeBlob, OpenBlob
from lixeval.oci.compress import Compression
from lixeval.oci.image import Image, Layer
from lixeval.oci.memory import BlobMemory
from lixeval.oci.validate import validate
from lixeval.system.atomic import write_all

GZIP, ZSTD = Compression("gzip", 1), Compression("zstd", 3)
NOTHING = BlobMemory()

# Recorded on x86_64 (AVX-512, and an emulated Nehalem) and on an emulated aarch64, which all agreed.
RECORDED = {
    "gzip-libdeflate-0.9.0-1": "866fcb80425a76a0d168ee6282c77056b13de717e8393af43d6e4027af426ed6",
    "zstd-1.5.7-3": "419ccab95ea7163f3d9356da273dc025cb0a9211963cb5bb8e3e3ed0c7c0453f",
}


def sample() -> bytes:
    """A little over three blocks: text-like, zeros, noise."""
    noise = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(16_000))
    words = noise[:4000].hex().split("a")
    text = " ".join(words[(number * number + number // 7) % len(words)] for number in range(250_000))
    return text.encode() + bytes(1_000_000) + noise


def pack(data: bytes, compression: Compression, threads: int, folder: Path) -> bytes:
    (folder / "source").write_bytes(data)
    with (folder / "source").open("rb") as source, (folder / "target").open("wb") as target:
        digest, size = compress.compress(source.fileno(), len(data), target.fileno(), compression, threads)
    packed = (folder / "target").read_bytes()
    assert (digest, size) == ("sha256:" + hashlib.sha256(packed).hexdigest(), len(packed))
    return packed


@pytest.mark.parametrize("compression", [GZIP, ZSTD, Compression("gzip", 6), Compression("zstd", 1)])
def test_threads_do_not_show(compression: Compression, tmp_path: Path) -> None:
    data = sample()
    first = pack(data, compression, 1, tmp_path)
    assert len(first) < len(data) * 0.7
    for threads in (2, 5):
        assert pack(data, compression, threads, tmp_path) == first


@pytest.mark.parametrize("compression", [GZIP, ZSTD])
def test_the_bytes_are_those_of_every_machine(compression: Compression, tmp_path: Path) -> None:
    if compression.recipe not in RECORDED:
        pytest.skip(f"nothing is recorded of {compression.recipe}")
    found = hashlib.sha256(pack(sample(), compression, 2, tmp_path)).hexdigest()
    assert found == RECORDED[compression.recipe]


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_other_programs_unpack_it(size: int, tmp_path: Path) -> None:
    data = os.urandom(size)
    assert gzip.decompress(pack(data, GZIP, 2, tmp_path)) == data
    if shutil.which("zstd") is None:
        pytest.skip("zstd is not installed")
    packed = pack(data, ZSTD, 2, tmp_path)
    assert subprocess.run(["zstd", "-dc"], input=packed, capture_output=True, check=True).stdout == data


@pytest.mark.parametrize("compression", [GZIP, ZSTD])
def test_a_packed_image_is_the_same_image(compression: Compression, make_image: Any, tmp_path: Path) -> None:
    image: Image = make_image(sample(), b"small")
    packed = compress.packed_image(image, compression, NOTHING)
    assert packed.image_id == image.image_id
    assert {layer.media_type for layer in packed.layers} == {f"{media_types.LAYER_TAR}+{compression.kind}"}
    layout.write_layout(packed, str(tmp_path / "oci"), "v1")
    assert validate(str(tmp_path / "oci")) == []
    docker_archive.write_docker_archive(image, str(tmp_path / "plain.tar"))
    docker_archive.write_docker_archive(packed, str(tmp_path / "packed.tar"))
    assert (tmp_path / "plain.tar").read_bytes() == (tmp_path / "packed.tar").read_bytes()
    assert compress.packed_image(packed, GZIP, NOTHING).layers == packed.layers
    assert compress.packed_image(image, None, NOTHING) is image


@pytest.mark.parametrize("compression", [GZIP, ZSTD])
def test_real_clients_read_packed_layers(compression: Compression, make_image: Any, tmp_path: Path) -> None:
    skopeo = shutil.which("skopeo")
    if skopeo is None:
        pytest.skip("skopeo is not installed")
    image: Image = make_image(sample(), b"small")
    layout.write_layout(compress.packed_image(image, compression, NOTHING), str(tmp_path / "oci"), "v1")
    # Not into a docker-archive: skopeo takes zstd to be impossible there, though it would unpack it.
    words = ["copy", "--dest-decompress", f"oci:{tmp_path}/oci:v1", f"dir:{tmp_path}/dir"]
    subprocess.run([skopeo, "--insecure-policy", *words], check=True, capture_output=True)
    for layer in image.layers:
        tar = (tmp_path / "dir" / layer.diff_id.removeprefix("sha256:")).read_bytes()
        assert "sha256:" + hashlib.sha256(tar).hexdigest() == layer.diff_id


def test_what_a_tar_was_packed_to_is_remembered(make_image: Any, tmp_path: Path) -> None:
    memory = BlobMemory(str(tmp_path / "memory"))
    image: Image = make_image(sample())
    first = compress.packed_image(image, GZIP, memory)
    again = compress.packed_image(image, GZIP, memory)
    assert isinstance(first.layers[0].blob, KeptBlob) and isinstance(again.layers[0].blob, KeptBlob)
    assert isinstance(compress.packed_image(image, GZIP, NOTHING).layers[0].blob, OpenBlob)
    assert first.manifest == again.manifest
    layout.write_layout(again, str(tmp_path / "oci"))
    assert validate(str(tmp_path / "oci")) == []
    assert compress.packed_image(image, ZSTD, memory).manifest != first.manifest


def test_a_wrong_memory_is_noticed_and_mended(make_image: Any, tmp_path: Path) -> None:
    memory = BlobMemory(str(tmp_path / "memory"))
    image: Image = make_image(b"x")
    memory.remember_packed(image.layers[0].diff_id, GZIP.recipe, "sha256:" + "0" * 64, 1)
    with pytest.raises(ImageError, match="changed since it was recorded"):
        layout.write_layout(compress.packed_image(image, GZIP, memory), str(tmp_path / "oci"))
    assert not (tmp_path / "oci").exists()
    layout.write_layout(compress.packed_image(image, GZIP, memory), str(tmp_path / "oci"))
    assert validate(str(tmp_path / "oci")) == []


def test_a_memory_knows_the_latest_places_and_each_recipe(tmp_path: Path) -> None:
    digest = "sha256:" + "1" * 64
    memory = BlobMemory(str(tmp_path))
    assert memory.packed(digest, "r") is None and memory.places("ghcr.io", digest) == []
    memory.remember_place("ghcr.io", "a/b", digest)
    memory.remember_place("ghcr.io", "c/d", digest)
    memory.remember_packed(digest, "r", digest, 5)
    again = BlobMemory(str(tmp_path))
    assert again.places("ghcr.io", digest) == ["c/d", "a/b"] and again.places("quay.io", digest) == []
    assert again.packed(digest, "r") == (digest, 5) and again.packed(digest, "other") is None


def test_a_memory_that_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    memory = BlobMemory(str(tmp_path / "file/folder"))
    memory.remember_place("ghcr.io", "a/b", "sha256:" + "1" * 64)
    assert memory.places("ghcr.io", "sha256:" + "1" * 64) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", None),
        ("gzip", GZIP),
        ("zstd", ZSTD),
        ("zstd:19", Compression("zstd", 19)),
        ("gzip:9", Compression("gzip", 9)),
    ],
)
def test_names_of_compressions(text: str, expected: Compression | None) -> None:
    assert compress.parse(text) == expected


@pytest.mark.parametrize("text", ["", "xz", "gzip:", "gzip:0", "zstd:99", "none:1", "zstd:-1"])
def test_what_is_no_compression(text: str) -> None:
    with pytest.raises(ImageError):
        compress.parse(text)


def test_a_layer_that_is_shorter_than_it_says(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"x" * 10)
    digest = "sha256:" + "0" * 64
    with pytest.raises(ImageError, match="has 10 bytes where 20 are expected"):
        compress.packed_layer(Layer(FileBlob(digest, 20, str(tmp_path / "short")), digest), GZIP, NOTHING)
    with (tmp_path / "short").open("rb") as source, pytest.raises(ImageError, match="ended 10 bytes early"):
        compress.compress(source.fileno(), 20, os.open(os.devnull, os.O_WRONLY), GZIP, 1)


def test_a_layer_made_while_it_is_packed(make_image: Any, tmp_path: Path) -> None:
    data = sample()

    def make(fd: int) -> tuple[str, int]:
        for start in range(0, len(data), 70_000):
            os.write(fd, data[start : start + 70_000])
        return digest, len(data)

    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    made = compress.packed_layer(Layer(MadeBlob(digest, len(data), make, "it"), digest), GZIP, NOTHING)
    with (tmp_path / "packed").open("wb") as file:
        made.blob.copy_to(file.fileno())
    assert (tmp_path / "packed").read_bytes() == pack(data, GZIP, 2, tmp_path)


@pytest.mark.parametrize("missing", [1, 3 << 20])
def test_a_layer_that_cannot_be_made(missing: int) -> None:
    def fail(fd: int) -> tuple[str, int]:
        os.write(fd, b"x" * 1000)
        raise ImageError("the disk is gone")

    layer = Layer(MadeBlob("sha256:" + "0" * 64, 1000 + missing, fail, "it"), "sha256:" + "0" * 64)
    with pytest.raises(ImageError, match="the disk is gone"):
        compress.packed_layer(layer, GZIP, NOTHING)


@pytest.mark.parametrize("more", [1, 3 << 20])
def test_a_layer_that_is_made_longer_than_it_was(more: int) -> None:
    """What is not read any more stays in a pipe, or breaks it."""

    def make(fd: int) -> tuple[str, int]:
        data = b"x" * (1000 + more)
        write_all(fd, data)
        return "sha256:" + hashlib.sha256(data).hexdigest(), len(data)

    digest = "sha256:" + hashlib.sha256(b"x" * 1000).hexdigest()
    with pytest.raises(ImageError, match=f"the layer changed since it was recorded: .*{1000 if more > 1 else 1001}"):
        compress.packed_layer(Layer(MadeBlob(digest, 1000, make, "the layer"), digest), GZIP, NOTHING)


def test_a_layer_that_is_made_otherwise_is_not_packed(tmp_path: Path) -> None:
    def make(fd: int) -> tuple[str, int]:
        write_all(fd, b"y" * 1000)
        return "sha256:" + hashlib.sha256(b"y" * 1000).hexdigest(), 1000

    digest = "sha256:" + hashlib.sha256(b"x" * 1000).hexdigest()
    memory = BlobMemory(str(tmp_path))
    with pytest.raises(ImageError, match="the layer changed since it was recorded"):
        compress.packed_layer(Layer(MadeBlob(digest, 1000, make, "the layer"), digest), GZIP, memory)
    assert os.listdir(tmp_path / "packed") == [] and memory.packed(digest, GZIP.recipe) is None


def test_an_interruption_does_not_wait_for_the_library() -> None:
    """A high level has a minute's work in one call, which hears no signal."""
    going_on = threading.Event()

    def long_call() -> bytes:
        os.kill(os.getpid(), signal.SIGINT)
        going_on.wait(60)
        return b""

    with pytest.raises(KeyboardInterrupt), compress._aside("test") as call:
        call(long_call)
    assert not going_on.is_set()
    going_on.set()
