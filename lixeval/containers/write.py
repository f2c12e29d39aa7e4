"""The last step of an image: from a built image.json to wherever it shall go (`delivery`).

image.json says which layers there are, not where their blobs lie.  A blob is looked for where it can be had without
work: at the `layer-path` of the record (a file of a store path in the image's closure, and nothing else, since an
image.json may be anybody's), then beside the layers.json of the layers that went into the image (the
image's deriver names them).  Where neither exists, as for an image copied from elsewhere, the layer is made again
from its paths, and must come out the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lixeval.build.builders.builder import PREFIX
from lixeval.containers import build_layer, destination, image_json, layers_json
from lixeval.containers.build_layer import blob_name
from lixeval.containers.delivery import Delivered, Delivery
from lixeval.containers.destination import Destination
from lixeval.containers.image_json import ImageRecord
from lixeval.containers.layers_json import LayerRecord
from lixeval.errors import FormatError, ImageError, StoreError
from lixeval.formats import store_path
from lixeval.formats.store_path import StorePath
from lixeval.oci import media_types, reference
from lixeval.oci.blob import Blob, FileBlob, MadeBlob
from lixeval.oci.image import Image, Layer
from lixeval.oci.referrer import Attachment
from lixeval.store import verify

if TYPE_CHECKING:
    from lixeval.build.builders.builder import BuildContext
    from lixeval.store.local import LocalStore

IMAGE_BUILDER = "nix2container-image"
Changes = Callable[[Sequence[str]], Sequence[str]]


def _unknown(paths: Sequence[str]) -> Sequence[str]:
    return ()


def write_image(
    image_path: str,
    name: str,
    tag: str,
    destinations: Sequence[str | Destination],
    store: LocalStore,
    delivery: Delivery | None = None,
) -> list[Delivered]:
    """Write the image whose image.json has the real path `image_path` to every destination, in order.

    Raises ImageError if the name or tag is not allowed, a destination is in use by something else or does not take the
    image, or a layer's blob cannot be had; what was being written is then not there.
    """
    full_name = reference.normalise(name, tag)
    parsed = [destination.parse(text) if isinstance(text, str) else text for text in destinations]
    delivery = delivery or Delivery()
    record = read_record(image_path)
    image = _image_in_store(record, image_path, store)
    attachments = []
    if delivery.bill is not None:
        from lixeval.containers import sbom

        media_type, text = sbom.FORMATS[sbom.check_format(delivery.bill)]
        made = sbom.bill_of(record, full_name.name, full_name.tag, image.image_id, store)
        attachments.append(Attachment(media_type, text(made)))
    return delivery.deliver(image, parsed, full_name, attachments)


def check(name: str, tag: str, destinations: Sequence[str | Destination], delivery: Delivery | None = None) -> None:
    """Raise ImageError for what `write_image` would refuse, before anything is built: names, and what is in the way."""
    reference.normalise(name, tag)
    parsed = [destination.parse(text) if isinstance(text, str) else text for text in destinations]
    (delivery or Delivery()).check(parsed)


def read_record(image_path: str) -> ImageRecord:
    """What the image.json at a real path says."""
    try:
        with open(image_path, "rb") as file:
            return image_json.parse(file.read())
    except OSError as error:
        raise ImageError(f"cannot read the image '{image_path}': {error.strerror}") from error


def load_image(image_path: str, store: LocalStore) -> Image:
    """The image that the image.json at a real path describes, its blobs wherever they are."""
    return _image_in_store(read_record(image_path), image_path, store)


def _image_in_store(record: ImageRecord, image_path: str, store: LocalStore) -> Image:
    def changes(paths: Sequence[str]) -> list[str]:
        return list(verify.damaged(store, map(StorePath, paths), check_contents=True).values())

    return image_of(record, _real(image_path, store), lambda: _real_layer_folders(image_path, store), changes)


def image_of_inputs(context: BuildContext, image_path: str) -> Image:
    """The image of an image.json that is an input of a build, whose blobs lie in what else it may read."""
    record = read_record(context.store.followed(image_path))
    return image_of(record, context.store.real, lambda: [context.store.real(path) for path in context.also])


def image_of(
    record: ImageRecord, real: Callable[[str], str], folders: Callable[[], Sequence[str]], changes: Changes = _unknown
) -> Image:
    """The image of a record; `folders` gives the real folders with layers.json and blobs, and is asked when need
    arises, as `changes` is: what has changed of store paths.
    """
    found: list[str] | None = None
    layers = []
    for layer in record.layers:
        if not layer.layer_path and found is None:
            found = list(folders())
        layers.append(Layer(_blob(layer, real, found or [], changes), layer.diff_id, layer.media_type))
    return Image(record.config_blob(), tuple(layers), record.annotations)


def _blob(layer: LayerRecord, real: Callable[[str], str], folders: Sequence[str], changes: Changes) -> Blob:
    candidates = [real(layer.layer_path)] if layer.layer_path else []
    candidates += [os.path.join(folder, blob_name(layer.digest, layer.media_type)) for folder in folders]
    for path in candidates:
        if os.path.isfile(path):
            # A base image's layers have no size in their record.
            return FileBlob(layer.digest, layer.size or os.path.getsize(path), path)
    # How a packed layer was packed is not known any more.
    if layer.layer_path or not layer.paths or layer.media_type != media_types.LAYER_TAR:
        where = f"'{layer.layer_path}' does not exist" if layer.layer_path else "no layer in the store holds it"
        raise ImageError(f"the blob of the layer {layer.digest} cannot be had: {where}")

    def make(fd: int) -> tuple[str, int]:
        return build_layer.stream_blob(layer.paths, real, fd)

    what = f"the layer {layer.digest}"
    return MadeBlob(layer.digest, layer.size, make, what, lambda: changes([path.path for path in layer.paths]))


def _real(image_path: str, store: LocalStore) -> Callable[[str], str]:
    """Logical to real paths, of what the image's closure holds; raises ImageError for anything else.

    An image.json that is not in the store has no closure: then it may name any valid path.
    """
    in_store = os.path.dirname(os.path.realpath(image_path)) == os.path.realpath(store.real_store_dir)
    own = StorePath(f"{store_path.STORE_DIR}/{os.path.basename(os.path.realpath(image_path))}")
    closure = set(store.closure([own])) if in_store and store.is_valid(own) else None

    def real(path: str) -> str:
        try:
            base, _ = store_path.split(path)
        except FormatError:
            raise _no_store_path(path) from None
        if base not in closure if closure is not None else not store.is_valid(base):
            raise _no_store_path(path)
        if "\0" in path:
            raise _no_store_path(path)
        found = store.real(path)
        # No link of an output leads out of it, and no "..".
        if os.path.realpath(found) != os.path.realpath(store.real_store_dir) + path[len(store_path.STORE_DIR) :]:
            raise _no_store_path(path)
        return found

    return real


def _no_store_path(path: str) -> ImageError:
    return ImageError(
        f"the image names '{path}' as a part of it, which is no file of its closure in the store",
        hint="a base image is what pullImage, pullImageFromManifest and buildImage give",
    )


def layer_folders(image_path: str, store: LocalStore) -> list[StorePath]:
    """The store paths of the layers that the image was built from, as its deriver tells; none if that is not known.

    The layers of a base image are found the same way, since it is among the inputs.
    """
    folders: list[StorePath] = []
    try:
        deriver = store.info(StorePath(f"{store_path.STORE_DIR}/{os.path.basename(image_path)}")).deriver
        images = [deriver] if deriver else []
        for image in images:
            for drv_path in store.read_derivation(image).input_derivations:
                derivation = store.read_derivation(drv_path)
                if derivation.builder == PREFIX + IMAGE_BUILDER:
                    images.append(drv_path)
                folders += [output.path for output in derivation.outputs.values() if output.path]
    except StoreError:
        # A derivation that was collected as garbage: its layers are looked for no further.
        pass
    return [folder for folder in folders if os.path.exists(f"{store.real(folder)}/{layers_json.FILE}")]


def _real_layer_folders(image_path: str, store: LocalStore) -> list[str]:
    return [store.real(folder) for folder in layer_folders(image_path, store)]
