"""What layers have beyond nix2container's: attributes by place, capabilities, merged folders, layers by size."""

from __future__ import annotations

import os
import struct
import tarfile
from pathlib import Path
from typing import Any

import pytest

from lixeval.containers import capabilities, file_attributes, layering
from lixeval.containers.build_layer import LayerArguments, blob_name, build_layers
from lixeval.containers.failure import Nix2containerError
from lixeval.containers.file_attributes import FileAttributes
from lixeval.containers.layers_json import LayerPath, Perm, Rewrite
from lixeval.containers.tree import Extras
from lixeval.errors import ImageError

HASH = "a" * 32


class Store:
    """A folder with a nix/store in it."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def real(self, path: str) -> str:
        return str(self.top) + path

    def add(self, name: str, files: dict[str, str]) -> str:
        path = f"/nix/store/{HASH}-{name}"
        for file, text in files.items():
            target = Path(self.real(f"{path}/{file}"))
            target.parent.mkdir(parents=True, exist_ok=True)
            if text.startswith("-> "):
                target.symlink_to(text[3:])
            else:
                target.write_text(text)
        return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def members(store: Store, folder: Path, roots: list[str], **more: Any) -> dict[str, tarfile.TarInfo]:
    """The entries of one layer with `roots` copied to /."""
    folder.mkdir(exist_ok=True)
    arguments = LayerArguments(
        graph=[(root, ()) for root in roots],
        rewrites=[(root, Rewrite(f"^{root}", "")) for root in roots],
        real=store.real,
        blobs=str(folder),
        **more,
    )
    (layer,) = build_layers(arguments)
    with tarfile.open(folder / blob_name(layer.digest)) as tar:
        return {"/" + member.name.lstrip("/"): member for member in tar}


def test_attributes_by_place(store: Store, tmp_path: Path) -> None:
    root = store.add("root", {"home/app/a": "x", "home/app/link": "-> a", "home/other": "y", "bin/server": "z"})
    said = {
        "/home": {"uid": 7, "gid": 8, "uname": "seven", "recursive": True},
        "/home/app": {"uid": 1000, "mode": "0700", "recursive": True},
        "/home/app/a": {"mode": "640", "mtime": 99},
        "/bin/server": {"capabilities": ["cap_net_bind_service"], "xattrs": {"user.note": "ä"}},
    }
    listing = b"1777 - - /bin\x000600 3 4 /home/other\x00"
    table = file_attributes.table(said, [listing])
    found = members(store, tmp_path / "blobs", [root], extras=Extras(attributes=table))

    def facts(place: str) -> tuple[str, int, int, str, str, int]:
        member = found[place]
        return oct(member.mode), member.uid, member.gid, member.uname, member.gname, int(member.mtime)

    mode = os.stat(store.real(f"{root}/home")).st_mode & 0o777  # whatever the umask was when it was made
    assert facts("/home") == (oct(mode), 7, 8, "seven", "", 1)
    assert facts("/home/app") == ("0o700", 1000, 8, "", "", 1)
    assert facts("/home/app/a") == ("0o640", 1000, 8, "", "", 99)
    assert facts("/home/app/link") == ("0o777", 1000, 8, "", "", 1)
    assert facts("/home/other") == ("0o600", 3, 4, "", "", 1)
    assert facts("/bin")[0] == "0o1777"
    headers = found["/bin/server"].pax_headers
    assert headers["SCHILY.xattr.user.note"] == "ä"
    value = headers["SCHILY.xattr.security.capability"].encode("utf-8", "surrogateescape")
    assert value == struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0)
    assert not found["/home/app"].pax_headers


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"home": {}}, "does not start with /"),
        ({"/a": {"owner": 1}}, "there is no 'owner'"),
        ({"/a": {"mode": "9"}}, "is no number"),
        ({"/a": {"mode": "77777"}}, "is no mode"),
        ({"/a": {"uid": -1}}, "out of bounds"),
        ({"/a": {"capabilities": ["net_bind"]}}, "no capability"),
        ({"/a": 1}, "must be a set"),
        ([], "must be a set"),
    ],
)
def test_attributes_that_mean_nothing(said: Any, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        file_attributes.table(said, [])


def test_what_is_nearer_wins() -> None:
    table = file_attributes.table(
        {"/": {"uid": 1, "uname": "one", "recursive": True}, "/a": {"gid": 2}, "/a/b": {"uid": 3, "recursive": True}},
        [],
    )
    assert table.of("/x/y") == FileAttributes(uid=1, uname="one")
    assert table.of("/a") == FileAttributes(uid=1, uname="one", gid=2, gname="")
    assert table.of("/a/b/c") == FileAttributes(uid=3, uname="")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # As setcap(8) of libcap 2.66 writes them.
        ("cap_net_bind_service=+ep", (0x02000001, 0x400, 0, 0, 0)),
        ("cap_net_raw,cap_chown=p", (0x02000000, 0x2001, 0, 0, 0)),
        ("cap_bpf=i", (0x02000000, 0, 0, 0, 0x80)),
        ("=ep cap_chown-p cap_chown-e", (0x02000001, 0xFFFFFFFE, 0, 0x1FF, 0)),
    ],
)
def test_texts_of_capabilities(text: str, words: tuple[int, ...]) -> None:
    assert capabilities.encode(text) == struct.pack("<5I", *words)


@pytest.mark.parametrize("text", ["", "cap_chown", "cap_flying=ep", "cap_chown=x", "cap_chown=ep cap_kill=p"])
def test_texts_of_capabilities_that_mean_nothing(text: str) -> None:
    with pytest.raises(ImageError):
        capabilities.encode(text)


def test_folders_are_merged_where_that_is_asked_for(store: Store, tmp_path: Path) -> None:
    one = store.add("one", {"tmp/a": "1"})
    two = store.add("two", {"tmp/b": "2"})
    perms = [(one, Perm("/tmp$", "1777"))]
    with pytest.raises(Nix2containerError, match="already exists in the tar with perms") as caught:
        members(store, tmp_path / "blobs", [one, two], perms=perms)
    assert one in str(caught.value.hint) and two in str(caught.value.hint)
    for order in ([one, two], [two, one]):
        found = members(store, tmp_path / "blobs", order, perms=perms, extras=Extras(merge_folders=True))
        assert found["/tmp"].mode == 0o1777 and {"/tmp/a", "/tmp/b"} <= found.keys()
    both = [*perms, (two, Perm("/tmp$", "0700"))]
    with pytest.raises(Nix2containerError) as caught:
        members(store, tmp_path / "blobs", [one, two], perms=both, extras=Extras(merge_folders=True))
    for words in (one, two, "mode 1777", "mode 0700", "/tmp"):
        assert words in caught.value.message
    os.chmod(store.real(two) + "/tmp", 0o700)
    with pytest.raises(Nix2containerError, match="with mode"):
        members(store, tmp_path / "blobs", [one, two])
    assert members(store, tmp_path / "blobs", [one, two], extras=Extras(merge_folders=True))


def test_the_biggest_paths_stand_alone_where_sizes_decide() -> None:
    entries = [LayerPath(name) for name in ("popular", "big", "small", "huge")]
    sizes = {"popular": 5, "big": 50, "small": 1, "huge": 500}

    def dealt(count: int) -> list[list[str]]:
        return [[entry.path for entry in group] for group in layering.deal(entries, count, sizes)]

    assert dealt(3) == [["big"], ["huge"], ["popular", "small"]]
    assert dealt(1) == [["popular", "big", "small", "huge"]]
    assert dealt(0) == [["popular"], ["big"], ["small"], ["huge"]]


def test_a_listing_of_devices_and_attributes() -> None:
    listing = b"600:c5:1 0 0 /dev/console\x00644:p - 7 /pipe\x00x user.a 6869 /pipe\x00x user.b - /pipe\x00"
    table = file_attributes.table({}, [listing])
    console, pipe = table.of("/dev/console"), table.of("/pipe")
    assert (console.mode, console.uid, console.device) == (0o600, 0, ("c", 5, 1))
    assert (pipe.gid, pipe.device, pipe.xattrs) == (7, ("p", 0, 0), {"user.a": b"hi", "user.b": b""})


@pytest.mark.parametrize("entry", [b"600:d5:1 0 0 /x", b"600:c5 0 0 /x", b"600:cx:1 0 0 /x", b"x a zz /x"])
def test_a_listing_of_what_is_no_device(entry: bytes) -> None:
    with pytest.raises(ImageError, match="attributes of '/x'"):
        file_attributes.table({}, [entry])
