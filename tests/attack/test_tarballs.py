"""No tarball or zip file makes `fetchTarball` write outside of its tree, follow a link, or fail but with an error."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore
from tests.attack.tar_attempts import END, extended, header, member, padded, record
from tests.attack.tarball_attempts import ATTEMPTS, OUTSIDE, ZIPPED, Attempt

EXPRESSION = 'builtins.readDir (fetchTarball "file://%s")'


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = Path(os.path.realpath(tmp_path)) / "outside"
    folder.mkdir()
    (folder / "secret").write_text("secret")
    return folder


def evaluate(root: Path, expression: str) -> str:
    evaluator = Evaluator(Settings(system="x86_64-linux", write_store=False), LocalStore(str(root / "store")))
    try:
        return printed(evaluator.text(expression, str(root)), force)
    except LixevalError as error:
        return f"error: {error.message}"


def check(outside: Path, told: str, must: str) -> None:
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"secret": "secret"}
    if must == "harmless":
        assert not told.startswith("error:"), told
    else:
        assert must in told, told


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_a_tarball_stays_where_it_is_unpacked(attempt: Attempt, outside: Path) -> None:
    file = outside.parent / "x.tar"
    with tarfile.open(file, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, special in attempt.members:
            member = tarfile.TarInfo(name.replace(OUTSIDE, str(outside)))
            content = b"" if special.get("type") else b"content"
            member.size = len(content)
            for key, value in special.items():
                setattr(member, key, value.replace(OUTSIDE, str(outside)) if isinstance(value, str) else value)
            archive.addfile(member, io.BytesIO(content))
    check(outside, evaluate(outside.parent, EXPRESSION % file), attempt.must)


@pytest.mark.parametrize(("name", "cve", "member", "mode", "must"), ZIPPED, ids=[row[0] for row in ZIPPED])
def test_a_zip_file_stays_where_it_is_unpacked(
    name: str, cve: str, member: str, mode: int, must: str, outside: Path
) -> None:
    file = outside.parent / "x.zip"
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo(member.replace("@OUTSIDE@", str(outside)))
        info.external_attr = mode << 16
        archive.writestr(info, str(outside) if stat.S_ISLNK(mode) else "content")
        archive.writestr("t/a", "a")
        if stat.S_ISLNK(mode):
            must = "not a directory"
            archive.writestr("t/l/x", "x")
    check(outside, evaluate(outside.parent, EXPRESSION % file), must)


@pytest.mark.parametrize("size", range(0, 1100, 73))
def test_half_a_tarball_is_an_error(size: int, outside: Path) -> None:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as archive:
        for name in ("t/a", "t/b"):
            member = tarfile.TarInfo(name)
            member.size = 5000
            archive.addfile(member, io.BytesIO(os.urandom(5000)))
    file = outside.parent / "x.tar.gz"
    file.write_bytes(whole.getvalue()[:size])
    check(outside, evaluate(outside.parent, EXPRESSION % file), "error")


@pytest.mark.parametrize("size", [1024 + 1, 1024 + 511])
def test_a_tarball_that_ends_within_a_header_is_an_error(size: int, outside: Path) -> None:
    file = outside.parent / "x.tar"
    file.write_bytes(three_members()[:size])
    check(outside, evaluate(outside.parent, EXPRESSION % file), "error: Failed to open archive (Damaged")


@pytest.mark.parametrize("place", [0, 100, 124, 148, 156, 257, 511])
def test_a_damaged_header_does_not_end_a_tarball(place: int, outside: Path) -> None:
    """Python's tarfile takes one after the first member for the end; libarchive, and so Nix, for an error."""
    damaged = bytearray(three_members())
    damaged[1024 + place] ^= 1
    file = outside.parent / "x.tar"
    file.write_bytes(damaged)
    check(outside, evaluate(outside.parent, EXPRESSION % file), "error: Failed to open archive (Damaged")


def three_members() -> bytes:
    """A tarball of t/a, t/b and t/c, each a header of 512 bytes and as many of content."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("t/a", "t/b", "t/c"):
            member = tarfile.TarInfo(name)
            member.size = 7
            archive.addfile(member, io.BytesIO(b"content"))
    return whole.getvalue()


def test_the_size_of_an_extended_header_counts(outside: Path) -> None:
    """CVE-2025-62518: whoever goes by the size in the plain header takes what is in a file for further members."""
    inner = member(b"t/evil", b"evil") + END
    file = outside.parent / "x.tar"
    first = extended([record("size", str(len(inner)))]) + header(b"t/a", 0) + padded(inner)
    file.write_bytes(first + member(b"t/b") + END)
    assert evaluate(outside.parent, EXPRESSION % file) == '{ a = "regular"; b = "regular"; }'
