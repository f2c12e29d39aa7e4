"""How deep values may be nested: deeper ones are taken for endless.

C++ Nix recurses, and its stack ends at some ten or hundred thousand levels with "stack overflow"; walks here keep
stacks of their own and would go on until memory ends.
"""

from __future__ import annotations

from lixeval.errors import StackOverflow

MAX_NESTING = 500_000
"""Levels; far more than C++ Nix survives."""


def endless() -> StackOverflow:
    """The error for what goes deeper."""
    return StackOverflow("stack overflow (possible infinite recursion)")
