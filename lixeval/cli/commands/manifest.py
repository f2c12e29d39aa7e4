"""`lixeval manifest docker://HOST/NAME:TAG`: the manifest of an image in a registry, as it is there.

Of an index, the manifest for one platform (`--os`, `--arch`; default: linux on this machine's processor).  What it
prints is what `pullImageFromManifest` takes as `imageManifest`; the program `getManifest` of such an image calls this.
"""

from __future__ import annotations

import sys

from lixeval.cli.delivery import Deliveries
from lixeval.cli.subcommand import read
from lixeval.errors import UsageError
from lixeval.system.machines import go_architecture


def run(words: list[str]) -> int:
    """Does what the command line says; the exit code."""
    line = read("manifest", words)
    options = line.options
    if len(options.files) != 1:
        raise UsageError("manifest needs one image", hint="lixeval manifest --help")

    from lixeval.oci.registry import location
    from lixeval.oci.registry.pull import Platform, open_remote

    where = location.parse(options.files[0])
    wanted = Platform(line.texts.get("arch") or go_architecture(), line.texts.get("os", "linux"))
    remote = open_remote(where, Deliveries(options).settings(), wanted)
    remote.session.close()
    sys.stdout.buffer.write(remote.manifest_bytes)
    sys.stdout.buffer.flush()
    return 0
