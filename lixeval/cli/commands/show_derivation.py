"""`lixeval show-derivation`: derivations as JSON, to the byte of what `nix derivation show` prints."""

from __future__ import annotations

import json
import sys

from lixeval.cli.installables import Installables
from lixeval.cli.subcommand import at_least, read
from lixeval.formats.derivation import to_json
from lixeval.formats.store_path import StorePath
from lixeval.formats.store_path import parse as parse_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.store.local import LocalStore
COMMAND = "show-derivation"


def run(arguments: list[str]) -> int:
    """Prints one JSON object: .drv path -> derivation."""
    line = read(COMMAND, arguments)
    at_least(line, COMMAND, 1, "a derivation to show")
    installables = Installables(line.options)
    paths = installables.all_derivations()
    sys.stdout.write(shown(installables.store, paths, recursive="recursive" in line.flags) + "\n")
    return 0


def shown(store: LocalStore, drv_paths: Iterable[StorePath], *, recursive: bool) -> str:
    """The JSON text; with `recursive` of every derivation in the closures of the .drv files."""
    wanted = list(drv_paths)
    if recursive:
        wanted = [path for path in store.closure(wanted) if path.endswith(".drv")]
    found = {path: to_json(parse_path(path).name.removesuffix(".drv"), store.read_derivation(path)) for path in wanted}
    return json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False)
