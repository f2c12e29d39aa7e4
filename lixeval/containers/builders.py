"""The builders behind buildLayer and buildImage: what a derivation's attributes ask for, done in process.

    builtin:nix2container-text        text, destination, executable                  -> a file
    builtin:nix2container-layer       graph, ignore, rewrites, perms, history, maxLayers, layers, reproducible,
                                      linkMoved, compression?, recipe?, layerBy?, onlyRoots?, attributes?,
                                      attributesFrom?, mergeFolders?
                                                                                     -> layers.json and HEX.tar blobs
    builtin:nix2container-database    graph, ignore                                  -> the tree of a Nix database
    builtin:nix2container-image       configFile, layers, fromImage, arch, created, compatible?, annotations?
                                                                                     -> image.json

and those of `pulling`, behind pullImage and pullImageFromManifest, of `docker_tools` and of `image_root`.

All attributes come through `__structuredAttrs`; `graph` is what `exportReferencesGraph.graph` became.  Paths in them
are logical; the context's store says where they really are.  The Nix side is embedded/nix2container.nix.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lixeval.build.builders.builder import BuildContext, BuiltinBuilder
from lixeval.build.builders.shapes import CLOSURE, anything, flag, list_of, maybe, record, text
from lixeval.containers import (
    build_layer,
    docker_tools,
    file_attributes,
    graph,
    image_json,
    image_root,
    layers_json,
    nix_database,
    provenance,
    pulling,
    remarks,
)
from lixeval.containers.build_layer import LayerArguments
from lixeval.containers.builder_attributes import told
from lixeval.containers.failure import Nix2containerError
from lixeval.containers.layers_json import LayerRecord
from lixeval.containers.tree import Extras
from lixeval.errors import ImageError, LixevalError
from lixeval.formats.byte_text import bytes_of
from lixeval.oci import go_json

if TYPE_CHECKING:
    from lixeval.containers.image_json import ImageRecord
    from lixeval.oci.compress import Compression
    from lixeval.oci.reading.opened import StoredLayer


def _reading(context: BuildContext, path: str) -> bytes:
    with open(context.store.followed(path), "rb") as file:
        return file.read()


def build_text(context: BuildContext) -> None:
    """Write `text`, as the output itself or as the file `destination` in it."""
    attributes = context.asked(text=text, destination=maybe(text), executable=flag)
    data = bytes_of(attributes["text"])
    with context.tree() as tree:
        tree.write(attributes.get("destination") or "", data, executable=bool(attributes.get("executable")))


def build_layers(context: BuildContext) -> None:
    """Make a folder with layers.json and the tar of every layer."""
    attributes = context.asked(
        graph=CLOSURE,
        ignore=text,
        rewrites=list_of(record(path=text, repl=text)),
        perms=anything,
        history=anything,
        maxLayers=text,
        layers=list_of(text),
        reproducible=flag,
        linkMoved=flag,
        compression=maybe(text),
        onlyRoots=flag,
        attributesFrom=maybe(list_of(text)),
        mergeFolders=flag,
    )
    output = context.out
    os.mkdir(output)
    exported = graph.closure_graph(attributes["graph"], attributes["ignore"])
    known = {entry["path"] for entry in exported}
    if attributes.get("onlyRoots"):
        exported = _roots_only(attributes, exported)
    rewrites = layers_json.rewrites_from_json(go_json.from_python(attributes["rewrites"]))
    remarks.tell_of_roots(context.log, context.store.real, rewrites, known)
    arguments = LayerArguments(
        graph=graph.edges(exported),
        max_layers=_max_layers(attributes["maxLayers"]),
        parents=_layers(context, attributes["layers"]),
        rewrites=rewrites,
        perms=layers_json.perms_from_json(go_json.from_python(attributes.get("perms"))),
        history=layers_json.history_from_json(go_json.from_python(attributes.get("history"))),
        real=context.store.real,
        blobs=output,
        tar_directory=None if attributes.get("reproducible") else context.derivation.outputs["out"].path,
        compression=_compression(attributes),
        threads=context.cores,
        sizes=_sizes(attributes, exported),
        extras=_extras(context, attributes, exported),
        log=context.log,
    )
    layers = build_layer.build_layers(arguments)
    if arguments.extras.remarks is not None:
        entries = [path for layer in layers for path in layer.paths]
        arguments.extras.remarks.tell(context.log, entries, arguments.perms, known)
    table = arguments.extras.attributes
    if table is not None and table.unmet:
        raise ImageError(
            f"attributes are given to '{table.unmet[0]}', and the layer has no such file or folder",
            hint="they are for what a layer brings itself: deps and copyToRoot, not `layers` and fromImage below it",
        )
    with context.tree() as tree:
        tree.write(layers_json.FILE, layers_json.unparse(layers))


def _compression(attributes: Mapping[str, Any]) -> Compression | None:
    """How to pack layers; the library must be the one that the derivation was made for."""
    text = attributes.get("compression")
    if text is None:
        return None
    from lixeval.oci import compress

    compression = compress.parse(text)
    expected = attributes.get("recipe")
    if compression is not None and expected is not None and compression.recipe != expected:
        raise ImageError(
            f"the layer was to be packed by {expected}, and here is {compression.recipe}",
            hint="evaluate again on this machine, or install the other version",
        )
    return compression


def _roots_only(attributes: Mapping[str, Any], exported: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What copyToRoot names, without what it refers to."""
    roots = {rewrite["path"] for rewrite in attributes["rewrites"]}
    return [{**entry, "references": []} for entry in exported if entry["path"] in roots]


def _sizes(attributes: Mapping[str, Any], exported: list[Mapping[str, Any]]) -> dict[str, int] | None:
    """The sizes of paths, if they shall decide."""
    by = attributes.get("layerBy")
    if by not in (None, "popularity", "size"):
        raise ImageError(
            f"layerBy is {by!r}", hint='"popularity" or "size" decides which paths have a layer of their own'
        )
    return {entry["path"]: entry["narSize"] for entry in exported} if by == "size" else None


def _extras(context: BuildContext, attributes: Mapping[str, Any], exported: list[Mapping[str, Any]]) -> Extras:
    listings = [_reading(context, path) for path in attributes.get("attributesFrom") or ()]
    given = attributes.get("attributes") or {}
    return Extras(
        links=_links(attributes, exported) if attributes.get("linkMoved") else {},
        attributes=file_attributes.table(given, listings) if given or listings else None,
        merge_folders=bool(attributes.get("mergeFolders")),
        remarks=remarks.Remarks(),
    )


def _links(attributes: Mapping[str, Any], exported: list[Mapping[str, Any]]) -> dict[str, str]:
    """For a path that copyToRoot moves and whose own files refer to it: its name, as a link to where it is now.

    Such files (a symlink from one of its folders to another, by the full name) lead nowhere in the original's images.
    """
    moved = {rewrite["path"] for rewrite in attributes["rewrites"] if rewrite["repl"] == ""}
    return {entry["path"]: "/" for entry in exported if entry["path"] in moved and entry["path"] in entry["references"]}


def _max_layers(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise Nix2containerError(
            f'invalid argument "{text}" for "--max-layers" flag: strconv.ParseInt: parsing "{text}": invalid syntax'
        ) from None


def _layers(context: BuildContext, paths: list[str]) -> list[LayerRecord]:
    """The layers of several layers.json files, one file after the other; a file named twice is read once."""
    parsed = {path: layers_json.parse(_reading(context, path)) for path in dict.fromkeys(paths)}
    return [layer for path in paths for layer in parsed[path]]


def build_database(context: BuildContext) -> None:
    """Make the tree of `initializeNixDatabase`."""
    attributes = context.asked(graph=CLOSURE, ignore=text)
    exported = graph.closure_graph(attributes["graph"], attributes["ignore"])
    with context.tree() as tree:
        nix_database.write_tree(graph.registered(exported), tree, context.out)


def build_image(context: BuildContext) -> None:
    """Write image.json."""
    attributes = context.asked(
        configFile=text,
        layers=list_of(text),
        fromImage=maybe(text),
        arch=text,
        created=text,
        compatible=flag,
        annotations=anything,
    )
    base = attributes.get("fromImage")
    config = go_json.parse(_reading(context, attributes["configFile"]))
    layers = _layers(context, list(dict.fromkeys(attributes["layers"])))
    parent = image_json.parse(_reading(context, base)) if base else None
    compatible = bool(attributes.get("compatible", True))
    if compatible:
        image = image_json.build(config, layers, parent, attributes["arch"], attributes["created"])
    else:
        layers = [_telling(layer) for layer in layers]
        moment = _moment(attributes["created"])
        image = image_json.build_on(config, layers, parent, attributes["arch"], moment, context.log)
    remarks.tell_of_image(context.log, config, image.layers, compatible=compatible)
    if parent is not None:
        _tell_of_links(context, attributes["layers"], image, len(parent.layers))
    annotations = attributes.get("annotations")
    if annotations:
        image = replace(image, annotations=_annotations(annotations))
    with context.tree() as tree:
        tree.write("", image.to_bytes())


_MOST_READ = 256 << 20


def _tell_of_links(context: BuildContext, files: list[str], image: ImageRecord, below: int) -> None:
    """Say which links of the base image are covered; a base that is very large is not read for that."""
    from lixeval.oci.reading.contents import Stack, read_layers
    from lixeval.oci.reading.tar_reader import FOLDER, SYMLINK

    folders = [os.path.dirname(path) for path in files]
    layers = [_stored(context, layer, folders) for layer in image.layers]
    base, own = layers[:below], [layer for layer in layers[below:] if layer is not None]
    known = [layer for layer in base if layer is not None]
    if len(known) < below or sum(layer.size for layer in known) > _MOST_READ:
        return
    try:
        held = [entry for layer in read_layers(own) for entry in layer.entries.values()]
        covering = {entry.components for entry in held if entry.kind == FOLDER and entry.components}
        if covering:
            links = {entry.components: entry.link for entry, _ in Stack(read_layers(known)) if entry.kind == SYMLINK}
            remarks.tell_of_links(context.log, links, covering)
    except ImageError as error:
        context.log(f"it is not known which links of the base image are covered: {error.message}")


def _stored(context: BuildContext, layer: LayerRecord, folders: list[str]) -> StoredLayer | None:
    """A layer to be read; None if its file is not at hand."""
    from lixeval.oci.reading.opened import StoredLayer
    from lixeval.oci.reading.stream import of_file

    name = build_layer.blob_name(layer.digest, layer.media_type)
    for place in (layer.layer_path, *(f"{folder}/{name}" for folder in folders)):
        try:
            path = context.store.followed(place) if place else ""
        except LixevalError:
            continue
        if os.path.isfile(path):
            break
    else:
        return None
    size = os.path.getsize(path)
    return StoredLayer(layer.diff_id, layer.digest, size, layer.media_type, lambda: of_file(path))


def _telling(layer: LayerRecord) -> LayerRecord:
    """A layer whose history says which paths are in it, unless its author has said something."""
    if layer.history.comment or not layer.paths:
        return layer
    return replace(layer, history=replace(layer.history, comment=provenance.comment_of(layer.paths)))


def _moment(created: str) -> str:
    """A time; `@SECONDS` since 1970 too."""
    if not created.startswith("@"):
        return created
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(created[1:])))
    except (ValueError, OverflowError, OSError):
        raise ImageError(f"'{created}' is no time") from None


def _annotations(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        raise ImageError("annotations must be a set of strings")
    return {str(name): value for name, value in given.items()}


builders: dict[str, BuiltinBuilder] = {
    f"nix2container-{name}": told(build)
    for name, build in {
        "text": build_text,
        "layer": build_layers,
        "database": build_database,
        "image": build_image,
        **pulling.builders,
        **docker_tools.builders,
        **image_root.builders,
    }.items()
}
