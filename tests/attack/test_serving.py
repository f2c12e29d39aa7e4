"""A store that is served gives what is valid in it, whatever is asked (`serve_attempts`)."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lixeval.formats import store_path
from lixeval.store.local import LocalStore
from lixeval.substituters import serving
from tests.attack.serve_attempts import PATHS, REQUESTS

CONTENT = b"what is served"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """The port, and the hash of the only path."""
    store = LocalStore(str(tmp_path_factory.mktemp("served")))
    path = store.add_text("text", CONTENT.decode())
    (Path(store.real_store_dir) / ("0" * 32 + "-secret")).write_text("secret")
    server = serving.server(store, "127.0.0.1", 0, None)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server.server_address[1], store_path.parse(path).hash_part
    server.shutdown()
    server.server_close()
    store.close()


def answer(port: int, request: bytes) -> bytes:
    """All that comes back, or what came before the server had enough."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), 10) as client, contextlib.suppress(ConnectionError):
        client.sendall(request)
        with contextlib.suppress(OSError):  # it has been closed there: not connected, says the system of some
            client.shutdown(socket.SHUT_WR)
        while piece := client.recv(1 << 16):
            said += piece
    return said


def get(port: int, path: str) -> bytes:
    return answer(port, f"GET {path} HTTP/1.0\r\n\r\n".encode())


def still_serves(port: int, hash_part: str) -> bool:
    return CONTENT in get(port, f"/nar/{hash_part}.nar")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_paths(served: tuple[int, str], path: str) -> None:
    port, hash_part = served
    said = get(port, path.replace("HASH", hash_part))
    assert said == b"" or said.split()[1] in (b"400", b"404", b"414"), said[:200]
    assert b"root:" not in said and b"secret" not in said
    assert still_serves(port, hash_part)


@pytest.mark.parametrize("name", REQUESTS)
def test_requests(served: tuple[int, str], name: str) -> None:
    port, hash_part = served
    said = answer(port, REQUESTS[name].replace(b"HASH", hash_part.encode()))
    assert b"root:" not in said and b"Traceback" not in said
    assert still_serves(port, hash_part)
