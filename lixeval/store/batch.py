"""A batch: what is added to a store meanwhile is registered together (see `registration`)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Protocol

    class Collects(Protocol):
        """What a batch begins and ends at."""

        def change_batches(self, by: int) -> None: ...


class Batch:
    """See `LocalStore.batch`."""

    __slots__ = ("_store",)

    def __init__(self, store: Collects) -> None:
        self._store = store

    def __enter__(self) -> None:
        self._store.change_batches(1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._store.change_batches(-1)
