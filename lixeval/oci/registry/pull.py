"""An image out of a registry: its manifest (of an index, the one that fits a platform), its config, its layers.

`open_remote` gets the documents, which are small and checked; `RemoteImage.fetch` gets blobs, in parallel, into files
named as a folder of skopeo's `dir:` transport names them.

Source: distribution specification, "Pull"; OCI image specification, image-index.md.
"""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import dataclass
from functools import partial
from typing import Any

from lixeval.errors import ImageError
from lixeval.oci import descriptor as descriptors
from lixeval.oci import digest as digests
from lixeval.oci import directory, go_json, media_types, publish
from lixeval.oci import manifest as manifests
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.manifest import Manifest
from lixeval.oci.parallel import in_parallel
from lixeval.oci.registry import connection as connections
from lixeval.oci.registry.download import download
from lixeval.oci.registry.location import Location
from lixeval.oci.registry.push import LARGEST_MANIFEST
from lixeval.oci.registry.session import Session, Settings
from lixeval.system import atomic

_LARGEST_CONFIG = 64 << 20
_DEEPEST_INDEX = 3
_ACCEPT = ", ".join((*media_types.MANIFESTS, *media_types.INDEXES))


@dataclass(frozen=True, slots=True)
class Platform:
    """What an image must run on; without a variant any will do."""

    architecture: str
    os: str = "linux"
    variant: str = ""

    def fits(self, wanted: Platform) -> bool:
        """Whether an image for this platform is one for the wanted one."""
        same = (self.os, self.architecture) == (wanted.os, wanted.architecture)
        return same and wanted.variant in ("", self.variant)

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """An image that is still where it is: its documents, and a session to get its blobs with."""

    session: Session
    manifest_bytes: bytes
    manifest: Manifest
    config: bytes

    @property
    def manifest_digest(self) -> str:
        return digests.of_bytes(self.manifest_bytes)

    def fetch(self, folder: str) -> None:
        """Put every layer, each once, into `folder` under its digest's hexadecimal part."""
        tasks = {
            layer.digest: partial(_fetch_one, self.session, layer, f"{folder}/{digests.encoded(layer.digest)}")
            for layer in self.manifest.layers
        }
        _check_room(folder, sum({layer.digest: layer.size for layer in self.manifest.layers}.values()))
        in_parallel(self.session.settings.parallel, tasks)


def _fetch_one(session: Session, layer: Descriptor, target: str, stop: threading.Event) -> None:
    with atomic.complete_file(target) as fd:
        download(session, layer, fd, stop)


def fetch_blob(location: Location, digest: str, size: int | None, target: str, settings: Settings) -> None:
    """Put one blob of a repository under the name `target`; without a `size` it is the one that the registry states."""
    session = Session(location, settings, "pull")
    try:
        if size is None:
            size = _stated_size(session, digest)
        _check_room(os.path.dirname(target), size)
        with atomic.complete_file(target) as fd:
            download(session, Descriptor("application/octet-stream", digest, size), fd, threading.Event())
    finally:
        session.close()


def _stated_size(session: Session, digest: str) -> int:
    response = session.request("HEAD", f"/blobs/{digest}", expect={200})
    connections.drain(response)
    length = connections.stated_length(response)
    if length is None:
        raise ImageError(f"{session.location.registry} does not say how large {digest} is")
    return length


def _check_room(folder: str, size: int) -> None:
    """Know before the first byte that a disk is too small, or that a manifest states a size that cannot be true."""
    free = shutil.disk_usage(folder).free
    if size > free:
        raise ImageError(f"the image needs {size} bytes in '{folder}', where {free} are free")


def open_remote(location: Location, settings: Settings, platform: Platform) -> RemoteImage:
    """The image at `location`, of an index the one for `platform`; raises ImageError where there is none."""
    session = Session(location, settings, "pull")
    try:
        data = manifest_bytes(session, location.manifest_reference, location.digest)
        for _ in range(_DEEPEST_INDEX):
            parsed = go_json.parse(data)
            if not _is_index(parsed):
                break
            chosen = choose(parsed, platform, str(location))
            data = manifest_bytes(session, chosen.digest, chosen.digest)
        manifest = manifests.parse(data)
        return RemoteImage(session, data, manifest, _document(session, manifest.config))
    except BaseException:
        session.close()
        raise


def manifest_bytes(session: Session, name: str, digest: str | None) -> bytes:
    """A manifest or an index by tag or digest; raises ImageError if it is not the one of its digest."""
    response, data = session.document(
        f"/manifests/{name}", LARGEST_MANIFEST, "the manifest", expect={200}, headers={"Accept": _ACCEPT}
    )
    said = response.headers.get("Docker-Content-Digest")
    found = digests.of_bytes(data)
    wanted = digest or (said if said is not None and said.startswith("sha256:") else found)
    if found != wanted:
        raise ImageError(f"{session.location.registry} gives a manifest with the digest {found} for {wanted}")
    return data


def _document(session: Session, part: Descriptor) -> bytes:
    if part.size > _LARGEST_CONFIG:
        raise ImageError(f"the config {part.digest} would have {part.size} bytes")
    _, data = session.document(f"/blobs/{part.digest}", part.size, f"the config {part.digest}", expect={200})
    if digests.of_bytes(data) != part.digest:
        raise ImageError(f"{session.location.registry} gives {digests.of_bytes(data)} for the config {part.digest}")
    return data


def _is_index(parsed: Any) -> bool:
    if not isinstance(parsed, go_json.Object):
        raise ImageError("the registry gives something that is no manifest")
    return parsed.get("mediaType") in media_types.INDEXES or (
        parsed.get("config") is None and isinstance(parsed.get("manifests"), list)
    )


def choose(index: go_json.Object, platform: Platform, name: str) -> Descriptor:
    """The entry of a parsed index that fits a platform best; raises ImageError that lists those there are."""
    if index.get("layers") is not None or index.get("config") is not None:
        raise ImageError(f"{name} is an index and a manifest as well: clients would take it for different images")
    entries: list[Any] = index.get("manifests") or []
    if not isinstance(entries, list):
        raise ImageError(f"the index of {name} has no list of manifests")
    offered = [(_platform(entry), entry) for entry in entries if isinstance(entry, go_json.Object)]
    for found, entry in offered:
        if found is not None and found.fits(platform):
            return descriptors.from_json(entry)
    known = ", ".join(str(one) for one, _ in offered if one is not None and one.architecture != "unknown")
    raise ImageError(f"{name} has no image for {platform}", hint=f"it has: {known}" if known else None)


def _platform(entry: go_json.Object) -> Platform | None:
    value = entry.get("platform")
    if not isinstance(value, go_json.Object):
        return None
    return Platform(*(str(value.get(name) or "") for name in ("architecture", "os", "variant")))


def pull_directory(location: Location, folder: str, settings: Settings, platform: Platform) -> RemoteImage:
    """Write an image to the folder `folder` as `skopeo copy docker://… dir:…` does, byte for byte; what it was."""
    remote = open_remote(location, settings, platform)
    try:
        with publish.replacing_folder(folder, directory.is_directory, directory.KIND) as part:
            atomic.write_file(f"{part}/version", directory.VERSION)
            atomic.write_file(f"{part}/manifest.json", remote.manifest_bytes)
            atomic.write_file(os.path.join(part, digests.encoded(remote.manifest.config.digest)), remote.config)
            remote.fetch(part)
    finally:
        remote.session.close()
    return remote
