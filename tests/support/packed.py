"""Caches made by hand: a path of any tree, described and signed as a test wants it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from lixeval.formats import narinfo, store_path
from lixeval.formats.hashes import Hash
from lixeval.formats.keys import SecretKey
from lixeval.formats.nar_events import encode_file
from lixeval.formats.narinfo import NarInfo
from lixeval.formats.store_path import StorePath
from lixeval.store.local import LocalStore
from lixeval.substituters.caches import Asking
from lixeval.substituters.fetching import Substituter
from lixeval.substituters.observer import FetchObserver

KEY = SecretKey("test-1", bytes(range(32)))
STRANGER = SecretKey("test-1", bytes(32))


def path_called(name: str) -> StorePath:
    """A store path that nobody has built."""
    return store_path.text_path(name, Hash("sha256", hashlib.sha256(name.encode()).digest()), ())


class Packed:
    """A cache in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "nar").mkdir(parents=True)
        (folder / "nix-cache-info").write_text("StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n")

    @property
    def url(self) -> str:
        return f"file://{self.folder}"

    def add(
        self,
        name: str,
        content: bytes = b"content\n",
        references: tuple[StorePath, ...] = (),
        *,
        nar: bytes | None = None,
        sent: bytes | None = None,
        key: SecretKey | None = KEY,
        path: StorePath | None = None,
        **other: Any,
    ) -> StorePath:
        """Puts a file into the cache; `nar` is what is described, `sent` what is there, `other` fields that lie.

        What `after` names is said differently once it is signed.
        """
        nar = encode_file(content) if nar is None else nar
        path = path or path_called(name)
        after = other.pop("after", {})
        info = NarInfo(
            path=path,
            url=f"nar/{name}.nar",
            compression="none",
            nar_hash=Hash("sha256", hashlib.sha256(nar).digest()),
            nar_size=len(nar),
            file_hash=Hash("sha256", hashlib.sha256(nar).digest()),
            file_size=len(nar),
            references=tuple(sorted(references)),
        )
        info = replace(info, **other)
        if key is not None:
            info = info.sign(key)
        self.write(path, narinfo.unparse(replace(info, **after)))
        (self.folder / f"nar/{name}.nar").write_bytes(nar if sent is None else sent)
        return path

    def write(self, path: str, text: str) -> None:
        """What the cache says of a path."""
        (self.folder / f"{store_path.parse(path).hash_part}.narinfo").write_text(text)


class Watched(FetchObserver):
    """An observer, and the warnings."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.came: dict[StorePath, str] = {}

    def fetched(self, path: StorePath, cache: str) -> None:
        self.came[path] = cache

    def message(self, text: str) -> None:
        self.told.append(text)


def caches(root: Path, *urls: str, directory: Path | None = None, **asking: Any) -> tuple[Substituter, Watched]:
    """The caches of a run with an empty store below `root`; KEY is trusted."""
    watched = Watched()
    settings = Asking(
        urls,
        asking.pop("keys", [str(KEY.public_key())]),
        directory=None if directory is None else str(directory),
        **asking,
    )
    return Substituter(LocalStore(str(root / "store")), settings, watched.message), watched
