"""Images that cannot be brought where they go, and are tried again: nothing is half there, nothing is done twice."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lixeval.containers.delivery import Delivery
from lixeval.containers.destination import parse
from lixeval.containers.write import load_image
from lixeval.errors import ImageError
from lixeval.oci import blob as blobs
from lixeval.oci import reference
from lixeval.oci.blob import FileBlob, MadeBlob
from lixeval.oci.config import History, config_blob
from lixeval.oci.image import Image, Layer
from lixeval.oci.memory import BlobMemory
from lixeval.oci.registry.observer import TransferObserver
from lixeval.oci.registry.retry import Patience
from lixeval.oci.registry.session import Settings
from lixeval.oci.tar_header import REGULAR, Entry
from lixeval.oci.tar_layer import LayerWriter
from lixeval.oci.validate import validate
from tests.support.faulty_registry import Fault, FaultyRegistry, Sleeps

LARGE = 9 << 20
"""Bytes above which blobs are copied and hashed by two threads."""


class Watch(TransferObserver):
    """Keeps which layers were packed."""

    def __init__(self) -> None:
        self.packed: list[str] = []

    def packing(self, digest: str, size: int) -> None:
        self.packed.append(digest)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are, so that they can be seen; and two processors."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr("lixeval.oci.parallel.usable_cores", lambda: 2)
    return folder


class Delivering:
    """Brings images to places, with one memory; `packed` has the layers that the last attempt packed."""

    def __init__(self, folder: Path) -> None:
        self.kept = folder / "memory/packed"
        self.packed: list[str] = []
        self._memory = BlobMemory(str(folder / "memory"))

    def __call__(self, image: Image, place: str, how: str | None = None) -> None:
        watch = Watch()
        self.packed = watch.packed
        delivery = Delivery(
            compression=how,
            registry_settings=lambda: Settings(parallel=1, patience=Patience(sleep=Sleeps())),
            watch=lambda: watch,
            memory=self._memory,
        )
        delivery.deliver(image, [parse(place)], reference.normalise("app", "v1"))

    def index(self, images: list[Image], place: str) -> None:
        Delivery(memory=self._memory).deliver_index(images, [parse(place)], reference.normalise("app", "v1"))


@pytest.fixture
def deliver(tmp_path: Path) -> Delivering:
    return Delivering(tmp_path)


def image_of(folder: Path, *contents: bytes, architecture: str = "amd64") -> Image:
    """An image with a layer in a file for each content."""
    layers = []
    for number, data in enumerate(contents):
        path = folder / f"layer-{number}.tar"
        with path.open("wb") as stream, LayerWriter(stream.fileno()) as writer:
            writer.add(Entry(b"/file", REGULAR, 0o444, len(data)), data)
            digest, size = writer.finish()
        layers.append(Layer(FileBlob(digest, size, str(path)), digest))
    diff_ids = [layer.diff_id for layer in layers]
    return Image(config_blob({}, architecture, None, diff_ids, [History() for _ in layers]), tuple(layers))


def contents(folder: Path) -> dict[str, bytes | None]:
    """All that is in a folder, with what no listing shows by itself: hidden names, and empty folders."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


# -- pushes that break -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_push_whose_second_layer_breaks_off(
    method: str, deliver: Delivering, registry: FaultyRegistry, tmp_path: Path
) -> None:
    """Noise, which is packed to its own size, is streamed by PATCH where it is over a megabyte, else sent by PUT."""
    size = 2 << 20 if method == "PATCH" else 300_000
    image = image_of(tmp_path, os.urandom(size), os.urandom(size))
    place = f"docker://{registry.host}/group/app"
    registry.faults = [Fault(method, "uploads/[1-9]", body=100_000) for _ in range(20)]
    registry.faults += [Fault("GET", "uploads/1", status=403)]  # how far it came is not told, so PATCH cannot go on
    with pytest.raises(ImageError):
        deliver(image, place)
    assert registry.manifests["group/app"] == {} and len(registry.blobs["group/app"]) == 1
    first, second = (path for layer in image.layers for path in [Path(layer.blob.path)])  # type: ignore[attr-defined]
    assert len(deliver.packed) == 2 and len(os.listdir(deliver.kept)) == 2
    for path in (first, second):
        path.unlink()  # nothing can be packed again
    registry.faults, registry.seen, before = [], [], registry.received
    deliver(image, place)
    assert deliver.packed == [] and list(deliver.kept.iterdir()) == []
    assert size < registry.received - before < size + 10_000
    assert registry.count("POST", "uploads") == 2  # the second layer, and the config
    there = [gzip.decompress(data) for data in registry.blobs["group/app"].values() if data[:2] == b"\x1f\x8b"]
    assert {"sha256:" + hashlib.sha256(data).hexdigest() for data in there} == {one.diff_id for one in image.layers}


def test_what_was_packed_for_an_index_is_kept_until_it_has_arrived(
    deliver: Delivering, registry: FaultyRegistry, tmp_path: Path
) -> None:
    images = []
    for architecture in ("amd64", "arm64"):
        (tmp_path / architecture).mkdir()
        images.append(image_of(tmp_path / architecture, architecture.encode(), architecture=architecture))
    place = f"docker://{registry.host}/group/app:v1"
    registry.faults = [Fault("PUT", "manifests/v1", status=403)]
    with pytest.raises(ImageError, match="HTTP status 403"):
        deliver.index(images, place)
    assert len(os.listdir(deliver.kept)) == 2
    deliver.index(images, place)
    assert os.listdir(deliver.kept) == [] and "v1" in registry.manifests["group/app"]


@pytest.mark.parametrize("place", ["docker://{}/group/app", "oci:{}/oci"])
def test_what_was_packed_and_another_process_lets_go_of(
    place: str, deliver: Delivering, registry: FaultyRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one has pushed the same layer, just when this one has found it."""
    image = image_of(tmp_path, b"one" * 1000)
    place = place.format(registry.host if place.startswith("docker:") else tmp_path)
    checking, gone = blobs.check_hash, []

    def check_hash(fd: int, blob: blobs.Blob) -> None:
        checking(fd, blob)
        for path in deliver.kept.iterdir():
            gone.append(path.name)
            path.unlink()

    monkeypatch.setattr(blobs, "check_hash", check_hash)
    deliver(image, place, "gzip")
    assert gone != [] and deliver.packed == [image.layers[0].diff_id]


# -- layers that cannot be read ----------------------------------------------------------------------------------------

PACKED = ("docker://{}/app", "oci:{}/packed")
PLACES = [*PACKED, "oci:{}/oci", "dir:{}/dir", "docker-archive:{}/docker.tar", "{}/archive.tar"]


class Damage:
    """What happens to a file: `do` at some moment, `undo` later."""

    def __init__(self, path: str, way: str) -> None:
        self._path = path
        self._way = way
        self._mode = os.stat(os.path.dirname(path)).st_mode

    def do(self) -> None:
        os.chmod(os.path.dirname(self._path), 0o755)
        os.rename(self._path, self._path + ".away")
        if self._way != "gone":
            shutil.copyfile(self._path + ".away", self._path)
        if self._way == "cut":
            os.truncate(self._path, 1000)
        elif self._way == "longer":
            os.truncate(self._path, os.path.getsize(self._path) + 1000)
        elif self._way == "another of the same size":
            with open(self._path, "r+b") as file:
                file.seek(5000)
                file.write(b"another")

    def undo(self) -> None:
        os.replace(self._path + ".away", self._path)
        os.chmod(os.path.dirname(self._path), self._mode)


def fails_and_is_tried_again(
    deliver: Delivering, image: Image, old: Image, place: str, registry: FaultyRegistry, folder: Path, undo: Any
) -> ImageError:
    """An attempt that must fail leaves what was there, and the first layer's pack; the next one succeeds with that."""
    how = "gzip" if place in PACKED else None
    filled = place.format(registry.host if place.startswith("docker:") else folder / "places")
    (folder / "places").mkdir()
    deliver(old, filled, how)
    before, pushed = contents(folder / "places"), registry.manifests.get("app", {}).copy()
    with pytest.raises(ImageError) as failure:
        deliver(image, filled, how)
    assert contents(folder / "places") == before and registry.manifests.get("app", {}) == pushed
    assert os.listdir(folder / "temporary") == []
    if place in PACKED:
        assert len(os.listdir(deliver.kept)) == 1
    undo()
    deliver(image, filled, how)
    assert deliver.packed == ([image.layers[1].diff_id] if place in PACKED else [])
    if not place.startswith(("docker:", "docker-archive:", "dir:")):
        faults = validate(filled.removeprefix("oci:"))
        assert all("belongs to no image" in fault for fault in faults)  # the old one's, whose name it has now
    if place in PACKED:
        assert list(deliver.kept.iterdir()) == []
    return failure.value


@pytest.mark.parametrize("way", ["gone", "cut", "another of the same size"])
@pytest.mark.parametrize("place", PLACES)
def test_a_layer_in_a_file_that_changes_while_it_is_read(
    way: str, place: str, deliver: Delivering, registry: FaultyRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old").mkdir()
    old = image_of(tmp_path / "old", b"old")
    image = image_of(tmp_path, b"one" * 1000, b"two" * (LARGE // 3))
    path = str(tmp_path / "layer-1.tar")
    damage = Damage(path, way)
    opening: Callable[[FileBlob], contextlib.AbstractContextManager[int]] = blobs.open_file
    happened: list[str] = []

    @contextlib.contextmanager
    def open_file(blob: FileBlob) -> Iterator[int]:
        if blob.path != path or happened:
            with opening(blob) as fd:
                yield fd
            return
        happened.append(path)
        if way == "cut":  # when its size has been looked at
            with opening(blob) as fd:
                shutil.copyfile(path, path + ".away")
                os.truncate(path, 1000)
                yield fd
        else:
            damage.do()
            with opening(blob) as fd:
                yield fd

    monkeypatch.setattr(blobs, "open_file", open_file)
    error = fails_and_is_tried_again(deliver, image, old, place, registry, tmp_path, damage.undo)
    assert path in error.message, error.message
    told = {"gone": "No such file", "cut": "early", "another of the same size": "has the digest"}
    assert told[way] in error.message


@pytest.mark.parametrize("way", ["gone", "cut", "longer", "another of the same size"])
@pytest.mark.parametrize("place", PLACES)
def test_a_file_of_a_layer_that_changes_while_the_layer_is_made(
    way: str,
    place: str,
    deliver: Delivering,
    registry: FaultyRegistry,
    workshop: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = workshop.add("one", {"bin/one": "1" * 10_000})
    two = workshop.add("two", {"bin/a": "a" * 100_000, "bin/two": "2" * LARGE, "bin/z": "z"})
    config_drv, config = workshop.derivation("config.json", "text", {"text": "{}"}, [])
    made = [workshop.layer([path], [path]) for path in (one, two)]
    layers, drvs = [layer for _, layer in made], [drv for drv, _ in made]
    (tmp_path / "image.json").write_bytes(
        Path(workshop.build(workshop.image(config, layers, [config_drv, *drvs])[0])).read_bytes()
    )
    image = load_image(str(tmp_path / "image.json"), workshop.store)
    assert [type(layer.blob) for layer in image.layers] == [MadeBlob, MadeBlob]
    path = workshop.store.real(two) + "/bin/two"
    damage = Damage(path, way)
    happened: list[str] = []
    adding = LayerWriter.add_file

    def add_file(writer: LayerWriter, entry: Entry, source: str) -> None:
        if source == path and not happened:  # its size has been looked at
            happened.append(path)
            damage.do()
        adding(writer, entry, source)

    monkeypatch.setattr(LayerWriter, "add_file", add_file)
    (tmp_path / "old").mkdir()
    old = image_of(tmp_path / "old", b"old")
    error = fails_and_is_tried_again(deliver, image, old, place, registry, tmp_path, damage.undo)
    named = two if way == "another of the same size" else path
    assert named in error.message, error.message
    told = {"gone": "No such file", "cut": "became shorter", "longer": "became longer"}
    assert told.get(way, "was modified") in error.message
