"""A network that fails: connections to a server pass through here, and some of them are cut or answered for it.

`cuts` are used up one by one: the connection over which so many bytes have gone to the server is closed at once, in
both directions.  `answers` are given, one by one, to the next requests of a kind instead of passing them on; the
connection is closed behind them.
"""

from __future__ import annotations

import contextlib
import socket
import threading


class CuttingProxy:
    """Starts at once; `host` is where it answers.  Use as a context manager."""

    def __init__(self, server: str) -> None:
        name, _, port = server.partition(":")
        self._server = (name, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.cuts: list[int] = []
        self.answers: list[tuple[bytes, bytes]] = []
        self.done = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> CuttingProxy:
        return self

    def __exit__(self, *failure: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(self._server)
        threading.Thread(target=self._relay, args=(server, client), daemon=True).start()
        passed = 0
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                answer = self._answer(data)
                if answer is not None:
                    client.sendall(answer)
                    break
                passed += len(data)
                if self._cut(passed):
                    break
                server.sendall(data)
        for one in (server, client):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _relay(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def _cut(self, passed: int) -> bool:
        with self._lock:
            if self.cuts and passed > self.cuts[0]:
                del self.cuts[0]
                self.done += 1
                return True
        return False

    def _answer(self, data: bytes) -> bytes | None:
        with self._lock:
            if self.answers and data.startswith(self.answers[0][0]):
                self.done += 1
                return self.answers.pop(0)[1]
        return None
