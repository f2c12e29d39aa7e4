"""The inputs that are kept of each target: `kept/TARGET`, a line each, written as Python writes bytes.

Where a run watches the code, an input is worth keeping if it gets somewhere that no shorter one does; and whatever has
once come out as a fault.
"""

from __future__ import annotations

import ast
from pathlib import Path

CORPUS = Path(__file__).parent / "kept"
MOST_INPUTS, MOST_BYTES = 60, 160
"""Of the inputs of a run so many are kept, the shortest."""


def kept(name: str) -> list[bytes]:
    """The inputs of a target."""
    try:
        lines = (CORPUS / name).read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return []
    return [ast.literal_eval(line) for line in lines]


def keep(name: str, inputs: list[bytes]) -> int:
    """Adds inputs to those of a target; how many there are now."""
    found = dict.fromkeys([*kept(name), *inputs])
    CORPUS.mkdir(exist_ok=True)
    (CORPUS / name).write_text("".join(f"{data!r}\n" for data in found), encoding="ascii")
    return len(found)


def shortest(inputs: list[bytes]) -> list[bytes]:
    """Those of a run that are worth keeping."""
    small = [data for data in inputs if len(data) <= MOST_BYTES]
    return sorted(small, key=lambda data: (len(data), data))[:MOST_INPUTS]
