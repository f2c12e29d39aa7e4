"""An image delivered: to files and folders, to a registry, to the programs that keep images; several at once.

The image id is the same everywhere, since nothing here touches the config document.  What may differ is how layers
are packed: as they are in files and folders, where space is cheap and an uncompressed layout is also the fastest; by
gzip on the way to a registry.  `compression` decides otherwise, for all destinations alike.  docker-archive always
has plain tars: its names are those of the tars.

Source: containers-transports(5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from lixeval.containers import clients
from lixeval.containers.destination import ARCHIVE, CLIENTS, REGISTRY, Destination
from lixeval.errors import ImageError
from lixeval.oci import (
    archive,
    directory,
    docker_archive,
    layout,
    manifest,
    own_archives,
    publish,
    reference,
)
from lixeval.oci import descriptor as descriptors
from lixeval.oci import digest as digests
from lixeval.oci.image import Image
from lixeval.oci.layout import Progress, silent
from lixeval.oci.memory import BlobMemory
from lixeval.oci.reference import Reference
from lixeval.oci.registry import location
from lixeval.oci.registry.observer import TransferObserver
from lixeval.system import atomic

if TYPE_CHECKING:
    from lixeval.oci.referrer import Attachment
    from lixeval.oci.registry.push import Others, Pushed
    from lixeval.oci.registry.session import Settings
    from lixeval.oci.tree import Tree

_FOR_REGISTRIES = "gzip"


class SomeFailed(ImageError):
    """Some of several destinations have not been written; `delivered` are those that have."""

    delivered: tuple[Delivered, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where an image is now: `place` in words that name it again, `manifest_digest` of what lies there."""

    place: str
    image_id: str
    manifest_digest: str


def _usual_settings() -> Settings:
    from lixeval.oci.registry.session import Settings

    return Settings()


@dataclass(frozen=True, slots=True)
class Delivery:
    """How to deliver.  `compression` is None for what fits each destination; `registry_settings` is called when a
    registry is spoken to, `watch` when layers are packed; `progress` is told of every blob written.  `bill` is the form
    of the bill of materials that is to lie beside the image.  Layers that lie somewhere already go `as_it_is` unless a
    compression is asked for.
    """

    compression: str | None = None
    registry_settings: Callable[[], Settings] = _usual_settings
    watch: Callable[[], TransferObserver] = TransferObserver
    memory: BlobMemory = field(default_factory=BlobMemory)
    digest_file: str | None = None
    progress: Progress = silent
    bill: str | None = None
    as_it_is: bool = False

    def check(self, destinations: Sequence[Destination]) -> None:
        """Raise ImageError for what can be known before anything is built: what is in the way, or missing, and that a
        registry would not take anything from us.
        """
        if self.compression is not None:
            from lixeval.oci import compress

            compress.parse(self.compression)
        if self.bill is not None:
            self._check_bill(destinations)
        for target in destinations:
            if target.transport == "oci":
                publish.check_folder(target.path, layout.is_layout, layout.KIND)
            elif target.transport == "dir":
                publish.check_folder(target.path, directory.is_directory, directory.KIND)
            elif target.transport in CLIENTS:
                clients.check(target.transport)
            elif target.transport == REGISTRY:
                self._check_registry(location.parse(location.PREFIX + target.path))
            else:
                publish.check_file(target.path, own_archives.is_ours, own_archives.KIND)

    def _check_registry(self, where: location.Location) -> None:
        from lixeval.oci.registry.session import Session

        session = Session(where, self.registry_settings(), "pull,push")
        try:
            session.check_push()
        finally:
            session.close()

    def _check_bill(self, destinations: Sequence[Destination]) -> None:
        from lixeval.containers.sbom import check_format

        check_format(self.bill or "")
        for target in destinations:
            if target.transport not in ("oci", REGISTRY):
                raise ImageError(
                    f"a bill of materials has no place in '{target}'",
                    hint="it lies beside images in oci: layouts and registries; as a file: lixeval sbom IMAGE -o FILE",
                )

    def deliver(
        self,
        image: Image,
        destinations: Sequence[Destination],
        full_name: Reference | None,
        attachments: Sequence[Attachment] = (),
    ) -> list[Delivered]:
        """Bring `image` to every destination, in order, called `full_name` unless a destination has its own name.

        Without either, files and folders have an image without a name, and a registry one called `latest`.

        `attachments` go along, to layouts and registries.
        """
        packed: dict[str, Image] = {}

        def one(target: Destination) -> Delivered:
            how = self._compression_for(target)
            if how not in packed:
                packed[how] = self._packed(image, how)
            delivered = self._deliver(packed[how], target, full_name)
            for attachment in attachments:
                self._attach(attachment, packed[how], target)
            return delivered

        delivered = self._each(destinations, one)
        self._let_go(packed.values())
        self._write_digests(delivered)
        return delivered

    def deliver_tree(self, tree: Tree, destinations: Sequence[Destination]) -> list[Delivered]:
        """Bring an index and all that it leads to, or a single manifest, to every destination, as they are."""
        delivered = self._each(destinations, lambda target: self._deliver_tree(tree, target))
        self._write_digests(delivered)
        return delivered

    def _each(
        self, destinations: Sequence[Destination], deliver: Callable[[Destination], Delivered]
    ) -> list[Delivered]:
        """What becomes of each destination; where some fail the others are written all the same."""
        delivered: list[Delivered] = []
        failed: list[tuple[Destination, ImageError | OSError]] = []
        for target in destinations:
            try:
                delivered.append(deliver(target))
            except (ImageError, OSError) as error:
                if len(destinations) == 1:
                    raise
                failed.append((target, error))
        if failed:
            raise _some_failed(failed, delivered)
        return delivered

    def _deliver_tree(self, tree: Tree, target: Destination) -> Delivered:
        digest = tree.descriptor.digest
        if target.transport == REGISTRY:
            from lixeval.oci.registry.push import push_tree

            where = location.parse(location.PREFIX + target.path).tagged("latest")
            return Delivered(self._pushed(partial(push_tree, tree, where), where)[0], "", digest)
        annotations = {} if target.name is None else {manifest.REF_NAME: target.name}
        entry = descriptors.of_bytes(tree.media_type, tree.data, annotations)
        if target.transport == "oci":
            layout.write_entry(entry, tree.all_blobs(), target.path, self.progress)
        elif target.transport == "oci-archive":
            archive.write_layout_archive(entry, tree.all_blobs(), target.path, self.progress)
        elif target.transport == "dir":
            directory.write_tree(tree, target.path, self.progress)
        else:
            raise ImageError(
                f"'{target}' has no room for images of several platforms",
                hint="they go to oci:DIR[:TAG], oci-archive:FILE[:TAG], dir:DIR and docker://HOST/NAME[:TAG]",
            )
        return Delivered(str(target), "", digest)

    def _write_digests(self, delivered: Sequence[Delivered]) -> None:
        if self.digest_file is not None:
            found = dict.fromkeys(one.manifest_digest for one in delivered)
            with publish.failures_of(self.digest_file):
                atomic.write_file(self.digest_file, "\n".join(found).encode())

    def _attach(self, attachment: Attachment, image: Image, target: Destination) -> None:
        if target.transport == "oci":
            layout.attach(attachment, image, target.path)
            return
        from lixeval.oci.registry.referrers import attach

        subject = descriptors.of_bytes(image.manifest.media_type, image.manifest.to_bytes())
        attach(attachment, subject, location.parse(location.PREFIX + target.path), self.registry_settings())

    def deliver_index(
        self, images: Sequence[Image], destinations: Sequence[Destination], full_name: Reference
    ) -> list[str]:
        """Bring images of several platforms under one name to layouts and registries; where they are now."""
        from lixeval.oci import multi_platform

        found: list[str] = []
        packed: list[Image] = []
        for target in destinations:
            how = self._compression_for(target)
            whole = multi_platform.together([self._packed(image, how) for image in images])
            packed += whole.images
            if target.transport == "oci":
                multi_platform.write_to_layout(whole, target.path, target.name or full_name.tag, self.progress)
                found.append(str(target))
            elif target.transport == REGISTRY:
                from lixeval.oci.registry.push import push_index

                where = location.parse(location.PREFIX + target.path).tagged(full_name.tag)
                found.append(self._pushed(partial(push_index, whole, where), where)[0])
            else:
                raise ImageError(
                    f"'{target}' has no room for images of several platforms",
                    hint="they go to oci:DIR[:TAG] and docker://HOST/NAME[:TAG]",
                )
        self._let_go(packed)
        return found

    def _let_go(self, arrived: Iterable[Image]) -> None:
        """What was packed for places that all have it now is kept no longer."""
        self.memory.let_go(layer.blob.digest for image in arrived for layer in image.layers)

    def _pushed(self, push: Callable[[Settings, Others], Pushed], where: location.Location) -> tuple[str, str]:
        """Has something pushed, and remembers where its blobs are; the exact name of what is there now, its digest."""
        pushed = push(self.registry_settings(), lambda digest: self.memory.places(where.registry, digest))
        for digest in pushed.blobs:
            self.memory.remember_place(where.registry, where.repository, digest)
        exact = location.Location(where.registry, where.repository, where.tag, pushed.manifest_digest)
        return str(exact), pushed.manifest_digest

    def _compression_for(self, target: Destination) -> str:
        if target.transport == "docker-archive":
            return "none"
        usual = _FOR_REGISTRIES if target.transport == REGISTRY and not self.as_it_is else "none"
        return self.compression or usual

    def _packed(self, image: Image, how: str) -> Image:
        if how == "none":
            return image
        from lixeval.oci import compress

        return compress.packed_image(image, compress.parse(how), self.memory, observer=self.watch())

    def _deliver(self, image: Image, target: Destination, full_name: Reference | None) -> Delivered:
        if target.transport == REGISTRY:
            tag = full_name.tag if full_name is not None else "latest"
            from lixeval.oci.registry.push import push_image

            where = location.parse(location.PREFIX + target.path).tagged(tag)
            place, digest = self._pushed(partial(push_image, image, where), where)
            return Delivered(place, image.image_id, digest)
        if target.transport in CLIENTS:
            named = reference.parse(target.path) if target.path else full_name
            if named is None:
                raise ImageError(f"'{target}' does not say what the image shall be called")
            clients.hand_over(image, target.transport, named, self.progress)
            place = f"{target.transport}:{named}"
        else:
            write_to(image, target, full_name, self.progress)
            place = str(target)
        if target.transport != "dir":
            image = image.in_oci()
        return Delivered(place, image.image_id, digests.of_bytes(image.manifest.to_bytes()))


def _some_failed(
    failed: Sequence[tuple[Destination, ImageError | OSError]], delivered: Sequence[Delivered]
) -> SomeFailed:
    """All that went wrong with several destinations, the first thing first."""
    told = [
        f"'{target}': {error.message if isinstance(error, ImageError) else error.strerror or error}"
        for target, error in failed
    ]
    first = failed[0][1]
    total = len(failed) + len(delivered)
    raised = SomeFailed(
        f"{len(failed)} of {total} destinations have not been written: {'; '.join(told)}",
        hint=first.hint if isinstance(first, ImageError) else None,
    )
    raised.delivered = tuple(delivered)
    return raised


def write_to(image: Image, target: Destination, full_name: Reference | None, progress: Progress = silent) -> None:
    """Write `image` as it is to a file or folder, called `full_name` unless the destination has a name of its own."""
    if target.transport == "dir":
        directory.write_directory(image, target.path, progress)
    elif target.transport == "oci":
        tag = target.name or (full_name.tag if full_name is not None else None)
        layout.write_layout(image, target.path, tag, progress)
    elif target.transport == "docker-archive":
        named = reference.parse(target.name) if target.name else full_name
        docker_archive.write_docker_archive(image, target.path, named, progress)
    else:
        tag, named = target.name, full_name
        if tag is not None and full_name is not None:
            named = Reference(full_name.name, tag)
        archive.write_archive(image, target.path, named, tag=tag, docker=target.transport == ARCHIVE, progress=progress)
