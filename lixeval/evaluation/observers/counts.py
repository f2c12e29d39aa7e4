"""The counts and the times of one run: what `--stats` prints.

The counts depend on the program alone, not on the machine, on what was cached, or on Python's version; so they also
serve as a measure of speed that does not waver (tests/bench/counts.json).
"""

from __future__ import annotations

import time
from contextlib import contextmanager

from lixeval.evaluation.observer import Observer
from lixeval.evaluation.observers.probes import AVOIDED, CALLS, COPIED, FORCED, MADE, add_probes
from lixeval.runtime.code_info import argument_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from lixeval.runtime.values import Delayed, Value

MEANING = {
    CALLS: "calls of functions written in Nix",
    MADE: "thunks made",
    AVOIDED: "thunks avoided: computed at once, where a thunk stood ready",
    FORCED: "thunks evaluated",
    COPIED: "values copied by // and ++",
}

NAMES = {CALLS: "calls", MADE: "thunks made", AVOIDED: "thunks avoided", FORCED: "thunks evaluated", COPIED: "copied"}
"""The counts' names in records."""

MAKERS = frozenset(("map", "genList", "mapAttrs", "zipAttrsWith"))
"""Builtins that give new thunks."""


class Counts(Observer):
    """Gathers while a program is loaded and runs; `report` tells."""

    mark = "counted"
    probe = staticmethod(add_probes)

    def __init__(self) -> None:
        self.counts = [0] * len(MEANING)
        self.builtins: dict[str, int] = {}
        self.files_known = 0
        self.files_compiled = 0
        self.pieces_known = 0
        self.pieces_compiled = 0
        self.seconds: dict[str, float] = {}
        self._phases = ["other"]
        self._since = time.perf_counter()

    # Times

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time spent inside is `name`'s, and no longer that of the phase around it."""
        self._charge()
        self._phases.append(name)
        try:
            yield
        finally:
            self._charge()
            self._phases.pop()

    def _charge(self) -> None:
        now = time.perf_counter()
        phase = self._phases[-1]
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - self._since
        self._since = now

    def store(self, store: Any) -> Any:
        """A store whose own time is told apart."""
        return _TimedStore(store, self)

    # What compiled code uses

    def names(self) -> dict[str, Any]:
        """The names that `probes` has put into the code."""
        counts = self.counts

        def MADE_(cell: Delayed) -> Delayed:
            counts[MADE] += 1
            return cell

        def AVOIDED_(value: Value) -> Value:
            counts[AVOIDED] += 1
            return value

        def COPIED_(value: Value) -> Value:
            counts[COPIED] += len(value)
            return value

        return {"COUNTS": counts, "MADE": MADE_, "AVOIDED": AVOIDED_, "COPIED": COPIED_}

    def builtin(self, name: str, function: Callable[..., Value]) -> Callable[..., Value]:
        """A builtin's function that counts its calls, and the thunks that it makes."""
        builtins, counts = self.builtins, self.counts
        makes = name in MAKERS

        def told(result: Value) -> Value:
            builtins[name] = builtins.get(name, 0) + 1
            if makes and result.__class__ in (tuple, dict):
                elements: Any = result.values() if isinstance(result, dict) else result
                counts[MADE] += sum([element.__class__ is list for element in elements])
            return result

        # One for each arity: `*arguments` would use the C stack.
        def one(a: Delayed) -> Value:
            return told(function(a))

        def two(a: Delayed, b: Delayed) -> Value:
            return told(function(a, b))

        def three(a: Delayed, b: Delayed, c: Delayed) -> Value:
            return told(function(a, b, c))

        by_arity: dict[int, Callable[..., Value]] = {1: one, 2: two, 3: three}
        # Further parameters, with defaults, are what the function tells of itself (see `compiler.functions`).
        return by_arity.get(len(argument_names(function.__code__)), function)

    def file(self, *, known: bool) -> None:
        self.files_known += known
        self.files_compiled += not known

    def piece(self, *, known: bool) -> None:
        self.pieces_known += known
        self.pieces_compiled += not known

    # Telling

    def report(self) -> str:
        """All of it, for people."""
        self._charge()
        lines = ["counts"]
        lines += [f"{self.counts[index]:>14,}  {meaning}" for index, meaning in MEANING.items()]
        lines.append(f"{sum(self.builtins.values()):>14,}  calls of builtins by name, of these most:")
        most = sorted(self.builtins.items(), key=lambda item: (-item[1], item[0]))[:8]
        lines += [f"{count:>14,}    {name}" for name, count in most]
        lines.append("compiled code")
        lines.append(f"{self.files_known:>14,}  files found in the cache, {self.files_compiled:,} compiled")
        lines.append(f"{self.pieces_known:>14,}  pieces found in the cache, {self.pieces_compiled:,} compiled")
        lines.append("seconds (the counting itself takes some of them)")
        lines += [f"{seconds:>14.3f}  {phase}" for phase, seconds in self.seconds.items() if phase != "other"]
        lines.append(f"{self.seconds.get('other', 0.0):>14.3f}  other")
        return "\n".join(lines) + "\n"

    def record(self) -> dict[str, int]:
        """The counts by name."""
        return {name: self.counts[index] for index, name in NAMES.items()}


class _TimedStore:
    """Passes everything on; the time of what writes is the phase "storing"."""

    def __init__(self, store: Any, watch: Counts) -> None:
        self._store = store
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not name.startswith(("add_", "compute_")):
            return found

        def timed(*arguments: Any, **options: Any) -> Any:
            with self._watch.phase("storing"):
                return found(*arguments, **options)

        return timed
