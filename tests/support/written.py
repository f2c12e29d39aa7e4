"""Derivations that are written already, put into a store as they are."""

from __future__ import annotations

from lixeval.formats.byte_text import text_of
from lixeval.formats.derivation import Derivation, unparse
from lixeval.formats.store_path import StorePath
from lixeval.store.local import LocalStore


def add_derivation(store: LocalStore, name: str, derivation: Derivation) -> StorePath:
    """Puts a derivation into a store as `name`.drv, whose inputs must be there; its path."""
    return store.add_text(f"{name}.drv", text_of(unparse(derivation)), derivation.references())
