"""Registries of flakes: what `flake:NAME` and a mere `NAME` stand for.

    registry.json = { version = 2, flakes = [ { from = attributes, to = attributes, exact = bool } ] }

The user's own comes first, then the machine's, then the global one, which is downloaded.  C++: libfetchers/registry.cc.
"""

from __future__ import annotations

import os

from lixeval.errors import EvalError
from lixeval.fetchers.input_urls import Input, url_of
from lixeval.fetchers.urls import fetched
from lixeval.formats.byte_text import text_of
from lixeval.formats.json_reading import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lixeval.environment.services import Services


def looked_up(services: Services, reference: Input, first: Sequence[tuple[Input, Input, bool]] = ()) -> Input:
    """A reference that can be fetched: one by name is looked up, its `ref` and `rev` carried over.

    `first` are entries that go before those of all registries: (from, to, whether it must be exactly that).
    """
    if reference["type"] != "indirect":
        return reference
    bare = {name: value for name, value in reference.items() if name != "dir"}
    directory = reference.get("dir")
    for _ in range(100):
        found = next((one for one in _entries(services, bare, first) if _matches(one, bare)), None)
        if found is None:
            if bare["type"] == "indirect":
                raise EvalError(
                    f"cannot find flake '{url_of(reference)}' in the flake registries", hint="give its URL instead"
                )
            return {**bare, "dir": directory} if directory else bare
        source, target, is_exact = found
        kept: Input = {}
        if not is_exact:
            kept = {name: bare[name] for name in ("ref", "rev") if name in bare and name not in source}
            _check_kept(target, kept)
        directory = target.get("dir", directory)
        bare = {name: value for name, value in {**target, **kept}.items() if name != "dir"}
        if "rev" in kept and "ref" not in kept and bare["type"] != "git":
            bare.pop("ref", None)
    raise EvalError(f"cycle detected in flake registry for '{url_of(reference)}'")


def _check_kept(target: Input, kept: Input) -> None:
    """A path or an archive is no other one for a reference: it would be taken for a revision that it is not."""
    if target.get("type") not in ("path", "tarball", "file"):
        return
    for name, what in (("ref", "branch/tag name"), ("rev", "revision")):
        if name in kept:
            raise EvalError(f"don't know how to set {what} of input '{url_of(target)}' to '{kept[name]}'")


def _matches(entry: tuple[Input, Input, bool], reference: Input) -> bool:
    """C++: `Input::contains`: one without `ref` or `rev` stands for all of them."""
    source, _, is_exact = entry
    if is_exact:
        return source == reference
    if source == reference:
        return True
    plain = {name: value for name, value in reference.items() if name not in ("ref", "rev") or name in source}
    return "rev" not in source and source == plain


def _entries(
    services: Services, reference: Input, first: Sequence[tuple[Input, Input, bool]]
) -> Iterator[tuple[Input, Input, bool]]:
    """All entries that may be for a reference; one that can be fetched as it is needs no download of a registry."""
    yield from first
    variable = services.machine.variable
    home = variable("NIX_CONFIG_HOME") or f"{variable('XDG_CONFIG_HOME') or os.path.expanduser('~/.config')}/nix"
    for path in (f"{home}/registry.json", f"{variable('NIX_CONF_DIR') or '/etc/nix'}/registry.json"):
        if services.machine.is_there(path):
            yield from _parsed(services.machine.read(path), path)
    place = services.settings.flake_registry
    if place.startswith("/"):
        if services.machine.is_there(place):
            yield from _parsed(services.machine.read(place), place)
    elif place and reference["type"] == "indirect":
        path, _ = fetched(services, place, "flake-registry.json", unpacked=False)
        yield from _parsed(services.files.read(path), place)


def _parsed(data: bytes, path: str) -> list[tuple[Input, Input, bool]]:
    try:
        document = parse_json(text_of(data))
    except EvalError as error:
        raise EvalError(f"cannot parse flake registry '{path}': {error.message}") from None
    try:
        if document["version"] != 2:
            raise EvalError(f"flake registry '{path}' has unsupported version {document['version']}")
        entries = [(entry["from"], entry["to"], entry.get("exact", False)) for entry in document["flakes"]]
        if not all(isinstance(side, dict) for source, target, _ in entries for side in (source, target)):
            raise TypeError("an entry leads from an object to an object")
        return entries
    except (KeyError, TypeError, AttributeError) as error:
        raise EvalError(f"cannot parse flake registry '{path}': {error}") from None
