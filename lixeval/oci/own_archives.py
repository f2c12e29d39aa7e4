"""Telling archives written here from other files, so that writing an image again replaces the old one and nothing else.

Ours start with `oci-layout` (the archive for every client) or with a layer or config named by its digest
(docker-archive), with the modes, owners and times that only a reproducible writer uses.
"""

from __future__ import annotations

import re

KIND = "an image archive written by lixeval"

# The start of the first header: name, mode, uid and gid 0; then size, and the time 0.
_FIRST = re.compile(
    rb"(?:oci-layout\x00{90}0000644\x00|[0-9a-f]{64}\.(?:tar\x00{32}|json\x00{31})0000444\x00)"
    rb"(?:0000000\x00){2}[0-7]{11}\x00" + b"0" * 11 + rb"\x00[0-7]{6}\x00 0\x00{100}ustar\x00"
)


def is_ours(path: str) -> bool:
    """Whether the file `path` starts as our archives do."""
    try:
        with open(path, "rb") as stream:
            return _FIRST.match(stream.read(512)) is not None
    except OSError:
        return False
