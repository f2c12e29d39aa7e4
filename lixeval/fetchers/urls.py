"""Files and trees behind URLs, put into the store while evaluating.

What a URL gave is remembered in the cache folder for `tarball_ttl` seconds, and by its ETag after that.  Restricted
evaluation fetches what `allowed-uris` names.

C++: fetchers/tarball.cc.
"""

from __future__ import annotations

import os

from lixeval.errors import AccessForbidden, EvalError
from lixeval.runtime.operators import canonical_path
from lixeval.system.transport import DownloadFailed, NotModified, download, is_file_url, local_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services
    from lixeval.fetchers.download_memory import DownloadMemory
    from lixeval.formats.store_path import StorePath


def fetch_tree_of_url(services: Services, url: str) -> str:
    """The store path of the tree in the tarball at a URL (or "channel:NAME"), for the search path."""
    url = resolved_url(url)
    check_uri(services, url)
    return fetched(services, url, "source", unpacked=True)[0]


def resolved_url(url: str) -> str:
    """A URL with "channel:NAME" spelled out."""
    if url.startswith("channel:"):
        return f"https://nixos.org/channels/{url.removeprefix('channel:')}/nixexprs.tar.xz"
    return url


def check_uri(services: Services, url: str) -> None:
    """Restricted evaluation fetches nothing but files that it may read.

    What a path leads to counts, by `..` and by links: whoever fetches follows them.
    """
    if not services.settings.restricted or _is_allowed(url, services.settings.allowed_uris):
        return
    if url.startswith(("/", "file://")):
        path = canonical_path(url if url.startswith("/") else local_path(url))
        services.files.check(path)
        services.files.resolve(path)
    else:
        raise AccessForbidden(f"access to URI '{url}' is forbidden in restricted mode")


def _is_allowed(url: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a URL is one of `allowed-uris`, is below one, or has the scheme that one is (`https:`)."""
    if ".." in url.lower().replace("%2e", ".").split("/"):
        return False
    for prefix in prefixes:
        if url == prefix or (prefix.endswith(("/", ":")) and url.startswith(prefix)) or url.startswith(prefix + "/"):
            return True
    return False


def fetched(
    services: Services, url: str, name: str, *, unpacked: bool, method: str = "recursive"
) -> tuple[StorePath, int]:
    """The store path of what is behind a URL, and the time of the newest file in it.

    The file itself is stored under the hash of its bytes, or, with `unpacked`, the tree in it.
    """
    from lixeval.fetchers.download_memory import DownloadMemory
    from lixeval.system.scratch import Scratch

    memory = DownloadMemory(services.settings.cache_directory, f"{url}\0{name}\0{unpacked:d}{method}")
    known = memory.path if memory.path and services.store.is_valid(memory.path) else None
    if known is not None and memory.age < services.settings.tarball_ttl and not is_file_url(url):
        services.files.allow(known)
        _holds_for_a_while(services, memory)
        return known, memory.modified
    modified = 0
    with Scratch("lixeval-fetch-") as directory:
        file = os.path.join(directory, "file")
        try:
            etag = download(
                url, file, etag=memory.etag if known is not None else "", patience=services.settings.patience
            )
        except DownloadFailed as error:
            raise EvalError(error.message, hint=error.hint) from None
        except NotModified:
            assert known is not None
            path, etag, modified = known, memory.etag, memory.modified
        else:
            # Stored also where evaluation writes nothing else: it was fetched to be read.
            if unpacked:
                from lixeval.fetchers.tarballs import unpack

                file, modified = unpack(file, os.path.join(directory, "tree"))
            path = services.store.add_path(file, name, method=method)
    memory.keep(path, etag, modified)
    if is_file_url(url):
        services.machine.unrepeatable(f"'{url}' is not watched")
    else:
        _holds_for_a_while(services, memory)
    services.files.allow(path)
    return path, modified


def _holds_for_a_while(services: Services, memory: DownloadMemory) -> None:
    """What a URL gave is taken for what it gives, as long as it is remembered and not too old."""
    if memory.file is not None:
        services.machine.relies_on((memory.file,))
    if not memory.is_kept():
        # Nowhere, or another process has downloaded something else meanwhile.
        services.machine.unrepeatable("a download is not remembered")
    services.machine.good_for(services.settings.tarball_ttl - memory.age)
