"""Hashes modulo fixed outputs of derivations in a store: found by reading these, and as the plain data that is kept.

Whoever completes a derivation needs those of its inputs; see `formats.derivation.hash_modulo`.
"""

from __future__ import annotations

from lixeval.errors import StoreError
from lixeval.formats.derivation import ModuloHash, hash_modulo
from lixeval.formats.hashes import Hash
from lixeval.formats.store_path import StorePath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.store import Store

    ModuloHashes = dict[StorePath, ModuloHash]
    PlainHashes = dict[str, tuple[bytes, tuple[str, ...], bool]]
    """By derivation the digest, the names of the outputs, and whether output paths are deferred."""


def read_modulo_hash(store: Store, drv_path: StorePath, known: ModuloHashes) -> ModuloHash:
    """The hash of a derivation in the store; it, and those of the inputs on which it depends, are `known` then.

    `StoreError` where the path is not valid, or something that is needed cannot be read.
    """
    if not store.is_valid(drv_path):
        raise StoreError(f"path '{drv_path}' is not valid")
    stack = [drv_path]
    while stack:
        path = stack[-1]
        if path in known:
            stack.pop()
            continue
        derivation = store.read_derivation(path)
        missing = (
            [] if derivation.fixed_output else [used for used in derivation.input_derivations if used not in known]
        )
        if missing:
            stack += missing
            continue
        known[path] = hash_modulo(derivation, known.__getitem__)
        stack.pop()
    return known[drv_path]


def to_plain(known: ModuloHashes) -> PlainHashes:
    return {path: (found.hash.digest, tuple(found.outputs), found.deferred) for path, found in known.items()}


def from_plain(hashes: PlainHashes) -> ModuloHashes:
    return {
        StorePath(path): ModuloHash(Hash("sha256", digest), outputs, deferred)
        for path, (digest, outputs, deferred) in hashes.items()
    }
