"""Being ended in the middle of something: SIGTERM unwinds what is under way, as Ctrl-C does."""

from __future__ import annotations

import contextlib
import signal
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def ending_politely() -> Iterator[None]:
    """Let SIGTERM end this process by an exception, which unwinds what is under way, unless somebody else handles it.

    Without this the builds would be cleaned up as well (see `build_process`), but for their lock files.
    """

    def end(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
