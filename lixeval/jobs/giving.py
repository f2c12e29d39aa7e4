"""What was built, brought away at once: a process that is told of results and copies them.

cache (file://, https://) | store (unix://, ssh-ng://, local?root=…) | docker://REGISTRY[/PATH], for images
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from lixeval.errors import LixevalError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lixeval.jobs.building import Result, Tell

    Give = Callable[[Result], None]
    """Brings the outputs of a result to one place; raises LixevalError."""


def give_all(tasks: int, places: Sequence[tuple[str, Give]], tell: Tell) -> None:
    """Brings what the descriptor `tasks` tells of, a result a line, to all places; `tell` hears of each."""
    with os.fdopen(tasks, "rb") as lines:
        for line in lines:
            result = json.loads(line)
            for place, give in places:
                tell(_given(result, place, give))


def _given(result: Result, place: str, give: Give) -> Result:
    since, error = time.monotonic(), ""
    try:
        give(result)
    except LixevalError as failure:
        error = failure.message
    found: Result = {
        "attr": result["attr"],
        "type": "UPLOAD",
        "success": not error,
        "duration": round(time.monotonic() - since, 3),
        "to": place,
    }
    return found | ({"error": error} if error else {})
