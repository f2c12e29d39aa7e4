"""Paths of an input-addressed closure, each under the name that follows from its contents.

    NAR -> what it refers to under its new name -> hash modulo its own name -> path -> its own new name -> the store

Whoever gets such a closure needs no signature: the names vouch for it.  C++: make-content-addressed.cc.
"""

from __future__ import annotations

from lixeval.formats import store_path
from lixeval.formats.nar import HashingWriter
from lixeval.formats.rewriting import ModuloHashing, rewritten
from lixeval.store.path_info import PathInfo, content_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import IO

    from lixeval.formats.nar_events import Read
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore

_BLOCK = 1 << 18


class ContentAddressing:
    """Brings paths to a store under new names; `new_names` says which, `told` hears of each."""

    def __init__(
        self, store: LocalStore, told: Callable[[StorePath, StorePath], object] = lambda old, new: None
    ) -> None:
        self.new_names: dict[StorePath, StorePath] = {}
        self._store = store
        self._told = told

    def add(self, path: StorePath, references: Collection[StorePath], nar: IO[bytes]) -> StorePath:
        """The new name of a path, by its NAR; what it refers to must have been added before."""
        parsed = store_path.parse(path)
        others = {other: self.new_names.get(other, other) for other in references if other != path}
        renamed = {old.encode(): new.encode() for old, new in others.items() if old != new}
        hashing = ModuloHashing("sha256", parsed.hash_part)
        _read_all(_from_start(nar, renamed), hashing.write)
        content = hashing.result()[0]
        refers_to_itself = path in references
        new = store_path.fixed_output_path(
            parsed.name, "recursive", content, others.values(), self_reference=refers_to_itself
        )
        own = {parsed.hash_part.encode(): store_path.parse(new).hash_part.encode()}
        if not self._store.is_valid(new):
            whole = HashingWriter()
            _read_all(_from_start(nar, renamed | own), whole.write)
            found, size = whole.result()
            used = [*others.values(), *([new] if refers_to_itself else [])]
            info = PathInfo(new, found, size, used, ca=content_address("recursive", content))
            self._store.add_nar(info, _from_start(nar, renamed | own))
        self.new_names[path] = new
        self._told(path, new)
        return new


def _from_start(nar: IO[bytes], replacements: Mapping[bytes, bytes]) -> Read:
    nar.seek(0)
    return rewritten(nar.read, replacements)


def _read_all(read: Read, write: Callable[[bytes], object]) -> None:
    while data := read(_BLOCK):
        write(data)
