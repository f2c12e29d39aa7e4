"""Paths as one stream from store to store: `nix-store --export` and `--import`.

    stream   = { one path } zero
    one path = 1  NAR  MAGIC  path  references  deriver  0          numbers and strings framed as in a NAR
    references = count { path };  deriver is "" where there is none

A path comes after what it refers to.  Nothing in a stream is signed: whoever imports one trusts who made it.
C++: export-import.cc.
"""

from __future__ import annotations

import tempfile

from lixeval.errors import FormatError
from lixeval.formats import nar, store_path
from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.formats.nar_events import decode, encode, framed
from lixeval.formats.store_path import StorePath
from lixeval.store.path_info import PathInfo
from lixeval.system.graphs import in_nix_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO

    from lixeval.store.local import LocalStore

MAGIC = 0x4558494E
_MOST_REFERENCES = 1 << 20
_LONGEST = 1 << 16


def export(store: LocalStore, paths: Iterable[StorePath], write: Callable[[bytes], object]) -> None:
    """Writes the paths and no others; StoreError for one that is not valid."""
    wanted = list(paths)
    infos = {path: store.info(path) for path in wanted}
    for path in in_nix_order(wanted, store.database.edges(wanted)):
        info = infos[path]
        write(_number(1))
        nar.dump(store.real(path), write)
        write(_number(MAGIC) + framed(bytes_of(path)) + _number(len(info.references)))
        for reference in info.references:
            write(framed(bytes_of(reference)))
        write(framed(bytes_of(info.deriver or "")) + _number(0))
    write(_number(0))


def import_paths(store: LocalStore, stream: IO[bytes]) -> Iterator[StorePath]:
    """Reads a stream and registers what is in it, path by path; FormatError for what is no such stream."""
    reader = _Reader(stream)
    while True:
        more = reader.number()
        if more == 0:
            return
        if more != 1:
            raise FormatError("input doesn't look like something created by 'nix-store --export'")
        with tempfile.TemporaryFile() as kept:
            writer = nar.HashingWriter()

            def keep(data: bytes, file: IO[bytes] = kept, hashing: nar.HashingWriter = writer) -> None:
                file.write(data)
                hashing.write(data)

            encode(decode(reader.exactly), keep)
            nar_hash, nar_size = writer.result()
            if reader.number() != MAGIC:
                raise FormatError("Nix archive cannot be imported; wrong format")
            path = _path(store, reader.string())
            count = reader.number()
            if count > _MOST_REFERENCES:
                raise FormatError(f"a path with {count} references")
            references = [_path(store, reader.string()) for _ in range(count)]
            deriver = reader.string()
            if reader.number() == 1:
                reader.string()  # a signature, as Nix 1 wrote it; nobody looks at it
            kept.seek(0)
            store.add_nar(
                PathInfo(path, nar_hash, nar_size, references, StorePath(deriver) if deriver else None), kept.read
            )
        yield path


def _path(store: LocalStore, text: str) -> StorePath:
    if not store_path.is_store_path(text) or not text.startswith(store.store_dir + "/"):
        raise FormatError(f"path '{text}' is not in the Nix store")
    return text


def _number(value: int) -> bytes:
    return value.to_bytes(8, "little")


class _Reader:
    """Framed numbers and strings from a stream."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise FormatError("input ends early; it doesn't look like something created by 'nix-store --export'")
        return data

    def number(self) -> int:
        return int.from_bytes(self.exactly(8), "little")

    def string(self) -> str:
        size = self.number()
        if size > _LONGEST:
            raise FormatError(f"a string of {size} bytes where a path should be")
        return text_of(self.exactly(size + -size % 8)[:size])
