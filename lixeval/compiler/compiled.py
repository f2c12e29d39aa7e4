"""What a compiled file is, apart from how it is made: light enough for a run that finds everything in the cache."""

from __future__ import annotations

import sys
from types import CodeType
from typing import NamedTuple

PYTHON_TAG = f"{sys.implementation.cache_tag}-{sys.hexversion:x}"
"""What compiled code depends on besides its source: the Python that made it."""


class Program(NamedTuple):
    """A compiled file.

    `code` defines ROOT; `builtins` are the builtins whose values it names, `builtin_codes` those it calls directly;
    `environment` are the extra names that ROOT's cell must bring: none (None), one (the value), or a tuple.
    """

    code: CodeType
    builtins: tuple[str, ...]
    builtin_codes: tuple[str, ...]
    environment: tuple[str, ...]
