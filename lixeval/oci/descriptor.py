"""Descriptors: how one document of an image points to another (media type, digest, size, annotations).

Source: OCI image specification, descriptor.md.  Members are written in the order of the specification's Go types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lixeval.errors import ImageError
from lixeval.oci import digest as digests
from lixeval.oci import go_json


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A reference to `size` bytes with this `digest`."""

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] | None = None

    def to_json(self) -> dict[str, object]:
        members: dict[str, object] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        if self.annotations:
            members["annotations"] = go_json.sorted_map(self.annotations)
        return members


def of_bytes(media_type: str, data: bytes, annotations: Mapping[str, str] | None = None) -> Descriptor:
    """The descriptor of a document held in memory."""
    return Descriptor(media_type, digests.of_bytes(data), len(data), annotations)


def from_json(value: Any) -> Descriptor:
    """Read one back; raises ImageError where a member is missing or has the wrong type."""
    if not isinstance(value, go_json.Object):
        raise ImageError(f"a descriptor must be an object, not {go_json.kind(value)}")
    media_type, digest, size = value.get("mediaType"), value.get("digest"), value.get("size")
    if (
        not isinstance(media_type, str)
        or not isinstance(digest, str)
        or type(size) is not int
        or not 0 <= size < 1 << 63
    ):
        raise ImageError("a descriptor lacks mediaType, digest or size")
    annotations = value.get("annotations")
    if annotations is not None and not isinstance(annotations, go_json.Object):
        raise ImageError("the annotations of a descriptor must be an object")
    return Descriptor(media_type, digests.check(digest), size, dict(annotations) if annotations else None)
