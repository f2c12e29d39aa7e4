"""An image as one HTML page: layers, paths and files as nested areas, their sizes as the areas' sizes.

The page needs nothing but itself: style, script and data are in it, and its policy forbids it to load anything.  Names
come from an image that anybody may have made, so they are data in a script of JSON and text in the page, never markup.
"""

from __future__ import annotations

import heapq
import html
import json
import os
from typing import TYPE_CHECKING, Any

from lixeval.containers.inspection import group_of
from lixeval.containers.provenance import COPIED_TO_ROOT
from lixeval.oci import publish
from lixeval.oci.reading.contents import shown
from lixeval.oci.reading.tar_reader import FILE
from lixeval.system import atomic

if TYPE_CHECKING:
    from lixeval.containers.inspection import Group, Inspection, LayerView
    from lixeval.oci.reading.contents import LayerContents

_TEMPLATE = os.path.join(os.path.dirname(__file__), "image_page.html")
_FILES_SHOWN = 15_000
_FILES_OF_GROUP = 1_500


def write_page(found: Inspection, path: str) -> None:
    """Write the page of an image; what is under `path` is replaced in one step."""
    with publish.failures_of(path):
        atomic.write_file(os.path.abspath(path), page(found).encode("utf-8", "backslashreplace"))


def page(found: Inspection) -> str:
    """The text of the page."""
    with open(_TEMPLATE, encoding="utf-8") as file:
        template = file.read()
    name = ", ".join(found.names) or found.where
    data = json.dumps(data_of(found), ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    # The data last: what it holds is not looked at for further placeholders.
    before, mark, after = template.replace("@TITLE@", html.escape(name)).partition("@DATA@")
    assert mark
    return before + data + after


def data_of(found: Inspection) -> dict[str, Any]:
    """What the page shows, small: a group's files are [name, size], the smallest of many summed up as one."""
    least = _least_shown(found)
    return {
        "name": found.names[0] if found.names else found.where,
        "where": f"{found.kind}, {found.where}",
        "id": found.image_id,
        "manifest": found.manifest_digest,
        "platform": found.platform,
        "created": found.created,
        "size": found.size,
        "tarSize": found.tar_size,
        "files": found.files,
        "hidden": found.hidden,
        "config": found.config,
        "shared": found.reuse.layers if found.reuse else None,
        "against": found.reuse.against if found.reuse else None,
        "layers": [
            _layer_data(layer, contents, least) for layer, contents in zip(found.layers, found.contents, strict=True)
        ],
    }


def _least_shown(found: Inspection) -> int:
    """The size of the smallest file that has an area of its own."""
    sizes = [entry.size for held in found.contents for entry in held.entries.values() if entry.size]
    return min(heapq.nlargest(_FILES_SHOWN, sizes), default=0)


def _layer_data(layer: LayerView, contents: LayerContents, least: int) -> dict[str, Any]:
    files = _files_by_group(layer, contents)
    return {
        "digest": layer.digest or layer.diff_id,
        "diffId": layer.diff_id,
        "mediaType": layer.media_type,
        "size": layer.size,
        "tarSize": layer.tar_size,
        "files": layer.files,
        "hidden": layer.hidden,
        "createdBy": layer.created_by,
        "groups": [_group_data(group, files.get(group.name, []), least) for group in layer.groups],
    }


def _files_by_group(layer: LayerView, contents: LayerContents) -> dict[str, list[tuple[str, int]]]:
    names = {group.name for group in layer.groups}
    paths = [group for group in layer.groups if group.is_store_path]
    moved = next((group.name for group in paths if group.because == COPIED_TO_ROOT), None)
    found: dict[str, list[tuple[str, int]]] = {}
    for entry in contents.entries.values():
        if entry.kind != FILE or not entry.size:
            continue
        name = group_of(entry.components)
        if name not in names and moved is not None:
            name = moved
        path = shown(entry.components)
        found.setdefault(name, []).append((path.removeprefix(name + "/"), entry.size))
    return found


def _group_data(group: Group, files: list[tuple[str, int]], least: int) -> dict[str, Any]:
    ordered = sorted(files, key=lambda file: (-file[1], file[0]))
    kept = [list(file) for file in ordered[:_FILES_OF_GROUP] if file[1] >= least]
    rest = ordered[len(kept) :]
    if rest:
        kept.append([f"{len(rest):,} smaller files", sum(size for _, size in rest)])
    return {
        "name": group.name,
        "size": group.size,
        "files": group.files,
        "why": group.why,
        "because": group.because,
        "list": kept,
    }
