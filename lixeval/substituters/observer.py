"""Who is told how far fetching is, always in the thread that fetches; each method does nothing here."""

from __future__ import annotations

from lixeval.formats.store_path import StorePath


class FetchObserver:
    """Watches paths on their way; subclass it."""

    def fetching(self, path: StorePath, size: int | None) -> None:
        """A path is being fetched; `size` is that of its packed NAR, None where that is not known."""

    def fetched_bytes(self, path: StorePath, count: int) -> None:
        """So much of it is here; told now and then."""

    def fetched(self, path: StorePath, cache: str) -> None:
        """A path is valid now; `cache` is where it came from, "" if another process has fetched it meanwhile."""
