"""A manifest with its blobs, or an index with the trees of its entries: all that one name stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lixeval.oci import descriptor as descriptors
from lixeval.oci.blob import Blob, BytesBlob
from lixeval.oci.descriptor import Descriptor


@dataclass(frozen=True, slots=True)
class Tree:
    """`data` is the manifest or index, `blobs` are a manifest's, `members` an index's, in its order."""

    media_type: str
    data: bytes
    blobs: tuple[Blob, ...] = ()
    members: tuple[Tree, ...] = ()

    @property
    def descriptor(self) -> Descriptor:
        """What leads to it."""
        return descriptors.of_bytes(self.media_type, self.data)

    def manifests(self) -> Iterator[Tree]:
        """All that are no index, each digest once."""
        seen: set[str] = set()
        for one in self._nodes():
            digest = one.descriptor.digest
            if not one.members and digest not in seen:
                seen.add(digest)
                yield one

    def indexes(self) -> Iterator[Tree]:
        """The indexes, the inner ones first."""
        yield from (one for one in self._nodes() if one.members)

    def _nodes(self) -> Iterator[Tree]:
        for member in self.members:
            yield from member._nodes()
        yield self

    def all_blobs(self) -> Iterator[Blob]:
        """Every blob once, documents behind what they lead to."""
        seen: set[str] = set()
        for one in self._nodes():
            for blob in (*one.blobs, BytesBlob(one.descriptor.digest, one.data)):
                if blob.digest not in seen:
                    seen.add(blob.digest)
                    yield blob
