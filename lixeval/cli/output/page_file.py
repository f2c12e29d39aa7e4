"""Pages that a command writes (`--html PAGE`): what stands there is replaced in one step, if it is a page."""

from __future__ import annotations

import os

from lixeval.errors import SystemFailure, UsageError
from lixeval.system import atomic


def check_page(path: str) -> None:
    """Refuse to replace what is no page, before anything is read."""
    if os.path.lexists(path) and not os.path.isfile(path):
        raise UsageError(f"'{path}' is in the way of the page")
    if os.path.isfile(path) and os.path.getsize(path):
        with open(path, "rb") as file:
            if not file.read(64).lstrip().lower().startswith(b"<!doctype html"):
                raise UsageError(f"'{path}' exists and is no HTML page", hint="choose another name for --html")


def write_page(path: str, text: str) -> None:
    """Puts the page under its name; SystemFailure where that cannot be."""
    try:
        atomic.write_file(os.path.abspath(path), text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise SystemFailure(f"cannot write '{path}': {error.strerror}") from None
