"""`builtin:fetchurl`: a file from a URL, its hash known beforehand.

Environment: url (http, https, ftp or file), executable ("1": the file's bit is set), unpack ("1": at the URL is a NAR,
compressed by xz if the name ends in .xz, and the output is what is in it).

The hash is not looked at here: what the output must be is the derivation's fixed output, checked like any other.  How
the bytes are got whole is the business of `lixeval.system.transport`.

Source: Nix manual, `<nix/fetchurl.nix>`; builtins/fetchurl.cc.
"""

from __future__ import annotations

import os

from lixeval.build.builders.builder import BuildContext
from lixeval.errors import BuildError
from lixeval.system.transport import DownloadFailed, download


def fetchurl(context: BuildContext) -> None:
    """The builtin builder of `<nix/fetchurl.nix>`."""
    environment, out = context.environment, context.outputs["out"]
    url = environment["url"]
    if environment.get("unpack") == "1":
        archive = f"{context.temporary_directory}/archive"
        _download(url, archive, context)
        _unpack(archive, out, compressed=url.endswith(".xz"))
    else:
        _download(url, out, context)
    if environment.get("executable") == "1":
        os.chmod(out, 0o755)


def _download(url: str, destination: str, context: BuildContext) -> None:
    context.log(f"downloading '{url}'")
    try:
        download(url, destination, log=context.log)
    except DownloadFailed as error:
        raise BuildError(error.message, hint=error.hint) from error


def _unpack(archive: str, out: str, *, compressed: bool) -> None:
    import lzma

    from lixeval.formats import nar

    with lzma.open(archive) if compressed else open(archive, "rb") as source:
        nar.restore(source.read, out)
