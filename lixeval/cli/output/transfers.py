"""What blobs on their way to a registry show of themselves: bars on a terminal, one line a blob in a pipe.

Everything goes to stderr.  rich is imported when the first blob starts on a terminal, and not before.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter

from lixeval.cli.options import Options
from lixeval.cli.output import terminal
from lixeval.cli.output.live import LiveLines
from lixeval.formats.sizes import progress, size
from lixeval.oci.registry.observer import TransferObserver

_BIG = 32 << 20
"""Bytes of a layer that takes long to pack."""


def transfers_for(options: Options) -> PlainTransfers:
    """The display that fits where stderr goes."""
    if terminal.is_drawable(sys.stderr) and not options.quiet:
        return LiveTransfers()
    return PlainTransfers(quiet=options.quiet)


def shortened(digest: str) -> str:
    """Enough of a digest to tell it from others."""
    return digest.removeprefix("sha256:")[:12]


class PlainTransfers:
    """One line a blob, and a last one that counts them."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.observer: TransferObserver = TransferObserver() if quiet else _Observer(self)
        self.lock = threading.Lock()
        self.sizes: dict[str, int] = {}
        self._counted: Counter[str] = Counter()
        self._bytes = 0

    def say(self, text: str) -> None:
        terminal.say(text)

    def started(self, digest: str, doing: str) -> None:
        """A blob's turn has come; of packing a big layer something is said at once, for it takes long."""
        if doing and self.sizes[digest] >= _BIG:
            self.say(f"{doing} {shortened(digest)} ({size(self.sizes[digest])})")

    def advanced(self, digest: str, sent: int) -> None:
        """So much of it is there."""

    def finished(self, digest: str, how: str) -> None:
        """A blob is where it should be."""
        self.say(f"{shortened(digest)} {how} ({size(self.sizes[digest])})")

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
            f"{count} {how}" + (f" ({size(self._bytes)})" if how == "uploaded" else "")
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
            self._display.started(digest, "")

    def packing(self, digest: str, size: int) -> None:
        with self._display.lock:
            self._display.sizes[digest] = size
            self._display.started(digest, "packing")

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
        self._lines = LiveLines()

    def say(self, text: str) -> None:
        self._lines.say(text)

    def started(self, digest: str, doing: str) -> None:
        total = max(1, self.sizes[digest])
        self._lines.add(digest, f"{doing} {shortened(digest)}".strip(), total=total, said=progress(0, total))

    def advanced(self, digest: str, sent: int) -> None:
        speed = self._lines.speed(digest)
        pace = "" if speed is None else f", {size(speed)}/s"
        self._lines.update(digest, completed=sent, said=progress(sent, max(1, self.sizes[digest])) + pace)

    def finished(self, digest: str, how: str) -> None:
        self._lines.remove(digest)

    def close(self) -> None:
        shown = self._lines.is_shown
        self._lines.close()
        if shown and self._counted:
            self.say(self.summary())
