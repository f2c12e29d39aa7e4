"""What the store knows of a path.

Nix manual, "Store Object"; C++: `ValidPathInfo` in path-info.hh.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from lixeval.formats.hashes import Hash
    from lixeval.formats.store_path import StorePath


class PathInfo:
    """A path that is, or is to be, registered: a value, never changed.

    `nar_hash` and `nar_size` are of the path's NAR; `references` are full store paths, sorted, the path itself among
    them if it refers to itself; `deriver` is a .drv or None; `registration_time` is in seconds, 0 for "now";
    `ca` is the content address of a path that has one ("text:sha256:…", "fixed:r:sha256:…"); `ultimate` says that it
    was built here; `signatures` are `name:base64` texts.
    """

    __slots__ = (
        "ca",
        "deriver",
        "nar_hash",
        "nar_size",
        "path",
        "references",
        "registration_time",
        "signatures",
        "ultimate",
    )

    def __init__(
        self,
        path: StorePath,
        nar_hash: Hash,
        nar_size: int,
        references: Iterable[StorePath] = (),
        deriver: StorePath | None = None,
        registration_time: int = 0,
        ca: str | None = None,
        ultimate: bool = False,
        signatures: Iterable[str] = (),
    ) -> None:
        self.path: Final = path
        self.nar_hash: Final = nar_hash
        self.nar_size: Final = nar_size
        self.references: Final = tuple(sorted(set(references)))
        self.deriver: Final = deriver
        self.registration_time: Final = registration_time
        self.ca: Final = ca
        self.ultimate: Final = ultimate
        self.signatures: Final = tuple(signatures)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PathInfo) and all(getattr(self, n) == getattr(other, n) for n in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.path, self.nar_hash))

    def __repr__(self) -> str:
        return f"PathInfo({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__slots__)})"


def content_address(method: str, content: Hash) -> str:
    """The `ca` of a path: how its content was hashed ("text", "flat", "recursive"), and the hash."""
    prefix = {"text": "text:", "flat": "fixed:", "recursive": "fixed:r:", "git": "fixed:git:"}[method]
    return prefix + content.prefixed_nix32
