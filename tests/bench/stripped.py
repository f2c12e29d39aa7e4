"""`python -m tests.bench.stripped PLAN`: does so much of each part of a plan and nothing else, and tells how long each
took.

A plan is JSON, and what comes out is {part: seconds of processor time}:

    parts           {kind: {"early", "late", "places", "size"}}, kinds of `executed`: what is late is done in loops, all
                    of them specialised by Python, in the cheapest form that it has; what is early in fresh code
    codes, order    `Executed.codes` and the file that says in which order they are called (`Parts.in_order`)
    loaded          the file of what is unmarshalled; compiled: of what is compiled
    lexed, opened, asked    files that are cut into tokens, read, asked for
    hashed          sizes of texts
    faults          how many pages of memory are touched for the first time, those of all other parts among them

The collector is off, and frames lie in one large piece of memory, as when lixeval evaluates.
"""

from __future__ import annotations

import dis
import gc
import json
import marshal
import mmap
import os
import pickle
import resource
import sys
import time
from array import array
from collections.abc import Callable
from functools import cache
from itertools import repeat
from types import CodeType, FunctionType
from typing import Any

from lixeval.system.deep_stack import run_deep

UNROLLED = 10
"""So often a loop does a thing in each round, for its own time not to count."""

PROGRAM = """
from _operator import itemgetter

READ = itemgetter(1)

def BLACKHOLE(c):
    raise RecursionError

def T(c):
    v = c[1]
    c[0] = BLACKHOLE
    try:
        v
    except:
        c[0] = T
        raise
    c[1] = v
    c[0] = READ
    return v

def f0():
    return None

def f1(a):
    return a

def f2(a, b):
    return a

def f3(a, b, c):
    return a

def f4(a, b, c, d):
    return a

x, q = 1, {"q": 1}
"""
"""What all parts use: calls do nothing, cells give what waits in them."""

NAMES = "x, q, d, t, f0, f1, f2, f3, f4, T"


def statement(kind: str) -> str:
    """One thing of a kind in Python, on local variables."""
    words = kind.split(" of ")
    if words[0] == "set":
        return "{" + ", ".join(f'"a{number}": x' for number in range(int(words[1]))) + "}"
    if words[0] == "list" and words[1] != "0":
        return "(" + "x, " * int(words[1]) + ")"
    return STATEMENTS.get(kind, "x")


STATEMENTS = {
    "call with 0": "f0()",
    "call with 1": "f1(x)",
    "call with 2": "f2(x, x)",
    "call with 3": "f3(x, x, x)",
    "call with 4": "f4(x, x, x, x)",
    "cell made": "[T, x]",
    "function made": "lambda a: q",
    "look up": 'q["q"]',
    "type test": "if x.__class__ is list: pass",
    "call of C": "len(t)",
    "entry added": "d[1] = x",
    "update": "d | q",
    "move": "y = x",
}
"""What is none of `set of N` and `list of N`."""


VARIANTS = 4
"""What a code does in one call of several, one of so many skeletons does."""

DRIVING = 12
"""Instructions of the loop that calls a skeleton, for each call."""

FUNCTION = f"""
def do({NAMES}):
    def f(x):
{{body}}        return x
    return f
"""

ANSWER = f"""
def do({NAMES}):
    def f(x):
        v = x[1]
        x[0] = BLACKHOLE
        try:
{{body}}        except:
            x[0] = f
            raise
        x[1] = v
        x[0] = READ
        return v
    return f
"""


def repeated(line: str, times: int) -> list[str]:
    """The lines for doing a thing so often in one place."""
    if times <= UNROLLED * 2:
        return [line] * times
    many = [f"for _ in repeat(None, {times // UNROLLED}):", *["    " + line] * UNROLLED]
    return many + [line] * (times % UNROLLED)


CALLED = {**{f"call with {number}": f"f{number}" for number in range(5)}, "cell evaluated": "T"}
"""What a thing calls."""


@cache
def instructions(kind: str) -> int:
    """How many of Python's instructions are executed for one thing."""
    space: dict[str, Any] = {}
    exec(PROGRAM, space)
    line = "c[0](c)" if kind == "cell evaluated" else statement(kind)
    sizes = []
    for lines in (1, 2):
        exec(f"def do({NAMES}, c):\n    " + "\n    ".join([line] * lines), space)
        sizes.append(sum(1 for _ in dis.get_instructions(space["do"])))
    called = space[CALLED[kind]].__code__ if kind in CALLED else None
    # What handles failures in T is not executed, and a call's own RESUME is not seen by who counts.
    handles = 0 if called is None else sum(one.offset >= _first_handler(called) for one in dis.get_instructions(called))
    within = 0 if called is None else sum(1 for _ in dis.get_instructions(called)) - 1 - handles
    return sizes[1] - sizes[0] + within


def _first_handler(code: CodeType) -> int:
    """Where the instructions begin that handle failures."""
    return min((one.offset for one in dis.get_instructions(code) if one.opname == "PUSH_EXC_INFO"), default=1 << 30)


class Parts:
    """Does things, each kind in code of its own."""

    def __init__(self) -> None:
        self.space: dict[str, Any] = {}
        exec(PROGRAM, self.space)
        self.space["repeat"] = repeat

    def late(self, kind: str, times: int, size: int = 1) -> float:
        """Seconds for doing it so often, in a loop; `size` is that of the set that is copied."""
        line = statement(kind)
        loop = "    for _ in repeat(None, n):\n        "
        many = loop + "\n        ".join([line] * UNROLLED)
        do = self._function(f"def do(n, {NAMES}):\n{many}\n")
        one = self._function(f"def do(n, {NAMES}):\n{loop}{line}\n")
        for function in (do, one):
            function(UNROLLED * 4, *self._values(size))
        values = self._values(size)
        start = time.process_time()
        do(times // UNROLLED, *values)
        one(times % UNROLLED, *values)
        return time.process_time() - start

    def early(self, kind: str, times: int, places: int, size: int = 1) -> float:
        """The same in as many places as it was done in, of fresh code."""
        line = statement(kind)
        do = self._function(f"def do({NAMES}):\n    " + "\n    ".join([line] * UNROLLED) + "\n")
        fresh = [copied(do, number) for number in range(max(places // UNROLLED, 1))]
        rounds = max(round(times / (len(fresh) * UNROLLED)), 1)
        values = self._values(size)
        start = time.process_time()
        for _ in range(rounds):
            for function in fresh:
                function(*values)
        took = time.process_time() - start
        return took * times / (rounds * len(fresh) * UNROLLED)

    def evaluated(self, early: int, late: int, places: int) -> float:
        """Cells are evaluated, those that are early each by code of its own."""
        code = self.space["T"]
        x = self.space["x"]
        fresh = [copied(code, number) for number in range(max(places, 1))]
        cells = [[fresh[number % len(fresh)], x] for number in range(early)]
        for _ in range(20):
            code([code, x])
        cells += [[code, x] for _ in range(late)]
        start = time.process_time()
        for cell in cells:
            cell[0](cell)
        return time.process_time() - start

    def in_order(self, codes: list[dict[str, Any]], order: array[int]) -> float:
        """Seconds for so many codes called in this order, each of which does what one of the program's did.

        One loop calls them all, which takes longer than calls that know what they call: so the same is done with codes
        that do nothing, taken off, and that many calls of the cheap kind are put in its place.
        """
        full = self._scheduled([self._skeletons(code) for code in codes], order)
        empty = [self._variants(False, [[]] * min(code["calls"], VARIANTS)) for code in codes]
        return full - self._scheduled(empty, order) + self.late("call with 1", len(order))

    def _scheduled(self, functions: list[list[Callable[..., Any]]], order: array[int]) -> float:
        """Seconds for calling functions in this order, the variants of each in turn."""
        calls = [0] * len(functions)
        schedule = []
        for number in order:
            schedule.append(functions[number][calls[number] % len(functions[number])])
            calls[number] += 1
        cell = [None, self.space["x"]]
        start = time.process_time()
        for function in schedule:
            cell[0] = function
            function(cell)
        return time.process_time() - start

    def _skeletons(self, code: dict[str, Any]) -> list[Callable[..., Any]]:
        """Functions that do in turn what a code has done in its calls."""
        calls, is_answer = code["calls"], code["is_answer"]
        many = min(calls, VARIANTS)
        moves = code["instructions"] - sum(times * instructions(kind) for kind, times in code["does"])
        moves -= calls * (DRIVING + (instructions("cell evaluated") if is_answer else 0))
        does = [(kind, times * many // calls) for kind, times in code["does"]]
        does.append(("move", max(moves, 0) // instructions("move") * many // calls))
        bodies = []
        for variant in range(many):
            lines: list[str] = []
            for kind, times in does:
                lines += repeated(statement(kind), times * (variant + 1) // many - times * variant // many)
            bodies.append(lines)
        return self._variants(is_answer, bodies)

    def _variants(self, is_answer: bool, bodies: list[list[str]]) -> list[Callable[..., Any]]:
        """Functions of code of their own that do these lines."""
        frame, indent = (ANSWER, " " * 12) if is_answer else (FUNCTION, " " * 8)
        texts = [frame.format(body="".join([f"{indent}{line}\n" for line in lines or ["pass"]])) for lines in bodies]
        return [self._function(text)(*self._values(1)) for text in texts]

    def _function(self, text: str) -> Callable[..., Any]:
        exec(text, self.space)
        found: Callable[..., Any] = self.space["do"]
        return found

    def _values(self, size: int) -> list[Any]:
        space = self.space
        values = {**space, "d": {f"a{number}": 1 for number in range(size)}, "t": ()}
        return [values[name] for name in NAMES.split(", ")]


def copied(function: Any, number: int) -> Any:
    """A function whose code Python has never seen."""
    code: CodeType = function.__code__.replace(co_name=f"{function.__name__}_{number}")
    return FunctionType(code, function.__globals__, code.co_name, function.__defaults__, function.__closure__)


def done(plan: dict[str, Any]) -> dict[str, float]:
    """Seconds by part."""
    parts = Parts()
    found: dict[str, float] = {}
    for kind, count in plan["parts"].items():
        early, late, places = count["early"], count["late"], count["places"]
        if kind == "cell evaluated":
            found[kind] = parts.evaluated(early, late, places)
            continue
        size = count.get("size", 1)
        found[kind] = parts.late(kind, late, size) + (parts.early(kind, early, places, size) if early else 0.0)
    if plan.get("order"):
        order = array("I")
        with open(plan["order"], "rb") as file:
            order.frombytes(file.read())
        found["executed in order"] = parts.in_order(plan["codes"], order)
    if plan.get("loaded"):
        found["code loaded"] = loaded(plan["loaded"])
    if plan.get("compiled"):
        found["code compiled"] = compiled(plan["compiled"])
    if plan.get("lexed"):
        found["text lexed"] = lexed(plan["lexed"])
    found["files read"] = opened(plan.get("opened", []))
    found["files asked for"] = asked(plan.get("asked", []))
    found["texts hashed"] = hashed(plan.get("hashed", []))
    found["memory touched"] = touched(plan.get("faults", 0) - resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
    return {kind: seconds for kind, seconds in found.items() if seconds}


def loaded(path: str) -> float:
    """All that was unmarshalled is unmarshalled once more, and kept."""
    data, kept = [], []
    with open(path, "rb") as file:
        while True:
            try:
                data.append(marshal.load(file))
            except EOFError:
                break
    start = time.process_time()
    for one in data:
        kept.append(marshal.loads(one))
    return time.process_time() - start


def compiled(path: str) -> float:
    """The nodes that were compiled are compiled once more; that they are made is not counted."""
    took = 0.0
    with open(path, "rb") as file:
        while True:
            try:
                module = pickle.load(file)
            except EOFError:
                return took
            start = time.process_time()
            compile(module, "<nix>", "exec", dont_inherit=True, optimize=0)
            took += time.process_time() - start


def lexed(paths: list[str]) -> float:
    """Texts are decoded and cut into tokens by one pattern, the lexer's for all but what strings hold."""
    from lixeval.syntax.lexer import _pattern

    texts = []
    for path in paths:
        with open(path, "rb") as file:
            texts.append(file.read())
    pattern = _pattern(joined=False)
    start = time.process_time()
    for text in texts:
        pattern.findall(text.decode("utf-8", "surrogateescape"))
    return time.process_time() - start


def opened(paths: list[str]) -> float:
    """Files are opened, read and closed, those that are there still."""
    present = [path for path in paths if os.path.isfile(path)]
    start = time.process_time()
    for path in present:
        descriptor = os.open(path, os.O_RDONLY)
        os.read(descriptor, 1 << 20)
        os.close(descriptor)
    return time.process_time() - start


def asked(paths: list[str]) -> float:
    """The machine is asked for files' status."""
    present = [path for path in paths if os.path.lexists(path)]
    start = time.process_time()
    for path in present:
        os.lstat(path)
    return time.process_time() - start


def hashed(sizes: list[int]) -> float:
    """SHA-256 of texts of these sizes, by OpenSSL, which is loaded already."""
    import hashlib

    data = bytes(max(sizes, default=0))
    start = time.process_time()
    for size in sizes:
        hashlib.sha256(data[:size]).digest()
    return time.process_time() - start


def touched(pages: int) -> float:
    """So many pages of memory are touched for the first time."""
    if pages <= 0:
        return 0.0
    memory = mmap.mmap(-1, pages * mmap.PAGESIZE)
    start = time.process_time()
    for place in range(0, len(memory), mmap.PAGESIZE):
        memory[place] = 1
    return time.process_time() - start


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    gc.disable()
    json.dump(run_deep(lambda: done(plan)), sys.stdout)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
