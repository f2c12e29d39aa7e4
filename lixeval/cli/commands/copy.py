"""`lixeval copy IMAGE DESTINATION …`: an image from wherever it can be read to wherever it can be written.

    lixeval copy /nix/store/…-image-app.json docker://registry.example/app:v1
    lixeval copy docker://registry.example/app:v1 oci:layout:v1 --all
    lixeval copy result oci:layout:v1 --compression zstd

What is read stays what it is: manifests and digests are those of the source where the destination can hold them.  They
become others where layers are packed (an image that was built here, on its way to a registry; `--compression`) and
where a Docker manifest goes to a place that has OCI's alone.  DESTINATIONs are those of `--to`.  Where neither image
nor destination say what the image is called, files and folders have one without a name, as skopeo writes them.  The
programs `image.copyToRegistry`, `image.copyToPodman` and so on call this.

Store paths are copied as well, with all that they refer to, to a binary cache or another store and from one: what the
destination is, or `--from`, tells (see `store_caches`).

    lixeval copy /nix/store/…-app --to 'file:///srv/cache?compression=zstd&secret-key=FILE'
    lixeval copy /nix/store/…-app --from https://cache.example.org

What `--creds` gives is for the destination; where only the source is in a registry, or both are in the same, for that.
"""

from __future__ import annotations

import copy
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from lixeval.cli.delivery import Deliveries
from lixeval.cli.images import Images, is_image_json, is_kept, is_nix, is_remote
from lixeval.cli.option_table import is_for_paths
from lixeval.cli.subcommand import CommandLine, read
from lixeval.errors import ImageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lixeval.cli.options import Options
    from lixeval.containers.delivery import Delivered, Delivery
    from lixeval.containers.destination import Destination
    from lixeval.oci.image import Image


def run(words: list[str]) -> int:
    """Does what the command line says; the exit code."""
    line = read("copy", words)
    options = line.options
    if "from" in line.texts or any(is_for_paths(place) for place in options.destinations):
        from lixeval.cli.commands.store_caches import copy_paths

        return copy_paths(line)
    if not options.files or not options.files[1:] + options.destinations:
        raise UsageError("copy needs an image and where it shall go", hint="lixeval copy --help")
    from lixeval.containers.delivery import SomeFailed

    deliveries = Deliveries(options)
    try:
        delivered = _copy(line, deliveries)
    except SomeFailed as error:
        deliveries.close()
        _tell(error.delivered)
        raise
    finally:
        deliveries.close()
    _tell(delivered)
    return 0


def _tell(delivered: Sequence[Delivered]) -> None:
    for one in delivered:
        print(one.place)


def _copy(line: CommandLine, deliveries: Deliveries) -> Sequence[Delivered]:
    from lixeval.cli.installables import open_store
    from lixeval.containers import destination, write
    from lixeval.system.signals import ending_politely

    options = line.options
    source, places = options.files[0].removeprefix("nix:"), [*options.files[1:], *options.destinations]
    options.files[:] = [source]
    destinations = [destination.parse(place) for place in places]
    store = open_store(options)
    path = store.real(source) if source.startswith("/nix/store/") else os.path.realpath(source)
    built = path if os.path.isfile(path) and is_image_json(path) else None
    if built is None and not _may_be_image(source):
        raise ImageError(f"'{source}' is no built image, and no other one", hint="lixeval copy --help")
    delivery = deliveries()
    delivery.check(destinations)
    with ending_politely():
        if built is not None:
            return delivery.deliver(write.load_image(built, store), destinations, None)
        if "all" in line.flags or line.texts.get("multi-arch") == "all":
            return _copy_all(source, line, destinations, delivery)
        return _copy_one(source, line, destinations, delivery)


def _may_be_image(source: str) -> bool:
    from lixeval.oci.reading import image_names

    elsewhere = is_nix(source) or is_remote(source) or is_kept(source)
    return elsewhere or os.path.exists(image_names.parse(source).path)


def _copy_one(
    source: str, line: CommandLine, destinations: Sequence[Destination], delivery: Delivery
) -> Sequence[Delivered]:
    """One image: of several the one for the platform.  What lies somewhere with a digest keeps it where that can be."""
    from lixeval.oci.reading.unopened import image_of

    with Images(_source_options(source, line, destinations), line.options.platform) as images:
        opened = images.open(images.subjects()[0])
        image = image_of(opened, same=True)
        if opened.manifest is not None and not is_nix(source):
            delivery = replace(delivery, as_it_is=True)
        if "same" in line.flags:
            _check_same(image, destinations, delivery)
        _remember(delivery, source, [layer.blob.digest for layer in image.layers])
        names = [name.removeprefix("docker://").partition("@")[0] for name in opened.names]
        return delivery.deliver(image, [_named(target, names) for target in destinations], None)


def _named(target: Destination, names: Sequence[str]) -> Destination:
    """A destination in podman or docker by the name that the image has where it is, if it is given no other."""
    from lixeval.containers.destination import CLIENTS

    return replace(target, path=names[0]) if target.transport in CLIENTS and not target.path and names else target


def _check_same(image: Image, destinations: Sequence[Destination], delivery: Delivery) -> None:
    """Raise ImageError where the image's digest would become another."""
    from lixeval.oci import media_types

    manifest = image.manifest
    for target in destinations:
        holds = target.transport in ("docker", "dir") or manifest.media_type == media_types.MANIFEST
        if manifest.raw is None or not holds or target.transport == "docker-archive" or not delivery.as_it_is:
            raise ImageError(f"the image would have another digest in '{target}', and --preserve-digests is given")


def _copy_all(
    source: str, line: CommandLine, destinations: Sequence[Destination], delivery: Delivery
) -> Sequence[Delivered]:
    """Everything that a name leads to."""
    from lixeval.oci.reading import files as all_files
    from lixeval.oci.reading import image_names, trees

    if line.options.compression is not None:
        raise UsageError("--all copies layers as they are: --compression cannot be given with it")
    if is_nix(source) or is_kept(source):
        raise UsageError(f"'{source}' is one image: --all is for what has several")
    if is_remote(source):
        from lixeval.oci.registry import location
        from lixeval.oci.registry.session import Session

        settings = Deliveries(_source_options(source, line, destinations)).settings()
        session = Session(location.parse(source).tagged("latest"), settings, "pull")
        try:
            tree = trees.of_registry(session)
            _remember(delivery, source, [blob.digest for one in tree.manifests() for blob in one.blobs])
            return delivery.deliver_tree(tree, destinations)
        finally:
            session.close()
    place = image_names.parse(source)
    files = all_files.open_files(place.path)
    try:
        tree = trees.of_files(files, place.kind or image_names.kind_of(files), place.name)
        return delivery.deliver_tree(tree, destinations)
    finally:
        files.close()


def _remember(delivery: Delivery, source: str, blobs: Sequence[str]) -> None:
    """That the source's repository has blobs: within its registry they need not be sent."""
    if is_remote(source):
        from lixeval.oci.registry import location

        where = location.parse(source)
        for digest in blobs:
            delivery.memory.remember_place(where.registry, where.repository, digest)


def _source_options(source: str, line: CommandLine, destinations: Sequence[Destination]) -> Options:
    """The options for reading: credentials that were given for one registry are not shown to another."""
    from lixeval.oci.registry import location

    options = copy.copy(line.options)
    registries = {location.parse(str(target)).registry for target in destinations if target.transport == "docker"}
    if is_remote(source) and registries and registries != {location.parse(source).registry}:
        options.credentials = None
    options.credentials = line.texts.get("src-creds", options.credentials)
    options.authfile = line.texts.get("src-authfile", options.authfile)
    if "src-insecure" in line.flags:
        options.insecure, options.tls_verify = True, False
    elif "src-tls" in line.flags:
        options.insecure = False
    return options
