"""Words of a command line that name an image, opened.

    docker://HOST/NAME:TAG                                   in a registry
    containers-storage:NAME:TAG  docker-daemon:NAME:TAG      kept by podman or docker
    oci:DIR[:TAG]  oci-archive:FILE  docker-archive:FILE  dir:DIR  FILE  DIR      where an image was written to
    FILE.nix[#ATTRIBUTE]  FILE.nix -A ATTRIBUTE  -E EXPRESSION                    which is built first
    /nix/store/…-image-NAME.json  result  image.json                              what building one gives

What is read is never trusted: `lixeval.oci.reading` bounds and checks it.  Images that were built here come with all
that the store knows of their layers; so do archives and registries, for layers that the store has made.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from lixeval.cli.installables import Installables, Subject
from lixeval.cli.output.wording import clean
from lixeval.cli.words import is_flake
from lixeval.containers import write
from lixeval.containers.destination import CLIENTS, FOLDERS_AND_FILES
from lixeval.containers.provenance import Provenance
from lixeval.errors import ImageError, UsageError
from lixeval.formats import store_path
from lixeval.oci.blob import Blob, FileBlob
from lixeval.oci.image import Image
from lixeval.oci.reading import image_names, opened
from lixeval.oci.reading.files import open_files
from lixeval.oci.reading.opened import OpenedImage, Opener, StoredLayer
from lixeval.oci.reading.stream import FileRange, Stream, of_file

if TYPE_CHECKING:
    from lixeval.cli.options import Options
    from lixeval.store.local import LocalStore

BUILD = "built image"


class Images:
    """Opens what words name; use it as a context manager, and images stay readable until its end."""

    def __init__(self, options: Options, platform: str | None) -> None:
        self._installables = Installables(options)
        self._options = options
        self._platform = platform
        self._closing = ExitStack()

    def __enter__(self) -> Images:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()
        if isinstance(error, ImageError):
            # What an image says of itself stands in messages too.
            error.message = clean(error.message)
            error.hint = clean(error.hint) if error.hint is not None else None

    def subjects(self) -> list[Subject]:
        """What the command line names."""
        return self._installables.subjects()

    @property
    def store(self) -> LocalStore | None:
        """The store, where there is one."""
        store = self._installables.store
        return store if os.path.isdir(store.real_store_dir) else None

    def provenance(self) -> Provenance:
        """What the store knows of layers; nothing where there is no store."""
        return Provenance(self.store)

    def open(self, subject: Subject) -> OpenedImage:
        """The image that a word names; raises ImageError or UsageError where it names none."""
        image = self._open(subject)
        self._closing.callback(image.close)
        return image

    def _open(self, subject: Subject) -> OpenedImage:
        text = subject.text
        if subject.is_expression or is_nix(text):
            return self._built(subject)
        if is_remote(text):
            return self._remote(text)
        if is_kept(text):
            return replace(image_names.open_image(self._kept(text), self._platform), where=text)
        json_file = self._image_json(subject)
        if json_file is not None:
            return of_build(write.load_image(json_file, self._installables.store), text)
        return image_names.open_image(image_names.parse(text), self._platform)

    def _remote(self, text: str) -> OpenedImage:
        from lixeval.cli.delivery import Deliveries
        from lixeval.oci.reading.remote import open_remote

        deliveries = Deliveries(self._options)
        self._closing.callback(deliveries.close)
        return open_remote(text, deliveries.settings(), self._platform)

    def place(self, subject: Subject) -> image_names.Place | None:
        """Where a word's images are stored: a file or folder, or what podman or docker wrote; None for other words."""
        text = subject.text
        if is_kept(text) and not subject.is_expression:
            return self._kept(text)
        return image_names.parse(text) if is_stored(subject) else None

    def _kept(self, text: str) -> image_names.Place:
        """An image that podman or docker keeps: they write it to a file that is gone when all images are closed."""
        from lixeval.containers import clients
        from lixeval.system.scratch import Scratch

        transport, _, name = text.partition(":")
        folder = self._closing.enter_context(Scratch("lixeval-image-"))
        path = os.path.join(folder, "image.tar")
        clients.fetch(transport, name, path)
        return image_names.Place(path)

    def _built(self, subject: Subject) -> OpenedImage:
        targets = self._installables.targets(subject)
        if len(targets) != 1 or not targets[0].image_name:
            raise UsageError(f"'{subject.text}' describes no image", hint="an image is what buildImage gives")
        from lixeval.build.plan import Wanted

        target, workspace = targets[0], self._installables.workspace
        results = workspace.realise([Wanted(target.drv_path, (target.output_name,))])
        path = workspace.store.real(results.outputs[target.drv_path][target.output_name])
        image = write.load_image(path, workspace.store)
        return of_build(image, subject.text, f"{target.image_name}:{target.image_tag}")

    def _image_json(self, subject: Subject) -> str | None:
        """The real path of an image.json, by its store path, through a link, or as a file."""
        path = subject.text
        if path.startswith(store_path.STORE_DIR + "/") or os.path.islink(path):
            found = self._installables.store_path(subject)
            if found is not None:
                path = self._installables.store.real(found)
        return os.path.realpath(path) if os.path.isfile(path) and is_image_json(path) else None


def is_nix(text: str) -> bool:
    """Whether a word names a Nix file, a flake, or a folder with one and no image in it."""
    if is_flake(text):
        return True
    file = text if os.path.lexists(text) else text.partition("#")[0]
    if os.path.isdir(file):
        return os.path.exists(f"{file}/default.nix") and not os.path.exists(f"{file}/index.json")
    return file.endswith(".nix")


def is_remote(text: str) -> bool:
    """Whether a word names an image in a registry."""
    return text.startswith(image_names.REGISTRY)


def is_kept(text: str) -> bool:
    """Whether a word names an image that podman or docker keeps."""
    transport, colon, _ = text.partition(":")
    return bool(colon) and transport in CLIENTS


def is_stored(subject: Subject) -> bool:
    """Whether a word names a folder or a file with images in it, and nothing that must be built or fetched."""
    text = subject.text
    if (
        subject.is_expression
        or is_nix(text)
        or is_remote(text)
        or is_kept(text)
        or text.startswith(store_path.STORE_DIR + "/")
    ):
        return False
    return not (os.path.isfile(text) and is_image_json(text))


def is_image_json(path: str) -> bool:
    """Whether a file starts as an image.json does; its rest is judged by who reads it."""
    with open(path, "rb") as file:
        head = file.read(4096)
    return head.lstrip().startswith(b"{") and b'"version"' in head


def of_build(image: Image, where: str, *names: str) -> OpenedImage:
    """An image that was built here, opened like any other."""
    document = opened.config_document(image.config)
    histories = opened.histories(document, len(image.layers))
    layers = tuple(
        StoredLayer(layer.diff_id, layer.blob.digest, layer.blob.size, layer.media_type, _opener(layer.blob), history)
        for layer, history in zip(image.layers, histories, strict=True)
    )
    return OpenedImage(where, BUILD, names, image.manifest.to_bytes(), image.config, document, layers)


def _opener(blob: Blob) -> Opener:
    if isinstance(blob, FileBlob):
        path = blob.path
        return lambda: of_file(path)
    return _made(blob)


def _made(blob: Blob) -> Callable[[], Stream]:
    """A blob that is made when it is read: into a nameless file."""

    def open_blob() -> Stream:
        with tempfile.TemporaryFile() as file:
            blob.copy_to(file.fileno())
            fd = os.dup(file.fileno())
        return FileRange(fd, 0, blob.size, "a temporary file", owned=True)

    return open_blob


def looks_like_image(text: str) -> bool:
    """Whether a word can name nothing but a finished image, so that `lixeval diff` compares images.

    What building one gives (an image.json) has a derivation too, and a Nix file may describe either.
    """
    transport = text.partition(":")[0]
    if is_remote(text) or is_kept(text) or (":" in text and transport in FOLDERS_AND_FILES):
        return True
    if os.path.isdir(text):
        return any(os.path.exists(f"{text}/{name}") for name in ("index.json", "oci-layout", "manifest.json"))
    if not os.path.isfile(text) or text.endswith((".nix", ".drv", ".json")):
        return False
    try:
        files = open_files(text)
    except ImageError:
        return False
    try:
        return files.size("manifest.json") is not None or files.size("index.json") is not None
    finally:
        files.close()
