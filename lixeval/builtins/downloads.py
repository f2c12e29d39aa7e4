"""`fetchurl` and `fetchTarball`: files from elsewhere; what is behind a URL is had by `fetchers.urls`.

With a `sha256` the store path is known before anything is fetched; if it is there, that is all.

    fetchurl      the file at a URL, its hash that of its bytes
    fetchTarball  the tree in a tarball, its hash that of its NAR; "channel:NAME" is a URL too

C++: `fetch` in primops/fetchTarball.cc.
"""

from __future__ import annotations

from lixeval.builtins.hashing import hash_or_zero
from lixeval.errors import EvalError, FormatError
from lixeval.fetchers.urls import check_uri, fetched, resolved_url
from lixeval.formats import hashes, store_path
from lixeval.formats.store_path import check_name
from lixeval.runtime.builtin import builtin
from lixeval.runtime.said import through
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.values import ContextString, Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lixeval.environment.services import Services
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

        def taken(names: Iterable[str]) -> str | None:
            url: str | None = None
            for key in names:
                if key == "url":
                    url = text_without_context(arguments[key])
                elif key == "sha256":
                    self.wanted = hash_or_zero(text_without_context(arguments[key]), "sha256", say)
                elif key == "name":
                    self.name, self.name_given = text_without_context(arguments[key]), True
                else:
                    raise EvalError(f"unsupported argument '{key}' to '{who}'", about=(key,))
            return url

        url: str | None = through(arguments, taken)
        if url is None:
            raise EvalError("'url' argument required")
        self.url = url


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
