"""`lixeval copy IMAGE DESTINATION …`: an image that is built already, brought somewhere.

    lixeval copy /nix/store/…-image-app.json docker://registry.example/app:v1
    lixeval copy result oci:layout:v1 --compression zstd

IMAGE is what building an image gives: an image.json, or a link to one.  DESTINATIONs are those of `--to`, and the
options about them are the same.  image.json does not say what an image is called: where a DESTINATION does not either,
files and folders have an image without a name, as skopeo writes them.  The programs `image.copyToRegistry`,
`image.copyToPodman` and so on call this.
"""

from __future__ import annotations

import os

from lixeval.cli.delivery import Deliveries
from lixeval.cli.options import Options
from lixeval.cli.subcommand import read
from lixeval.errors import ImageError, UsageError


def run(words: list[str]) -> int:
    """Does what the command line says; the exit code."""
    options = read("copy", words).options
    if not options.files or not options.files[1:] + options.destinations:
        raise UsageError("copy needs an image and where it shall go", hint="lixeval copy --help")
    deliveries = Deliveries(options)
    try:
        for place in _copy(options, deliveries):
            print(place)
    finally:
        deliveries.close()
    return 0


def _copy(options: Options, deliveries: Deliveries) -> list[str]:
    from lixeval.containers import destination, write
    from lixeval.environment.variables import store_root
    from lixeval.store.local import LocalStore
    from lixeval.system.signals import ending_politely

    image, places = options.files[0].removeprefix("nix:"), [*options.files[1:], *options.destinations]
    destinations = [destination.parse(place) for place in places]
    store = LocalStore(store_root(options.store))
    path = store.real(image) if image.startswith("/nix/store/") else os.path.realpath(image)
    if not os.path.isfile(path):
        raise ImageError(f"'{image}' is no built image", hint="building an image gives an image.json")
    delivery = deliveries()
    delivery.check(destinations)
    with ending_politely():
        delivered = delivery.deliver(write.load_image(path, store), destinations, None)
    return [one.place for one in delivered]
