"""Documents kept beside an image: a manifest of their own that names the image as its subject.

    {schemaVersion: 2, mediaType, artifactType, config: the empty object, layers: [the document], subject, annotations?}

In a layout such a manifest is one more entry of index.json, with its artifactType; in a registry it is pushed by
digest, and the registry lists it as a referrer of the image (`oci.registry.referrers`).

Source: OCI image specification 1.1, manifest.md, "Guidelines for Artifact Usage"; distribution specification, "Listing
Referrers".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lixeval.oci import descriptor as descriptors
from lixeval.oci import digest as digests
from lixeval.oci import go_json, media_types
from lixeval.oci.blob import Blob, BytesBlob
from lixeval.oci.descriptor import Descriptor

EMPTY = b"{}"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document about an image; `media_type` says what it is, for the manifest and for the document itself."""

    media_type: str
    data: bytes
    annotations: Mapping[str, str] = field(default_factory=dict)

    def manifest(self, subject: Descriptor) -> bytes:
        """The manifest that ties the document to the image whose manifest `subject` describes."""
        members: dict[str, object] = {
            "schemaVersion": 2,
            "mediaType": media_types.MANIFEST,
            "artifactType": self.media_type,
            "config": descriptors.of_bytes(EMPTY_TYPE, EMPTY).to_json(),
            "layers": [descriptors.of_bytes(self.media_type, self.data).to_json()],
            "subject": Descriptor(subject.media_type, subject.digest, subject.size).to_json(),
        }
        if self.annotations:
            members["annotations"] = go_json.sorted_map(self.annotations)
        return go_json.marshal(members)

    def blobs(self) -> tuple[Blob, Blob]:
        """What the manifest points to."""
        return BytesBlob(digests.of_bytes(EMPTY), EMPTY), BytesBlob(digests.of_bytes(self.data), self.data)

    def index_entry(self, subject: Descriptor) -> dict[str, object]:
        """The entry of an index.json, or of a registry's list of referrers."""
        entry = descriptors.of_bytes(media_types.MANIFEST, self.manifest(subject)).to_json()
        entry["artifactType"] = self.media_type
        if self.annotations:
            entry["annotations"] = go_json.sorted_map(self.annotations)
        return entry
