"""Whatever a client sends to our daemon, or a daemon that we ask says, nothing is registered or written elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from lixeval.cli.output.errors import Manner, print_error
from lixeval.daemon.connection import Connection
from lixeval.daemon.copying import Vouching, copy_closure
from lixeval.daemon.link import Link
from lixeval.daemon.store import DaemonStore
from lixeval.daemon.store_urls import parse
from lixeval.errors import LixevalError
from lixeval.store.local import LocalStore
from tests.attack.daemon_attempts import BY_CLIENTS, BY_DAEMONS, PATH, ByClient, ByDaemon, answering
from tests.daemon.daemons import lying, served


def left_in(root: Path) -> list[str]:
    store = root / "nix/store"
    return sorted(path.name for path in store.iterdir() if path.name != ".links") if store.exists() else []


@pytest.mark.parametrize("attempt", BY_CLIENTS, ids=lambda attempt: attempt.name)
def test_a_client_gets_nothing_in(attempt: ByClient, tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "store"))
    with served(store, trusted=False) as channel:
        connection = Connection(channel)
        with pytest.raises(LixevalError, match=attempt.refused or None):
            attempt.act(connection)
        if attempt.refused and channel.is_open:
            assert connection.all_valid() == [], "and the conversation goes on"
    assert store.all_paths() == [] and left_in(tmp_path / "store") == []
    store.close()


@pytest.mark.parametrize("attempt", BY_DAEMONS, ids=lambda attempt: attempt.name)
def test_a_daemon_gets_nothing_in(
    attempt: ByDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    own = LocalStore(str(tmp_path / "store"))
    with lying(answering(attempt)) as channel:
        source = DaemonStore(parse("exec:false"))
        connection = Connection(channel)
        monkeypatch.setattr(Link, "_connected", lambda link: connection)
        with pytest.raises(LixevalError) as raised:
            copy_closure(source, own, [PATH], Vouching(None))
    print_error(raised.value, Manner([]))
    said = capsys.readouterr().err
    assert attempt.must in said and "\x1b" not in said
    assert own.all_paths() == [] and left_in(tmp_path / "store") == []
    assert not list(tmp_path.rglob("evil*"))
    own.close()
