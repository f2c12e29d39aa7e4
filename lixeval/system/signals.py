"""Being ended in the middle of something: SIGTERM and a terminal that goes unwind what is under way, as Ctrl-C does."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` itself loads enum, which takes a tenth of a short run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


class ending_politely:  # a `with` reads it as what is done
    """Lets SIGTERM and SIGHUP end this process by an exception, which unwinds what is under way.

    A signal that somebody else handles, or has had ignored (nohup), is left alone.

    Without this the builds would be cleaned up as well (see `processes`), but for their lock files.
    """

    def __enter__(self) -> None:
        self._ours = _catch()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number in self._ours:
            _signal.signal(number, _signal.SIG_DFL)


def ending(error: BaseException) -> BaseException | None:
    """The KeyboardInterrupt or SystemExit that an error is or hides; None where it is another one.

    Python up to 3.11 makes a RuntimeError of what is raised while a class is made, as when a module is imported.
    """
    if isinstance(error, RuntimeError) and error.__cause__ is not None:
        error = error.__cause__
    return error if isinstance(error, (KeyboardInterrupt, SystemExit)) else None


def _catch() -> list[int]:
    """The signals that have become ours; none in any thread but the main one.

    `threading` cannot tell the main thread, for which it takes the one that imported it; the interpreter can.
    """

    def end(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    ours: list[int] = []
    try:
        for number in (_signal.SIGTERM, _signal.SIGHUP):
            if _signal.getsignal(number) is _signal.SIG_DFL:
                _signal.signal(number, end)
                ours.append(number)
    except ValueError:
        return []
    return ours
