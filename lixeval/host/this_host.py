"""Who answers for the machine that we run on: kept answers first, and the package manager's records behind them."""

from __future__ import annotations

import os
import sys

from lixeval.host.answers import LAYOUT_VERSION, Answers, file_stamp
from lixeval.host.detect import looked_at, records_of_this_host
from lixeval.host.patcher_place import patchelf_place
from lixeval.host.table import TABLE_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def this_host(directory: str | None) -> Answers:
    """Who answers for this machine; answers are kept in `directory` (None: nowhere)."""
    found: list[Any] = []

    def find_out(question: str) -> dict[str, Any]:
        if not found:
            from lixeval.host.describe import Host
            from lixeval.host.detect import detect

            found.append(Host(detect()))
        answer: dict[str, Any] = found[0].describe(question)
        return answer

    manager, place = records_of_this_host()
    python = f"{os.path.realpath(sys.base_prefix)} {sys.hexversion:x}"
    patcher = patchelf_place() or ""
    stamp = f"{LAYOUT_VERSION} {manager} {file_stamp(place)} {file_stamp(TABLE_FILE)} {python} {file_stamp(patcher)}"
    places = [*looked_at(place), TABLE_FILE, *([patcher] if patcher else ())]
    return Answers(directory, stamp, find_out, places)
