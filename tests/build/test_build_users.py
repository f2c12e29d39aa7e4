"""The users of builders: no two builds of a machine have the same one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from lixeval.build import users
from lixeval.build.users import COUNT, FIRST_UID, build_user
from lixeval.errors import StoreError


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of its own, without Nix."""
    monkeypatch.setattr(users, "MACHINE_POOL", str(tmp_path / "run/userpool"))
    monkeypatch.setattr(users, "NIX_POOL", str(tmp_path / "nix/userpool"))


def test_builds_for_different_stores_never_share_a_user(tmp_path: Path) -> None:
    with build_user(str(tmp_path / "a"), kill=False) as first, build_user(str(tmp_path / "b"), kill=False) as second:
        assert (first, second) == (FIRST_UID, FIRST_UID + 1)
    with build_user(str(tmp_path / "b"), kill=False) as again:
        assert again == FIRST_UID


def test_a_user_that_nix_builds_as_is_left_alone(tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "nix/userpool").mkdir(parents=True)
    with open(tmp_path / f"nix/userpool/{FIRST_UID}", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with build_user(str(tmp_path / "a"), kill=False) as uid:
            assert uid == FIRST_UID + 1


def test_a_machine_where_nothing_may_be_written_but_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(users, "MACHINE_POOL", str(tmp_path / "file/userpool"))
    with build_user(str(tmp_path / "a"), kill=False) as uid:
        assert uid == FIRST_UID
        assert (tmp_path / "a" / str(uid)).exists()


def test_no_user_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "COUNT", 1)
    assert COUNT > 1
    pool = str(tmp_path / "a")
    in_use = pytest.raises(StoreError, match="build users are in use")
    with build_user(pool, kill=False), in_use, build_user(pool, kill=False):
        pass
