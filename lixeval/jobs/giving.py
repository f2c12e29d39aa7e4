"""What was built, brought away at once: a process that is told of results and copies them.

cache (file://, https://) | store (unix://, ssh-ng://, local?root=…) | docker://HOST[/PATH], for images

In a registry each image lies below HOST/PATH by its own name and tag; what is no image has no place there.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from lixeval.errors import LixevalError
from lixeval.oci.registry import location
from lixeval.oci.registry.location import DOCKER_HUB
from lixeval.oci.registry.location import PREFIX as REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lixeval.jobs.building import Result, Tell

    Give = Callable[[Result], None]
    """Brings the outputs of a result to one place; raises LixevalError or OSError."""


def give_all(tasks: int, places: Sequence[tuple[str, Give]], tell: Tell) -> None:
    """Brings what the descriptor `tasks` tells of, a result a line, to all places; `tell` hears of each."""
    with os.fdopen(tasks, "rb") as lines:
        for line in lines:
            result = json.loads(line)
            for place, give in places:
                if "image" in result or not place.startswith(REGISTRY):
                    tell(_given(result, place, give))


def place_of_image(place: str, image: str) -> str:
    """Where an image called NAME:TAG goes in a registry: below `place`, without the host of its name.

    Raises ImageError for what no registry accepts.
    """
    where = location.parse(REGISTRY + image)
    library = where.registry == DOCKER_HUB and "/" not in image
    path = where.repository.removeprefix("library/") if library else where.repository
    whole = f"{place.rstrip('/')}/{path}:{where.tag}"
    location.parse(whole)
    return whole


def _given(result: Result, place: str, give: Give) -> Result:
    since, error = time.monotonic(), ""
    try:
        give(result)
    except LixevalError as failure:
        error = failure.message
    except OSError as failure:
        error = str(failure)
    found: Result = {
        "attr": result["attr"],
        "type": "UPLOAD",
        "success": not error,
        "duration": round(time.monotonic() - since, 3),
        "to": place,
    }
    return found | ({"error": error} if error else {})
