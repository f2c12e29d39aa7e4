"""Running deep: a thread with a large stack and no small recursion limit.

Compiled Nix calls Python from Python, which needs no C stack at all, so the limit counts Nix's own depth (about three
Python calls a Nix call).  The large stack is insurance for the few ways through C (Python's own functions that call
back).  The frames of those calls lie in one piece of memory, and the garbage collector rests.
"""

from __future__ import annotations

import _thread
import gc
import sys

from lixeval.system.machines import memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")


STACK_SIZE = 512 * 1024 * 1024
DEPTH = 100_000 if sys.platform == "emscripten" else 1_000_000

YOUNG = 4_000_000
"""So many more cells, tuples and sets made than freed, some 400 MB, and the garbage collector looks for cycles."""

YOUNG_SIZE = 100
"""About how many bytes each of them takes."""

MOST_YOUNG = 1 << 30
"""Python keeps the number in an int of 32 bits."""

SPARE = 2_000_000
"""So many more objects than twice what was left, 100 to 200 MB, and a long-lived process looks for all cycles."""

FRAMES = 1 << 22
"""Slots of Python's stack of frames, of 8 bytes, that one call asks for, so that all below it find room (`_roomy`)."""


class _Outcome:
    """What came of a function, in a place that is there before: where memory has ended none is found for an error."""

    __slots__ = ("begun", "error", "value")

    def __init__(self) -> None:
        self.begun = False
        self.error: BaseException | None = MemoryError()
        self.value: Any = None


def run_deep(
    function: Callable[[], T], depth: int = DEPTH, look: Callable[[int], None] | None = None, every: float = 0.001
) -> T:
    """`function()`, evaluated deep; its result or exception becomes the caller's.

    The garbage collector rests meanwhile (see `rest_collector`).  `look` is called again and again, about `every` so
    many seconds, with the evaluating thread's identifier.
    """
    outcome = _Outcome()

    def body() -> None:
        if outcome.begun:
            return
        outcome.begun = True
        try:
            outcome.value = function()
            outcome.error = None
            _collect_if_grown()
        except BaseException as error:
            outcome.error = error

    _begin(depth)
    try:
        _run(body, look, every)
    finally:
        _end(depth)
    if outcome.error is not None:
        raise outcome.error
    found: T = outcome.value
    return found


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ended: Python 3.11 forgets to set one where a call finds none left."""
    return isinstance(error, MemoryError) or (
        isinstance(error, SystemError) and error.args == ("error return without exception set",)
    )


SHALLOW = sys.platform == "emscripten"
"""Whether freeing what is nested some thousand deep ends the process: the host's stack, which nobody asks."""


def let_go(error: BaseException) -> None:
    """Frees the way that an exception has come, frame by frame, and those of the exceptions it came from.

    Each entry of a traceback holds the next one and each frame the one that called it; Python frees a chain by calling
    itself, which takes as much stack as the chain is long.  Held by a list, innermost last, none frees another.
    """
    met = []
    following: BaseException | None = error
    while following is not None and following not in met:
        met.append(following)
        frames = []
        traceback, following.__traceback__ = following.__traceback__, None
        while traceback is not None:
            frames.append(traceback.tb_frame)
            rest, traceback.tb_next = traceback.tb_next, None
            traceback = rest
        while frames:
            frames.pop()
        following = following.__cause__ or following.__context__


_LOCK = _thread.allocate_lock()
_DEPTHS: list[int] = []
"""Of the runs that are under way; the limits are the whole process's."""
_USUAL: list[tuple[int, tuple[int, int, int]]] = []
"""The limits before the first of them."""
_ENDS: bool | None = None
"""Whether the process ends when it has evaluated; None of one that is not a command's own."""
_COLLECTS = False
"""Whether it looks for cycles between its evaluations."""
_left = 0
"""How many objects the last look for all cycles left."""


def _begin(depth: int) -> None:
    with _LOCK:
        if not _DEPTHS:
            _USUAL[:] = [(sys.getrecursionlimit(), gc.get_threshold())]
        _DEPTHS.append(depth)
        sys.setrecursionlimit(max(_USUAL[0][0], *_DEPTHS) + 1)  # `_roomy` is a call too
        _rest(max(YOUNG, min(memory() // 4 // YOUNG_SIZE, MOST_YOUNG)) if _ENDS else YOUNG)


def _end(depth: int) -> None:
    with _LOCK:
        _DEPTHS.remove(depth)
        limit, thresholds = _USUAL[0]
        if _DEPTHS:
            sys.setrecursionlimit(max(limit, *_DEPTHS) + 1)
        else:
            sys.setrecursionlimit(limit)
            if not _ENDS:
                gc.set_threshold(*thresholds)


def rest_collector(*, ends: bool, collects: bool = False) -> None:
    """Lets the garbage collector look for cycles seldom, for the whole run of a command.

    Evaluation makes millions of small objects and hardly any cyclic garbage; by Python's own thresholds looking for it
    takes up to a third of the time.  Where the process `ends` with its evaluation, nobody looks before a quarter of the
    memory may be in use, nor afterwards: a first collection of all that an evaluation has left would take 40 ms for a
    stdenv.  Others look again when they have made some 400 MB, and those whose evaluations have nothing in common, each
    being let go of in the end, between them (`collects`).
    """
    global _ENDS, _COLLECTS
    _ENDS, _COLLECTS = ends, collects
    _rest(YOUNG)


def _collect_if_grown() -> None:
    """Frees what nobody can reach any more, in a process that evaluates again and again and has grown.

    What evaluations leave is in cycles mostly: a package set, and what waits in it for a value of its own set.  Python
    looks at what has survived once hardly ever again by these thresholds, so it is looked for between evaluations, when
    there are twice as many objects as were left the last time: then it costs no more than making them did.
    """
    global _left
    if _COLLECTS and not SHALLOW and sys.getallocatedblocks() > 2 * _left + SPARE:
        gc.collect()
        _left = sys.getallocatedblocks()


def is_at_its_end() -> bool:
    """Whether this process does nothing after its evaluation but to answer: that of a command, and nobody else's."""
    return bool(_ENDS)


def has_evaluated_its_last() -> None:
    """A command that evaluates again and again has nothing left to evaluate."""
    global _ENDS, _COLLECTS
    _ENDS, _COLLECTS = _ENDS is not None, False


def _rest(young: int) -> None:
    if gc.get_threshold()[0] < young and not SHALLOW:
        gc.set_threshold(young, 10, 100)


def _roomy(body: Callable[[], None]) -> None:
    """Calls `body` with room for the frames of its calls.

    CPython takes memory for frames in pieces of 16 KB, and gives a piece back as soon as its first frame returns: a
    recursion that swings over the end of one maps and unmaps it again and again, up to a hundred thousand times in the
    evaluation of a system.  This function's own frame is so large that it gets a piece of 64 MB, half of which it
    leaves to others.  What is not used takes no memory; where so much cannot be mapped, MemoryError.
    """
    body()


if sys.implementation.name == "cpython":
    _roomy.__code__ = _roomy.__code__.replace(co_stacksize=FRAMES)


def _run(body: Callable[[], None], look: Callable[[int], None] | None, every: float) -> None:
    """Runs `body` in a thread with a large stack, and waits for it; Ctrl-C, which only the main thread is told of, is
    passed on to it.  Where no thread can be started (Python in WebAssembly) it runs right here, and nobody looks.

    Python's `threading` does no more for us and takes 3 ms to import, a sixth of evaluating `1 + 1`.
    """
    done = _thread.allocate_lock()
    done.acquire()
    watch = _watchers()

    def run() -> None:
        own = _thread.get_ident()
        _DEEP.add(own)
        try:
            watch()
            try:
                _roomy(body)
            except (MemoryError, SystemError):  # see `is_out_of_memory`
                body()  # which does nothing where it had begun
        finally:
            _DEEP.discard(own)
            done.release()

    identifier = _start(run)
    if identifier is None:
        body()
        return
    before = sys.getswitchinterval()
    try:
        if look is not None:
            # Who looks often shall not wait until the other thread waits for something: then that is all it would see.
            sys.setswitchinterval(min(before, every / 20))
            while not done.acquire(timeout=every):
                look(identifier)
        else:
            done.acquire()
    except KeyboardInterrupt:
        import ctypes

        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(identifier), ctypes.py_object(KeyboardInterrupt))
        done.acquire(timeout=5)
        raise
    finally:
        sys.setswitchinterval(before)


_DEEP: set[int] = set()
"""The threads that evaluate, by their identifiers."""


def is_told_by_exceptions() -> bool:
    """Whether Ctrl-C and limits reach this thread as exceptions from others, and so not while it waits in C.

    (`threading` takes the thread that imports it first for the main one, which may be one of these.)
    """
    return _thread.get_ident() in _DEEP


def _watchers() -> Callable[[], None]:
    """What has a new thread watched by the debugger, coverage or profiler that watches this one."""
    threading = sys.modules.get("threading")
    trace = (threading.gettrace() if threading is not None else None) or sys.gettrace()
    profile = sys.getprofile()

    def watch() -> None:
        if profile is not None:
            # cProfile's own object cannot be called, but enabled.
            enable = getattr(profile, "enable", None)
            sys.setprofile(profile) if enable is None else enable()
        if trace is not None:
            sys.settrace(trace)

    return watch


def _start(body: Callable[[], None]) -> int | None:
    """Starts a thread with the largest stack that the machine grants; its identifier, None without threads."""
    before = _thread.stack_size()
    size = STACK_SIZE
    try:
        while True:
            try:
                _thread.stack_size(size)
                return _thread.start_new_thread(body, ())
            except (RuntimeError, ValueError):
                if size <= 16 * 1024 * 1024:
                    return None
                size //= 2
    finally:
        _thread.stack_size(before)
