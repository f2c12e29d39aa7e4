"""No archive writes anything outside of the place where it is restored: the attempts of `nar_attempts`."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from lixeval.errors import FormatError
from lixeval.formats import nar
from lixeval.formats.nar_events import decode, framed
from tests.attack.nar_attempts import ATTEMPTS, Attempt, nested


def archive(attempt: Attempt, outside: Path) -> bytes:
    tokens = (b"nix-archive-1", *attempt.tokens)
    return b"".join(framed(token.replace(b"@OUTSIDE@", bytes(outside))) for token in tokens)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_attempts(tmp_path: Path, attempt: Attempt) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("as it was")
    read = io.BytesIO(archive(attempt, outside)).read
    if attempt.must == "harmless":
        nar.restore(read, str(tmp_path / "restored"))
    else:
        with pytest.raises(FormatError, match=attempt.must):
            nar.restore(read, str(tmp_path / "restored"))
    assert os.listdir(outside) == ["secret"] and (outside / "secret").read_text() == "as it was"
    assert set(os.listdir(tmp_path)) <= {"outside", "restored"}


@pytest.mark.parametrize("length", [2**64 - 8, 2**64 - 1, 2**63, 2**62, 10**12])
@pytest.mark.parametrize("token", ["magic", "type", "name", "contents", "target"])
def test_absurd_lengths(tmp_path: Path, token: str, length: int) -> None:
    """CVE-2026-44028: what says that it is longer than all memory has ended early, or is none; nothing is reserved."""
    tokens = {
        "magic": (),
        "type": (b"nix-archive-1", b"(", b"type"),
        "name": (b"nix-archive-1", b"(", b"type", b"directory", b"entry", b"(", b"name"),
        "contents": (b"nix-archive-1", b"(", b"type", b"regular", b"contents"),
        "target": (b"nix-archive-1", b"(", b"type", b"symlink", b"target"),
    }[token]
    begun = b"".join(framed(one) for one in tokens) + length.to_bytes(8, "little") + b"x" * 64
    with pytest.raises(FormatError):
        nar.restore(io.BytesIO(begun).read, str(tmp_path / "restored"))


def test_depth() -> None:
    """CVE-2026-44028: folders in one another take no stack, and end where no path can name them."""
    archive = b"".join(map(framed, (b"nix-archive-1", *nested(100_000))))
    with pytest.raises(FormatError, match="a path longer than 4095"):
        for _ in decode(io.BytesIO(archive).read):
            pass
