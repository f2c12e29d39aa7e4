"""The log of a build: shown line by line while it runs, kept compressed afterwards.

The whole output of a builder goes, as it comes, to `ROOT/nix/var/log/nix/drvs/XX/REST.drv.bz2`, where XX are the first
two characters of the .drv's base name: the place and form of real Nix, whose `nix log` and `nix-store --read-log` find
it.
Lines are cut as Nix cuts them: a carriage return starts the line over, so a progress bar leaves only its last state.

Source: derivation-goal.cc (`openLogFile`, `handleChildOutput`), local-store `getBuildLogExact`.
"""

from __future__ import annotations

import bz2
import os
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from lixeval.formats import store_path
from lixeval.formats.store_path import StorePath

if TYPE_CHECKING:
    from lixeval.store.local import LocalStore

_LONGEST_LINE = 1 << 20
"""Bytes after which a line is cut: a builder that never ends one must not fill the memory."""


def log_path(root: str, drv_path: StorePath) -> str:
    """Where the log of `drv_path` is kept, below the real directory `root` ("" for the machine's own store)."""
    name = drv_path[len(store_path.STORE_DIR) + 1 :]
    return f"{root}/nix/var/log/nix/drvs/{name[:2]}/{name[2:]}.bz2"


def read_log(store: LocalStore, drv_path: StorePath) -> bytes | None:
    """The log kept of a build of `drv_path`, or None.  A log cut short by a crash gives what can be read of it."""
    return next(filter(None, (_read(log_path(root, drv_path)) for root in store.log_roots)), None)


def _read(path: str) -> bytes | None:
    if os.path.exists(path):
        with open(path, "rb") as file:
            return _decompress(file.read())
    try:
        with open(path.removesuffix(".bz2"), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _decompress(data: bytes) -> bytes:
    decompressor = bz2.BZ2Decompressor()
    try:
        return decompressor.decompress(data)
    except OSError:
        return b""


class BuildLog:
    """Takes a builder's output in pieces, hands on its lines, remembers the last of them, and keeps it all on disk."""

    def __init__(self, path: str, tail_lines: int, on_line: Callable[[str], None]) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.path = path
        self.size = 0
        self.tail: deque[str] = deque(maxlen=tail_lines)
        self._on_line = on_line
        self._partial: list[bytes] = []
        self._partial_size = 0
        self._compressor = bz2.BZ2Compressor()
        self._file = open(path, "wb")  # noqa: SIM115 (closed by `close`)

    def write(self, data: bytes) -> None:
        """One more piece of output."""
        self.size += len(data)
        self._file.write(self._compressor.compress(data))
        *ends, rest = data.split(b"\n")
        for end in ends:
            self._finish_line(end)
        self._partial.append(rest)
        self._partial_size += len(rest)
        if self._partial_size > _LONGEST_LINE:
            self._finish_line(b"")

    def _finish_line(self, end: bytes) -> None:
        line = b"".join([*self._partial, end])
        self._partial.clear()
        self._partial_size = 0
        text = _after_carriage_returns(line).decode("utf-8", "replace")
        self.tail.append(text)
        self._on_line(text)

    def close(self) -> None:
        """Finish the last line and the file; a log without output is an empty compressed file, as Nix leaves it."""
        if self._file.closed:
            return
        if self._partial_size:
            self._finish_line(b"")
        try:
            self._file.write(self._compressor.flush())
        finally:
            self._file.close()


def _after_carriage_returns(line: bytes) -> bytes:
    """What a terminal would show: each piece after a carriage return overwrites the beginning of what was there."""
    shown = b""
    for piece in line.split(b"\r"):
        shown = piece + shown[len(piece) :]
    return shown
