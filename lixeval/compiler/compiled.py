"""What a compiled file is, apart from how it is made: light enough for a run that finds everything in the cache."""

from __future__ import annotations

import sys
from types import CodeType

PYTHON_TAG = f"{sys.implementation.cache_tag}-{sys.hexversion:x}"
"""What compiled code depends on besides its source: the Python that made it."""


class Program:
    """A compiled file.

    `code` defines ROOT; `builtins` are the builtins whose values it names, `builtin_codes` those it calls directly;
    `environment` are the extra names that ROOT's cell must bring: none (None), one (the value), or a tuple.
    """

    __slots__ = ("builtin_codes", "builtins", "code", "environment")

    def __init__(
        self,
        code: CodeType,
        builtins: tuple[str, ...],
        builtin_codes: tuple[str, ...],
        environment: tuple[str, ...],
    ) -> None:
        self.code = code
        self.builtins = builtins
        self.builtin_codes = builtin_codes
        self.environment = environment

    def parts(self) -> tuple[CodeType, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """What the constructor takes: plain values that marshal can write."""
        return self.code, self.builtins, self.builtin_codes, self.environment
