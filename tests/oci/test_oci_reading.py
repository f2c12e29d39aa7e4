"""Images opened from every place they lie in, and hostile ones refused: each with a sentence, none with a trace."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lixeval.errors import ImageError
from lixeval.oci import archive, directory, docker_archive, layout, media_types, reference
from lixeval.oci.blob import BytesBlob
from lixeval.oci.config import History, config_blob
from lixeval.oci.image import Image, Layer
from lixeval.oci.reading import contents, image_names, packing, tar_reader
from lixeval.oci.reading.contents import Stack, read_layer, read_layers
from lixeval.oci.reading.image_names import Place, open_image
from lixeval.oci.reading.limits import Limits
from lixeval.oci.reading.opened import OpenedImage, StoredLayer, config_document, histories
from lixeval.oci.reading.stream import blocks, of_bytes
from lixeval.oci.reading.tar_reader import Member, TarReader
from lixeval.oci.validate import validate

REF = reference.normalise("lix", "v1")


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def tar_of(members: Iterable[tuple[str, bytes | str | None]], **options: Any) -> bytes:
    """A tar by Python's own writer: bytes are files, text is a symlink's target, None a folder."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", **options) as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            else:
                info.type = tarfile.DIRTYPE if content is None else tarfile.SYMTYPE
                info.linkname = content or ""
                tar.addfile(info)
    return made.getvalue()


def layer_of(tar: bytes, pack: Callable[[bytes], bytes] = bytes, media_type: str = media_types.LAYER_TAR) -> Layer:
    packed = pack(tar)
    return Layer(BytesBlob(sha(packed), packed), sha(tar), media_type)


def image_of(*layers: Layer) -> Image:
    history = [History(created_by=f"step {number}") for number, _ in enumerate(layers)]
    config = config_blob({"Cmd": ["sh"]}, "amd64", "0001-01-01T00:00:00Z", [one.diff_id for one in layers], history)
    return Image(config, layers)


def stored(tar: bytes) -> StoredLayer:
    return StoredLayer(sha(tar), sha(tar), len(tar), media_types.LAYER_TAR, lambda: of_bytes(tar))


@pytest.fixture
def image() -> Image:
    return image_of(
        layer_of(tar_of([("etc", None), ("etc/motd", b"hello"), ("bin/sh", "busybox")])),
        layer_of(tar_of([("etc/motd", b"other"), ("opt/a", b"x" * 5000)]), gzip.compress, media_types.LAYER_GZIP),
    )


PLACES: dict[str, Callable[[Image, str], None]] = {
    "archive": lambda image, path: archive.write_archive(image, path, REF),
    "oci-archive": lambda image, path: archive.write_archive(image, path, REF, docker=False),
    "docker-archive": lambda image, path: docker_archive.write_docker_archive(image, path, REF),
    "oci": lambda image, path: layout.write_layout(image, path, "v1"),
    "dir": directory.write_directory,
}


def paths_of(image: OpenedImage) -> list[str]:
    return [entry.path for entry, _ in Stack(read_layers(image.layers))]


@pytest.mark.parametrize("kind", PLACES)
def test_an_image_is_the_same_wherever_it_lies(kind: str, image: Image, tmp_path: Path) -> None:
    path = str(tmp_path / "image")
    PLACES[kind](image, path)
    for text in (path, f"{kind}:{path}" if kind != "archive" else f"oci-archive:{path}:v1"):
        with open_image(image_names.parse(text), "linux/amd64") as opened:
            assert opened.image_id == image.image_id
            assert [layer.diff_id for layer in opened.layers] == [layer.diff_id for layer in image.layers]
            assert [layer.history and layer.history.created_by for layer in opened.layers] == ["step 0", "step 1"]
            assert paths_of(opened) == ["/bin/sh", "/etc", "/etc/motd", "/opt/a"]
            assert opened.run_config == {"Cmd": ["sh"]} and opened.platform == "linux/amd64"
            assert opened.names == () if kind == "dir" else opened.names
    assert validate(path) == []


def test_an_archive_that_is_packed_as_a_whole(image: Image, tmp_path: Path) -> None:
    docker_archive.write_docker_archive(image, str(tmp_path / "plain"), REF)
    (tmp_path / "packed").write_bytes(gzip.compress((tmp_path / "plain").read_bytes()))
    assert validate(str(tmp_path / "packed")) == []
    with open_image(Place(str(tmp_path / "packed"))) as opened:
        assert opened.names == ("docker.io/library/lix:v1",)


def test_the_image_of_a_name_and_of_a_platform(image: Image, tmp_path: Path) -> None:
    other = image_of(layer_of(tar_of([("other", b"")])))
    path = str(tmp_path / "oci")
    layout.write_layout(image, path, "v1")
    layout.write_layout(other, path, "v2")
    with open_image(image_names.parse(f"oci:{path}:v2")) as opened:
        assert opened.image_id == other.image_id
    with pytest.raises(ImageError, match="holds 2 images") as caught:
        open_image(Place(path))
    assert "v1" in str(caught.value.hint) and "v2" in str(caught.value.hint)
    with pytest.raises(ImageError, match="no image named 'v3'"):
        open_image(image_names.parse(f"oci:{path}:v3"))
    index = json.loads((tmp_path / "oci/index.json").read_text())
    for entry, processor in zip(index["manifests"], ("amd64", "arm64"), strict=True):
        entry["platform"] = {"os": "linux", "architecture": processor}
        entry["annotations"] = {"org.opencontainers.image.ref.name": "v1"}
    inner = json.dumps({"schemaVersion": 2, "manifests": index["manifests"]}).encode()
    (tmp_path / "oci/blobs/sha256" / sha(inner)[7:]).write_bytes(inner)
    entry = {"mediaType": media_types.INDEX, "digest": sha(inner), "size": len(inner)}
    (tmp_path / "oci/index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    with open_image(Place(path), "linux/arm64") as opened:
        assert opened.image_id == other.image_id
    assert any("but the index says linux/arm64" in fault for fault in validate(path))


# -- what layers show and hide -----------------------------------------------------------------------------------------


def test_later_layers_cover_and_remove_earlier_ones() -> None:
    layers = read_layers(
        [
            stored(tar_of([("a", None), ("a/one", b"1" * 10), ("a/two", b"2" * 20), ("b", b"3" * 30), ("c/d", b"4")])),
            stored(tar_of([("a/.wh.one", b""), ("b", None), ("b/new", b"5"), ("c/.wh..wh..opq", b""), ("c/e", b"6")])),
        ]
    )
    stack = Stack(layers)
    assert [(entry.path, layer) for entry, layer in stack] == [
        ("/a", 0),
        ("/a/two", 0),
        ("/b", 1),
        ("/b/new", 1),
        ("/c/e", 1),
    ]
    assert stack.hidden == [10 + 30 + 1, 0]


@pytest.mark.parametrize("style", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_all_styles_of_tar_are_read(style: int) -> None:
    made = io.BytesIO()
    long = "d/" * 40 + "x" * 90
    with tarfile.open(fileobj=made, mode="w", format=style) as tar:
        info = tarfile.TarInfo(long)
        info.size, info.uid, info.gid, info.mode, info.mtime = 3, 0o7777777, 5, 0o4755, 77
        tar.addfile(info, io.BytesIO(b"abc"))
        info = tarfile.TarInfo("link")
        info.type, info.linkname = tarfile.LNKTYPE, "y" * 100
        tar.addfile(info)
        device = tarfile.TarInfo("null")
        device.type, device.devmajor, device.devminor = tarfile.CHRTYPE, 1, 3
        tar.addfile(device)
        if style != tarfile.USTAR_FORMAT:
            info = tarfile.TarInfo("ä" * 150)
            info.uid, info.type, info.linkname = 1 << 30, tarfile.SYMTYPE, "z" * 300
            info.pax_headers = {"SCHILY.xattr.user.note": "text"} if style == tarfile.PAX_FORMAT else {}
            tar.addfile(info)
    reader = TarReader(of_bytes(made.getvalue()), "it")
    found = []
    for member in reader:
        found.append((member, b"".join(reader.blocks())))
    first, data = found[0]
    assert (first.name.decode(), first.size, first.uid, first.gid, first.mode, first.mtime, data) == (
        (long, 3, 0o7777777, 5, 0o4755, 77, b"abc")
    )
    assert (found[1][0].kind, found[1][0].link) == (tar_reader.HARD_LINK, b"y" * 100)
    assert (found[2][0].kind, found[2][0].device) == (tar_reader.CHARACTER_DEVICE, (1, 3))
    if style != tarfile.USTAR_FORMAT:
        last = found[3][0]
        assert (last.name.decode(), last.uid, last.link) == ("ä" * 150, 1 << 30, b"z" * 300)
        assert last.xattrs == ({"user.note": b"text"} if style == tarfile.PAX_FORMAT else {})


@given(st.binary(max_size=3000))
def test_any_bytes_are_a_tar_or_an_error(data: bytes) -> None:
    try:
        for member in TarReader(of_bytes(data), "it"):
            assert isinstance(member, Member)
    except ImageError:
        pass


@given(st.data())
def test_a_damaged_tar_is_a_tar_or_an_error(data: st.DataObject) -> None:
    tar = bytearray(tar_of([("a" * 120, b"x" * 700), ("b", "a")], format=tarfile.PAX_FORMAT))
    for _ in range(data.draw(st.integers(1, 4))):
        tar[data.draw(st.integers(0, len(tar) - 1))] = data.draw(st.integers(0, 255))
    try:
        layer = read_layer(stored(bytes(tar)), hashing=True)
        assert Stack([layer]) is not None
    except ImageError:
        pass


# -- hostile images ----------------------------------------------------------------------------------------------------


def refused(tar: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(ImageError) as caught:
        read_layer(stored(tar), limits=limits or Limits())
    return caught.value.message


def test_bombs_are_left_alone() -> None:
    small = Limits(free_expansion=1 << 20, expansion=50)
    zeros = bytes(8 << 20)
    for pack in (gzip.compress, zstandard.compress):
        bomb = pack(zeros)
        stream, _ = packing.unpacked(of_bytes(bomb), "the blob", small)
        with pytest.raises(ImageError, match="more than 50 times its size"):
            for _ in blocks(stream):
                pass
    stream, _ = packing.unpacked(of_bytes(gzip.compress(os.urandom(100_000))), "the blob", Limits(tar=50_000))
    with pytest.raises(ImageError, match="more than 50000 bytes"):
        list(blocks(stream))


def test_packed_members_follow_one_another() -> None:
    for pack in (gzip.compress, zstandard.compress):
        stream, _ = packing.unpacked(of_bytes(pack(b"one") + pack(b"two")), "it")
        assert b"".join(blocks(stream)) == b"onetwo"
    stream, _ = packing.unpacked(of_bytes(gzip.compress(b"one") + bytes(100)), "it")
    assert b"".join(blocks(stream)) == b"one"
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"hello"
    frame = zstandard.compress(b"data" * 1000)
    for packed in (skippable + frame, frame + skippable, skippable * 2 + frame):
        stream, _ = packing.unpacked(of_bytes(packed), "it")
        assert b"".join(blocks(stream)) == b"data" * 1000
    noise = os.urandom(300_000)
    stream, _ = packing.unpacked(of_bytes(zstandard.compress(noise) + frame), "it")
    assert b"".join(blocks(stream)) == noise + b"data" * 1000
    for broken in (
        gzip.compress(b"x" * 5000)[:-9],
        gzip.compress(b"x")[:12] + b"\xff" * 30,
        frame[:-3],
        zstandard.compress(noise)[:-1],
        frame + frame[:7],
        skippable[:-1],
    ):
        stream, _ = packing.unpacked(of_bytes(broken), "it")
        with pytest.raises(ImageError):
            list(blocks(stream))
    with pytest.raises(ImageError, match="xz"):
        packing.unpacked(of_bytes(b"\xfd7zXZ\0...."), "it")
    # A window of more memory than anybody should have to give.
    stream, _ = packing.unpacked(of_bytes(wide_frame()), "it")
    with pytest.raises(ImageError, match="zstd"):
        list(blocks(stream))


def wide_frame() -> bytes:
    """The header of a zstd frame that asks for a window of 2 GiB, and an empty block."""
    return b"\x28\xb5\x2f\xfd" + bytes([0x00, 0xA8]) + b"\x01\x00\x00"


def test_tars_that_ask_for_too_much() -> None:
    limits = Limits(entries=5, name=200, extended_header=2000)
    assert "more than 5 members" in refused(tar_of([(f"f{n}", b"") for n in range(6)]), limits)
    assert "a name of more than 200 bytes" in refused(tar_of([("n" * 300, b"")], format=tarfile.PAX_FORMAT), limits)
    long = tar_of([("n" * 3000, b"")], format=tarfile.GNU_FORMAT)
    assert "an extended header of" in refused(long, limits)


def test_tars_that_are_none() -> None:
    whole = tar_of([("a", b"x" * 1000), ("b", b"y")])
    assert "breaks off" in refused(whole[:1000])
    assert "breaks off" in refused(whole[:700])
    assert "not a tar" in refused(b"text" * 200)
    damaged = bytearray(whole)
    damaged[3 * 512 + 5] ^= 1
    assert "bad header" in refused(bytes(damaged))


def test_names_that_lead_out_are_told_and_left() -> None:
    layer = read_layer(
        stored(tar_of([("../../etc/passwd", b"x"), ("ok/../../b", b""), ("./fine", b""), ("/abs", b"")]))
    )
    assert [entry.path for entry in layer.entries.values()] == ["/fine", "/abs"]
    assert len(layer.faults) == 2 and "leads out of the image" in layer.faults[0]


def test_links_in_a_layout_do_not_lead_out(image: Image, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    layout.write_layout(image, str(tmp_path / "oci"), "v1")
    blob = tmp_path / "oci/blobs/sha256" / image.layers[0].blob.digest[7:]
    blob.unlink()
    blob.symlink_to(secret)
    with open_image(Place(str(tmp_path / "oci"))) as opened, pytest.raises(ImageError, match="leads out of it"):
        read_layers(opened.layers)
    assert any("leads out of it" in fault for fault in validate(str(tmp_path / "oci")))
    blob.unlink()
    os.mkfifo(blob)
    assert any("is not a file" in fault for fault in validate(str(tmp_path / "oci")))
    (tmp_path / "oci/index.json").unlink()
    (tmp_path / "oci/index.json").symlink_to("/etc/passwd")
    with pytest.raises(ImageError, match="leads out of it"):
        open_image(Place(str(tmp_path / "oci")))


def test_links_in_an_archive_do_not_go_round(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(tar_of([("manifest.json", "other"), ("other", "manifest.json")]))
    with pytest.raises(ImageError, match="holds no image"):
        open_image(Place(str(tmp_path / "a.tar")))
    (tmp_path / "b.tar").write_bytes(tar_of([("manifest.json", "/etc/passwd")]))
    with pytest.raises(ImageError, match="holds no image"):
        open_image(Place(str(tmp_path / "b.tar")))


def index_of(tmp_path: Path, index: object, **blobs: bytes) -> str:
    folder = tmp_path / f"oci{len(os.listdir(tmp_path))}"
    (folder / "blobs/sha256").mkdir(parents=True)
    (folder / "oci-layout").write_bytes(b'{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_bytes(index if isinstance(index, bytes) else json.dumps(index).encode())
    for data in blobs.values():
        (folder / "blobs/sha256" / sha(data)[7:]).write_bytes(data)
    return str(folder)


def entry_of(data: bytes, media_type: str = media_types.MANIFEST) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": sha(data), "size": len(data)}


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"[" * 100_000,
        b'{"manifests":' * 5000,
        b"null",
        b'{"manifests":7}',
        b'{"manifests":[7]}',
        b'{"manifests":[{}]}',
        b'{"manifests":[{"mediaType":"x","digest":"sha256:../../../etc/passwd","size":1}]}',
        b'{"manifests":[{"mediaType":"x","digest":"sha512:00","size":1}]}',
        b'{"manifests":[{"mediaType":"x","digest":"sha256:' + b"0" * 64 + b'","size":-1}]}',
        b'{"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"sha256:' + b"0" * 64 + b'","size":1e99}]}',
        b'{"schemaVersion":2,"manifests":[]}',
        b"\xff\xfe",
    ],
)
def test_indexes_that_are_none(index: bytes, tmp_path: Path) -> None:
    path = index_of(tmp_path, index)
    with pytest.raises(ImageError):
        open_image(Place(path))
    assert validate(path)


def test_manifests_and_configs_that_lie(tmp_path: Path) -> None:
    tar = tar_of([("a", b"")])
    layer = {"mediaType": media_types.LAYER_TAR, "digest": sha(tar), "size": len(tar)}

    def faults(config: object, layers: object, **more: bytes) -> str:
        config_data = config if isinstance(config, bytes) else json.dumps(config).encode()
        manifest = json.dumps(
            {"schemaVersion": 2, "config": entry_of(config_data, media_types.CONFIG), "layers": layers}
        ).encode()
        index = {"schemaVersion": 2, "manifests": [entry_of(manifest)]}
        path = index_of(tmp_path, index, config=config_data, manifest=manifest, tar=tar, **more)
        try:
            with open_image(Place(path)) as opened:
                read_layers(opened.layers)
        except ImageError:
            pass
        return " | ".join(validate(path))

    good = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [sha(tar)]}}
    assert faults(good, [layer]) == ""
    assert faults({**good, "history": [{"created_by": None, "comment": None, "empty_layer": None}]}, [layer]) == ""
    assert "names 1 layers, the manifest 0" in faults(good, [])
    assert "architecture is missing" in faults({**good, "architecture": 7}, [layer])
    assert "is not a digest" in faults({**good, "rootfs": {"type": "layers", "diff_ids": [7]}}, [layer])
    assert "is no list" in faults({**good, "history": {"a": 1}}, [layer])
    assert "tells of 2 layers" in faults({**good, "history": [{}, {}]}, [layer])
    assert "is no time" in faults({**good, "created": "yesterday"}, [layer])
    assert 'is not "layers"' in faults({**good, "rootfs": {"diff_ids": [sha(tar)]}}, [layer])
    assert "is no config" in faults(b"[]", [layer])
    assert "is no config" in faults(b"{" * 9000, [layer])
    assert "packed as tar, but called" in faults(good, [{**layer, "mediaType": media_types.LAYER_GZIP}])
    assert "bytes, but 1 are announced" in faults(good, [{**layer, "size": 1}])
    assert "is called text/plain" in faults(good, [{**layer, "mediaType": "text/plain"}])
    assert "must be a list" in faults(good, {"a": 1})
    text = b"no tar at all" * 100
    bad = {"mediaType": media_types.LAYER_TAR, "digest": sha(text), "size": len(text)}
    assert "cannot be read as a layer" in faults(good, [bad], text=text)


def test_indexes_within_indexes_end(tmp_path: Path) -> None:
    inner = json.dumps({"schemaVersion": 2, "manifests": []}).encode()
    blobs = {}
    for depth in range(12):
        blobs[f"b{depth}"] = inner
        inner = json.dumps({"schemaVersion": 2, "manifests": [entry_of(inner, media_types.INDEX)] * 2}).encode()
    path = index_of(tmp_path, inner, **blobs)
    with pytest.raises(ImageError, match="deep"):
        open_image(Place(path))
    assert any("more images than are read" in fault for fault in validate(path))


@pytest.mark.parametrize(
    "manifest",
    [
        b"[]",
        b"[7]",
        b'[{"Config":7}]',
        b'[{"Config":"../../../../etc/passwd","Layers":[],"RepoTags":null}]',
        b'[{"Config":"c.json","Layers":["/etc/passwd"],"RepoTags":[]}]',
        b'[{"Config":"c.json","Layers":[7]}]',
        b'[{"Config":"c.json"},{"Config":"c.json"}]',
    ],
)
def test_docker_archives_that_lie(manifest: bytes, tmp_path: Path) -> None:
    config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [sha(b"")]}})
    (tmp_path / "a.tar").write_bytes(tar_of([("manifest.json", manifest), ("c.json", config.encode())]))
    with pytest.raises(ImageError), open_image(Place(str(tmp_path / "a.tar"))) as opened:
        read_layers(opened.layers)
    assert validate(str(tmp_path / "a.tar"))


def test_what_is_no_image_at_all(tmp_path: Path) -> None:
    for name, data in (("empty", b""), ("text", b"text\n"), ("tar", tar_of([("a", b"")]))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ImageError):
            open_image(Place(str(tmp_path / name)))
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "absent", Path("/dev/null")):
        with pytest.raises(ImageError):
            open_image(Place(str(path)))
    with pytest.raises(ImageError, match="names no file"):
        image_names.parse("oci:")


def test_a_history_of_nulls_says_nothing() -> None:
    document = config_document(b'{"history":[{"created_by":null,"comment":null,"empty_layer":null,"author":null}]}')
    assert histories(document, 1) == [History()]


def test_a_place_in_the_image() -> None:
    assert contents.shown((b"etc", b"\xff")) == "/etc/\udcff"
    assert tar_reader.place(b"/a//./b/") == (b"a", b"b")
    assert tar_reader.place(b"a/../b") is None
