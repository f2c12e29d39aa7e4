"""A closure to make images of: 300 MB in 20,000 files below 60 store paths, the same bytes on every machine.

Sizes are spread as they are in real closures: most files are small, a few libraries hold most of the bytes.  Contents
pack about as well as programs do: words, zeros and noise in turn.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Iterator

from lixeval.formats.nar import dump_hash
from lixeval.formats.store_path import StorePath
from lixeval.store.local import LocalStore
from lixeval.store.path_info import PathInfo

PATHS = 60
FILES = 20_000
BYTES = 300_000_000
LARGE = 48
"""How many files hold half of the bytes."""

_DIGITS = "0123456789abcdfghijklmnpqrsvwxyz"


def store_path(number: int) -> str:
    """The name of a store path, with a hash part that looks like one."""
    rest = int.from_bytes(hashlib.sha256(b"path %d" % number).digest()[:20], "big")
    return "/nix/store/" + "".join(_DIGITS[rest >> 5 * place & 31] for place in range(32)) + f"-package-{number}"


def make(root: str, bytes_in_all: int = BYTES, files: int = FILES, paths: int = PATHS) -> str:
    """Write the closure below `root` (unless it is there) and its graph; the graph's file."""
    graph = os.path.join(root, "graph.json")
    if os.path.exists(graph):
        return graph
    chance = random.Random(20)
    pieces = _pieces(chance)
    large = bytes_in_all // 2 // LARGE
    small = (bytes_in_all - large * LARGE) / (files - LARGE)
    for number in range(files):
        top = root + store_path(number % paths)
        folder = f"{top}/lib" if number < LARGE else f"{top}/share/part-{number // paths % 25}"
        os.makedirs(folder, exist_ok=True)
        size = large if number < LARGE else min(int(chance.expovariate(1 / small)), 40 * int(small))
        with open(f"{folder}/file-{number}", "wb") as file:
            for piece in _content(chance, pieces, size):
                file.write(piece)
    entries = [
        {"path": store_path(number), "references": [store_path(other) for other in range(max(0, number - 4), number)]}
        for number in range(paths)
    ]
    with open(graph + ".part", "w", encoding="utf-8") as file:
        json.dump(entries, file)
    os.replace(graph + ".part", graph)
    return graph


def stored(root: str, bytes_in_all: int = BYTES, files: int = FILES, paths: int = PATHS) -> str:
    """The closure as a store at `root` that knows its paths; the graph's file."""
    graph = make(root, bytes_in_all, files, paths)
    store = LocalStore(root)
    store.prepare()
    with open(graph, encoding="utf-8") as file:
        store.register([_info(root, entry["path"], entry["references"]) for entry in json.load(file)])
    store.close()
    return graph


def _info(root: str, path: StorePath, references: list[StorePath]) -> PathInfo:
    digest, size = dump_hash(root + path)
    return PathInfo(path, digest, size, references)


def _pieces(chance: random.Random) -> list[bytes]:
    words = [chance.randbytes(chance.randint(2, 9)).hex().encode() for _ in range(3000)]
    text = [b" ".join(chance.choices(words, k=600)) for _ in range(150)]
    code = [b"".join(chance.choices([chance.randbytes(6), bytes(4), b"\x48\x8b\x45"], k=900)) for _ in range(150)]
    return [*text, *code, bytes(2048), *(chance.randbytes(3000) for _ in range(60))]


def _content(chance: random.Random, pieces: list[bytes], size: int) -> Iterator[bytes]:
    while size > 0:
        piece = chance.choice(pieces)[:size]
        size -= len(piece)
        yield piece
