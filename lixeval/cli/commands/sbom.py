"""`lixeval sbom IMAGE`: the bill of materials of an image, as SPDX or CycloneDX."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from lixeval.cli.images import Images
from lixeval.cli.subcommand import at_least, read
from lixeval.errors import UsageError

if TYPE_CHECKING:
    from lixeval.containers.sbom import Bill
    from lixeval.oci.reading.opened import OpenedImage

COMMAND = "sbom"


def run(arguments: list[str]) -> int:
    """Writes a bill of materials."""
    line = read(COMMAND, arguments)
    at_least(line, COMMAND, 1, "an image")
    from lixeval.containers import sbom
    from lixeval.oci import publish
    from lixeval.system import atomic

    _, text = sbom.FORMATS[sbom.check_format(line.texts.get("format", "spdx"))]
    with Images(line.options, line.options.platform) as images:
        subject, *more = images.subjects()
        if more:
            raise UsageError(f"lixeval sbom takes one image, and '{more[0].text}' is another")
        data = text(_bill(images, images.open(subject)))
    output = line.texts.get("output")
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        with publish.failures_of(output):
            atomic.write_file(os.path.abspath(output), data)
        print(output)
    return 0


def _bill(images: Images, image: OpenedImage) -> Bill:
    """From the names in the layers, and what the store remembers of paths that were moved to /."""
    from lixeval.containers import sbom
    from lixeval.containers.inspection import store_paths
    from lixeval.oci import reference
    from lixeval.oci.reading.contents import read_layers

    provenance = images.provenance()
    paths: set[str] = set()
    unknown = []
    for layer, held in zip(image.layers, read_layers(image.layers), strict=True):
        comment = layer.history.comment if layer.history else ""
        found = {*provenance.of(layer.diff_id, comment).paths, *store_paths(held)}
        paths |= found
        if not found and held.entries:
            unknown.append(layer.diff_id)
    full = next((name for name in image.names if "/" in name or ":" in name), "")
    name, tag = reference.split(full.removeprefix("docker://").partition("@")[0]) if full else ("image", None)
    return sbom.of_paths(
        paths, unknown, name, tag or "latest", image.image_id, image.text("created") or None, images.store
    )
