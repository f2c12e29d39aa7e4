"""Telling archives written here from other files, so that writing an image again replaces the old one and nothing else.

Ours start with `oci-layout` (the archive for every client) or with a layer or config named by its digest
(docker-archive), with the modes, owners and times that only a reproducible writer uses.
"""

from __future__ import annotations

import re

KIND = "an image archive written by lixeval"

# The start of the first header: name, mode, uid and gid 0; then size, and the time 0.
_FIRST = re.compile(
    rb"(?:oci-layout\0{90}0000644\0|[0-9a-f]{64}\.(?:tar\0{32}|json\0{31})0000444\0)"
    rb"(?:0000000\0){2}[0-7]{11}\0" + b"0" * 11 + rb"\0[0-7]{6}\0 0\0{100}ustar\0"
)


def is_ours(path: str) -> bool:
    """Whether the file `path` starts as our archives do."""
    try:
        with open(path, "rb") as stream:
            return _FIRST.match(stream.read(512)) is not None
    except OSError:
        return False
