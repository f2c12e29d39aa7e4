"""Where a value comes from: who has set an attribute, and who has laid another one over it.

    value, path -> the set and its cell -> the updates that put this very cell there -> what they replaced -> …

An attribute's cell carries the place where it is written, and goes on to every set that is made of the one it was
written in.  So the update that brought it is the one whose right side has this cell, whichever way the set has come
since; what that update replaced has a history of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from lixeval.diagnostics.steps import span_in_code
from lixeval.errors import FAILURES
from lixeval.runtime.code_info import SOURCE, head_of
from lixeval.runtime.thunks import FORWARDS, READ, force, position_of
from lixeval.runtime.values import FUNCTION_TYPES, waiting_code
from lixeval.syntax import nodes
from lixeval.syntax.parser import parse
from lixeval.teach.program import Program
from lixeval.teach.tracing import Call, Gathered, Trace, Update

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lixeval.runtime.values import Delayed, Value
    from lixeval.source import Source

    Position = tuple[str, int, int]

OVERLAY = "an overlay"

FIXED_POINTS = ("fix", "fix'")

OVERRIDING = {
    "overrideAttrs": "overrideAttrs",
    "overrideDerivation": "overrideDerivation",
    "overridePythonAttrs": "overridePythonAttrs",
    "override": "override",
    "makeOverridable": "override",
    "changedArgs": "override",
    "overrideWith": "override",
    "callPackageWith": "callPackage",
    "callPackage": "callPackage",
    "extends": OVERLAY,
    "composeExtensions": OVERLAY,
    "recursiveUpdate": "recursiveUpdate",
    "recursiveUpdateUntil": "recursiveUpdate",
}
"""Functions of lib whose updates are called by a name, the innermost first."""

MOST_CALLS = 60
"""How far out it is looked for one of them."""


@dataclass(slots=True)
class Setting:
    """One place that has set an attribute: its value, where it is written, and by which means it came there."""

    value: Delayed
    position: Position | None
    means: str


class Provenance:
    """Answers about the values of one traced run."""

    def __init__(self, trace: Trace, file: Callable[[str], Value]) -> None:
        self.trace = trace
        self._file = file
        self._programs: dict[int, Program] = {}
        self._by_name: dict[str, list[Update]] = {}
        self._overlays: dict[tuple[int, int, int], int] = {}
        self._laid: dict[int, int] = {}
        self._updates = {id(update.value): update for update in trace.updates}
        self._sets_read: dict[int, Gathered] | None = None
        self._returned: dict[int, Call] = {}
        self._returning: dict[int, list[Call]] = {}
        self._configurations: dict[int, dict[str, Delayed]] = {}
        for call in trace.calls:
            if call.value.__class__ is dict:
                self._returned.setdefault(id(call.value), call)
                self._returning.setdefault(id(call.value), []).append(call)
                if "config" in call.value and "options" in call.value:
                    self._configurations.setdefault(id(known(call.value["config"])), call.value)
        self._libraries = {call.source.name for call in trace.calls if call.source.is_library}
        for update in trace.updates:
            self._count_overlay(update)

    def settings(self, attributes: dict[str, Delayed], name: str) -> list[Setting]:
        """Who has set an attribute of a set, the one that counts first."""
        found: list[Setting] = []
        todo: list[tuple[dict[str, Delayed], Delayed]] = [(attributes, attributes[name])]
        seen: list[Delayed] = []
        ways: dict[int, str] = {}
        while todo and len(found) < MOST_SETTINGS:
            around, cell = todo.pop(0)
            if any(cell is one for one in seen):
                continue
            seen.append(cell)
            brought = self._bringing(name, cell)
            gathered = None if brought else self._gathering(name, cell)
            if gathered is not None:
                origins, maker = self._origins(gathered, name), self._gathers(gathered)
                same = [one for _, one in origins if is_known(one) and known(one) is known(cell)]
                given = {id(one): f"given to {maker}" for _, one in origins} if not same else {id(same[0]): maker}
                ways.update(given)
                if not same:
                    function = self._function_of(gathered)
                    position = (None if function is None else self._written(function)) or self.position(cell)
                    found.append(Setting(cell, position or self._called(gathered), maker))
                elif not self._has_place(origins):
                    found.append(Setting(cell, self.position(cell) or self._called(gathered), maker))
                # What libraries make of one another's is nothing that somebody has set.
                todo += [each for each in origins if same or not self._is_librarys(each[1])]
                continue
            means = self._means(brought[0]) if brought else ways.get(id(cell), "")
            found.append(self._setting(around, name, cell, means))
            todo += [(update.left, update.left[name]) for update in brought]
        return found

    def _setting(self, around: dict[str, Delayed], name: str, cell: Delayed, means: str) -> Setting:
        position = self.position(cell)
        read = self._read(around, name) if position is None else None
        if read is None:
            return Setting(cell, position, means)
        return Setting(cell, self._called(read), means or read.builtin)

    def _read(self, attributes: dict[str, Delayed], name: str) -> Gathered | None:
        """The builtin that has given an attribute which is written nowhere, through the updates since."""
        if self._sets_read is None:
            self._sets_read = {}
            for one in self.trace.gathered:
                self._sets_read.update((id(each), one) for each in _sets_in(one.value))
        for _ in range(MOST_SETTINGS):
            found = self._sets_read.get(id(attributes))
            update = self._updates.get(id(attributes)) if found is None else None
            if update is None:
                return found
            attributes = update.right if name in update.right else update.left
        return None

    def _called(self, gathered: Gathered) -> Position | None:
        """Where a builtin was called."""
        if gathered.place is None:
            return None
        source, code, instruction = gathered.place
        span = span_in_code(source, code, instruction)
        return None if span is None else (source.name, span.line, span.column)

    # Sets that builtins have made

    def _gathering(self, name: str, cell: Delayed) -> Gathered | None:
        """The builtin that has made the set in which an attribute stands that the user has written nowhere."""
        position = self.position(cell)
        if cell.__class__ not in (list, dict, tuple) or (position is not None and not self.is_library(position[0])):
            return None
        return next((one for one in self.trace.gathered if one.value.get(name) is cell), None)

    def _origins(self, gathered: Gathered, name: str) -> list[tuple[dict[str, Delayed], Delayed]]:
        """The attributes that one was made of, each with its set, the one that counts first."""
        last = forced(gathered.arguments[-1])
        sets = [last] if gathered.builtin == "mapAttrs" else [] if gathered.builtin != "zipAttrsWith" else last or []
        return [(each, each[name]) for each in map(forced, sets) if each.__class__ is dict and name in each]

    def _has_place(self, origins: list[tuple[dict[str, Delayed], Delayed]]) -> bool:
        return any(self.position(one) is not None for _, one in origins)

    def _outermost(self, gathered: Gathered) -> Call | None:
        """The function of a library that the user has called to make a set."""
        call, found = gathered.around, None
        for _ in range(MOST_CALLS):
            if call is None or not call.source.is_library:
                break
            call, found = call.around, call
        return found

    def _gathers(self, gathered: Gathered) -> str:
        """What has made a set, by the name that the user calls it by."""
        call = self._outermost(gathered)
        if call is None:
            return gathered.builtin
        program, start = self.program(call.source), call.source.offset(call.line, call.column)
        whole = (0, len(call.source.text))
        around = program.around(start, start + 1, whole, (nodes.Lambda,))
        names = (self._bound_name(call.source, function.start) for function in reversed(around))
        name = next(filter(None, names), gathered.builtin)
        return OVERRIDING.get(name, name)

    def _function_of(self, gathered: Gathered) -> Value:
        """The function of the user's own that was given to make a set; None where there is none."""
        call = self._outermost(gathered)
        for one in (gathered.arguments[0], *(() if call is None else call.arguments)):
            value = known(one)
            if self._written(value) is not None:
                return value
        return None

    def _written(self, value: Value) -> Position | None:
        """Where a function of the user's is written."""
        if value.__class__ not in FUNCTION_TYPES:
            return None
        code = waiting_code(value)
        source, head = code.__globals__.get(SOURCE), head_of(code.__code__)
        return None if source is None or head is None or source.is_library else (source.name, *head)

    def is_library(self, file: str) -> bool:
        """Whether a file is one that the user has not written."""
        return file in self._libraries

    def _is_librarys(self, value: Delayed) -> bool:
        position = self.position(value)
        return position is not None and self.is_library(position[0])

    def position(self, value: Delayed) -> Position | None:
        """Where an attribute is written, as far as its cell knows."""
        position = position_of(value)
        return tuple(position) if position else None

    def configuration(self, config: Value) -> dict[str, Delayed] | None:
        """What has been made together with a `config`, its `options` among it; None where it is no such one."""
        return self._configurations.get(id(config)) if config.__class__ is dict else None

    def _bringing(self, name: str, cell: Delayed) -> list[Update]:
        """The updates whose right side has brought this cell under this name, and replaced another one."""
        if cell.__class__ is not list:
            return []
        return [update for update in self._having(name) if update.right[name] is cell]

    def _having(self, name: str) -> list[Update]:
        """The updates in which a name has been replaced by another cell."""
        found = self._by_name.get(name)
        if found is None:
            found = self._by_name[name] = [
                update
                for update in self.trace.updates
                if name in update.right and name in update.left and update.left[name] is not update.right[name]
            ]
        return found

    def file(self, path: str) -> Value:
        """The value of a Nix file; None where there is none, or it fails."""
        try:
            return self._file(path)
        except (*FAILURES, OSError):
            return None

    # What an update is called

    def _count_overlay(self, update: Update) -> None:
        """Numbers the functions of two arguments whose result is laid over the second of them.

        From 1, above what each fixed point begins with; the overlays that a library has of its own are none of the
        user's.
        """
        call = self._returned.get(id(update.right))
        if call is None or len(call.arguments) != 2:
            return
        if known(call.arguments[1]) is update.left:
            number = self._laid.get(id(update.left), 0) + (not call.source.is_library)
            self._laid[id(update.value)] = number
            self._overlays.setdefault((id(call.source), call.line, call.column), number)

    def _means(self, update: Update) -> str:
        named = self._named_around(update.around)
        written = self._returned.get(id(update.right))
        overlay = None if written is None else self._overlay_of(written)
        if named in ("", OVERLAY) and overlay is not None and self._is_overlay(written):
            return f"overlay {overlay}" if overlay and max(self._overlays.values()) > 1 else OVERLAY
        within = None if written is None else self._overlay_of(written, itself=False)
        if named and within:
            return f"{named} in overlay {within}"
        return named or "//"

    def _is_overlay(self, call: Call | None) -> bool:
        return call is not None and (id(call.source), call.line, call.column) in self._overlays

    def _overlay_of(self, call: Call, *, itself: bool = True) -> int | None:
        """The number of the overlay in whose text a function is written: of the outermost, where several are.

        What overrideAttrs is given is laid over like an overlay: `itself` says whether it may be its own.
        """
        offset = call.source.offset(call.line, call.column)
        around = [
            (call.source.offset(line, column), number)
            for (source, line, column), number in self._overlays.items()
            if source == id(call.source)
            and (itself or (line, column) != (call.line, call.column))
            and self._lies_in(call.source, line, column, offset)
        ]
        return min(around)[1] if around else None

    def _lies_in(self, source: Source, line: int, column: int, offset: int) -> bool:
        start = source.offset(line, column)
        function = self.program(source).lambda_at(start)
        return function is not None and start <= offset < function.end

    def _named_around(self, call: Call | None) -> str:
        """By which function of lib an update came; overrideAttrs lays what it is given over as an overlay, too."""
        overlay = ""
        for _ in range(MOST_CALLS):
            if call is None:
                break
            name = self.function_name(call)
            named = OVERRIDING.get(name, "")
            if named and named != OVERLAY:
                return named
            overlay = overlay or named
            if overlay and (name in FIXED_POINTS or not call.source.is_library):
                break  # beyond are those who have asked for it
            call = call.around
        return overlay

    # Texts

    def program(self, source: Source) -> Program:
        found = self._programs.get(id(source))
        if found is None:
            found = self._programs[id(source)] = Program(parse(source, pipe_operators=True))
        return found

    def function_name(self, call: Call) -> str:
        """The name that a function is bound to where it is written."""
        return self._bound_name(call.source, call.source.offset(call.line, call.column))

    def _bound_name(self, source: Source, start: int) -> str:
        before = source.text[max(0, start - 120) : start].rstrip("( \n\t")
        if not before.endswith("=") or before.endswith("=="):
            return ""
        words = before[:-1].split()
        return words[-1].rpartition(".")[2] if words else ""

    # callPackage

    def package_call(self, package: dict[str, Delayed]) -> tuple[Call, nodes.Lambda] | None:
        """The call that has made a derivation of a set of arguments, and the function; None where there is none.

        It is the outermost one that has returned it: what `override` and its like lay over that is none of it.
        """
        current: Value = package
        for _ in range(MOST_SETTINGS):
            for call in self._returning.get(id(current), ()):
                function = self._packages_function(call)
                if function is not None:
                    return call, function
            update = self._updates.get(id(current))
            if update is None:
                break
            current = update.left
        return self._call_around(package)

    def _call_around(self, package: dict[str, Delayed]) -> tuple[Call, nodes.Lambda] | None:
        """The call of a package's function in whose text the derivation's name is written."""
        positions = [self.position(package.get(name)) for name in ("name", "pname")]
        for file, line, column in filter(None, positions):
            for call in self.trace.calls:
                if call.source.name == file and call.value.__class__ is dict and "drvPath" in call.value:
                    function = self._packages_function(call)
                    if function is not None and function.start <= call.source.offset(line, column) < function.end:
                        return call, function
        return None

    def _packages_function(self, call: Call) -> nodes.Lambda | None:
        """A function with a pattern: of the user's own, or that of a whole file of a library."""
        start = call.source.offset(call.line, call.column)
        program = self.program(call.source)
        function = program.lambda_at(start)
        if function is None or function.formals is None or len(call.arguments) != 1:
            return None
        return function if not call.source.is_library or program.tree.start == start else None

    def given(self, arguments: dict[str, Delayed], name: str) -> str:
        """How an argument came to a function that `callPackage` has called."""
        current, means = arguments, ""
        for _ in range(MOST_SETTINGS):
            update = self._updates.get(id(current))
            if update is None:
                break
            if name in update.right:
                current, means = update.right, self._named_around(update.around) or "callPackage"
            else:
                current = update.left
        return f"given to {means}" if means else "of the package set"


MOST_SETTINGS = 100

MOST_READ = 100_000
"""So many lists and sets of what a builtin has read are looked at."""


def _sets_in(value: Delayed) -> Iterator[dict[str, Delayed]]:
    """The sets in a value that is evaluated already."""
    todo, left = [value], MOST_READ
    while todo and left:
        left -= 1
        each = known(todo.pop())
        if each.__class__ is dict:
            yield each
            todo += [part for part in each.values() if part.__class__ in (dict, tuple, list)]
        elif each.__class__ is tuple:
            todo += [part for part in each if part.__class__ in (dict, tuple, list)]


def known(value: Delayed) -> Value:
    """A value that is evaluated already; None for one that is not."""
    found = _followed(value)
    return None if found.__class__ is list else found


def is_known(value: Delayed) -> bool:
    """Whether a value is evaluated already, null among them."""
    return _followed(value).__class__ is not list


def _followed(value: Delayed) -> Delayed:
    """Where evaluated thunks lead: to a value, or to one that is not evaluated yet."""
    while value.__class__ is list and (value[0] is READ or value[0] in FORWARDS):
        value = value[1]
    return value


def forced(value: Delayed) -> Value:
    """A value, evaluated if that succeeds; None where it does not."""
    try:
        return force(value)
    except FAILURES:
        return None
