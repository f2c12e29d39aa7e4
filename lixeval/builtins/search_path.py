"""`<name>`: the search path, given by -I and NIX_PATH, or to `findFile`.

An entry is a prefix and a path.  With a prefix, `<prefix>` and `<prefix/rest>` are looked up below the path; without
one, `<name>` is looked up as an entry of it.  The first entry that has the file wins; then come the files of lixeval
itself, `<nix/fetchurl.nix>`.  An entry may be a URL of a tarball, or "flake:" and a reference: it is fetched.  The
result has its symbolic links resolved.  C++: `EvalState::findFile`, `resolveLookupPathPath`, `SuffixIfPotentialMatch`.
"""

from __future__ import annotations

import os

from lixeval.environment.coercion import coerced_place, realise_context
from lixeval.errors import EvalError, InvalidPath, LixevalError, SearchPathError
from lixeval.runtime.arguments import attribute, forced_attrs, forced_list
from lixeval.runtime.builtin import builtin
from lixeval.runtime.operators import canonical_path
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.values import Delayed, Path, Value
from lixeval.system.terminal_text import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.environment.services import Services

_FETCHED = ("http:", "https:", "file:", "git:", "s3:", "ssh:")
"""Schemes that make an entry a URL where `//` follows."""


@builtin("findFile")
def find_file(entries: Delayed, name: Delayed, *, services: Services) -> Value:
    """The path that `<name>` stands for in a search path: a list of { path, prefix }; `prefix` may be left out.

    Forces the list, every entry with its attributes, then the name.  A name that is nowhere is an error that
    `tryEval` catches.

    >>> builtins.findFile [ { path = "/"; prefix = "root"; } ] "root"
    /
    >>> (builtins.tryEval (builtins.findFile [ ] "nowhere")).success
    false
    """
    pairs = [_entry(services, entry) for entry in forced_list(entries)]
    return Path(_find(services, services.places, text_without_context(name), pairs))


def resolve_search_path(services: Services, name: str, entries: Iterable[tuple[str, str]]) -> str:
    """The path that `<name>` stands for, with (prefix, path) pairs to search; for who is not an expression."""
    return _find(services, {}, name, entries)


def _entry(services: Services, entry: Delayed) -> tuple[str, str]:
    """An entry of `findFile`'s list as (prefix, path), its path built if it has to be."""
    given = forced_attrs(entry)
    prefix = text_without_context(given["prefix"]) if "prefix" in given else ""
    path, context = coerced_place(attribute(given, "path"))
    if context:
        try:
            realise_context(services, context)
        except InvalidPath as error:
            raise EvalError(f"cannot find '{path}', since {error.message}") from None
    return prefix, path


def _find(services: Services, places: dict[str, str | None], name: str, entries: Iterable[tuple[str, str]]) -> str:
    files = services.files
    for prefix, path in entries:
        rest = _below(prefix, name)
        if rest is None:
            continue
        if path not in places:
            places[path] = _place(services, path)
        place = places[path]
        if place is None:
            continue
        # What follows the prefix cannot lead above the entry's path.
        found = files.resolve(f"{place.rstrip('/')}{canonical_path('/' + rest)}" if rest else place)
        if files.exists(found):
            _say_once(services, places, name, found)
            return found
        files.check(found)
    if name.startswith("nix/"):
        return f"<{name}>"
    default = _default_packages(services, name, entries)
    if default is not None:
        _say_once(services, places, name, "lixeval's own package set, with the host's programs")
        return default
    if services.settings.pure:
        raise SearchPathError(f"cannot look up '<{name}>' in pure evaluation mode (use '--impure' to override)")
    raise SearchPathError(f"file '{name}' was not found in the Nix search path (add it using $NIX_PATH or -I)")


def _say_once(services: Services, places: dict[str, str | None], name: str, what: str) -> None:
    """Under -v: which package set `<nixpkgs>` is."""
    key = f"<{name}>"
    if name == "nixpkgs" and services.settings.verbose and key not in places:
        places[key] = what
        tell(f"<nixpkgs> is {what}")  # of this run, and not of its result


def _default_packages(services: Services, name: str, entries: Iterable[tuple[str, str]]) -> str | None:
    """`<nixpkgs>` where the user's search path names none: the package set that comes with lixeval.

    Where one is named that cannot be had it is not taken instead, for what comes out would be something else.  It is no
    entry of `builtins.nixPath`, and not found in a list that an expression has made up itself.
    """
    settings = services.settings
    rest = _below("nixpkgs", name)
    if rest is None or settings.default_packages is None or tuple(entries) != settings.search_path:
        return None
    if any(prefix and _below(prefix, name) is not None for prefix, _ in settings.search_path):
        return None
    found = canonical_path(f"{settings.default_packages}/{rest}")
    return found if services.files.exists(found) else None


def _below(prefix: str, name: str) -> str | None:
    """What of `name` is to be looked up below an entry's path; None where the prefix is another."""
    if not prefix:
        return name
    if name == prefix:
        return ""
    return name[len(prefix) + 1 :] if name.startswith(prefix + "/") else None


def _place(services: Services, path: str) -> str | None:
    """Where an entry lies; None, with a warning, where it is not there or cannot be fetched.

    That a flake cannot be fetched is an error, as in Nix.
    """
    if path.startswith("flake:"):
        from lixeval.fetchers.flakes import tree_of_reference

        return tree_of_reference(services, path.removeprefix("flake:"))
    if is_pseudo_url(path):
        from lixeval.fetchers.urls import fetch_tree_of_url

        try:
            return fetch_tree_of_url(services, path)
        except LixevalError:
            services.machine.unrepeatable(f"'{path}' could not be downloaded")
            services.say(f"warning: Nix search path entry '{path}' cannot be downloaded, ignoring")
            return None
    place = canonical_path(os.path.abspath(os.path.expanduser(path))) if not path.startswith("<nix/") else path
    if services.files.exists(place):
        return place
    services.say(f"warning: Nix search path entry '{path}' does not exist, ignoring")
    return None


def is_pseudo_url(path: str) -> bool:
    """Whether a search path entry, or an expression's file on the command line, names a tarball to be fetched."""
    return path.startswith("channel:") or (path.startswith(_FETCHED) and "://" in path)
