"""Scanning for references, against a search as plain as can be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lixeval.formats import nar
from lixeval.formats.nix32 import ALPHABET
from lixeval.formats.store_path import RealPath
from lixeval.store import references
from lixeval.store.references import Scanner, scan, scan_and_hash

A, B, C = "a" * 32, "b" * 32, "0123456789abcdfghijklmnpqrsvwxyz"


def test_where_references_may_be(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "file").write_bytes(b"\0\xff" + f"/nix/store/{A}-x/bin".encode() + b"\0")
    (tree / "link").symlink_to(f"/nix/store/{B}-x")
    (tree / C).write_bytes(b"")
    assert scan(RealPath(str(tree)), [A, B, C, "d" * 32]) == {A, B, C}
    assert scan(RealPath(str(tree / "link")), [A, B]) == {B}
    assert scan(RealPath(str(tree)), []) == set()
    assert scan_and_hash(RealPath(str(tree)), [A]) == ({A}, *nar.dump_hash(str(tree)))


@pytest.mark.parametrize("count", [1, 40])
def test_runs_of_the_alphabet_are_searched_everywhere(tmp_path: Path, count: int) -> None:
    others = [f"{number:032d}" for number in range(count)]
    file = tmp_path / "file"
    for data in (f"zz{C}", f"{C}zz", f"x{A[:31]}{C}", C + C, A * 40 + C + "z" * 1000, f"{C[:-1]}e{C}"):
        file.write_text(data)
        assert C in scan(RealPath(str(file)), [C, *others])
    for data in (C[:-1], C[1:], C[:16] + "-" + C[16:], C.upper()):
        file.write_text(data)
        assert scan(RealPath(str(file)), [C, *others]) == set()


@pytest.mark.parametrize("few", [0, 100])
@pytest.mark.parametrize("offset", [0, 1, 16, 31, 32, 33])
def test_pieces_do_not_hide_a_reference(monkeypatch: pytest.MonkeyPatch, few: int, offset: int) -> None:
    monkeypatch.setattr(references, "_FEW", few)
    monkeypatch.setattr(references, "_BLOCK", 64)
    data = b"." * (64 - offset) + C.encode() + b"." * 100
    for size in (1, 7, 64, 200):
        scanner = Scanner([A, C])
        for start in range(0, len(data), size):
            scanner.write(data[start : start + size])
        assert scanner.found() == {C}


pieces = st.one_of(
    st.sampled_from([A, B, C]),
    st.text(ALPHABET, max_size=40),
    st.text("/.-\n eotu", max_size=5),
    st.sampled_from([C[:20], C[20:], A[:31]]),
)


@settings(deadline=None)
@given(st.lists(pieces, max_size=30), st.booleans(), st.integers(1, 100))
def test_the_plain_search_agrees(parts: list[str], few: bool, size: int) -> None:
    data = "".join(parts).encode()
    others = [] if few else [f"{number:032d}" for number in range(20)]
    scanner = Scanner([A, B, C, *others])
    for start in range(0, len(data), size):
        scanner.write(data[start : start + size])
    assert scanner.found() == {part for part in (A, B, C) if part.encode() in data}


def test_a_big_file_is_read_in_pieces(tmp_path: Path) -> None:
    file = tmp_path / "big"
    with open(file, "wb") as out:
        out.truncate(1 << 22)
        out.seek((1 << 20) - 10)
        out.write(A.encode())
        out.seek((1 << 22) - 32)
        out.write(B.encode())
    assert scan(RealPath(str(file)), [A, B, C]) == {A, B}
    assert os.path.getsize(file) == 1 << 22
