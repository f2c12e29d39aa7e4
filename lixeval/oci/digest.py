"""Digests: `sha256:` and 64 lower-case hexadecimal digits, kept as plain strings.

Three digests of an image are easily confused: a layer's *digest* is the hash of the blob as stored (perhaps
compressed), its *diff_id* the hash of the tar inside, and the *image id* the hash of the config document.

Source: OCI image specification, descriptor.md, "Digests".
"""

from __future__ import annotations

import hashlib
import re

from lixeval.errors import ImageError

_SHA256 = re.compile(r"sha256:[0-9a-f]{64}\Z")


def of_bytes(data: bytes) -> str:
    """The digest of `data`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def check(digest: str) -> str:
    """`digest` itself; raises ImageError unless it is a well-formed sha256 digest."""
    if not _SHA256.match(digest):
        raise ImageError(
            f"'{digest}' is not a digest",
            hint="a digest is sha256: followed by 64 hexadecimal digits in lower case",
        )
    return digest


def encoded(digest: str) -> str:
    """The hexadecimal part, under which a blob is filed."""
    return check(digest)[len("sha256:") :]
