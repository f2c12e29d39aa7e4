"""`builtin:fetch`: one file that may be had from several places, or the tree in an archive.

Environment: urls (a list: the first that answers is taken), executable ("1": the file's bit is set),
unpack ("root": the only entry of the archive, "all": its entries, in a directory).

The output's hash is the derivation's fixed output, checked like any other's.

Behaviour matched: nixpkgs' fetchurl (several urls, mirror://) and fetchzip.
"""

from __future__ import annotations

import os

from lixeval.build.builders.builder import BuildContext
from lixeval.build.builders.fetchurl import get
from lixeval.errors import BuildError, EvalError
from lixeval.fetchers import tarballs
from lixeval.system.network import without_passwords
from lixeval.system.transport import DownloadFailed


def fetch(context: BuildContext) -> None:
    """The builtin builder of fetchurl with several URLs and of fetchzip."""
    environment, out = context.environment, context.out
    urls, unpack = context.variable("urls").split(), environment.get("unpack", "")
    file = f"{context.temporary_directory}/download" if unpack else out
    url = _download(urls, file, context)
    if unpack:
        _unpack(file, out, url, strip=unpack == "root", context=context)
    elif environment.get("executable") == "1":
        os.chmod(out, 0o755)


def _download(urls: list[str], destination: str, context: BuildContext) -> str:
    """Writes what the first URL that works gives; returns that URL."""
    failures: list[str] = []
    hint: str | None = None
    for url in urls:
        context.log(without_passwords(f"trying '{url}'"))
        try:
            get(url, destination, context)
        except DownloadFailed as error:
            failures.append(error.message)
            hint = hint or error.hint
            context.log(error.message)
        else:
            return url
    raise BuildError(
        failures[0] if len(failures) == 1 else f"none of {len(urls)} URLs can be downloaded: {'; '.join(failures)}",
        drv_path=context.drv_path,
        hint=hint,
    )


def _unpack(archive: str, out: str, url: str, *, strip: bool, context: BuildContext) -> None:
    """Put what is in the archive to `out`; with `strip` the one entry that it must have is all of it."""
    directory = f"{os.path.dirname(out)}/.unpacking-{os.path.basename(out)}"
    try:
        tarballs.unpack(archive, directory)
    except EvalError as error:
        raise BuildError(f"'{url}': {error.message}", drv_path=context.drv_path, hint=error.hint) from error
    if not strip:
        os.rename(directory, out)
        return
    entries = os.listdir(directory)
    if len(entries) != 1:
        raise BuildError(
            f"the archive '{url}' has {len(entries)} entries at its top: {_some(entries)}",
            drv_path=context.drv_path,
            hint="fetchzip wants a single directory; with stripRoot = false it takes them all",
        )
    only = os.path.join(directory, entries[0])
    if os.path.isdir(only) and not os.path.islink(only):
        os.rename(only, out)
        os.rmdir(directory)
    else:
        os.rename(directory, out)


def _some(names: list[str]) -> str:
    names = sorted(names)
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
