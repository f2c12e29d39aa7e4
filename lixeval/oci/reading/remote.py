"""An image in a registry, opened like any other: its documents at once, its layers when the first of them is read."""

from __future__ import annotations

import threading

from lixeval.oci import digest as digests
from lixeval.oci.blob import temporary_folder
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.reading import image_names
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.opened import OpenedImage, Opener
from lixeval.oci.reading.stream import Stream, of_file
from lixeval.oci.registry import location, pull
from lixeval.oci.registry.pull import Platform, RemoteImage
from lixeval.oci.registry.session import Settings
from lixeval.system.scratch import Scratch

KIND = "image in a registry"


class _Blobs:
    """The layers of a remote image in a temporary folder, got all at once when the first is wanted."""

    def __init__(self, image: RemoteImage) -> None:
        self._image = image
        self._folder: str | None = None
        self._scratch: Scratch | None = None
        self._lock = threading.Lock()

    def opener(self, part: Descriptor) -> Opener:
        def open_blob() -> Stream:
            # Several layers may be wanted at once.
            with self._lock:
                self._fetch()
            return of_file(f"{self._folder}/{digests.encoded(part.digest)}")

        return open_blob

    def _fetch(self) -> None:
        if self._folder is None:
            self._scratch = Scratch("lixeval-layers-", temporary_folder())
            self._folder = self._scratch.path
            self._image.fetch(self._folder)

    def close(self) -> None:
        self._image.session.close()
        if self._scratch is not None:
            self._scratch.close()


def open_remote(text: str, settings: Settings, platform: str | None = None, limits: Limits = LIMITS) -> OpenedImage:
    """The image at `docker://HOST/NAME:TAG`, of several there the one for `platform` (default: this machine)."""
    where = location.parse(text)
    parts = (platform or image_names.platform_here()).split("/")
    wanted = Platform(parts[1] if len(parts) > 1 else parts[0], parts[0] if len(parts) > 1 else "linux", *parts[2:3])
    remote = pull.open_remote(where, settings, wanted)
    blobs = _Blobs(remote)
    try:
        return image_names.of_manifest(
            str(where),
            KIND,
            (str(where),),
            remote.manifest_bytes,
            lambda part: remote.config,
            blobs.opener,
            blobs.close,
            limits,
        )
    except BaseException:
        blobs.close()
        raise
