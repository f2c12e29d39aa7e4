"""Registries of flakes: what `flake:NAME` and a mere `NAME` stand for.

    registry.json = { version = 2, flakes = [ { from = attributes, to = attributes, exact = bool } ] }

The user's own comes first, then the machine's, then the global one, which is downloaded.  C++: libfetchers/registry.cc.
"""

from __future__ import annotations

import json
import os

from lixeval.errors import EvalError
from lixeval.fetchers.input_urls import Input, url_of
from lixeval.fetchers.urls import fetched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lixeval.environment.services import Services

GLOBAL = "https://channels.nixos.org/flake-registry.json"


def looked_up(services: Services, reference: Input) -> Input:
    """A reference that can be fetched: one by name is looked up, its `ref` and `rev` carried over."""
    for _ in range(100):
        if reference["type"] != "indirect":
            return reference
        found = next((to for source, to in _entries(services) if _matches(source, reference)), None)
        if found is None:
            raise EvalError(
                f"cannot find flake '{url_of(reference)}' in the flake registries", hint="give its URL instead"
            )
        reference = {**found, **{name: reference[name] for name in ("ref", "rev", "dir") if name in reference}}
    raise EvalError(f"the flake registries lead in a circle at '{url_of(reference)}'")


def _matches(source: Input, reference: Input) -> bool:
    return source.get("id") == reference["id"] and all(
        source[name] == reference.get(name) for name in ("ref", "rev") if name in source
    )


def _entries(services: Services) -> Iterator[tuple[Input, Input]]:
    home = services.machine.variable("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    for path in (f"{home}/nix/registry.json", "/etc/nix/registry.json"):
        if services.machine.is_there(path):
            yield from _parsed(services.machine.read(path), path)
    path, _ = fetched(services, GLOBAL, "flake-registry.json", unpacked=False)
    yield from _parsed(services.files.read(path), GLOBAL)


def _parsed(data: bytes, path: str) -> list[tuple[Input, Input]]:
    try:
        return [(entry["from"], entry["to"]) for entry in json.loads(data)["flakes"]]
    except (ValueError, KeyError, TypeError) as error:
        raise EvalError(f"cannot parse flake registry '{path}': {error}") from None
