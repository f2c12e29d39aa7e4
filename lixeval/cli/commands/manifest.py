"""`lixeval manifest docker://HOST/NAME:TAG`: the manifest of an image in a registry, as it is there.

Of an index, the manifest for one platform (`--os`, `--arch`; default: linux on this machine's processor).  What it
prints is what `pullImageFromManifest` takes as `imageManifest`; the program `getManifest` of such an image calls this.
"""

from __future__ import annotations

import sys

from lixeval.cli.delivery import Deliveries
from lixeval.cli.options import parse
from lixeval.errors import UsageError

HELP = """\
usage: lixeval manifest docker://HOST/NAME[:TAG] [--os OS] [--arch ARCH]      prints the manifest of an image

  --os OS, --arch ARCH   which image of an index, in Go's names (default: linux and this machine's processor)
  --creds, --authfile, --tls-verify=false, --plain-http: see lixeval --help
"""


def run(words: list[str]) -> int:
    """Does what the command line says; the exit code."""
    platform = {"--os": "linux", "--arch": ""}
    rest: list[str] = []
    position = 0
    while position < len(words):
        name, equals, value = words[position].partition("=")
        if name in platform:
            position += not equals
            if position >= len(words):
                raise UsageError(f"the option '{name}' needs an argument")
            platform[name] = value if equals else words[position]
        else:
            rest.append(words[position])
        position += 1
    options = parse(rest)
    if options.help:
        print(HELP, end="")
        return 0
    if len(options.files) != 1:
        raise UsageError("manifest needs one image", hint="lixeval manifest --help")
    from lixeval.oci import architecture
    from lixeval.oci.registry import location
    from lixeval.oci.registry.pull import Platform, open_remote

    where = location.parse(options.files[0])
    wanted = Platform(platform["--arch"] or architecture.of_machine(), platform["--os"])
    remote = open_remote(where, Deliveries(options).settings(), wanted)
    remote.session.close()
    sys.stdout.buffer.write(remote.manifest_bytes)
    sys.stdout.buffer.flush()
    return 0
