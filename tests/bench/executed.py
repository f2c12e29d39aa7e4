"""`python -m tests.bench.executed FOLDER WORDS …`: runs lixeval with these words in this process, and counts what
Python did for it, instruction by instruction.

Into FOLDER it writes

    executed.json  the fields of `Executed`
    order          which code was called after which: 4 bytes each, the number of one of `Executed.codes`
    loaded         all that `marshal.loads` was given, one after the other, by `marshal` itself
    compiled       the modules that Python compiled from nodes, one `pickle` behind the other

Counts are of code that was compiled from Nix, of `lixeval/runtime` and of `lixeval/builtins`: what the language takes.
What is around (the command, the store, files, Python's library) is among the codes that were called.  An instruction's
first `EARLY` executions are told apart: Python specialises code that has run so often.
"""

from __future__ import annotations

import dis
import gc
import inspect
import json
import marshal
import os
import pickle
import sys
from array import array
from collections import Counter
from dataclasses import asdict, dataclass, field
from types import CodeType, FrameType
from typing import Any, BinaryIO

from lixeval.runtime.code_info import SOURCE, kind_of
from lixeval.runtime.frames import DECLARED

EARLY = 8
LARGEST = 64
"""Sets and lists of more are counted as several of so many."""

MONITORING: Any = getattr(sys, "monitoring", None)
"""How Python tells of instructions since 3.12."""

TOOL = 4
"""The number by which it knows who monitors."""

NIX, LANGUAGE, AROUND = "nix", "language", "around"
OF_LANGUAGE = ("/lixeval/runtime/", "/lixeval/builtins/")


@dataclass(slots=True)
class Count:
    """How often something was done: `early` and `late`, as Python had not or had specialised the code; `places` is in
    how many places of code."""

    early: int = 0
    late: int = 0
    places: int = 0

    def add(self, times: int) -> None:
        """One more place, at which it was done so many times."""
        early = min(times, EARLY)
        self.early += early
        self.late += times - early
        self.places += 1

    @property
    def all(self) -> int:
        return self.early + self.late


@dataclass(slots=True)
class Skeleton:
    """What one code did in all its calls, as it stands in it: kinds and how often; `is_answer` of a cell's."""

    calls: int
    is_answer: bool
    instructions: int
    does: list[tuple[str, int]]


@dataclass(slots=True)
class Executed:
    """What a run did: kinds of `stripped.PARTS` with their counts, and what it asked of the machine.

    `opened` and `asked` are files that were read and whose status was asked for, each as often as that was done;
    `hashed` the sizes of what SHA-256 was made of, `code` the bytes that were unmarshalled; `kept` is how many cells
    were there at the end, `instructions` how many were executed in all, those that no part has among them.
    `codes` are those that were called.
    """

    counts: dict[str, Count] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    hashed: list[int] = field(default_factory=list)
    kept: int = 0
    code: int = 0
    instructions: int = 0
    codes: list[Skeleton] = field(default_factory=list)

    def count(self, kind: str) -> Count:
        return self.counts.setdefault(kind, Count())


def read(folder: str) -> Executed:
    """What a run has left."""
    with open(f"{folder}/executed.json", encoding="utf-8") as file:
        found = json.load(file)
    found["counts"] = {kind: Count(**count) for kind, count in found["counts"].items()}
    found["codes"] = [Skeleton(**code) for code in found["codes"]]
    return Executed(**found)


class Tracer:
    """Counts calls of codes and executions of their instructions, in all threads that begin meanwhile."""

    def __init__(self) -> None:
        self.codes: list[tuple[CodeType, list[int], str]] = []
        """Each code, how often each of its instructions was executed, and whose it is: NIX, LANGUAGE or AROUND."""
        self.order = array("I")
        """The numbers of the codes that were called, in their order."""
        self.sites: Counter[tuple[int, int]] = Counter()
        """Code and instruction that have called one of these codes, and how often."""
        self._known: dict[int, int] = {}
        """Number by the code's identity; -1 of what is not counted."""
        self._within: list[Any] = []
        self._others: list[CodeType] = []

    def begin(self) -> None:
        if MONITORING is None:
            sys.settrace(self._traced)
            return
        # Where there is this, tracing opcodes misses the first call of each code.
        MONITORING.use_tool_id(TOOL, "executed")
        events = MONITORING.events
        MONITORING.register_callback(TOOL, events.PY_START, self._started)
        MONITORING.register_callback(TOOL, events.INSTRUCTION, self._instruction)
        MONITORING.set_events(TOOL, events.PY_START | events.INSTRUCTION)

    def end(self) -> None:
        if MONITORING is None:
            sys.settrace(None)
        elif MONITORING.get_tool(TOOL):
            MONITORING.set_events(TOOL, 0)
            MONITORING.free_tool_id(TOOL)

    def _traced(self, frame: FrameType, event: str, argument: Any) -> Any:
        number = self._called(frame)
        if number < 0:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._within[number]

    def _started(self, code: CodeType, offset: int) -> Any:
        return None if self._called(sys._getframe(1)) >= 0 else MONITORING.DISABLE

    def _instruction(self, code: CodeType, offset: int) -> Any:
        number = self._known.get(id(code), -1)
        if number < 0:
            return MONITORING.DISABLE
        self.codes[number][1][offset >> 1] += 1
        return None

    def _called(self, frame: FrameType) -> int:
        """The number of a code that is called."""
        code = frame.f_code
        number = self._known.get(id(code))
        if number is None:
            number = self._known[id(code)] = self._met(code, frame.f_globals)
        if number >= 0:
            self.order.append(number)
            caller = frame.f_back
            if caller is not None:
                self.sites[id(caller.f_code), caller.f_lasti] += 1
        return number

    def _met(self, code: CodeType, space: dict[str, Any]) -> int:
        file = code.co_filename
        if file.startswith("<frozen") or file == __file__:
            self._others.append(code)  # so that no other one gets its identity
            return -1  # what imports, and what counts
        is_module = not code.co_flags & inspect.CO_NEWLOCALS
        is_language = not is_module and any(folder in file for folder in OF_LANGUAGE)
        times = [0] * (len(code.co_code) // 2)
        self.codes.append((code, times, NIX if SOURCE in space else LANGUAGE if is_language else AROUND))

        def within(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "opcode":
                times[frame.f_lasti >> 1] += 1
            return within

        self._within.append(within)
        return len(self.codes) - 1


class Watch:
    """All that a run is asked while it lasts."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.executed = Executed()
        self.tracer = Tracer()
        self.loaded: BinaryIO = open(f"{folder}/loaded", "wb")  # noqa: SIM115  closed at the end of the run
        self.compiled: BinaryIO = open(f"{folder}/compiled", "wb")  # noqa: SIM115
        self._ended = False

    def begin(self) -> None:
        import builtins

        loads, compile_, stat, lstat = marshal.loads, builtins.compile, os.stat, os.lstat
        executed = self.executed

        def told_loads(data: Any, /) -> Any:
            marshal.dump(bytes(data), self.loaded)
            executed.code += len(data)
            return loads(data)

        def told_compile(source: Any, *arguments: Any, **options: Any) -> Any:
            if not isinstance(source, (str, bytes)):
                pickle.dump(source, self.compiled)
            return compile_(source, *arguments, **options)

        def told_stat(path: Any, **options: Any) -> Any:
            executed.asked += [path] if isinstance(path, str) else []
            return stat(path, **options)

        def told_lstat(path: Any, **options: Any) -> Any:
            executed.asked += [path] if isinstance(path, str) else []
            return lstat(path, **options)

        def audited(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "open" and not self._ended:
                path, _, flags = arguments
                if isinstance(path, str) and not flags & (os.O_WRONLY | os.O_RDWR):
                    executed.opened.append(os.path.abspath(path))

        marshal.loads, builtins.compile = told_loads, told_compile
        os.stat, os.lstat = told_stat, told_lstat
        sys.addaudithook(audited)
        self._watch_hashes()
        self.tracer.begin()

    def _watch_hashes(self) -> None:
        from lixeval.formats import hashes

        hasher, sizes = hashes.sha256, self.executed.hashed

        def told_sha256(data: bytes) -> bytes:
            sizes.append(len(data))
            return hasher(data)

        hashes.sha256 = told_sha256

    def end(self) -> None:
        """Writes all down."""
        self.tracer.end()
        if self._ended:
            return
        self._ended = True
        self.loaded.close()
        self.compiled.close()
        function = type(main)
        self.executed.kept = sum(
            one.__class__ is list and 2 <= len(one) <= 3 and one[0].__class__ is function for one in gc.get_objects()
        )
        summarise(self.tracer, self.executed)
        with open(f"{self.folder}/order", "wb") as order:
            self.tracer.order.tofile(order)
        with open(f"{self.folder}/executed.json", "w", encoding="utf-8") as file:
            json.dump(asdict(self.executed), file)


def summarise(tracer: Tracer, executed: Executed) -> None:
    """From instructions to what they do."""
    answering = {id(code) for code, declared in DECLARED.items() if "cell" in declared.variables}
    called = Counter(tracer.order)
    for number, (code, times, whose) in enumerate(tracer.codes):
        is_answer = (whose == NIX and kind_of(code) in ("file", "thunk")) or id(code) in answering
        calls = called[number]
        if whose != AROUND:
            executed.count(_call(code, is_answer)).add(calls)
            executed.instructions += sum(times)
        skeleton = Skeleton(calls, is_answer, sum(times), [])
        instructions = list(dis.get_instructions(code))
        for index, one in enumerate(instructions):
            # A caller stands at its call, or behind what Python keeps beside it.
            behind = instructions[index + 1].offset if index + 1 < len(instructions) else one.offset + 2
            if done := times[one.offset >> 1]:
                done -= sum(tracer.sites[id(code), place] for place in range(one.offset, behind, 2))
                for kind, how_often in _kinds(instructions, index) if done > 0 else ():
                    if whose != AROUND:
                        executed.count(kind).add(done)
                        executed.counts[kind].late += done * (how_often - 1)
                    skeleton.does.append((kind, done * how_often))
        executed.codes.append(skeleton)
    _without_parts(executed)


def _call(code: CodeType, is_answer: bool) -> str:
    if is_answer:
        return "cell evaluated"
    return f"call with {min(code.co_argcount, 4)}"


def _kinds(instructions: list[dis.Instruction], index: int) -> list[tuple[str, int]]:
    """What an instruction is part of, and how often."""
    one = instructions[index]
    name, size = one.opname, one.arg or 0
    if name == "BUILD_LIST":
        return [("cell made", 1)] if size in (2, 3) else []
    if name in ("BUILD_MAP", "BUILD_CONST_KEY_MAP"):
        return _sized("set", size)
    if name == "BUILD_TUPLE":
        is_closure = any(next_.opname == "MAKE_FUNCTION" for next_ in instructions[index + 1 : index + 3])
        return [] if is_closure or instructions[index + 1].opname == "SET_FUNCTION_ATTRIBUTE" else _sized("list", size)
    if name == "BINARY_OP":
        return [(kind, 1)] if (kind := _BINARY.get(one.argrepr)) else []
    if name in ("LOAD_ATTR", "LOAD_METHOD"):
        return [("type test", 1)] if one.argval == "__class__" else []
    return [(kind, 1)] if (kind := _SINGLE.get(name)) else []


_BINARY = {"|": "update", "[]": "look up"}  # Python 3.14 looks up by a binary operation
_SINGLE = {
    "BINARY_SUBSCR": "look up",
    "CALL": "call of C",
    "CALL_KW": "call of C",
    "MAKE_FUNCTION": "function made",
    "MAP_ADD": "entry added",
}


def _sized(kind: str, size: int) -> list[tuple[str, int]]:
    if size <= LARGEST:
        return [(f"{kind} of {size}", 1)]
    return [(f"{kind} of {LARGEST}", size // LARGEST)]


def _without_parts(executed: Executed) -> None:
    """Takes off what is counted as part of something larger: cells are looked into when they are evaluated."""
    counts = executed.counts
    evaluated = counts.get("cell evaluated")
    if "look up" in counts and evaluated is not None:
        _take(counts["look up"], 2 * evaluated.early, 2 * evaluated.late)
    for kind in [kind for kind, count in counts.items() if not count.all]:
        del counts[kind]


def _take(count: Count, early: int, late: int) -> None:
    """Takes off so many; where there are not so many of the one, of the other."""
    count.early, count.late = count.early - early, count.late - late
    if count.early < 0:
        count.early, count.late = 0, count.late + count.early
    if count.late < 0:
        count.early, count.late = max(count.early + count.late, 0), 0


def main() -> None:
    folder, *words = sys.argv[1:]
    sys.argv = ["lixeval", *words]
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])  # no other process shall do a part of it
    watch = Watch(folder)
    exit_ = os._exit

    def told_exit(code: int) -> Any:
        sys.stdout.flush()
        watch.end()
        exit_(code)

    os._exit = told_exit  # type: ignore[assignment]
    watch.begin()
    from lixeval.system.own_modules import find_together

    find_together()
    from lixeval.cli import main as lixeval

    try:
        lixeval()
    finally:
        watch.end()


if __name__ == "__main__":
    main()
