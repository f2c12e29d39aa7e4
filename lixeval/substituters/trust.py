"""Who vouches for a store path that comes from elsewhere: a trusted key's signature, or the path's own name.

A path whose name follows from its content (`CA:`) needs no signature: the name is computed again from what the narinfo
claims, and the claim is checked against what was unpacked.  A claim that is signed is checked all the same.

C++: `ValidPathInfo::isContentAddressed`, `LocalStore::addToStore`.
"""

from __future__ import annotations

from lixeval.errors import FormatError, StoreError
from lixeval.formats import hashes, store_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lixeval.formats.hashes import Hash
    from lixeval.formats.keys import PublicKey
    from lixeval.formats.narinfo import NarInfo
    from lixeval.formats.store_path import RealPath
    from lixeval.store.path_info import PathInfo


def is_trusted(info: NarInfo, keys: Sequence[PublicKey]) -> bool:
    """Whether a narinfo may be believed."""
    return names_itself(info) or info.verify(keys)


def names_itself(info: NarInfo | PathInfo) -> bool:
    """Whether the path's name is what its content address gives; False where it has none."""
    if info.ca is None:
        return False
    try:
        method, content = parse_address(info.ca)
        name = store_path.parse(info.path).name
        if method == "text":
            return info.path == store_path.text_path(name, content, info.references)
        others = [other for other in info.references if other != info.path]
        return info.path == store_path.fixed_output_path(
            name, method, content, others, self_reference=len(others) < len(info.references)
        )
    except FormatError:
        return False


def parse_address(text: str) -> tuple[str, Hash]:
    """The method ("text", "flat", "recursive") and hash of a content address; FormatError where it is none."""
    for prefix, method in (("text:", "text"), ("fixed:r:", "recursive"), ("fixed:", "flat")):
        if text.startswith(prefix):
            return method, hashes.parse(text.removeprefix(prefix))
    raise FormatError(f"'{text}' is no content address")


def check_content(info: NarInfo | PathInfo, real_path: RealPath) -> None:
    """StoreError unless the tree is what the content address says; without one there is nothing to check."""
    if info.ca is None:
        return
    from lixeval.store.sources import HashedSource

    try:
        method, content = parse_address(info.ca)
        modulo = store_path.parse(info.path).hash_part if info.path in info.references else None
        found = HashedSource(real_path, method, content.algorithm, None, False, modulo=modulo)
    except FormatError as error:
        raise StoreError(f"'{info.path}' has a content address that is none: {error.message}") from None
    if found.content_hash != content or found.nar_hash != info.nar_hash:
        raise StoreError(
            f"ca hash mismatch importing path '{info.path}'",
            hint=f"specified: {content.sri}, got: {found.content_hash.sri}",
        )
