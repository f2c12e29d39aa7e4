"""Which images an index lists, the indexes inside it included: names, platforms, and what is no image.

Source: OCI image specification 1.1, image-index.md and image-layout.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lixeval.errors import ImageError
from lixeval.oci import descriptor as descriptors
from lixeval.oci import go_json, manifest, media_types
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.reading.limits import LIMITS, Limits


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry that leads to an image; `platform` is "" where the index does not tell."""

    descriptor: Descriptor
    names: tuple[str, ...]
    platform: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (", ".join(self.names), self.platform) if part) or self.descriptor.digest


def entries_of(data: bytes) -> list[go_json.Object]:
    """The entries of an index document; raises ImageError if it is none."""
    value = go_json.parse(data)
    entries = value.get("manifests") if isinstance(value, go_json.Object) else None
    if not isinstance(entries, list) or not all(isinstance(entry, go_json.Object) for entry in entries):
        raise ImageError("not an image index: it has no list of manifests")
    if value.get("layers") is not None or value.get("config") is not None:
        raise ImageError("an index that is a manifest as well is neither: clients would take it for different images")
    return entries


def platform_of(entry: go_json.Object) -> str:
    """`linux/arm64/v8`, as far as the entry tells."""
    value = entry.get("platform")
    if not isinstance(value, go_json.Object):
        return ""
    parts = [value.get(name) for name in ("os", "architecture", "variant")]
    return "/".join(part for part in parts if isinstance(part, str) and part)


def is_attachment(entry: go_json.Object) -> bool:
    """Whether an entry is something kept beside images: a signature, a bill of materials, an attestation."""
    annotations = entry.get("annotations")
    attests = isinstance(annotations, go_json.Object) and annotations.get("vnd.docker.reference.type")
    return bool(entry.get("artifactType") or attests or platform_of(entry).startswith("unknown"))


def names_of(entry: Descriptor) -> tuple[str, ...]:
    """The full name and the tag that an entry's annotations give the image."""
    annotations = entry.annotations or {}
    found = [annotations.get(key) for key in (manifest.CONTAINERD_NAME, manifest.REF_NAME)]
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name))


def images(index: bytes, read: Callable[[Descriptor], bytes], limits: Limits = LIMITS) -> list[Listed]:
    """All images that an index leads to; `read` gives the document of an index inside it."""
    found: list[Listed] = []
    for listed in _images(index, read, (), 0, limits):
        found.append(listed)
        if len(found) > limits.images:
            raise ImageError(f"the index lists more than {limits.images} images")
    return found


def _images(
    index: bytes, read: Callable[[Descriptor], bytes], names: tuple[str, ...], depth: int, limits: Limits
) -> Iterator[Listed]:
    if depth > limits.index_depth:
        raise ImageError(f"indexes lie within one another more than {limits.index_depth} deep")
    for entry in entries_of(index):
        descriptor = descriptors.from_json(entry)
        own = names_of(descriptor) or names
        if descriptor.media_type in media_types.INDEXES:
            yield from _images(read(descriptor), read, own, depth + 1, limits)
        elif not is_attachment(entry):
            yield Listed(descriptor, own, platform_of(entry))


def choose(listed: Sequence[Listed], wanted: str | None, platform: str, where: str) -> Listed:
    """The image of a name (tag, or full name); of several the one for `platform`.  Else an ImageError lists them."""
    fitting = [one for one in listed if wanted is None or wanted in one.names or wanted == one.descriptor.digest]
    if len(fitting) > 1:
        exact = [one for one in fitting if one.platform == platform]
        fitting = exact or [one for one in fitting if one.platform.startswith(platform + "/")] or fitting
    if len({one.descriptor.digest for one in fitting}) == 1:
        return fitting[0]
    there = "; ".join(str(one) for one in listed[:20])
    hint = f"it holds: {there}" if there else None
    if not fitting:
        raise ImageError(f"{where} holds no image" + (f" named '{wanted}'" if wanted else ""), hint=hint)
    raise ImageError(
        f"{where} holds {len(fitting)} images" + (f" named '{wanted}'" if wanted else ""),
        hint=f"{hint}; name one: oci:DIR:TAG, oci-archive:FILE:TAG, or --platform linux/arm64",
    )
