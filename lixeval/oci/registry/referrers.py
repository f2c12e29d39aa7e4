"""Documents about an image into a registry: pushed by digest, and found by who asks for the image's referrers.

A registry that knows the referrers API answers the manifest with `OCI-Subject`.  For any other one the list is kept
where clients look for it then: an index under the tag `sha256-HEX` of the image's digest.

Source: distribution specification, "Pushing Manifests with Subject", "Referrers Tag Schema".
"""

from __future__ import annotations

import threading
from typing import Any

from lixeval.errors import ImageError
from lixeval.oci import digest as digests
from lixeval.oci import go_json, media_types
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.referrer import Attachment
from lixeval.oci.registry import connection as connections
from lixeval.oci.registry.location import Location
from lixeval.oci.registry.push import LARGEST_MANIFEST, put_manifest
from lixeval.oci.registry.session import Session, Settings
from lixeval.oci.registry.upload import upload


def attach(attachment: Attachment, subject: Descriptor, location: Location, settings: Settings) -> str:
    """Push a document about the image `subject` into its repository; the digest of the document's manifest."""
    session = Session(location, settings, "pull,push")
    try:
        for blob in attachment.blobs():
            upload(session, blob, (), threading.Event())
        manifest = attachment.manifest(subject)
        digest = digests.of_bytes(manifest)
        if not _is_listed(session, manifest, digest):
            _list_by_tag(session, attachment, subject)
        return digest
    finally:
        session.close()


def _is_listed(session: Session, manifest: bytes, digest: str) -> bool:
    """Store the manifest; whether the registry says that it lists it."""
    headers = {"Content-Type": media_types.MANIFEST}
    response = session.request("PUT", f"/manifests/{digest}", expect={200, 201, 202}, headers=headers, body=manifest)
    connections.drain(response)
    return bool(response.headers.get("OCI-Subject"))


def _list_by_tag(session: Session, attachment: Attachment, subject: Descriptor) -> None:
    """Add the document to the index that stands for a list of referrers."""
    tag = subject.digest.replace(":", "-")
    entries = [entry for entry in _listed(session, tag) if entry.get("artifactType") != attachment.media_type]
    index = {
        "schemaVersion": 2,
        "mediaType": media_types.INDEX,
        "manifests": [*entries, attachment.index_entry(subject)],
    }
    put_manifest(session, tag, go_json.marshal(index), media_types.INDEX)


def _listed(session: Session, tag: str) -> list[dict[str, Any]]:
    """What the index under a tag lists; nothing where there is none."""
    headers = {"Accept": media_types.INDEX}
    response, data = session.document(
        f"/manifests/{tag}", LARGEST_MANIFEST, "the list of referrers", expect={200, 404}, headers=headers
    )
    if response.status == 404:
        return []
    value = go_json.parse(data)
    entries = value.get("manifests") if isinstance(value, go_json.Object) else None
    if not isinstance(entries, list):
        raise ImageError(f"the tag '{tag}' should be a list of referrers, and is something else")
    return [go_json.plain(entry) for entry in entries if isinstance(entry, go_json.Object)]
