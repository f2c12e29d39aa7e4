"""What evaluation asks of a store; `store.local.LocalStore` answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from lixeval.formats.derivation import Completed, Derivation, ModuloHash
from lixeval.formats.hashes import Hash
from lixeval.formats.store_path import RealPath


class Store(Protocol):
    """The part of a store that evaluation uses (`store.local.LocalStore` is one)."""

    def add_text(self, name: str, text: str, references: Iterable[str] = ()) -> str: ...

    def add_path(
        self,
        source: str,
        name: str,
        *,
        method: str = "recursive",
        algorithm: str = "sha256",
        filter: Callable[[str, str], bool] | None = None,
        expected: Hash | None = None,
        references: Iterable[str] = (),
    ) -> str: ...

    def compute_path(
        self,
        source: str,
        name: str,
        *,
        method: str = "recursive",
        algorithm: str = "sha256",
        filter: Callable[[str, str], bool] | None = None,
    ) -> str: ...

    def add_completed(self, completed: Completed) -> str: ...

    def remember(self, completed: Completed) -> None: ...

    def modulo_hash(self, drv_path: str) -> ModuloHash: ...

    def read_derivation(self, drv_path: str) -> Derivation: ...

    def is_valid(self, path: str) -> bool: ...

    def content_address(self, path: str) -> str | None: ...

    def references(self, path: str) -> Iterable[str]: ...

    def closure(self, paths: Iterable[str]) -> list[str]: ...

    def real(self, path: str) -> RealPath: ...
