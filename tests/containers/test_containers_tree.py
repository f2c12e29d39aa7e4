"""Where files land in a layer, what may meet in one name, and how modes are read and told."""

from __future__ import annotations

import io
import os
import socket
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from lixeval.containers import mode, tree
from lixeval.containers.failure import Nix2containerError
from lixeval.containers.layers_json import LayerPath, PathOptions, Perm, Rewrite
from lixeval.oci.tar_layer import LayerWriter

A, B = ("/nix/store/" + letter * 32 + "-" + letter for letter in "ab")


class Place:
    """Store paths below a temporary folder, and the tar that a layer of them is."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, text: str, bits: int = 0o444) -> None:
        place = Path(str(self.root) + path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(bits)

    def tar(self, paths: Sequence[LayerPath]) -> dict[str, tarfile.TarInfo]:
        read_end, write_end = os.pipe()
        with LayerWriter(write_end) as writer:
            tree.write_tree(paths, lambda path: str(self.root) + path, writer)
            writer.finish()
        os.close(write_end)
        with open(read_end, "rb") as stream:
            data = stream.read()
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            return {member.name: member for member in tar}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def to_root(path: str, *perms: Perm) -> LayerPath:
    return LayerPath(path, PathOptions(Rewrite(f"^{path}", ""), perms))


def test_folders_above_are_made_up_and_entries_are_sorted_by_component(place: Place) -> None:
    for name in ("d/z", "d-x", "d.x", "D"):
        place.put(f"{A}/{name}", name)
    names = list(place.tar([LayerPath(A)]))
    assert names == ["", "/nix", "/nix/store", A, *(f"{A}/{name}" for name in ("D", "d", "d/z", "d-x", "d.x"))]


@pytest.mark.parametrize(
    ("rewrite", "expected"),
    [
        (Rewrite(f"^{A}", "/opt"), ["", "/opt", "/opt/x"]),
        (Rewrite(f"^{A}", "opt"), ["opt", "opt/x"]),
        (Rewrite(f"^{A}", "/"), ["", "/x"]),
        (Rewrite(f"^{A}/", "/a//b/../"), ["", "/a", "/a/x", "/nix", "/nix/store", A]),
        (Rewrite(".*", ""), []),
    ],
)
def test_rewritten_names_are_cleaned(rewrite: Rewrite, expected: list[str], place: Place) -> None:
    place.put(f"{A}/x", "x")
    assert list(place.tar([LayerPath(A, PathOptions(rewrite))])) == expected


def test_where_roots_meet_the_later_one_counts(place: Place) -> None:
    place.put(f"{A}/etc/same", "aaaa")
    place.put(f"{B}/etc/same", "bb")
    place.put(f"{B}/etc/other", "b")
    with pytest.raises(Nix2containerError) as failure:
        place.tar([to_root(A), to_root(B)])
    assert failure.value.message == (
        f"the file '/etc/same' already exists in the graph with size '4' from '{A}/etc/same' "
        f"while it is added again with size '2' by '{B}/etc/same'"
    )


def test_modes_that_meet_must_agree(place: Place) -> None:
    place.put(f"{A}/x", "a", 0o444)
    place.put(f"{B}/x", "b", 0o555)
    with pytest.raises(Nix2containerError) as failure:
        place.tar([to_root(A), to_root(B)])
    assert failure.value.message == (
        f"the file '/x' already exists in the graph with mode '-r--r--r--' from '{A}/x' "
        f"while it is added again with mode '-r-xr-xr-x' by '{B}/x'"
    )


def test_perms_that_meet_must_agree(place: Place) -> None:
    for path in (A, B):
        place.put(f"{path}/nix/var/x", "x")
    with pytest.raises(Nix2containerError) as failure:
        place.tar([to_root(A), to_root(B, Perm(".*", "0755", 1000, 100))])
    # Without perms the first path's options still say so; with them, Go's syntax shows both.
    assert failure.value.message == (
        "the file '/nix' already exists in the tar with perms []types.Perm(nil) but is overridden with perms "
        '[]types.Perm{types.Perm{Regex:".*", Mode:"0755", Uid:1000, Gid:100, Uname:"", Gname:""}}'
    )
    assert failure.value.hint is not None
    same = Perm(".*", "0755")
    assert "/nix/var/x" in place.tar([to_root(A, same), to_root(B, same)])


def test_options_and_none_in_one_name_panic(place: Place) -> None:
    place.put(f"{A}/x", "x")
    place.put(f"{B}/y", "y")
    moved = LayerPath(B, PathOptions(Rewrite(f"^{B}/y", f"{A}/x")))
    with pytest.raises(Nix2containerError) as failure:
        place.tar([moved, LayerPath(A)])
    assert failure.value.status == 2


def test_perms_are_matched_on_the_source_and_the_last_one_wins(place: Place) -> None:
    place.put(f"{A}/bin/x", "x")
    place.put(f"{A}/lib", "y")
    os.symlink("x", str(place.root) + f"{A}/bin/link")
    perms = (
        Perm(".*", "0700", 1, 2, "one", "two"),
        Perm("/bin/", "", 7, 0, "", "seven"),
        Perm(r"link$", "0644"),
    )
    members = place.tar([to_root(A, *perms)])
    shown = {name: (m.mode, m.uid, m.gid, m.uname, m.gname) for name, m in members.items()}
    assert shown == {
        "": (0o755, 0, 0, "root", "root"),
        "/bin": (0o700, 1, 2, "one", "two"),
        "/bin/link": (0o644, 0, 0, "one", "seven"),
        "/bin/x": (0o700, 7, 0, "one", "seven"),
        "/lib": (0o700, 1, 2, "one", "two"),
    }


def test_a_path_that_is_missing_and_a_socket(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Nix2containerError) as failure:
        place.tar([LayerPath(A)])
    assert failure.value.message == f'failed accessing path "{A}": lstat {A}: no such file or directory'
    os.makedirs(str(tmp_path) + A)
    monkeypatch.chdir(str(tmp_path) + A)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(Nix2containerError, match="archive/tar: sockets not supported"):
            place.tar([LayerPath(A)])


@pytest.mark.parametrize(
    ("text", "number"),
    [("0755", 0o755), ("755x", 0o755), ("0o755", 0), ("  +644", 0o644), ("-1", -1), ("1777", 0o1777), ("078", 7)],
)
def test_modes(text: str, number: int) -> None:
    assert mode.scan_octal(text) == number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("9", "expected integer"),
        ("rwx", "expected integer"),
        ("-", "unexpected EOF"),
        ("  ", "unexpected EOF"),
        ("--1", "expected integer"),
        ("\n7", "unexpected newline"),
        ("7" * 22, f'strconv.ParseInt: parsing "{"7" * 22}": value out of range'),
    ],
)
def test_modes_that_are_none(text: str, message: str) -> None:
    with pytest.raises(Nix2containerError) as failure:
        mode.scan_octal(text)
    assert failure.value.message == message


@pytest.mark.parametrize(
    ("bits", "shown"),
    [
        (0o100644, "-rw-r--r--"),
        (0o040755, "drwxr-xr-x"),
        (0o041777, "dtrwxrwxrwx"),
        (0o104755, "urwxr-xr-x"),
        (0o106755, "ugrwxr-xr-x"),
        (0o120777, "Lrwxrwxrwx"),
    ],
)
def test_modes_as_go_shows_them(bits: int, shown: str) -> None:
    assert mode.go_string(bits) == shown
