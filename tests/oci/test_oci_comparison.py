"""Two images compared: what is said of configuration, layers and files."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from functools import partial
from typing import Any

from lixeval.oci import go_json, media_types
from lixeval.oci.comparison import Change, FileChange, LayerPair, compare
from lixeval.oci.reading.opened import OpenedImage, StoredLayer, config_document
from lixeval.oci.reading.stream import of_bytes


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def tar_of(*members: tuple[str, bytes | str | None, dict[str, Any]]) -> bytes:
    """Bytes are files, text is a symlink's target, None a folder; then what else the header says."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content, more in members:
            info = tarfile.TarInfo(name)
            for key, value in more.items():
                setattr(info, key, value)
            if isinstance(content, bytes):
                info.size = len(content)
            else:
                info.type = tarfile.DIRTYPE if content is None else tarfile.SYMTYPE
                info.linkname = content or ""
            tar.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return made.getvalue()


def image(*tars: bytes, **config: Any) -> OpenedImage:
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [sha(tar) for tar in tars]},
    }
    data = json.dumps(document).encode()
    parsed = config_document(data)
    assert isinstance(parsed, go_json.Object)
    layers = tuple(
        StoredLayer(sha(tar), sha(tar), len(tar), media_types.LAYER_TAR, partial(of_bytes, tar)) for tar in tars
    )
    return OpenedImage("here", "test", (), None, data, parsed, layers)


def test_every_way_in_which_files_differ() -> None:
    before = tar_of(
        ("same", b"x", {"mtime": 1}),
        ("contents", b"abc", {}),
        ("mode", b"", {"mode": 0o644}),
        ("owner", b"", {"uid": 1}),
        ("link", "one", {}),
        ("kind", b"", {}),
        ("xattr", b"", {"pax_headers": {"SCHILY.xattr.user.a": "1"}}),
        ("gone", b"12345", {}),
    )
    after = tar_of(
        ("same", b"x", {"mtime": 2}),
        ("contents", b"abd", {}),
        ("mode", b"", {"mode": 0o755}),
        ("owner", b"", {"uid": 1, "gid": 2}),
        ("link", "two", {}),
        ("kind", None, {"mode": 0o755}),
        ("xattr", b"", {"pax_headers": {"SCHILY.xattr.user.a": "2"}}),
        ("new", b"123", {}),
    )
    found = compare(image(before), image(after))
    assert {change.path: change for change in found.files} == {
        "/contents": FileChange("/contents", "changed", 3, 3, ("contents",)),
        "/mode": FileChange("/mode", "changed", 0, 0, ("mode 0644 → 0755",)),
        "/owner": FileChange("/owner", "changed", 0, 0, ("owner 1:0 → 1:2",)),
        "/link": FileChange("/link", "changed", 0, 0, ("target one → two",)),
        "/kind": FileChange("/kind", "changed", 0, 0, ("file → folder",)),
        "/xattr": FileChange("/xattr", "changed", 0, 0, ("extended attributes",)),
        "/gone": FileChange("/gone", "removed", 5, 0),
        "/new": FileChange("/new", "added", 0, 3),
    }
    assert not found.same


def test_the_same_files_in_other_layers_are_the_same_files() -> None:
    one, two = tar_of(("a", b"1", {})), tar_of(("b", b"2", {}))
    both = tar_of(("a", b"1", {}), ("b", b"2", {}))
    covered = tar_of(("a", b"9", {}), ("c", b"3", {}))
    hidden = tar_of(("a", b"1", {}), ("b", b"2", {}), (".wh.c", b"", {}))
    assert compare(image(one, two), image(both)).files == ()
    assert compare(image(one, two), image(covered, hidden)).files == ()
    assert compare(image(one, two), image(one, two)).same
    found = compare(image(one, two), image(two, both))
    assert found.layers == (
        LayerPair(sha(two), 1, 0, len(two)),
        LayerPair(sha(both), None, 1, len(both)),
        LayerPair(sha(one), 0, None, len(one)),
    )


def test_configurations_are_compared_member_by_member() -> None:
    tar = tar_of(("a", b"", {}))
    found = compare(
        image(tar, Env=["A=1", "B=2"], Labels={"a": "1"}, Cmd=["x"], ExposedPorts={"80/tcp": {}}),
        image(tar, Env=["B=2", "A=3", "C=4"], Labels={"b": "1"}, Cmd=["x", "y"], User="me"),
    )
    assert found.config == (
        Change("Cmd", ["x"], ["x", "y"]),
        Change("Env.A", "1", "3"),
        Change("Env.C", None, "4"),
        Change("ExposedPorts.80/tcp", {}, None),
        Change("Labels.a", "1", None),
        Change("Labels.b", None, "1"),
        Change("User", None, "me"),
    )
    # Variables that are none do no harm.
    assert compare(image(tar, Env=["A"]), image(tar, Env=7)).config == (Change("Env", ["A"], 7),)
