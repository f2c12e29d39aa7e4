"""One image to many places: the same image id everywhere, and on failure what was there before."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lixeval.containers.delivery import Delivery, SomeFailed
from lixeval.containers.destination import parse
from lixeval.errors import ImageError
from lixeval.oci import media_types, reference
from lixeval.oci.blob import FileBlob
from lixeval.oci.config import History, config_blob
from lixeval.oci.image import Image, Layer
from lixeval.oci.memory import BlobMemory
from lixeval.oci.registry.observer import TransferObserver
from lixeval.oci.tar_header import REGULAR, Entry
from lixeval.oci.tar_layer import LayerWriter
from lixeval.oci.validate import validate
from tests.support.faulty_registry import Fault

NAME = reference.normalise("group/app", "v1")
TEXT = b"the same line again and again\n" * 1000


@pytest.fixture
def image(tmp_path: Path) -> Image:
    made = image_of(tmp_path, TEXT)
    (layer,) = made.layers
    (tmp_path / f"layer-{layer.diff_id[-12:]}.tar").rename(tmp_path / "layer.tar")
    blob = FileBlob(layer.blob.digest, layer.blob.size, str(tmp_path / "layer.tar"))
    return made.with_layers((Layer(blob, layer.diff_id),))


def image_of(folder: Path, *texts: bytes) -> Image:
    """An image with a layer for each text."""
    layers = []
    for text in texts:
        with (folder / "part.tar").open("wb") as stream, LayerWriter(stream.fileno()) as writer:
            writer.add(Entry(b"/text", REGULAR, 0o444, len(text)), text)
            digest, size = writer.finish()
        path = folder / f"layer-{digest[-12:]}.tar"
        (folder / "part.tar").rename(path)
        layers.append(Layer(FileBlob(digest, size, str(path)), digest))
    diff_ids = [layer.diff_id for layer in layers]
    config = config_blob({"Cmd": ["sh"]}, "amd64", "0001-01-01T00:00:00Z", diff_ids, [History() for _ in layers])
    return Image(config, tuple(layers))


def deliver(image: Image, *places: str, **settings: Any) -> list[Any]:
    return Delivery(**settings).deliver(image, [parse(place) for place in places], NAME)


def layout_manifest(folder: Path) -> dict[str, Any]:
    entry = json.loads((folder / "index.json").read_text())["manifests"][0]
    found: dict[str, Any] = json.loads((folder / "blobs/sha256" / entry["digest"].removeprefix("sha256:")).read_text())
    return found


def test_everywhere_the_same_image(image: Image, registry: Any, tmp_path: Path) -> None:
    places = [f"oci:{tmp_path}/oci", f"oci-archive:{tmp_path}/a.tar", f"dir:{tmp_path}/dir", f"{tmp_path}/b.tar"]
    places += [f"docker-archive:{tmp_path}/d.tar", f"docker://{registry.host}/group/app"]
    delivered = deliver(image, *places, digest_file=str(tmp_path / "digest"))
    assert {one.image_id for one in delivered} == {image.image_id}
    assert [one.place for one in delivered[:-1]] == places[:-1]
    for place in ("oci", "a.tar", "b.tar"):
        assert validate(str(tmp_path / place)) == []
    pushed, media_type = registry.manifests["group/app"]["v1"]
    manifest = json.loads(pushed)
    assert (media_type, manifest["config"]["digest"]) == (media_types.MANIFEST, image.image_id)
    assert [layer["mediaType"] for layer in manifest["layers"]] == [media_types.LAYER_GZIP]
    pushed_digest = "sha256:" + hashlib.sha256(pushed).hexdigest()
    assert delivered[-1].place == f"docker://{registry.host}/group/app:v1@{pushed_digest}"
    assert (tmp_path / "digest").read_text().split("\n") == [delivered[0].manifest_digest, pushed_digest]


@pytest.mark.parametrize(("compression", "ending"), [("gzip", "+gzip"), ("zstd:1", "+zstd"), ("none", "")])
def test_one_way_to_pack_for_all(compression: str, ending: str, image: Image, registry: Any, tmp_path: Path) -> None:
    places = (f"oci:{tmp_path}/oci", f"docker://{registry.host}/app:v2", f"docker-archive:{tmp_path}/d.tar")
    deliver(image, *places, compression=compression, digest_file=str(tmp_path / "digest"))
    manifest = json.loads(registry.manifests["app"]["v2"][0])
    assert manifest == layout_manifest(tmp_path / "oci")
    assert manifest["layers"][0]["mediaType"] == media_types.LAYER_TAR + ending
    with tarfile.open(tmp_path / "d.tar") as archive:
        names = archive.getnames()
    assert names[0] == image.layers[0].diff_id.removeprefix("sha256:") + ".tar"


def test_an_archive_is_reproducible(image: Image, tmp_path: Path) -> None:
    for name in ("one", "two"):
        deliver(image, f"oci-archive:{tmp_path}/{name}.tar:v1", compression="zstd")
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_blobs_known_elsewhere_are_mounted(image: Image, registry: Any, tmp_path: Path) -> None:
    memory = BlobMemory(str(tmp_path / "memory"))
    deliver(image, f"docker://{registry.host}/first", memory=memory)
    received = registry.received
    deliver(image, f"docker://{registry.host}/second", memory=memory)
    assert registry.received - received < 2000
    assert registry.manifests["second"]["v1"] == registry.manifests["first"]["v1"]


def test_a_refused_push_says_so_and_nothing_is_told_of_it(image: Image, registry: Any, tmp_path: Path) -> None:
    registry.token_uses, registry.password = 100, "s3cret"
    (tmp_path / "digest").write_text("old")
    with pytest.raises(ImageError) as failure:
        deliver(image, f"docker://{registry.host}/app", digest_file=str(tmp_path / "digest"))
    assert "podman login" in str(failure.value.hint)
    assert (tmp_path / "digest").read_text() == "old"


def test_without_a_name(image: Image, registry: Any, tmp_path: Path) -> None:
    places = [
        f"{tmp_path}/a.tar",
        f"oci-archive:{tmp_path}/b.tar",
        f"oci-archive:{tmp_path}/c.tar:v3",
        f"oci:{tmp_path}/o",
    ]
    places += [f"docker-archive:{tmp_path}/d.tar", f"docker://{registry.host}/app"]
    Delivery().deliver(image, [parse(place) for place in places], None)
    names = {}
    for name in ("a.tar", "b.tar", "c.tar"):
        with tarfile.open(tmp_path / name) as archive:
            index = archive.extractfile("index.json")
            assert index is not None
            names[name] = json.load(index)["manifests"][0].get("annotations")
    assert names == {"a.tar": None, "b.tar": None, "c.tar": {"org.opencontainers.image.ref.name": "v3"}}
    assert "annotations" not in json.loads((tmp_path / "o/index.json").read_text())["manifests"][0]
    with tarfile.open(tmp_path / "d.tar") as archive:
        manifest = archive.extractfile("manifest.json")
        assert manifest is not None and json.load(manifest)[0]["RepoTags"] == []
    assert next(iter(registry.manifests["app"])) == "latest"
    with pytest.raises(ImageError, match="does not say what the image shall be called"):
        Delivery().deliver(image, [parse("containers-storage:")], None)


# -- programs that keep images -----------------------------------------------------------------------------------------


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Makes a program of some name the only one that can be found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def add(name: str, script: str) -> Path:
        (folder / name).write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\ncd '{tmp_path}'\n{script}\n")
        (folder / name).chmod(0o755)
        return tmp_path

    return add


@pytest.mark.parametrize(("transport", "program"), [("containers-storage", "podman"), ("docker-daemon", "docker")])
def test_a_program_is_given_the_archive(
    transport: str, program: str, image: Image, programs: Callable[[str, str], Path]
) -> None:
    folder = programs(program, 'test "$*" = load && cat >got.tar')
    assert deliver(image, f"{transport}:")[0].place == f"{transport}:docker.io/group/app:v1"
    deliver(image, f"{folder}/written.tar")
    assert (folder / "got.tar").read_bytes() == (folder / "written.tar").read_bytes()
    assert deliver(image, f"{transport}:quay.io/x:y")[0].place == f"{transport}:quay.io/x:y"
    with tarfile.open(folder / "got.tar") as archive:
        manifest = archive.extractfile("manifest.json")
        assert manifest is not None and json.load(manifest)[0]["RepoTags"] == ["quay.io/x:y"]


def test_skopeo_stands_in_for_podman(image: Image, programs: Callable[[str, str], Path]) -> None:
    folder = programs("skopeo", 'echo "$5" >to; cp "${4#oci-archive:}" got.tar')
    deliver(image, "containers-storage:")
    assert (folder / "to").read_text() == "containers-storage:docker.io/group/app:v1\n"
    assert validate(str(folder / "got.tar")) == []


def test_without_a_program_the_hint_says_what_to_do(programs: Callable[[str, str], Path]) -> None:
    for transport, names in (("containers-storage", "podman or skopeo"), ("docker-daemon", "docker")):
        with pytest.raises(ImageError, match=f"needs {names}, which is not installed") as failure:
            Delivery().check([parse(f"{transport}:")])
        assert "-o image.tar" in str(failure.value.hint)


@pytest.mark.parametrize("reading", ["", "cat >/dev/null;"])
def test_what_a_program_says_is_told(reading: str, image: Image, programs: Callable[[str, str], Path]) -> None:
    programs("docker", f"{reading} echo 'no daemon here' >&2; exit 1")
    with pytest.raises(ImageError, match="docker does not take the image: no daemon here"):
        deliver(image, "docker-daemon:")


# -- several, and failures ---------------------------------------------------------------------------------------------


def test_of_several_what_was_written_is_told(image: Image, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("somebody's")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/x").write_text("somebody's")
    places = [f"oci:{tmp_path}/a", f"{tmp_path}/file", f"dir:{tmp_path}/folder", f"oci:{tmp_path}/b"]
    with pytest.raises(SomeFailed, match=r"2 of 4 destinations have not been written: '.*/file': .*; 'dir:") as failure:
        deliver(image, *places)
    assert [one.place for one in failure.value.delivered] == [places[0], places[3]]
    assert validate(str(tmp_path / "a")) == validate(str(tmp_path / "b")) == []
    assert (tmp_path / "file").read_text() == (tmp_path / "folder/x").read_text() == "somebody's"


def test_what_was_packed_for_a_push_that_failed_is_kept(image: Image, registry: Any, tmp_path: Path) -> None:
    memory = BlobMemory(str(tmp_path / "memory"))
    place = f"docker://{registry.host}/group/app"
    denied = [_fault("PUT", "manifests", 403)]
    registry.faults = denied.copy()
    with pytest.raises(ImageError, match="HTTP status 403"):
        deliver(image, place, memory=memory)
    kept = os.listdir(tmp_path / "memory/packed")
    assert len(kept) == 1
    registry.blobs.clear()
    (tmp_path / "layer.tar").rename(tmp_path / "gone.tar")
    deliver(image, place, memory=memory)
    assert list(registry.blobs["group/app"]) != [] and os.listdir(tmp_path / "memory/packed") == []


def test_only_the_layer_that_changed_is_packed_again(tmp_path: Path, registry: Any) -> None:
    memory = BlobMemory(str(tmp_path / "memory"))
    place = f"docker://{registry.host}/group/app"
    before = image_of(tmp_path, b"one" * 1000, b"two" * 1000)
    deliver(before, place, memory=memory)
    after = image_of(tmp_path, b"one" * 1000, b"TWO" * 1000)
    packed: list[str] = []

    class Watch(TransferObserver):
        def packing(self, digest: str, size: int) -> None:
            packed.append(digest)

    deliver(after, place, memory=memory, watch=Watch)
    assert packed == [after.layers[1].diff_id]
    assert before.layers[0].diff_id == after.layers[0].diff_id


@pytest.mark.parametrize("place", ["oci:{}/made", "dir:{}/made"])
def test_large_blobs_are_written_side_by_side(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = image_of(tmp_path, *(bytes([number]) * (3 << 20) for number in (1, 2, 3, 1)))
    begun: list[int] = []
    monkeypatch.setattr("lixeval.oci.parallel.usable_cores", lambda: 2)
    met = threading.Barrier(2, timeout=60)  # it breaks where the first two do not meet
    copy = FileBlob.copy_to

    def copy_to(blob: FileBlob, fd: int) -> None:
        begun.append(0)
        if len(begun) <= 2:
            met.wait()
        copy(blob, fd)

    monkeypatch.setattr(FileBlob, "copy_to", copy_to)
    deliver(image, place.format(tmp_path))
    folder = tmp_path / "made"
    if place.startswith("oci:"):
        assert validate(str(folder)) == []
        folder = folder / "blobs/sha256"
    for layer in image.layers:
        name = layer.blob.digest.removeprefix("sha256:")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == name


def test_of_layers_written_side_by_side_the_first_failure_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lixeval.oci.parallel.usable_cores", lambda: 2)
    image = image_of(tmp_path, *(bytes([number]) * (3 << 20) for number in range(5)))
    for number in (1, 3):
        (tmp_path / f"layer-{image.layers[number].diff_id[-12:]}.tar").write_bytes(
            b"X" * image.layers[number].blob.size
        )
    with pytest.raises(ImageError, match=image.layers[1].diff_id):
        deliver(image, f"oci:{tmp_path}/made")
    assert not (tmp_path / "made").exists()


def test_what_was_kept_and_is_damaged_is_packed_again(image: Image, registry: Any, tmp_path: Path) -> None:
    memory = BlobMemory(str(tmp_path / "memory"))
    registry.faults = [_fault("PUT", "manifests", 403)]
    with pytest.raises(ImageError):
        deliver(image, f"docker://{registry.host}/group/app", memory=memory)
    (kept,) = (tmp_path / "memory/packed").iterdir()
    kept.write_bytes(b"X" + kept.read_bytes()[1:])
    deliver(image, f"docker://{registry.host}/group/other", memory=memory)
    assert "latest" in registry.manifests["group/other"] or "v1" in registry.manifests["group/other"]


@pytest.mark.parametrize("way", ["gone", "a file"])
def test_where_nothing_can_be_kept_a_push_goes_on(way: str, image: Image, registry: Any, tmp_path: Path) -> None:
    memory = BlobMemory(str(tmp_path / "memory"))
    deliver(image, f"docker://{registry.host}/group/app", memory=memory)
    os.rmdir(tmp_path / "memory/packed")
    if way == "a file":
        (tmp_path / "memory/packed").write_text("")
    registry.blobs.clear()
    registry.manifests.clear()
    deliver(image, f"docker://{registry.host}/group/app", memory=memory)
    assert registry.manifests["group/app"]


def _fault(method: str, path: str, status: int) -> Any:
    fault = Fault(method, path, status=status)
    return fault


@pytest.mark.parametrize("transport", ["oci", "oci-archive", "dir", "docker-archive", "registry", "packed"])
def test_a_file_that_is_another_one_is_not_copied(transport: str, image: Image, registry: Any, tmp_path: Path) -> None:
    """Same size, other bytes: whoever says that a file is a layer must be right."""
    path = tmp_path / "layer.tar"
    data = path.read_bytes()
    path.write_bytes(data[:600] + b"X" + data[601:])
    place = f"docker://{registry.host}/app" if transport in ("registry", "packed") else f"{transport}:{tmp_path}/x"
    with pytest.raises(ImageError, match=r"is damaged|has the digest"):
        deliver(image, place, compression="gzip" if transport == "packed" else "none")
    assert not (tmp_path / "x").exists()
    assert not any(data[600:610] in blob for blob in registry.blobs.get("app", {}).values())


def test_a_blob_in_a_layout_that_is_another_one_is_replaced(image: Image, tmp_path: Path) -> None:
    deliver(image, f"oci:{tmp_path}/x:one")
    blob = tmp_path / "x/blobs/sha256" / image.layers[0].blob.digest.removeprefix("sha256:")
    blob.write_bytes(b"X" + blob.read_bytes()[1:])
    deliver(image, f"oci:{tmp_path}/x:two")
    assert validate(str(tmp_path / "x")) == []


WRITING = """
import sys
from lixeval.containers.delivery import Delivery
from lixeval.containers.destination import parse
from lixeval.oci import digest as digests
from lixeval.oci.blob import BytesBlob
from lixeval.oci.image import Image, Layer

data = sys.argv[2].encode() * 100_000
digest = digests.of_bytes(data)
config = '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["%s"]}}' % digest
image = Image(config.encode(), (Layer(BytesBlob(digest, data), digest),))
sys.stdin.read()
Delivery().deliver(image, [parse(sys.argv[1])], None)
"""


@pytest.mark.parametrize("transport", ["oci", "dir", "oci-archive"])
def test_many_processes_write_to_one_place(transport: str, tmp_path: Path) -> None:
    place, count = tmp_path / "x", 12
    writers = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                WRITING,
                f"{transport}:{place}" + (f":v{number}" if transport == "oci" else ""),
                "ab",
            ],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for number in range(count)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
    for writer in writers:
        assert writer.stderr is not None
        said = writer.stderr.read()
        assert writer.wait() == 0, said
        writer.stderr.close()
    assert os.listdir(tmp_path) == ["x"]
    if transport == "oci":
        entries = json.loads((place / "index.json").read_text())["manifests"]
        tags = {entry["annotations"]["org.opencontainers.image.ref.name"] for entry in entries}
        assert tags == {f"v{number}" for number in range(count)}


# -- interruptions -----------------------------------------------------------------------------------------------------

INTERRUPTED = """
import os, signal, sys, time
from lixeval.containers.delivery import Delivery
from lixeval.containers.destination import parse
from lixeval.oci import reference
from lixeval.oci.blob import MadeBlob
from lixeval.oci.image import Image, Layer
from lixeval.system.signals import ending_politely

def make(fd):
    os.write(fd, b"half")
    os.kill(os.getpid(), int(sys.argv[1]))
    time.sleep(30)

digest = "sha256:" + "1" * 64
image = Image(b"{}", (Layer(MadeBlob(digest, 8, make, "the layer"), digest),))
with ending_politely():
    Delivery().deliver(image, [parse(sys.argv[2])], reference.normalise("app", "v2"))
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("transport", ["oci", "oci-archive", "dir"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_write_leaves_what_was_there(
    transport: str, number: signal.Signals, image: Image, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    for old in (False, True):
        if old:
            deliver(image, f"{transport}:{place}/x")
        before = contents(place)
        command = [sys.executable, "-c", INTERRUPTED, str(number.value), f"{transport}:{place}/x"]
        done = subprocess.run(command, capture_output=True, timeout=20, check=False)
        assert done.returncode in (128 + number, -number), done.stderr
        assert contents(place) == before
        assert os.listdir(place) == (["x"] if old else [])


class Silent(http.server.BaseHTTPRequestHandler):
    """A registry that takes an upload and never says anything to it."""

    def do_GET(self) -> None:
        self._say(200)

    def do_HEAD(self) -> None:
        self._say(404)

    def do_POST(self) -> None:
        self._say(202)

    def do_PUT(self) -> None:
        self.server.uploading.set()  # type: ignore[attr-defined]  # given to it below
        time.sleep(60)

    def _say(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Location", "/v2/app/blobs/uploads/1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Nothing."""


PUSHING = (
    INTERRUPTED.partition("def make")[0]
    + """
from lixeval.cli import main
from lixeval.oci import digest as digests
from lixeval.oci.blob import BytesBlob
import lixeval.cli.commands.copy as command

def run(words):
    digest = digests.of_bytes(b"x")
    image = Image(b"{}", (Layer(BytesBlob(digest, b"x"), digest),))
    with ending_politely():
        Delivery(compression="none").deliver(image, [parse(words[0])], None)

command.run = run
sys.argv[1:] = ["copy", sys.argv[1]]
main()
"""
)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_push_to_a_registry_that_hangs_can_be_ended(number: signal.Signals) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    server.daemon_threads, server.block_on_close = True, False
    server.uploading = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"docker://127.0.0.1:{server.server_port}/app:v1"
    with subprocess.Popen([sys.executable, "-c", PUSHING, place], stderr=subprocess.DEVNULL) as process:
        assert server.uploading.wait(30)  # type: ignore[attr-defined]
        process.send_signal(number)
        assert process.wait(timeout=10) == 128 + number
    server.shutdown()
    server.server_close()
