"""Worker processes that make records: forked from one that has the root, each replaced when it has grown too large.

    parent: a queue of attribute paths    ->  worker: [path, path, …]        one line of JSON
            records, names to go on with  <-          {"records", "rest"}    one line of JSON

A worker gets a few paths at a time, so that what it adds to the store is synced and registered once for all of them,
and answers when that is done.  What an evaluation has computed it keeps, so a worker's memory only grows: past the
limit it hands back what it has not done and ends, and a fresh one is forked.  When a worker dies, its paths are tried
again one by one, and the one that kills is reported as an error.

The parent forks while it has one thread and no connection to the store's database, and evaluates nothing by then, so
that a worker inherits no lock that somebody else holds; SQLite's own knowledge of which locks a process has would also
cross a fork.  A worker closes the ends of all pipes that are not its own, so each side reads the end of the file as
soon as the other is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
from collections import deque

from lixeval.jobs.record import joined
from lixeval.system import syscalls
from lixeval.system.atomic import write_all
from lixeval.system.deep_stack import run_deep
from lixeval.system.forks import fork

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO, NoReturn

    from lixeval.jobs.record import Record, Recorder

    Path = list[str]

LARGEST_SHARE = 64
"""How many paths a worker is given at once, at most."""


class Worker:
    """One worker as its parent sees it: its process, the pipes to and from it, what it is working on."""

    __slots__ = ("answer", "paths", "process", "reading", "writing")

    def __init__(self, process: int, writing: int, reading: int) -> None:
        self.process = process
        self.writing = writing
        self.reading = reading
        self.paths: list[Path] = []
        self.answer = bytearray()

    def interrupt(self) -> None:
        """Have it give up what it is doing."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGINT)

    def close(self) -> int:
        """Let it end, and wait for it; its exit status as `os.waitpid` has it."""
        for descriptor in (self.writing, self.reading):
            os.close(descriptor)
        return os.waitpid(self.process, 0)[1]


class Workers:
    """Up to `count` workers over one recorder; `memory_limit` is in bytes of a worker's resident memory."""

    def __init__(self, recorder: Recorder, count: int, memory_limit: int, foreign: Iterable[int] = ()) -> None:
        """`foreign` are descriptors of the parent's that no worker is to keep open."""
        self._recorder = recorder
        self._count = max(1, count)
        self._memory_limit = memory_limit
        self._foreign = list(foreign)
        self._queue: deque[Path] = deque()
        self._suspects: deque[Path] = deque()
        self._selector = selectors.DefaultSelector()
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []

    def records(self, paths: Iterable[Path]) -> Iterator[Record]:
        """The records of the attributes at `paths` and of those they lead to, as they are finished."""
        self._queue.extend(paths)
        self._recorder.workspace.store.close()
        try:
            while True:
                self._hand_out()
                if not any(worker.paths for worker in self._workers):
                    return
                for key, _ in self._selector.select():
                    yield from self._heard(key.data)
        finally:
            for worker in self._workers:
                if worker.paths:
                    worker.interrupt()
            for worker in [*self._workers]:
                self._end(worker)
            self._selector.close()

    def _hand_out(self) -> None:
        """Give work to idle workers, and fork new ones as long as there is more."""
        while self._queue or self._suspects:
            if not self._idle:
                if len(self._workers) == self._count:
                    return
                self._idle.append(self._fork())
            worker = self._idle.pop()
            worker.paths = self._share()
            # A worker that has died is noticed when it is read from.
            with contextlib.suppress(BrokenPipeError):
                write_all(worker.writing, json.dumps(worker.paths).encode() + b"\n")

    def _share(self) -> list[Path]:
        if self._suspects:
            return [self._suspects.popleft()]
        size = min(LARGEST_SHARE, 1 + len(self._queue) // (4 * self._count))
        return [self._queue.popleft() for _ in range(size)]

    def _heard(self, worker: Worker) -> Iterator[Record]:
        data = os.read(worker.reading, 1 << 20)
        if not data:
            yield from self._died(worker)
            return
        worker.answer += data
        if not data.endswith(b"\n"):
            return
        answer = json.loads(worker.answer)
        worker.answer.clear()
        worker.paths = []
        if answer["rest"] is None:
            self._idle.append(worker)
        else:
            self._queue.extendleft(reversed(answer["rest"]))
            self._end(worker)
        for record in answer["records"]:
            self._queue.extend([*record["attrPath"], name] for name in record.get("attrs", ()))
            yield record

    def _died(self, worker: Worker) -> Iterator[Record]:
        """A worker has ended without an answer: find out on which of its paths."""
        paths = worker.paths
        status = self._end(worker)
        if len(paths) > 1:
            self._suspects.extend(paths)
            return
        for path in paths:
            yield {"attr": joined(path), "attrPath": path, "error": f"evaluation ended its process ({_cause(status)})"}

    def _fork(self) -> Worker:
        task_end, writing = os.pipe()
        reading, answer_end = os.pipe()
        parent = os.getpid()
        process = fork()
        if process == 0:
            others = [end for one in self._workers for end in (one.writing, one.reading)]
            self._work(parent, task_end, answer_end, [writing, reading, *others, *self._foreign])
        os.close(task_end)
        os.close(answer_end)
        worker = Worker(process, writing, reading)
        self._workers.append(worker)
        self._selector.register(reading, selectors.EVENT_READ, worker)
        return worker

    def _end(self, worker: Worker) -> int:
        self._workers.remove(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        self._selector.unregister(worker.reading)
        return worker.close()

    # In the worker

    def _work(self, parent: int, task_end: int, answer_end: int, foreign: list[int]) -> NoReturn:
        """What a worker does until its parent has no more for it; never returns."""
        code = 1
        try:
            syscalls.die_with_parent(signal.SIGINT, parent)
            self._selector.close()
            for descriptor in foreign:
                os.close(descriptor)
            with os.fdopen(task_end, "rb") as tasks:
                run_deep(lambda: self._serve(tasks, answer_end))
            self._recorder.workspace.evaluator.save_code()
            self._recorder.finished()
            code = 0
        except KeyboardInterrupt:
            code = 130
        except BrokenPipeError:
            pass  # The parent is gone.
        except BaseException as error:
            import traceback

            traceback.print_exception(error)
        finally:
            # Nothing of the parent's must be tidied up or flushed a second time.
            os._exit(code)

    def _serve(self, tasks: IO[bytes], answer_end: int) -> None:
        for line in tasks:
            paths: deque[Path] = deque(json.loads(line))
            records: list[Record] = []
            full = False
            with self._recorder.workspace.store.batch():
                while paths and not full:
                    records.append(self._recorder.record(paths.popleft()))
                    full = resident_memory() > self._memory_limit
            answer = {"records": records, "rest": list(paths) if full else None}
            write_all(answer_end, json.dumps(answer).encode() + b"\n")
            if full:
                return
        self._recorder.workspace.store.flush()


def resident_memory() -> int:
    """Bytes of memory that this process has, as far as they are not swapped out."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # elsewhere than on Linux these are bytes


def _cause(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit code {os.waitstatus_to_exitcode(status)}"
