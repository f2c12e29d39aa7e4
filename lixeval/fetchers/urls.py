"""`fetchurl` and `fetchTarball`: files from elsewhere, put into the store while evaluating.

With a `sha256` the store path is known before anything is fetched; if it is there, that is all.  Without one, what a
URL gave is remembered in the cache folder for `tarball_ttl` seconds, and by its ETag after that.

    fetchurl      the file at a URL, its hash that of its bytes
    fetchTarball  the tree in a tarball, its hash that of its NAR; "channel:NAME" is a URL too

C++: `fetch` in primops/fetchTarball.cc, fetchers/tarball.cc.
"""

from __future__ import annotations

import os

from lixeval.errors import AccessForbidden, EvalError, FormatError
from lixeval.formats import hashes, store_path
from lixeval.formats.store_path import check_name
from lixeval.runtime.builtin import builtin
from lixeval.runtime.operators import canonical_path
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.values import ContextString, Delayed, Value, sorted_names
from lixeval.system.transport import DownloadFailed, NotModified, download, local_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.environment.services import Services
    from lixeval.fetchers.download_memory import DownloadMemory
    from lixeval.formats.hashes import Hash

_METHODS = {"fetchurl": "flat", "fetchTarball": "recursive"}


@builtin("fetchurl")
def fetchurl(arguments: Delayed, *, services: Services) -> Value:
    """Downloads a file: a URL, or a set of `url`, `sha256` and `name` (by default the URL's last component).

    Forces the argument and its attributes.  In pure evaluation `sha256` is required.

    >>> builtins.isFunction builtins.fetchurl
    true
    """
    return _fetch(services, "fetchurl", arguments)


@builtin("fetchTarball")
def fetch_tarball(arguments: Delayed, *, services: Services) -> Value:
    """Downloads and unpacks a tarball: a URL, or a set of `url`, `sha256` and `name` (by default "source").

    Forces the argument and its attributes.  In pure evaluation `sha256` is required.

    >>> builtins.isFunction fetchTarball
    true
    """
    return _fetch(services, "fetchTarball", arguments)


def fetch_tree_of_url(services: Services, url: str) -> str:
    """The store path of the tree in the tarball at a URL (or "channel:NAME"), for the search path."""
    url = resolved_url(url)
    check_uri(services, url)
    return fetched(services, url, "source", unpacked=True)[0]


class _Request:
    """The arguments of `fetchurl` and `fetchTarball`."""

    __slots__ = ("is_set", "name", "name_given", "url", "wanted")

    def __init__(self, who: str, arguments: Delayed, say: Callable[[str], None]) -> None:
        if arguments.__class__ is list:
            arguments = arguments[0](arguments)
        self.name = "source" if who == "fetchTarball" else ""
        self.name_given = False
        self.wanted: Hash | None = None
        self.is_set = arguments.__class__ is dict
        if not self.is_set:
            self.url = text_without_context(arguments)
            return
        url: str | None = None
        for key in sorted_names(arguments):
            if key == "url":
                url = text_without_context(arguments[key])
            elif key == "sha256":
                self.wanted = hash_or_zero(text_without_context(arguments[key]), "sha256", say)
            elif key == "name":
                self.name, self.name_given = text_without_context(arguments[key]), True
            else:
                raise EvalError(f"unsupported argument '{key}' to '{who}'", about=(key,))
        if url is None:
            raise EvalError("'url' argument required")
        self.url = url


def hash_or_zero(text: str, algorithm: str | None, say: Callable[[str], None]) -> Hash:
    """A declared hash; an empty text is the zero hash, with a warning, as people write who look for the right one."""
    try:
        if text:
            return hashes.parse(text, algorithm)
        if algorithm is None:
            raise FormatError("empty hash requires explicit hash algorithm")
    except FormatError as error:
        raise EvalError(error.message, about=(text,)) from None
    zero = hashes.zero(algorithm)
    say(f"warning: found empty hash, assuming '{zero.sri}'")
    return zero


def _fetch(services: Services, who: str, arguments: Delayed) -> Value:
    request = _Request(who, arguments, services.say)
    url = request.url if who == "fetchurl" else resolved_url(request.url)
    check_uri(services, url)
    name = request.name or url.rstrip("/").rpartition("/")[2]
    _check_name(who, request, url, name)
    wanted = request.wanted
    if wanted is None and services.settings.pure:
        raise EvalError(f"in pure evaluation mode, '{who}' requires a 'sha256' argument")
    if wanted is not None:
        path = store_path.fixed_output_path(name, _METHODS[who], wanted)
        if services.store.is_valid(path):
            services.files.allow(path)
            return ContextString(path, frozenset((path,)))
    path, _ = fetched(services, url, name, unpacked=who == "fetchTarball", method=_METHODS[who])
    if wanted is not None and path != store_path.fixed_output_path(name, _METHODS[who], wanted):
        got = _hash_of(services, path, _METHODS[who])
        failure = EvalError(
            f"hash mismatch in file downloaded from '{url}':\n"
            f"  specified: {wanted.prefixed_nix32}\n"
            f"  got:       {got.prefixed_nix32}"
        )
        failure.exit_code = 102
        raise failure
    return ContextString(path, frozenset((path,)))


def _check_name(who: str, request: _Request, url: str, name: str) -> None:
    try:
        check_name(name)
    except FormatError as error:
        if request.name_given:
            advice = f"Please change the value for the 'name' attribute passed to '{who}', so that"
        elif request.is_set:
            advice = f"Please add a valid 'name' attribute to the argument for '{who}', so that"
        else:
            advice = f"Please pass an attribute set with 'url' and 'name' attributes to '{who}',  so that"
        raise EvalError(
            f"invalid store path name when fetching URL '{url}': {error.message}. "
            f"{advice} it can create a valid store path.",
            about=("name", url),
        ) from None


def _hash_of(services: Services, path: str, method: str) -> Hash:
    if method == "flat":
        return hashes.digest("sha256", services.files.read(path))
    from lixeval.formats.nar import dump_hash

    return dump_hash(services.files.real(path))[0]


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


def fetched(services: Services, url: str, name: str, *, unpacked: bool, method: str = "recursive") -> tuple[str, int]:
    """The store path of what is behind a URL, and the time of the newest file in it.

    The file itself is stored under the hash of its bytes, or, with `unpacked`, the tree in it.
    """
    from lixeval.fetchers.download_memory import DownloadMemory
    from lixeval.system.scratch import Scratch

    memory = DownloadMemory(services.settings.cache_directory, f"{url}\0{name}\0{unpacked:d}{method}")
    known = memory.path if memory.path and services.store.is_valid(memory.path) else None
    if known is not None and memory.age < services.settings.tarball_ttl and not url.startswith("file:"):
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
    if url.startswith("file:"):
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
