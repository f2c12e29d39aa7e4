"""How a transfer, or packing for one, tells what it does.

Methods are called from several threads, each blob's from one at a time.
An observer that wants nothing is the class itself.
"""

from __future__ import annotations


class TransferObserver:
    """Override what is of interest."""

    def started(self, digest: str, size: int) -> None:
        """A blob's turn has come."""

    def packing(self, digest: str, size: int) -> None:
        """A layer, known by its diff id, is packed; the same follows as of a transfer."""
        self.started(digest, size)

    def advanced(self, digest: str, sent: int) -> None:
        """So many bytes of it have been sent or received in all; the number falls when a part must be sent again."""

    def finished(self, digest: str, how: str) -> None:
        """It is where it should be: "uploaded", "there already", "mounted from NAME", "downloaded"; or "packed"."""

    def message(self, text: str) -> None:
        """Something that a patient user may want to know: an attempt failed and is repeated."""
