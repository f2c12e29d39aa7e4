"""Recomputing every claim that an image makes: digests, sizes, media types, diff ids, and who points to what.

`examine` reports every fault rather than the first, so that a damaged image can be judged as a whole.  It is used by
the tests on every image they write, and by whoever wants to know whether an archive arrived in one piece.

Source: OCI image specification 1.1 (image-layout.md, image-index.md, manifest.md, config.md, layer.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from lixeval.errors import ImageError, reason_of
from lixeval.oci import descriptor as descriptors
from lixeval.oci import digest as digests
from lixeval.oci import go_json, manifest, media_types
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.examination import Examination, Fault, config_faults, examine_layer
from lixeval.oci.reading import files as all_files
from lixeval.oci.reading import image_names, listing, opened, packing
from lixeval.oci.reading.files import Files
from lixeval.oci.reading.image_names import Place
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.opened import StoredLayer
from lixeval.oci.reading.stream import Stream, digest_of
from lixeval.oci.reading.stream import document as read_document

_LAYER_PREFIX = ("application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.")


def validate(path: str) -> list[str]:
    """What is wrong with the image at `path`, as sentences; an empty list means that it is sound.

    Raises ImageError only if `path` cannot be read as a folder or an archive of an image at all.
    """
    return [str(fault) for fault in examine(Place(path)).faults]


def examine(place: Place, limits: Limits = LIMITS) -> Examination:
    """Everything at a place: all images of it, and what belongs to none."""
    found = Examination()
    files = all_files.open_files(place.path, limits)
    try:
        found.kind = place.kind or image_names.kind_of(files)
        for name in files.repeated:
            found.remark(name, "comes more than once; the last counts")
        {
            image_names.LAYOUT: _examine_layout,
            image_names.DOCKER_ARCHIVE: _examine_docker_archive,
            image_names.DIRECTORY: _examine_directory,
        }[found.kind](files, found, limits)
    finally:
        files.close()
    return found


def examine_manifest(
    data: bytes, media_type: str, open_blob: Callable[[Descriptor], Stream], kind: str, limits: Limits = LIMITS
) -> Examination:
    """An image whose blobs come from elsewhere, a registry for example."""
    found = Examination(kind)
    _Walk(found, lambda digest: digest, open_blob, limits).image(data, media_type, "")
    return found


# -- documents and blobs -----------------------------------------------------------------------------------------------


class _Walk:
    """From a manifest to everything it points to; a blob or a layer that several images share is read once."""

    def __init__(
        self,
        found: Examination,
        name_of: Callable[[str], str],
        open_blob: Callable[[Descriptor], Stream],
        limits: Limits,
    ) -> None:
        self.found = found
        self.reached: set[str] = set()
        self._name_of = name_of
        self._open = open_blob
        self._limits = limits
        self._sizes: dict[str, int | None] = {}
        self._diff_ids: dict[str, str | None] = {}

    def blob(self, part: Descriptor) -> bool:
        """Whether a blob is there and what it should be."""
        name = self._name_of(part.digest)
        self.reached.add(name)
        if part.digest not in self._sizes:
            self._sizes[part.digest] = self._read_blob(part, name)
        size = self._sizes[part.digest]
        if size is not None and size != part.size:
            self.found.fault(name, f"has {size} bytes, but {part.size} are announced")
        return size == part.size

    def _read_blob(self, part: Descriptor, name: str) -> int | None:
        """Its size; None if it is not there, or is not the one of its digest."""
        try:
            with closing(self._open(part)) as stream:
                digest, size = digest_of(stream)
        except (ImageError, OSError) as error:
            self.found.fault(name, f"cannot be had: {reason_of(error)}")
            return None
        self.found.blobs += 1
        self.found.bytes += size
        if digest != part.digest:
            self.found.fault(name, f"has the digest {digest}")
            if size == part.size:
                return None
        return size

    def document(self, part: Descriptor) -> bytes:
        """A blob that was found to be sound."""
        stream = self._open(part)
        try:
            return read_document(stream, self._limits.document, f"'{part.digest}'")
        finally:
            stream.close()

    # -- an index and its images ---------------------------------------------------------------------------------------

    def index(self, data: bytes, name: str, depth: int = 0) -> None:
        found = self.found
        try:
            value: Any = go_json.parse(data)
            entries = listing.entries_of(data)
        except ImageError as error:
            found.fault(name, f"is damaged: {error.message}")
            return
        if value.get("schemaVersion") != 2:
            found.fault(name, f"has the schemaVersion {value.get('schemaVersion')!r} and not 2")
        if value.get("mediaType") not in (None, *media_types.INDEXES):
            found.fault(name, f"calls itself {value.get('mediaType')!r}, which is no index")
        if not entries:
            found.fault(name, "lists no image")
        if depth > self._limits.index_depth or len(entries) > self._limits.images:
            found.fault(name, "leads to more images than are read")
            return
        for number, entry in enumerate(entries):
            try:
                part = descriptors.from_json(entry)
            except ImageError as error:
                found.fault(f"{name}: entry {number}", error.message)
                continue
            self._entry(entry, part, name, depth)

    def _entry(self, entry: go_json.Object, part: Descriptor, index: str, depth: int) -> None:
        if not self.blob(part):
            return
        try:
            data = self.document(part)
        except ImageError as error:
            self.found.fault(self._name_of(part.digest), error.message)
            return
        if part.media_type in media_types.INDEXES:
            self.index(data, self._name_of(part.digest), depth + 1)
        elif part.media_type not in media_types.MANIFESTS:
            self.found.fault(index, f"points to {part.digest} as {part.media_type}, which is not an image manifest")
        elif listing.is_attachment(entry):
            self._attachment(data, self._name_of(part.digest))
        else:
            self.image(data, part.media_type, listing.platform_of(entry))

    def _attachment(self, data: bytes, name: str) -> None:
        """Something kept beside images: its blobs must be there, whatever they mean."""
        try:
            parsed = manifest.parse(data)
        except ImageError as error:
            self.found.fault(name, f"is damaged: {error.message}")
            return
        for part in (parsed.config, *parsed.layers):
            self.blob(part)

    def image(self, data: bytes, media_type: str, platform: str) -> None:
        found = self.found
        found.images += 1
        name = self._name_of(digests.of_bytes(data))
        try:
            value: Any = go_json.parse(data)
            parsed = manifest.parse(data)
            opened.check_count(parsed.layers, self._limits)
        except ImageError as error:
            found.fault(name, f"is no manifest: {error.message}")
            return
        if value.get("schemaVersion") != 2:
            found.fault(name, f"has the schemaVersion {value.get('schemaVersion')!r} and not 2")
        if value.get("mediaType", media_type) != media_type:
            found.fault(name, f"calls itself {value.get('mediaType')!r}, and is pointed to as {media_type}")
        if not isinstance(value.get("layers"), list):
            found.fault(name, "has no list of layers")
        if not opened.is_image_config(parsed.config.media_type):
            found.fault(name, f"has a config of the media type {parsed.config.media_type}")
        sound = [self.blob(part) for part in (parsed.config, *parsed.layers)]
        if sound[0]:
            self._config(parsed, sound[1:], platform)

    # -- the config and the layers -------------------------------------------------------------------------------------

    def _config(self, parsed: manifest.Manifest, sound: Sequence[bool], platform: str) -> None:
        name = self._name_of(parsed.config.digest)
        try:
            document = opened.config_document(self.document(parsed.config))
            inner = opened.diff_ids(document)
        except ImageError as error:
            self.found.fault(name, f"is no config: {error.message}")
            return
        for part, message, grave in config_faults(document, len(parsed.layers), platform):
            self.found.faults.append(Fault(f"{name}: {part}", message, grave))
        if len(inner) != len(parsed.layers):
            self.found.fault(name, f"names {len(inner)} layers, the manifest {len(parsed.layers)}")
            return
        for layer, diff_id, is_sound in zip(parsed.layers, inner, sound, strict=True):
            self._layer(layer, diff_id, is_sound)

    def _layer(self, layer: Descriptor, diff_id: str, is_sound: bool) -> None:
        name = self._name_of(layer.digest)
        try:
            wanted = packing.OF_MEDIA_TYPE[media_types.oci_layer(layer.media_type)]
        except ImageError:
            grave = not layer.media_type.startswith(_LAYER_PREFIX)
            what = "is called" if grave else "is of the kind"
            self.found.faults.append(Fault(name, f"{what} {layer.media_type}, which few clients unpack", grave))
            return
        if not is_sound:
            return
        if layer.digest not in self._diff_ids:
            stored = StoredLayer(diff_id, layer.digest, layer.size, layer.media_type, lambda: self._open(layer))
            self._diff_ids[layer.digest] = examine_layer(self.found, name, stored, wanted, self._limits)
        held = self._diff_ids[layer.digest]
        if held is not None and held != diff_id:
            self.found.fault(name, f"holds the tar {held}, but the config says {diff_id}")


# -- the places --------------------------------------------------------------------------------------------------------


def _examine_layout(files: Files, found: Examination, limits: Limits) -> None:
    try:
        if go_json.parse(all_files.read(files, "oci-layout", limits)) != go_json.parse(manifest.LAYOUT_FILE):
            found.fault("oci-layout", "does not say version 1.0.0")
    except ImageError as error:
        found.fault("oci-layout", f"cannot be read: {error.message}")
    try:
        index = all_files.read(files, "index.json", limits)
    except ImageError as error:
        found.fault("index.json", f"cannot be read: {error.message}")
        return
    walk = _Walk(found, image_names.blob_name, lambda part: files.open(image_names.blob_name(part.digest)), limits)
    walk.index(index, "index.json")
    if all_files.has(files, "manifest.json"):
        _examine_docker_names(files, found, walk.reached, limits)
    for name in files.names():
        if name.startswith("blobs/") and name not in walk.reached:
            found.remark(name, "belongs to no image")


def _examine_docker_names(files: Files, found: Examination, reached: set[str], limits: Limits) -> None:
    """Docker's manifest.json beside an index must speak of the same blobs."""
    try:
        for entry in image_names.docker_entries(all_files.read(files, "manifest.json", limits)):
            for name in (entry.config, *entry.layers):
                if name not in reached:
                    found.fault("manifest.json", f"points to {name}, which belongs to no image of index.json")
    except ImageError as error:
        found.fault("manifest.json", f"cannot be read: {error.message}")


def _examine_directory(files: Files, found: Examination, limits: Limits) -> None:
    try:
        if not all_files.read(files, "version", limits).startswith(b"Directory Transport Version: 1"):
            found.fault("version", "does not say version 1")
    except ImageError as error:
        found.fault("version", f"cannot be read: {error.message}")
    data = all_files.read(files, "manifest.json", limits)
    walk = _Walk(found, digests.encoded, lambda part: files.open(digests.encoded(part.digest)), limits)
    walk.image(data, media_types.said_by(data), "")
    known = {*walk.reached, "version", "manifest.json"}
    for name in files.names():
        if name not in known and not name.startswith("signature-"):
            found.remark(name, "belongs to no image")


def _examine_docker_archive(files: Files, found: Examination, limits: Limits) -> None:
    try:
        entries = image_names.docker_entries(all_files.read(files, "manifest.json", limits))
    except ImageError as error:
        found.fault("manifest.json", f"cannot be read: {error.message}")
        return
    held: dict[str, str | None] = {}
    for entry in entries[: limits.images]:
        found.images += 1
        try:
            config = all_files.read(files, entry.config, limits)
            document = opened.config_document(config)
            inner = opened.diff_ids(document)
            opened.check_count(entry.layers, limits)
        except ImageError as error:
            found.fault(entry.config, f"is no config: {error.message}")
            continue
        _examine_docker_config(found, entry, config, document)
        if len(inner) != len(entry.layers):
            found.fault(entry.config, f"names {len(inner)} layers, manifest.json {len(entry.layers)}")
            continue
        for name, diff_id in zip(entry.layers, inner, strict=True):
            if name not in held:
                held[name] = _examine_docker_layer(files, found, name, diff_id, limits)
            if held[name] not in (None, diff_id):
                found.fault(name, f"holds the tar {held[name]}, but the config says {diff_id}")


def _examine_docker_config(
    found: Examination, entry: image_names.DockerEntry, config: bytes, document: go_json.Object
) -> None:
    found.blobs += 1
    found.bytes += len(config)
    stem = entry.config.rpartition("/")[2].removesuffix(".json")
    if len(stem) == 64 and "sha256:" + stem != digests.of_bytes(config):
        found.fault(entry.config, f"has the digest {digests.of_bytes(config)}")
    for part, message, grave in config_faults(document, len(entry.layers), ""):
        found.faults.append(Fault(f"{entry.config}: {part}", message, grave))


def _examine_docker_layer(files: Files, found: Examination, name: str, diff_id: str, limits: Limits) -> str | None:
    found.blobs += 1
    found.bytes += files.size(name) or 0
    layer = StoredLayer(diff_id, "", files.size(name) or 0, media_types.LAYER_TAR, lambda: files.open(name))
    return examine_layer(found, name, layer, None, limits)
