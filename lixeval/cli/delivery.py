"""From options to how an image is delivered: what registries need to know, how layers are packed, what is shown."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lixeval.cli.options import Options
from lixeval.errors import UsageError

if TYPE_CHECKING:
    from lixeval.cli.output.transfers import PlainTransfers
    from lixeval.containers.delivery import Delivery
    from lixeval.oci.registry.observer import TransferObserver
    from lixeval.oci.registry.session import Settings


class Deliveries:
    """Makes the delivery that the options ask for when there is an image to deliver; `close` ends what it shows."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._shown: PlainTransfers | None = None

    def __call__(self) -> Delivery:
        from lixeval.containers.delivery import Delivery
        from lixeval.oci.memory import BlobMemory
        from lixeval.system.directories import cache_directory

        options = self._options
        if options.insecure and options.tls_verify:
            raise UsageError("--tls-verify is asked for and declined at once")
        return Delivery(
            compression=options.compression,
            registry_settings=self.settings,
            watch=self.observer,
            memory=BlobMemory(os.path.join(cache_directory(), "blobs")),
            digest_file=options.digest_file,
            bill=options.bill,
        )

    def settings(self) -> Settings:
        """How the options want registries to be spoken to; from then on transfers are shown."""
        from lixeval.oci.registry import credentials
        from lixeval.oci.registry.session import Settings

        options = self._options
        return Settings(
            credentials=credentials.parse(options.credentials) if options.credentials is not None else None,
            authfile=options.authfile,
            tls_verify=not options.insecure,
            plain_http=options.plain_http,
            observer=self.observer(),
        )

    def observer(self) -> TransferObserver:
        """What shows blobs on their way."""
        from lixeval.cli.output.transfers import transfers_for

        if self._shown is None:
            self._shown = transfers_for(self._options)
        return self._shown.observer

    def close(self) -> None:
        """Take the display of transfers off the terminal, and say in a line what was transferred."""
        if self._shown is not None:
            self._shown.close()
