"""Source trees by description, put into the store while evaluating: `fetchTree`, `fetchGit`, inputs of flakes.

An input (`input_urls`) is fetched by its kind; the answer is a set of `outPath`, `narHash` and what is known besides:
`rev`, `shortRev`, `revCount`, `lastModified`, `lastModifiedDate`, `submodules`, for a working directory with changes
`dirtyRev` and `dirtyShortRev`.  Where the description has `narHash`, `lastModified`, `rev` or `revCount`, they must be
the tree's; of a path and a file, which have none of the last three themselves, they are taken as they are.

Kinds: path, file, tarball, git, github.  C++: fetchers.cc, `emitTreeAttrs`.
"""

from __future__ import annotations

from time import gmtime, strftime

from lixeval.errors import EvalError
from lixeval.fetchers.input_urls import (
    Input,
    nar_hash_of,
    revision_of,
    url_of,
)
from lixeval.fetchers.urls import check_uri, fetched
from lixeval.formats.nar import dump_hash
from lixeval.formats.store_path import fixed_output_path, is_store_path
from lixeval.runtime.values import ContextString, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.environment.machine import Filter
    from lixeval.environment.services import Services
    from lixeval.formats.hashes import Hash

_LOCKED_BY_REVISION = ("git", "github", "hg")
NO_REVISION = "0" * 40


# Fetching


class Fetched:
    """A tree in the store: its path, and what is known of it besides."""

    __slots__ = ("known", "nar_hash", "path")

    def __init__(self, path: str, nar_hash: str, known: Input) -> None:
        self.path = path
        self.nar_hash = nar_hash
        self.known = known


def locked_input(services: Services, given: Input) -> Fetched:
    """The tree of an input as a lock file has it: what is in the store already is not fetched again."""
    if "narHash" in given:
        nar_hash = nar_hash_of(given)
        path = fixed_output_path("source", "recursive", nar_hash)
        if services.store.is_valid(path):
            services.files.allow(path)
            return Fetched(path, nar_hash.sri, given)
    return fetch_input(services, "fetchTree", given, "source")


def fetch_input(services: Services, who: str, given: Input, name: str, *, unlocked: bool = False) -> Fetched:
    """The tree of an input, which must be what `given` says of it; `unlocked` says that any tree may be had purely."""
    kind = str(given["type"])
    url = url_of(given)
    if services.settings.pure and not unlocked:
        locked = "rev" in given if kind in _LOCKED_BY_REVISION else "narHash" in given
        if not locked and "narHash" not in given:
            raise EvalError(f"in pure evaluation mode, '{who}' will not fetch unlocked input '{url}'")
    check_uri(services, url)
    fetch = _KINDS.get(kind)
    if fetch is None:
        raise EvalError(
            f"cannot fetch input '{url}': lixeval fetches the types {', '.join(sorted(_KINDS))}",
            hint="give a tarball's URL or a path" if kind != "indirect" else "lixeval has no registry of flakes",
        )
    if "__final" in given:
        raise EvalError(f"input '{url}' is not allowed to use the '__final' attribute")
    if "rev" in given:
        given = {**given, "rev": revision_of(given)}
    path, found = fetch(services, given, name)
    nar_hash = dump_hash(services.files.real(path))[0]
    known = {**given, **found}
    _check_locks(given, known, nar_hash)
    services.files.allow(path)
    return Fetched(path, nar_hash.sri, known)


def _check_locks(given: Input, known: Input, nar_hash: Hash) -> None:
    """What the description says of the tree must be so.  C++: `Input::checkLocks`."""
    if "narHash" in given:
        wanted = nar_hash_of(given)
        if wanted != nar_hash:
            failure = EvalError(
                f"NAR hash mismatch in input '{url_of(given)}', expected '{wanted.sri}' but got '{nar_hash.sri}'"
            )
            failure.exit_code = 102
            raise failure
    for name in ("lastModified", "rev", "revCount"):
        if name in given and given[name] != known.get(name):
            got = f", got {known.get(name, -1)}" if name == "lastModified" else ""
            raise EvalError(f"'{name}' attribute mismatch in input '{url_of(known)}', expected {given[name]}{got}")


def _fetch_path(services: Services, given: Input, name: str) -> tuple[str, Input]:
    path = str(given["path"])
    if not path.startswith("/"):
        raise EvalError(f"cannot fetch input '{url_of(given)}' because it uses a relative path")
    known: Input = {"lastModified": given["lastModified"]} if "lastModified" in given else {}
    if is_store_path(path) and services.store.is_valid(path):
        return path, {"lastModified": 0, **known}
    # A locked input may lie anywhere: pure evaluation knows what it is.
    if not services.settings.pure:
        services.files.check(path)
    machine, source = services.machine, services.files.real(path)
    if not machine.is_there(source):
        raise EvalError(f"path '{path}' does not exist")
    if "lastModified" not in known:
        known["lastModified"] = machine.newest(source)

    def copy(filter: Filter | None) -> str:
        return services.store.add_path(source, name, filter=filter)

    return machine.copy(source, name, "recursive", None, copy), known


def _fetch_file(services: Services, given: Input, name: str) -> tuple[str, Input]:
    path, _ = fetched(services, str(given["url"]), name, unpacked=False)
    return path, {}


def _fetch_tarball(services: Services, given: Input, name: str) -> tuple[str, Input]:
    path, modified = fetched(services, str(given["url"]), name, unpacked=True)
    return path, {"lastModified": given.get("lastModified", modified)}


def _fetch_github(services: Services, given: Input, name: str) -> tuple[str, Input]:
    """A tree from GitHub: a tarball of a revision, which is asked for where only a branch is known."""
    host = str(given.get("host", "github.com"))
    place = f"{given['owner']}/{given['repo']}"
    revision = str(given["rev"]) if "rev" in given else _github_revision(services, host, place, given)
    path, modified = fetched(services, f"https://{host}/{place}/archive/{revision}.tar.gz", name, unpacked=True)
    return path, {"rev": revision, "lastModified": modified}


def _github_revision(services: Services, host: str, place: str, given: Input) -> str:
    import json

    interface = (
        f"https://api.github.com/repos/{place}" if host == "github.com" else f"https://{host}/api/v3/repos/{place}"
    )
    path, _ = fetched(services, f"{interface}/commits/{given.get('ref', 'HEAD')}", "source", unpacked=False)
    try:
        return str(json.loads(services.files.read(path))["sha"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise EvalError(f"'{interface}' does not tell the revision of '{given.get('ref', 'HEAD')}'") from None


def _fetch_git(services: Services, given: Input, name: str) -> tuple[str, Input]:
    from lixeval.fetchers.git import fetch_git

    return fetch_git(services, given, name)


_KINDS: dict[str, Callable[[Services, Input, str], tuple[str, Input]]] = {
    "path": _fetch_path,
    "file": _fetch_file,
    "tarball": _fetch_tarball,
    "git": _fetch_git,
    "github": _fetch_github,
}


# The answer


def tree_attributes(tree: Fetched, given: Input, *, fallback: bool, has_changed: bool = False) -> dict[str, Value]:
    """The set that describes a tree; with `fallback` one without a revision has zeros for it.

    `has_changed` says that what is evaluated is no longer what the revision is.
    """
    known = tree.known
    result: dict[str, Value] = {
        "outPath": ContextString(tree.path, frozenset((tree.path,))),
        "narHash": tree.nar_hash,
    }
    if given["type"] == "git":
        result["submodules"] = given.get("submodules", False)
    revision = known.get("rev", NO_REVISION if fallback else None)
    if revision is not None and not has_changed:
        result["rev"], result["shortRev"] = revision, str(revision)[:7]
    if "revCount" in known and not has_changed:
        result["revCount"] = known["revCount"]
    elif fallback:
        result["revCount"] = 0
    if "dirtyRev" in known:
        result["dirtyRev"], result["dirtyShortRev"] = known["dirtyRev"], known.get("dirtyShortRev", "")
    if "lastModified" in known:
        result["lastModified"] = known["lastModified"]
        result["lastModifiedDate"] = _date(int(known["lastModified"]))
    return result


def _date(seconds: int) -> str:
    try:
        return strftime("%Y%m%d%H%M%S", gmtime(seconds))
    except (OverflowError, OSError, ValueError):
        raise EvalError(f"'lastModified' is {seconds}, which is no time") from None
