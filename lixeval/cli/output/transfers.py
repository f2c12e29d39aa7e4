"""What blobs on their way to a registry show of themselves: bars on a terminal, one line a blob in a pipe.

Everything goes to stderr.  rich is imported when the first blob starts on a terminal, and not before.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from typing import Any

from lixeval.cli.options import Options
from lixeval.oci.registry.observer import TransferObserver


def transfers_for(options: Options) -> PlainTransfers:
    """The display that fits where stderr goes."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not options.quiet:
        return LiveTransfers()
    return PlainTransfers(quiet=options.quiet)


def shortened(digest: str) -> str:
    """Enough of a digest to tell it from others."""
    return digest.removeprefix("sha256:")[:12]


def readable(size: int) -> str:
    """A size for people: "12.3 MB"."""
    if size < 1000:
        return f"{size} B"
    number = float(size)
    for unit in ("kB", "MB", "GB"):
        number /= 1000
        if number < 999.95:
            return f"{number:.1f} {unit}"
    return f"{number / 1000:.1f} TB"


class PlainTransfers:
    """One line a blob, and a last one that counts them."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.observer: TransferObserver = TransferObserver() if quiet else _Observer(self)
        self.lock = threading.Lock()
        self.sizes: dict[str, int] = {}
        self._counted: Counter[str] = Counter()
        self._bytes = 0

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def started(self, digest: str) -> None:
        """A blob's turn has come."""

    def advanced(self, digest: str, sent: int) -> None:
        """So much of it is there."""

    def finished(self, digest: str, how: str) -> None:
        """A blob is where it should be."""
        self.say(f"{shortened(digest)} {how} ({readable(self.sizes[digest])})")

    def count(self, digest: str, how: str) -> None:
        """Remember what became of a blob; that a layer was packed is not the last that is heard of it."""
        if how == "packed":
            return
        self._counted[how] += 1
        if how == "uploaded":
            self._bytes += self.sizes[digest]

    def summary(self) -> str:
        """What has been done, in a line."""
        total = sum(self._counted.values())
        parts = [
            f"{count} {how}" + (f" ({readable(self._bytes)})" if how == "uploaded" else "")
            for how, count in sorted(self._counted.items())
        ]
        return f"{total} blob{'s' if total != 1 else ''}: {', '.join(parts)}"

    def close(self) -> None:
        """No more is to come."""


class _Observer(TransferObserver):
    """Passes on what threads tell, one at a time."""

    def __init__(self, display: PlainTransfers) -> None:
        self._display = display

    def started(self, digest: str, size: int) -> None:
        with self._display.lock:
            self._display.sizes[digest] = size
            self._display.started(digest)

    def advanced(self, digest: str, sent: int) -> None:
        with self._display.lock:
            self._display.advanced(digest, sent)

    def finished(self, digest: str, how: str) -> None:
        with self._display.lock:
            self._display.count(digest, how)
            self._display.finished(digest, how)

    def message(self, text: str) -> None:
        with self._display.lock:
            self._display.say(text)


class LiveTransfers(PlainTransfers):
    """A bar for each blob on its way; at the end the line that counts them all."""

    def __init__(self) -> None:
        super().__init__()
        self._progress: Any = None
        self._tasks: dict[str, Any] = {}

    def say(self, text: str) -> None:
        if self._progress is not None:
            self._progress.console.print(text, markup=False, highlight=False)
        else:
            super().say(text)

    def started(self, digest: str) -> None:
        if self._progress is None:
            self._progress = self._display()
            self._progress.start()
        if digest in self._tasks:
            # Got from one registry on its way to another.
            self._progress.remove_task(self._tasks[digest])
        self._tasks[digest] = self._progress.add_task(shortened(digest), total=max(1, self.sizes[digest]))

    def _display(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TransferSpeedColumn

        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=Console(stderr=True),
            transient=True,
        )

    def advanced(self, digest: str, sent: int) -> None:
        if digest in self._tasks:
            self._progress.update(self._tasks[digest], completed=sent)

    def finished(self, digest: str, how: str) -> None:
        if digest in self._tasks:
            self._progress.remove_task(self._tasks.pop(digest))

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            if self._counted:
                self.say(self.summary())
