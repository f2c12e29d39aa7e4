"""An image into a registry: its blobs in parallel, then its manifest, which is read back.

Where the tag already leads to this very manifest, nothing is sent.  The first failure ends the other uploads.

Source: distribution specification, "Push".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from lixeval.errors import ImageError
from lixeval.oci import digest as digests
from lixeval.oci import media_types
from lixeval.oci.blob import Blob
from lixeval.oci.image import Image
from lixeval.oci.multi_platform import MultiPlatformImage
from lixeval.oci.parallel import in_parallel
from lixeval.oci.registry import connection as connections
from lixeval.oci.registry.location import Location
from lixeval.oci.registry.session import Refused, Session, Settings
from lixeval.oci.registry.upload import upload

if TYPE_CHECKING:
    from lixeval.oci.tree import Tree

LARGEST_MANIFEST = 16 << 20
_MOST_OTHERS = 8

Others = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Pushed:
    """Where an image is now, and what became of each blob: digest -> how ("uploaded", …); empty if nothing was done."""

    location: Location
    manifest_digest: str
    blobs: dict[str, str]

    @property
    def reference(self) -> str:
        """The name by which exactly this image can be pulled."""
        return f"{self.location.name}@{self.manifest_digest}"


def _nobody(digest: str) -> Sequence[str]:
    return ()


def push_image(image: Image, location: Location, settings: Settings, others: Others = _nobody) -> Pushed:
    """Push `image`; `others(digest)` names repositories of the same registry that may have a blob.

    Raises ImageError (Refused, Dropped) where the registry cannot be brought to take it; the tag is then what it was.
    """
    manifest = image.manifest.to_bytes()
    digest = digests.of_bytes(manifest)
    if location.digest not in (None, digest):
        raise ImageError(f"the image has the digest {digest}, not that of {location}")
    blobs = [blob for blob in image.blobs() if blob.digest != digest]
    session = Session(location, settings, "pull,push", _scopes(blobs, location, others))
    try:
        if _leads_to(session, location.tag or digest, digest, image.manifest.media_type):
            return Pushed(location, digest, {})
        tasks = {blob.digest: partial(upload, session, blob, _others_of(blob, location, others)) for blob in blobs}
        done = in_parallel(settings.parallel, tasks)
        put_manifest(session, location.tag or digest, manifest, image.manifest.media_type)
    finally:
        session.close()
    return Pushed(location, digest, done)


def push_index(whole: MultiPlatformImage, location: Location, settings: Settings, others: Others = _nobody) -> Pushed:
    """Push the images of several platforms, each by its digest, and their index under the tag."""
    done: dict[str, str] = {}
    for image in whole.images:
        done |= push_image(image, Location(location.registry, location.repository), settings, others).blobs
    index = whole.index
    digest = digests.of_bytes(index)
    session = Session(location, settings, "pull,push")
    try:
        put_manifest(session, location.tag or digest, index, media_types.INDEX)
    finally:
        session.close()
    return Pushed(location, digest, done)


def push_tree(tree: Tree, location: Location, settings: Settings, others: Others = _nobody) -> Pushed:
    """Push an index and all that it leads to, or a single manifest, as they are."""
    done: dict[str, str] = {}
    root = tree.descriptor.digest
    if location.digest not in (None, root):
        raise ImageError(f"the image has the digest {root}, not that of {location}")
    session = Session(location, settings, "pull,push", _scopes(tree.all_blobs(), location, others))
    try:
        for one in tree.manifests():
            tasks = {
                blob.digest: partial(upload, session, blob, _others_of(blob, location, others)) for blob in one.blobs
            }
            done |= in_parallel(
                settings.parallel, {digest: task for digest, task in tasks.items() if digest not in done}
            )
            put_manifest(session, one.descriptor.digest, one.data, one.media_type)
        for one in tree.indexes():
            put_manifest(session, one.descriptor.digest, one.data, one.media_type)
        if location.tag:
            put_manifest(session, location.tag, tree.data, tree.media_type)
    finally:
        session.close()
    return Pushed(location, root, done)


def _others_of(blob: Blob, location: Location, others: Others) -> list[str]:
    return [name for name in others(blob.digest) if name != location.repository]


def _scopes(blobs: Iterable[Blob], location: Location, others: Others) -> list[str]:
    """What a token must allow besides our own repository: reading the others' blobs."""
    names = dict.fromkeys(name for blob in blobs for name in _others_of(blob, location, others))
    return [f"repository:{name}:pull" for name in names][:_MOST_OTHERS]


def _leads_to(session: Session, name: str, digest: str, media_type: str) -> bool:
    """Whether a tag's manifest is already ours; a registry that will not say is as good as one that has none."""
    try:
        response = session.request("HEAD", f"/manifests/{name}", expect={200, 404}, headers={"Accept": media_type})
    except Refused:
        return False
    connections.drain(response)
    return response.status == 200 and response.headers.get("Docker-Content-Digest") == digest


def put_manifest(session: Session, name: str, manifest: bytes, media_type: str) -> None:
    """Store a manifest or an index under a tag or digest, and read it back; raises ImageError if it is not the same."""
    response = session.request(
        "PUT", f"/manifests/{name}", expect={200, 201, 202}, headers={"Content-Type": media_type}, body=manifest
    )
    connections.drain(response)
    where = f"/manifests/{name}"
    _, back = session.document(where, LARGEST_MANIFEST, "the manifest", expect={200}, headers={"Accept": media_type})
    if back != manifest:
        raise ImageError(
            f"{session.location.registry} gives another manifest for '{name}' than was just stored",
            hint="somebody else may have pushed to the same tag",
        )
