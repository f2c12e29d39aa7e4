"""What an installation brings compiled: lixeval's own Nix files, each whole and as lazily and faithfully compiled, and
the parser's tables.  So the first run on a machine compiles nothing but what its user has written.

A wheel has it in the package, an editable installation in the checkout.  It serves the Python that made it and the
compiler as it was then; with any other all is made at first use (see `compiler.cache`).
"""

from __future__ import annotations

import os
from typing import Any

from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.syntax.tables import grammar_tables, keep
from lixeval.system.cache import Cache
from lixeval.system.directories import EMBEDDED

MOST_BYTES = 1 << 30


def compile_own_files(directory: str) -> None:
    """Writes all of it into a folder that is there already, for `system.cache.Shipped` to read."""
    keep(grammar_tables(), directory)  # first, for it bounds what is in a folder
    written = Cache(directory, MOST_BYTES, MOST_BYTES)
    for faithful in (False, True):
        store: Any = None  # nothing is evaluated
        evaluator = Evaluator(Settings(system="x86_64-linux"), store, faithful=faithful)
        for path in own_files():
            file = evaluator.whole_file(path)
            head, parts = file.program.written()
            written.save_bytes(file.key, b"".join([head, *parts]))


def own_files() -> list[str]:
    """The paths of lixeval's own Nix files."""
    found = []
    for folder, _, names in os.walk(EMBEDDED):
        found += [os.path.join(folder, name) for name in names if name.endswith(".nix")]
    return sorted(found)
