"""No archive writes anything outside of the place where it is restored: the attempts of `nar_attempts`."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from lixeval.errors import FormatError
from lixeval.formats import nar
from lixeval.formats.nar_events import framed
from tests.attack.nar_attempts import ATTEMPTS, Attempt


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
