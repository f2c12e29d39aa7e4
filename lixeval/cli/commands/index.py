"""`lixeval index IMAGE IMAGE … --to DESTINATION`: images of several platforms under one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lixeval.cli.delivery import Deliveries
from lixeval.cli.images import Images
from lixeval.cli.subcommand import at_least, read
from lixeval.errors import ImageError, UsageError

if TYPE_CHECKING:
    from lixeval.oci.reference import Reference

COMMAND = "index"


def run(arguments: list[str]) -> int:
    """Writes an index and its images."""
    line = read(COMMAND, arguments)
    at_least(line, COMMAND, 1, "images")
    if not line.options.destinations:
        raise UsageError("index needs a place for the images", hint="--to oci:DIR:TAG, or --to docker://HOST/NAME:TAG")
    from lixeval.containers import destination
    from lixeval.oci.reading.unopened import image_of
    from lixeval.system.signals import ending_politely

    targets = [destination.parse(text) for text in line.options.destinations]
    deliveries = Deliveries(line.options)
    try:
        delivery = deliveries()
        delivery.check(targets)
        with Images(line.options, line.options.platform) as images, ending_politely():
            opened = [images.open(subject) for subject in images.subjects()]
            names = next((image.names for image in opened if image.names), ())
            places = delivery.deliver_index([image_of(image) for image in opened], targets, _name(names))
        for place in places:
            print(place)
    finally:
        deliveries.close()
    return 0


def _name(names: tuple[str, ...]) -> Reference:
    """The name of the first image that has one; a destination's own name comes before it."""
    from lixeval.oci import reference

    try:
        return reference.parse(names[0]) if names else reference.normalise("image", "latest")
    except ImageError:
        return reference.normalise("image", "latest")
