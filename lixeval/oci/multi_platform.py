"""One name for the images of several platforms: an index, of which every client takes the image that fits it.

    {schemaVersion: 2, mediaType, manifests: [{mediaType, digest, size, platform{architecture, os, variant?}}]}

The platform of an image is what its config document says; two images of one platform are an error.

Source: OCI image specification 1.1, image-index.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lixeval.errors import ImageError
from lixeval.oci import descriptor as descriptors
from lixeval.oci import digest as digests
from lixeval.oci import go_json, layout, manifest, media_types
from lixeval.oci.blob import Blob, BytesBlob
from lixeval.oci.image import Image
from lixeval.oci.layout import Progress, silent


@dataclass(frozen=True, slots=True)
class MultiPlatformImage:
    """Images in the order in which clients see them."""

    images: tuple[Image, ...]

    @property
    def index(self) -> bytes:
        """The index document."""
        entries = []
        for image in self.images:
            entry = descriptors.of_bytes(media_types.MANIFEST, image.manifest.to_bytes()).to_json()
            entry["platform"] = platform_of(image)
            entries.append(entry)
        return go_json.marshal({"schemaVersion": 2, "mediaType": media_types.INDEX, "manifests": entries})

    def blobs(self) -> Iterator[Blob]:
        """Every blob once, the index last."""
        seen: set[str] = set()
        for image in self.images:
            for blob in image.blobs():
                if blob.digest not in seen:
                    seen.add(blob.digest)
                    yield blob
        index = self.index
        yield BytesBlob(digests.of_bytes(index), index)


def platform_of(image: Image) -> dict[str, object]:
    """The platform in an image's config document; raises ImageError if it names none."""
    document = go_json.parse(image.config)
    members: dict[str, object] = {}
    for name in ("architecture", "os", "variant"):
        value = document.get(name) if isinstance(document, go_json.Object) else None
        if isinstance(value, str) and value:
            members[name] = value
    if "architecture" not in members or "os" not in members:
        raise ImageError(f"the image {image.image_id} does not say for which platform it is")
    return members


def together(images: Sequence[Image]) -> MultiPlatformImage:
    """The images as one; raises ImageError if two are for the same platform."""
    seen: dict[tuple[tuple[str, object], ...], str] = {}
    for image in images:
        platform = tuple(platform_of(image).items())
        if platform in seen:
            members = dict(platform)
            name = "/".join(str(members[one]) for one in ("os", "architecture", "variant") if one in members)
            raise ImageError(
                f"two of the images are for the platform {name}: {seen[platform]} and {image.image_id}",
                hint='an image is made for another platform by buildImage\'s argument arch = "arm64"',
            )
        seen[platform] = image.image_id
    return MultiPlatformImage(tuple(images))


def write_to_layout(whole: MultiPlatformImage, path: str, tag: str | None, progress: Progress = silent) -> None:
    """Write all images and their index to the layout `path`, under `tag`."""
    annotations = {} if tag is None else {manifest.REF_NAME: tag}
    layout.write_entry(descriptors.of_bytes(media_types.INDEX, whole.index, annotations), whole.blobs(), path, progress)
