"""Nothing of a store's URL reaches ssh as an option, or the shell at the other end as a word of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lixeval.daemon import store_urls
from lixeval.errors import UsageError
from tests.attack.store_url_attempts import ATTEMPTS, Attempt

ALWAYS = ["-o", "ServerAliveInterval=30", "-x", "-a", "-T"]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the words, one a line, that the only ssh of this machine was told."""
    ssh, said = tmp_path / "bin/ssh", tmp_path / "said"
    ssh.parent.mkdir()
    ssh.write_text(f"#!/bin/sh\nprintf '%s\\0' \"$@\" > '{said}'\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}")
    monkeypatch.delenv("NIX_SSHOPTS", raising=False)
    return said


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_urls(attempt: Attempt, told: Path) -> None:
    if attempt.refused is not None:
        with pytest.raises(UsageError, match=re.escape(attempt.refused)):
            store_urls.parse(attempt.url).connect()
        assert not told.exists()
        return
    channel = store_urls.parse(attempt.url).connect()
    assert channel.read(8) == b""  # it has ended
    channel.close()
    words = told.read_text().split("\0")[:-1]
    assert [word for word in words if word not in ALWAYS] == list(attempt.told)


def test_a_variable_that_holds_no_words(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIX_SSHOPTS", "-o 'x")
    with pytest.raises(UsageError, match="NIX_SSHOPTS holds no words: No closing quotation"):
        store_urls.parse("ssh-ng://host").connect()
    assert not told.exists()
