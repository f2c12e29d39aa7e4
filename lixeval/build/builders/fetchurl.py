"""`builtin:fetchurl`: a file from a URL, its hash known beforehand.

Environment: url (http, https, ftp or file), executable ("1": the file's bit is set), unpack ("1": at the URL is a NAR,
compressed by xz if the name ends in .xz, and the output is what is in it).

The hash is not looked at here: what the output must be is the derivation's fixed output, checked like any other.  How
the bytes are got whole is the business of `lixeval.system.transport`.

Source: Nix manual, `<nix/fetchurl.nix>`; builtins/fetchurl.cc.
"""

from __future__ import annotations

import os
import shutil

from lixeval.build.builders.builder import BuildContext
from lixeval.errors import BuildError
from lixeval.formats.store_path import STORE_DIR
from lixeval.system.network import without_passwords
from lixeval.system.transport import DownloadFailed, download, is_file_url, local_path


def fetchurl(context: BuildContext) -> None:
    """The builtin builder of `<nix/fetchurl.nix>`."""
    environment, out = context.environment, context.out
    url = context.variable("url")
    if environment.get("unpack") == "1":
        archive = f"{context.temporary_directory}/archive"
        _download(url, archive, context)
        _unpack(archive, out, compressed=url.endswith(".xz"))
    else:
        _download(url, out, context)
    if environment.get("executable") == "1":
        os.chmod(out, 0o755)


def _download(url: str, destination: str, context: BuildContext) -> None:
    context.log(without_passwords(f"downloading '{url}'"))
    try:
        get(url, destination, context)
    except DownloadFailed as error:
        raise BuildError(error.message, hint=error.hint) from error


def get(url: str, destination: str, context: BuildContext) -> None:
    """Write what is behind a URL to a new file; raises DownloadFailed.

    Of file URLs only those of inputs are there: a builder sees no other file of the machine.
    """
    if not is_file_url(url):
        download(url, destination, log=context.log)
        return
    path = os.path.normpath(local_path(url))
    if not path.startswith(STORE_DIR + "/"):
        raise DownloadFailed(
            url,
            "a builder does not see the files of this machine",
            hint="name the file by a path, or fetch it while evaluating: builtins.fetchurl, builtins.path",
        )
    try:
        shutil.copyfile(context.store.followed(path), destination)
    except BuildError as error:
        raise DownloadFailed(url, error.message, hint=error.hint) from None


def _unpack(archive: str, out: str, *, compressed: bool) -> None:
    import lzma

    from lixeval.formats import nar

    with lzma.open(archive) if compressed else open(archive, "rb") as source:
        nar.restore(source.read, out)
