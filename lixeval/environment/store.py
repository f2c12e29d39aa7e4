"""What evaluation asks of a store; `store.local.LocalStore` answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from lixeval.formats.derivation import Completed, Derivation, ModuloHash
from lixeval.formats.hashes import Hash
from lixeval.formats.store_path import RealPath, StorePath


class Store(Protocol):
    """The part of a store that evaluation uses (`store.local.LocalStore` is one)."""

    def add_text(self, name: str, text: str, references: Iterable[StorePath] = ()) -> StorePath: ...

    def add_path(
        self,
        source: str,
        name: str,
        *,
        method: str = "recursive",
        algorithm: str = "sha256",
        filter: Callable[[str, str], bool] | None = None,
        expected: Hash | None = None,
        references: Iterable[StorePath] = (),
    ) -> StorePath: ...

    def compute_path(
        self,
        source: str,
        name: str,
        *,
        method: str = "recursive",
        algorithm: str = "sha256",
        filter: Callable[[str, str], bool] | None = None,
    ) -> StorePath: ...

    def add_completed(self, completed: Completed) -> StorePath: ...

    def remember(self, completed: Completed) -> None: ...

    def modulo_hash(self, drv_path: StorePath) -> ModuloHash: ...

    def read_derivation(self, drv_path: StorePath) -> Derivation: ...

    def is_valid(self, path: StorePath) -> bool: ...

    def content_address(self, path: StorePath) -> str | None: ...

    def references(self, path: StorePath) -> Iterable[StorePath]: ...

    def closure(self, paths: Iterable[StorePath]) -> list[StorePath]: ...

    def real(self, path: str) -> RealPath: ...
