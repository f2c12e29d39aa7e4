"""Which image a name on a command line means, and how it is opened.

    oci:DIR[:TAG]  oci-archive:FILE[:TAG]  docker-archive:FILE[:REF]  dir:DIR       skopeo's names
    docker://HOST/NAME:TAG                                                          in a registry
    DIR or FILE                                                                     whatever it turns out to be

An archive that has both a layout and Docker's manifest.json, as ours have, is read as a layout.

Source: containers-transports(5); Docker's image specification v1.2, "Combined image JSON + filesystem".
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable
from dataclasses import dataclass, replace

from lixeval.errors import ImageError
from lixeval.oci import digest as digests
from lixeval.oci import go_json, media_types
from lixeval.oci import manifest as manifests
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.reading import files as all_files
from lixeval.oci.reading import listing, opened
from lixeval.oci.reading.files import Files
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.opened import OpenedImage, Opener, StoredLayer
from lixeval.system.machines import go_architecture

LAYOUT, DOCKER_ARCHIVE, DIRECTORY = "OCI layout", "docker archive", "folder of the dir: transport"
REGISTRY = "docker://"
_FILES = {"oci": LAYOUT, "oci-archive": LAYOUT, "docker-archive": DOCKER_ARCHIVE, "dir": DIRECTORY}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an image is said to be; `kind` is None where looking will tell, `name` the tag or reference asked for."""

    path: str
    kind: str | None = None
    name: str | None = None


def parse(text: str) -> Place:
    """Read a name; raises ImageError for what cannot be read here.  `docker://` stays with who knows registries."""
    transport, colon, rest = text.partition(":")
    if colon and transport in _FILES and not os.path.exists(text):
        path, name = rest, None
        if transport != "dir" and ":" in rest and not os.path.exists(rest):
            path, _, name = rest.partition(":")
        if not path:
            raise ImageError(f"'{text}' names no file or folder")
        return Place(path, _FILES[transport], name)
    return Place(text)


def platform_here() -> str:
    """What images are chosen for: this machine."""
    return f"linux/{go_architecture()}"


def kind_of(files: Files) -> str:
    """What a folder or an archive is; raises ImageError if it holds no image."""
    if all_files.has(files, "oci-layout") or all_files.has(files, "index.json"):
        return LAYOUT
    if all_files.has(files, "manifest.json"):
        value = go_json.parse(all_files.read(files, "manifest.json"))
        return DOCKER_ARCHIVE if isinstance(value, list) else DIRECTORY
    raise ImageError(
        f"{files.where} holds no image: neither index.json nor manifest.json is in it",
        hint="an image is an OCI layout, an archive of one, what 'docker save' writes, or a folder of skopeo's dir:",
    )


def open_image(place: Place, platform: str | None = None, limits: Limits = LIMITS) -> OpenedImage:
    """The image at a place; of several there the one named, or the one for `platform` (default: this machine).

    Use it as a context manager: layers are read while it is open.
    """
    files = all_files.open_files(place.path, limits)
    try:
        kind = place.kind or kind_of(files)
        opening = {LAYOUT: _open_layout, DOCKER_ARCHIVE: _open_docker_archive, DIRECTORY: _open_directory}[kind]
        return opening(files, place.name, platform or platform_here(), limits)
    except BaseException:
        files.close()
        raise


# -- layouts and folders of blobs --------------------------------------------------------------------------------------


def blob_name(digest: str) -> str:
    """Where a layout keeps a blob."""
    return "blobs/sha256/" + digests.encoded(digest)


def _open_layout(files: Files, name: str | None, platform: str, limits: Limits) -> OpenedImage:
    def read(part: Descriptor) -> bytes:
        return checked(all_files.read(files, blob_name(part.digest), limits), part.digest)

    listed = listing.images(all_files.read(files, "index.json", limits), read, limits)
    chosen = listing.choose(listed, name, platform, files.where)
    data = read(chosen.descriptor)

    def opener(part: Descriptor) -> Opener:
        return _in(files, blob_name(part.digest))

    image = of_manifest(files.where, LAYOUT, chosen.names, data, read, opener, files.close, limits)
    return replace(image, others=tuple(str(one) for one in listed if one.descriptor.digest != chosen.descriptor.digest))


def _open_directory(files: Files, name: str | None, platform: str, limits: Limits) -> OpenedImage:
    def read(part: Descriptor) -> bytes:
        return checked(all_files.read(files, digests.encoded(part.digest), limits), part.digest)

    data = all_files.read(files, "manifest.json", limits)

    def opener(part: Descriptor) -> Opener:
        return _in(files, digests.encoded(part.digest))

    return of_manifest(files.where, DIRECTORY, (), data, read, opener, files.close, limits)


def of_manifest(
    where: str,
    kind: str,
    names: tuple[str, ...],
    data: bytes,
    read: Callable[[Descriptor], bytes],
    opener: Callable[[Descriptor], Opener],
    close: Callable[[], None],
    limits: Limits = LIMITS,
) -> OpenedImage:
    """The image of a manifest, whose config `read` gives and whose layers `opener` opens."""
    manifest = manifests.parse(data)
    if not opened.is_image_config(manifest.config.media_type):
        raise ImageError(f"the manifest in {where} describes no image: its config is {manifest.config.media_type}")
    config = read(manifest.config)
    document = opened.config_document(config)
    layers = opened.layers_of(manifest, document, opener, limits)
    return OpenedImage(where, kind, names, data, config, document, layers, close)


def checked(data: bytes, digest: str) -> bytes:
    """A document that is the one of its digest; raises ImageError for another."""
    found = digests.of_bytes(data)
    if found != digest:
        raise ImageError(
            f"a document is {found} and not {digest}, as it should be", hint="lixeval validate tells all that is wrong"
        )
    return data


def _in(files: Files, name: str) -> Opener:
    return lambda: files.open(name)


# -- docker archives ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DockerEntry:
    """An image of Docker's manifest.json: names of members, and what the image is called."""

    config: str
    layers: tuple[str, ...]
    tags: tuple[str, ...]


def docker_entries(data: bytes) -> list[DockerEntry]:
    """Docker's manifest.json; raises ImageError if it is something else."""
    value = go_json.parse(data)
    if not isinstance(value, list) or not value:
        raise ImageError("manifest.json is not one of Docker's: it is no list of images")
    return [_docker_entry(entry) for entry in value]


def _docker_entry(value: object) -> DockerEntry:
    if not isinstance(value, go_json.Object):
        raise ImageError("manifest.json is not one of Docker's: an image in it is no object")
    config, layers, tags = value.get("Config"), value.get("Layers") or [], value.get("RepoTags") or []
    if not isinstance(config, str) or not _are_strings(layers) or not _are_strings(tags):
        raise ImageError("manifest.json is not one of Docker's: Config, Layers or RepoTags are missing")
    return DockerEntry(
        posixpath.normpath(config), tuple(posixpath.normpath(name) for name in layers), tuple(map(str, tags))
    )


def _are_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _open_docker_archive(files: Files, name: str | None, platform: str, limits: Limits) -> OpenedImage:
    entries = docker_entries(all_files.read(files, "manifest.json", limits))
    entry = _choose_docker(entries, name, files.where)
    config = all_files.read(files, entry.config, limits)
    document = opened.config_document(config)
    inner = opened.diff_ids(document)
    if len(inner) != len(entry.layers):
        raise ImageError(f"{files.where} has {len(entry.layers)} layers, but its config names {len(inner)}")
    opened.check_count(inner, limits)
    histories = opened.histories(document, len(inner))
    layers = tuple(
        StoredLayer(diff_id, "", files.size(layer) or 0, media_types.LAYER_TAR, _in(files, layer), history)
        for layer, diff_id, history in zip(entry.layers, inner, histories, strict=True)
    )
    others = tuple(", ".join(one.tags) or one.config for one in entries if one is not entry)
    return OpenedImage(files.where, DOCKER_ARCHIVE, entry.tags, None, config, document, layers, files.close, others)


def _choose_docker(entries: list[DockerEntry], name: str | None, where: str) -> DockerEntry:
    fitting = [entry for entry in entries if name is None or any(_same(name, tag) for tag in entry.tags)]
    if len(fitting) == 1:
        return fitting[0]
    hint = "it holds: " + "; ".join(", ".join(entry.tags) or entry.config for entry in entries[:20])
    raise ImageError(
        f"{where} holds {len(fitting) if fitting else 'no'} images" + (f" named '{name}'" if name else ""),
        hint=hint if not fitting else f"{hint}; name one: docker-archive:FILE:NAME:TAG",
    )


def _same(wanted: str, tag: str) -> bool:
    short = tag.removeprefix("docker.io/").removeprefix("library/")
    return wanted in (tag, short) or (wanted + ":latest") in (tag, short)
