"""The observer that takes a run down: a log, which `record` turns into cells and steps.

An entry is some values and behind them a constant, `(kind, number, number)`:

    value                 (DONE, start, end)         an expression of the frame around has its value
    value, sets           (FROM_WITH, start, end)    the same of a name that a `with` gives; its sets, innermost first;
                                                     without a place for the name that the cell asked for stands for
    cell                  (MADE, start, end)         a thunk is made; -line, -column of the name that it looks up
    cell, target          (ALIASED, 0, 0)            a cell stands for another one, or for a value
    cell                  (FORCED, start, end)       a thunk is asked for; it is of the source that has made it
    cell, source          (BEGUN, 0, -1)             the same of a file's whole
    value                 (ANSWERED, 0, 0)           what was asked for has a value
    value                 (CAME, start, end)         DONE and ANSWERED in one: that of the thunk's last expression
    cell, places, error   (FAILED, 0, 0)             … or fails (all of the run, if the cell is None); `places` are the
                                                     frames on the way to the failure
    arguments…            (CALLED, line, column, n, source)    a function is called with `n` arguments
    value                 (RETURNED, line, column)
    value                 (GAVE, start, end)         DONE and RETURNED in one
    left, right, value    (UPDATED, 0, 0)            `left // right`
    name, arguments       (BUILTIN, 0, 0)            a builtin is called
    value                 (APPLIED, 0, 0)            a builtin has put off applications: elements or attributes
    name, value           (ANSWER, 0, 0)             … and has answered

Values are kept as they are, and looked at when the run is over: what is evaluated meanwhile is told apart by the step
at which it was.  When the log is full the evaluation is stopped.  Nothing that is logged is garbage, so none is looked
for meanwhile.
"""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager

from lixeval import __version__
from lixeval.errors import LixevalError
from lixeval.evaluation.observer import Observer
from lixeval.formats.hashes import sha256
from lixeval.runtime.call import APPLY, APPLY2
from lixeval.runtime.code_info import SOURCE, argument_names, is_scope, kind_of
from lixeval.runtime.exports import INHERITED, WITH
from lixeval.runtime.instructions import selected_from
from lixeval.runtime.operators import CONCAT, UPDATE
from lixeval.runtime.thunks import BLACKHOLE, COMPUTE
from lixeval.teach import probes
from lixeval.teach.probes import (
    ALIASED,
    ANSWER,
    ANSWERED,
    APPLIED,
    BEGUN,
    BUILTIN,
    CALLED,
    CAME,
    DONE,
    FAILED,
    FORCED,
    FROM_WITH,
    GATHERED,
    GAVE,
    MADE,
    NOWHERE,
    RETURNED,
    UPDATED,
    WatchedGenerator,
    add_probes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import CodeType
    from typing import Any

    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Delayed, Value
    from lixeval.source import Source

    Place = tuple[Source, CodeType, int]
    """A frame on the way to a failure: its source, its code, and the instruction that it was at."""

MAKERS = frozenset(("map", "genList", "mapAttrs", "zipAttrsWith"))
"""Builtins that give new thunks."""

PUT_OFF = frozenset((APPLY, APPLY2, COMPUTE))
"""What answers their cells."""

SIZES: dict[type, int] = {tuple: 8, dict: 100, str: 1}
"""About how many bytes each element, attribute or character takes."""

LARGE = 100
"""Shorter ones take no more than the log itself."""

MOST_KEPT = 20_000_000
"""Bytes of what only the log keeps alive: a fold's list grows in place where nobody looks, and is copied here."""

STORY_ENDS = "the story ends here"
"""What a thunk that is being evaluated then is said to fail with."""

MOST_PUT_OFF = 500_000
"""So many applications may builtins put off."""

ENTRY = 2
"""How many elements of the log an entry takes, on average."""

MOST_EVENTS = 1_000_000

VALUES = {
    DONE: 1,
    FROM_WITH: 2,
    MADE: 1,
    ALIASED: 2,
    FORCED: 1,
    BEGUN: 2,
    ANSWERED: 1,
    CAME: 1,
    FAILED: 3,
    CALLED: 0,
    RETURNED: 1,
    GAVE: 1,
    UPDATED: 3,
    BUILTIN: 2,
    ANSWER: 2,
    APPLIED: 1,
    GATHERED: 4,
}
"""How many values stand before the constant of an entry; of a call its arguments stand there."""


def probes_version() -> str:
    """What tells code that these probes are in from code of other ones: a hash of their module."""
    try:
        with open(probes.__file__, "rb") as file:
            return sha256(file.read()).hex()[:16]
    except OSError:  # only compiled modules are there: they are this release's
        return __version__


@contextmanager
def no_collections() -> Iterator[None]:
    """Nobody looks for garbage meanwhile: the log is bounded, and keeps all that an evaluation makes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class StoryEnds(BaseException):
    """Stops a run when the recorder is full; no Exception, so that nobody explains it or takes it for its own."""


class Recorder(Observer):
    """Records one run; `most` bounds the entries of the log."""

    mark = f"recorded {probes_version()}"
    faithful = True
    generator = WatchedGenerator
    probe = staticmethod(add_probes)
    most_kept = MOST_KEPT

    def __init__(self, most: int = MOST_EVENTS) -> None:
        self._entries: list[Any] = []
        self.most = most
        self.full = ""
        """What was full when the run was stopped: "steps" or "memory"."""
        self._put_off = 0
        self._large: set[int] = set()
        self._kept = 0
        self._wrapped: dict[int, Callable[..., Value]] = {}

    def phase(self, name: str) -> AbstractContextManager[None]:
        return no_collections() if name == "evaluating" else super().phase(name)

    @property
    def size(self) -> int:
        """About how many entries the log has."""
        return len(self._entries) // ENTRY

    def log(self) -> list[tuple[tuple[int, int, int], tuple[Any, ...]]]:
        """The entries in order, each its kind and place, and its values: of a call its arguments and the source."""
        entries, found = self._entries, []
        end = len(entries)
        while end and not _is_constant(entries[end - 1]):
            end -= 1  # the run was interrupted in the middle of an entry
        while end > 0:
            place = entries[end - 1]
            count = VALUES[place[0]]
            values = entries[end - 1 - count : end - 1]
            end -= count + 1
            if place[0] == CALLED:
                *place, taken, source = place
                values = [tuple(entries[end - taken : end]), source]
                end -= taken
            found.append((tuple(place), tuple(values)))
        found.reverse()
        return found

    def failed(self, error: BaseException | None, cell: Cell | None = None) -> None:
        """Tells that a thunk has failed, or, without one, all of the run: a file's function has no thunk around."""
        log = self._entries.append
        log(cell)
        log(_places(error))
        log(_said(error))
        log(FAILURE)

    def names(self) -> dict[str, Any]:
        """What compiled code calls."""
        log, keeps = self._entries.append, self._keeps

        def FAILED_(cell: Cell) -> None:
            self.failed(sys.exc_info()[1], cell)

        def UPDATED_(left: Value, right: Value) -> Value:
            value = UPDATE(left, right)
            log(left)
            log(right)
            log(value)
            log(LAID_OVER)
            keeps(value)
            return value

        def CONCATENATED_(left: Value, right: Value) -> Value:
            value = CONCAT(left, right)
            keeps(value)
            return value

        def BLACKHOLE_(cell: Cell) -> Value:
            log(cell)
            log(FORCE)
            log(cell)
            log(())
            log("infinite recursion encountered")
            log(FAILURE)
            return BLACKHOLE(cell)

        return {
            "ENTRIES": self._entries,
            "MOST": ENTRY * self.most,
            "STOP": self._stop,
            "FAILED": FAILED_,
            "BLACKHOLE": BLACKHOLE_,
            "UPDATED": UPDATED_,
            "CONCATENATED": CONCATENATED_,
            "INHERITED": self._answering(INHERITED),
            "WITH": self._answering(WITH),
        }

    def _stop(self, full: str = "steps") -> None:
        self.full = full
        raise StoryEnds

    def _keeps(self, value: Any) -> None:
        """Counts what only the log may keep alive: what each step of a fold has made."""
        if len(value) < LARGE or id(value) in self._large:
            return
        self._large.add(id(value))
        self._kept += len(value) * SIZES[value.__class__]
        if self._kept > self.most_kept:
            self._stop("memory")

    def _answering(self, function: Callable[[Cell], Value]) -> Callable[[Cell], Value]:
        """What answers cells of a kind that has no code of its own, and tells of it."""
        log = self._entries.append

        def answer(cell: Cell) -> Value:
            log(cell)
            log(FORCE)
            payload = cell[1]
            try:
                value = function(cell)
            except BaseException as error:
                cell[0] = answer
                log(cell)
                log(())
                log(_said(error))
                log(FAILURE)
                raise
            if function is WITH:
                log(value)
                log(payload[2:])
                log(GIVEN)
            log(value)
            log(ANSWERED_CELL)
            return value

        vars(answer).update(vars(function))
        return answer

    def builtin_everywhere(self, function: Callable[..., Value]) -> Callable[..., Value]:
        """A builtin's function that tells of its calls, and of the thunks that it makes."""
        # `derivation` is a function of the language in C++ Nix, and has no name as a builtin.
        name: str = getattr(function, "nix_name", "derivation")
        log, entries, most, keeps = self._entries.append, self._entries, ENTRY * self.most, self._keeps
        told_made = self._told_made if name in MAKERS else None

        def begin(arguments: tuple[Delayed, ...]) -> None:
            if len(entries) > most:
                self._stop()
            log(name)
            log(arguments)
            log(CALL)

        def end(value: Value) -> Value:
            if told_made is not None:
                told_made(value)
            log(name)
            log(value)
            log(BACK)
            if value.__class__ in SIZES:
                keeps(value)
            return value

        # One for each arity: `*arguments` would use the C stack.
        def one(a: Delayed) -> Value:
            begin((a,))
            return end(function(a))

        def two(a: Delayed, b: Delayed) -> Value:
            begin((a, b))
            return end(function(a, b))

        def three(a: Delayed, b: Delayed, c: Delayed) -> Value:
            begin((a, b, c))
            return end(function(a, b, c))

        by_arity: dict[int, Callable[..., Value]] = {1: one, 2: two, 3: three}
        told = by_arity.get(len(argument_names(function.__code__)), function)
        if told is not function:
            vars(told).update(vars(function))
        return told

    def _told_made(self, value: Value) -> None:
        """Tells of the cells that a builtin has made, and has them tell when they are asked."""
        cells: Any = value.values() if value.__class__ is dict else value
        self._put_off += len(cells)
        if self._put_off > MOST_PUT_OFF:
            self._stop()
        for cell in cells:
            if cell.__class__ is list and cell[0] in PUT_OFF:
                cell[0] = self._applied(cell[0])
        self._entries.append(value)
        self._entries.append(MAKE)

    def _applied(self, function: Callable[[Cell], Value]) -> Callable[[Cell], Value]:
        found = self._wrapped.get(id(function))
        if found is None:
            found = self._wrapped[id(function)] = self._answering(function)
        return found


FAILURE, LAID_OVER, FORCE, ANSWERED_CELL, CALL, BACK, MAKE, GIVEN = (
    (kind, *NOWHERE) for kind in (FAILED, UPDATED, FORCED, ANSWERED, BUILTIN, ANSWER, APPLIED, FROM_WITH)
)
"""The constants of what is logged here."""


def _is_constant(entry: object) -> bool:
    return entry.__class__ is tuple and len(entry) in (3, 5) and entry[0] in VALUES and entry[1].__class__ is int


def _said(error: BaseException | None) -> str:
    """What an error says, before anything is looked up for it; "" where only that can tell."""
    if isinstance(error, LixevalError):
        return error.message
    if isinstance(error, StoryEnds):
        return STORY_ENDS
    if not isinstance(error, KeyError):
        return ""
    last = error.__traceback__
    assert last is not None
    while last.tb_next is not None:
        last = last.tb_next
    variable, name = selected_from(last.tb_frame, last.tb_lasti)[0], error.args[0]
    return f"undefined variable '{name}'" if is_scope(variable) else f"attribute '{name}' missing"


def _places(error: BaseException | None) -> tuple[Place, ...]:
    """The frames from the handler's, a thunk's, to the failure or to the next thunk on the way to it."""
    found: list[Place] = []
    entry = None if error is None else error.__traceback__
    while entry is not None:
        frame = entry.tb_frame
        source = frame.f_globals.get(SOURCE)
        if source is not None:
            if found and kind_of(frame.f_code) != "function":
                break
            found.append((source, frame.f_code, entry.tb_lasti))
        entry = entry.tb_next
    return tuple(found)
