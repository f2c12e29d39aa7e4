"""The table of names that comes with lixeval: nixpkgs' names and the hosts' (its grammar: see `lixeval.host.names`)."""

from __future__ import annotations

import os

from lixeval.system.directories import EMBEDDED

TABLE_FILE = os.path.join(EMBEDDED, "host-packages.json")


def read_table(path: str = TABLE_FILE) -> dict[str, dict[str, str]]:
    """Attribute -> entry."""
    import json

    with open(path, encoding="utf-8") as file:
        table: dict[str, dict[str, str]] = json.load(file)
    return table
