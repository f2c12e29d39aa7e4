"""Lines of JSON from several processes on one stream: each is written in one piece."""

from __future__ import annotations

import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def line_of(record: Mapping[str, object]) -> bytes:
    """One line of JSON."""
    return (
        json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    )


def write_line(record: Mapping[str, object]) -> None:
    """To standard output, whole, whoever else writes there."""
    sys.stdout.write(line_of(record).decode())
    sys.stdout.flush()
