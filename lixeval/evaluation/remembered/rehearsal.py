"""Keeping the heap of a library: evaluated once more, alone, after the answer was given.

A second evaluator, with notes of its own, evaluates what the run has taken of its library: the files, the calls, and of
each value what the run has found out (`following`).  Nothing of the project gets into it, and its notes tell of
nothing but what the library itself follows from: who asks for one of the project's files, for a part of an argument
that is not known, for the time, for something to be said or to be built, finds `LeftToEachRun`, and waits in the heap
as if nobody had evaluated it.  What was made is written (`heap_writer`).

This happens in a child of its own that nobody waits for (`system.background`).
"""

from __future__ import annotations

from contextlib import nullcontext

from lixeval.errors import DatabaseError
from lixeval.evaluation.observer import NOBODY
from lixeval.evaluation.remembered.arguments import (
    OTHER,
    UNASKED,
    LeftToEachRun,
    OfTheProject,
    found_again,
    holds,
    made_again,
)
from lixeval.evaluation.remembered.following import follow
from lixeval.evaluation.remembered.functions import made_of
from lixeval.evaluation.remembered.heap_writer import Records
from lixeval.evaluation.remembered.heaps import Description, nothing_kept
from lixeval.evaluation.remembered.library import MOST_CALLS, Call, kept_heap
from lixeval.evaluation.remembered.seclusion import Forgotten, LibrarysMachine, ProjectsFiles
from lixeval.evaluation.remembered.tracing import NOTHING, TooMuch, Trace
from lixeval.formats.store_path import StorePath
from lixeval.runtime.thunks import READ
from lixeval.store.modulo_hashes import to_plain
from lixeval.system.directories import PACKAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from lixeval.evaluation.remembered.facts import Content
    from lixeval.evaluation.remembered.functions import Text
    from lixeval.evaluation.remembered.heap_reader import KeptHeap
    from lixeval.evaluation.remembered.heaps import ProgramParts
    from lixeval.evaluation.remembered.library import Library
    from lixeval.evaluation.remembered.tracing import LookedAt
    from lixeval.evaluation.workspace import Workspace
    from lixeval.runtime.values import Delayed

    Kept = tuple[str, Any, Delayed, LookedAt, bool]
    """A call: of which file, with what, what it gave, which parts of the project it has looked at for that, and whether
    what it was given is one of them.
    """

MOST_TAKEN_OVER = 8
"""So many calls by the library are evaluated once more though a run has not come to them."""

MOST_VOLUMES = 8
"""What more is found out is written together with what was there; until then it is appended."""

FEW = 2000
"""A run that adds fewer records, for each second that it took, has found nothing more that is worth keeping."""


def rehearse(library: Library, *, waits: bool = False) -> str:
    """Keeps what a run has taken of its library; why that cannot be, "" if it is done.  It `waits` for others that do
    the same, to add to what they have kept.
    """
    if not library.heaps.lock(waits=waits):
        return "another run is keeping something"
    try:
        why = "more"
        for trace in _traces(library):
            why = why and _rehearsed(library, trace, adds=False)
        if why:
            # Together with what was kept before it may be too much; then this run's alone is kept.
            why = (
                _rehearsed(library, None, adds=True, appends=True)
                and _rehearsed(library, None, adds=True)
                and _rehearsed(library, None, adds=False)
            )
        if why:
            library.heaps.describe(library.key, nothing_kept(why, library.taken))
        return why
    except DatabaseError as error:
        return str(error)  # what was kept before stays
    finally:
        library.heaps.unlock()


def _traces(library: Library) -> Iterator[Trace]:
    """What is worth following: the more, the larger the heap is, which may be too large then."""
    if library.is_edited:
        yield Trace(library.is_own, follows_files=True)
    if library.uses_project():
        yield Trace(library.is_own)


def _rehearsed(library: Library, trace: Trace | None, *, adds: bool, appends: bool = False) -> str:
    rehearsal = _Rehearsal(library, trace)
    try:
        return rehearsal.keep(adds=adds, appends=appends)
    finally:
        rehearsal.workspace.store.let_go()
        rehearsal.workspace.store.database.close()


class _Rehearsal:
    """One heap in the making."""

    def __init__(self, library: Library, trace: Trace | None) -> None:
        self._library = library
        self._trace = trace
        self._machine = LibrarysMachine(library.is_own, trace)
        self._parts: list[tuple[Any, int, bool, tuple[Any, ...]]] = []
        self._given: list[Any] = []
        self._complete: set[int] = set()
        """What was followed without anything of the project being met."""
        self.workspace: Workspace = library.workspace.another(self._machine, self._say, trace or NOBODY)
        services = self.workspace.evaluator.services
        if trace is not None:
            services.import_file = self._import_file
            services.scoped_import = self._scoped_import
            services.places = Forgotten()
            services.files = ProjectsFiles(services.settings, self.workspace.store, self._machine, trace)
        services.realise = self._only_what_is_there
        services.shows_places = self._shows_places
        self._given_to_read = library.workspace.evaluator.services.files.allowed()
        for path in self._given_to_read:
            services.files.allow(path)

    def _import_file(self, path: str) -> Any:
        """The value of a file; what the library gets of one of the project's is noted."""
        trace, evaluator = self._trace, self.workspace.evaluator
        assert trace is not None
        if not trace.is_own(path):
            return self._file(path)
        if trace.is_within_project:
            return evaluator.file(path)
        return trace.imported(path, lambda: evaluator.file(path))

    def _file(self, path: str) -> Any:
        """The value of a file of the library; who asks follows from it."""
        if self._trace is not None:
            self._trace.follow(self.workspace.evaluator.services.files.real(path))
        return self.workspace.evaluator.file(path)

    def _scoped_import(self, scope: dict[str, Delayed], path: str) -> Any:
        trace, evaluator = self._trace, self.workspace.evaluator
        if trace is not None and not trace.is_within_project and trace.is_own(path):
            raise OfTheProject
        return evaluator.scoped_file(scope, path)

    def _say(self, text: str) -> None:
        raise LeftToEachRun

    def _shows_places(self) -> None:
        raise LeftToEachRun

    def _only_what_is_there(self, context: Iterable[str]) -> None:
        """Nothing is built for it."""
        store = self.workspace.store
        for element in context:
            _, output, drv_path = element.split("!", 2)
            if not store.is_valid(store.query_deriver_outputs(StorePath(drv_path))[output]):
                raise LeftToEachRun

    def keep(self, *, adds: bool, appends: bool) -> str:
        """Writes a heap, which adds to the one that is there already if there is one, or appends to it; why that cannot
        be, or "".
        """
        library = self._library
        calls: list[Kept] = []
        files: list[tuple[str, Delayed]] = []
        before = self._heap_before() if adds else None
        if appends and (before is None or len(before[1].volumes) >= MOST_VOLUMES):
            return "there is nothing to append to"
        try:
            with nullcontext() if self._trace is None else self._trace.followed():
                self.workspace.evaluate(lambda: self._evaluate(calls, files, before))
            if self._machine.reasons:
                return self._machine.reasons[0]
            records = Records(self.workspace.evaluator, self._trace, before if appends else None)
            for part in self._parts:
                records.argument(*part)
            description = self._described(records, calls, files)
            records.take_changes()
            records.write()
        except DatabaseError:
            raise
        except (Exception, TooMuch) as error:
            return str(error) or type(error).__name__
        if before is not None and appends:
            self._append(description, before[1], records)
        else:
            description.kinds = bytes(records.writer.kinds)
            description.programs = [self._program(*key) for key in records.programs]
        library.heaps.save(library.key, description, records.writer)
        return ""

    def _append(self, description: Description, before: Description, records: Records) -> None:
        """What was found out more, behind what was known before."""
        known = len(before.programs)
        description.programs = before.programs + [self._program(*key) for key in records.programs[known:]]
        description.volumes, description.changed = before.volumes, {**before.changed, **records.changed}
        description.kinds = records.kinds_with(before.kinds)
        if records.writer.count < FEW * self._library.taken:
            description.seconds = self._library.taken

    def _described(self, records: Records, calls: list[Kept], files: list[tuple[str, Delayed]]) -> Description:
        store, machine = self.workspace.store, self._machine
        machine.facts.valid = sorted(store.relied_on())
        contents = self._contents_apart()
        return Description(
            machine.facts.parts(),
            self._read_besides(),
            [
                (path, known, records.reference(value), records.looked(looked), in_parts)
                for path, known, value, looked, in_parts in calls
            ],
            [(path, records.reference(cell)) for path, cell in files],
            [],
            records.names,
            records.pieces,
            to_plain(store.modulo_hashes),
            b"",
            records.parts(),
            contents,
            [],
            {},
        )

    def _contents_apart(self) -> dict[str, Content]:
        """The facts that are not all of the heap's, as each cell knows which of these files it follows from."""
        facts, found = self._machine.facts.files, {}
        for path in [] if self._trace is None else self._trace.followed_files():
            if path not in facts and not path.startswith(PACKAGE):
                raise TooMuch(f"'{path}' was read elsewhere")
            if path in facts:
                found[path] = facts.pop(path)
        return found

    def _read_besides(self) -> list[str]:
        """What may be read since it was made: what the run itself was given to read, each run is given itself."""
        found = {*self.workspace.evaluator.services.files.allowed()}.difference(self._given_to_read)
        before = self._library.description
        return sorted(found if before is None else found.union(before.allowed))

    def _program(self, name: str, extra: tuple[str, ...]) -> ProgramParts:
        program = self.workspace.evaluator.program(name, extra)
        source, evaluator = program.source, self.workspace.evaluator
        known = (None, "") if source.is_file else (source.text, program.folder)
        return name, extra, evaluator.about(source)[0], *known

    # Evaluating

    def _evaluate(
        self,
        calls: list[Kept],
        files: list[tuple[str, Delayed]],
        before: tuple[KeptHeap, Description] | None,
    ) -> None:
        """Evaluates what the run has taken of its library, beginning with what was kept before, into both lists."""
        library = self._library
        if before is not None:
            self._take_kept(calls, *before)
        # What each run says that it was replaced, and what each run evaluates before it looks here.
        run = library.workspace.evaluator
        left_out = library.before | run.replaced | run.services.flake_files
        self._evaluate_files(left_out)
        made = {(path, known): value for path, known, value, *_ in calls}
        self._evaluate_calls(calls, made)
        if self._trace is not None:
            self._take_over(calls, made)
        for path, cell in self.workspace.evaluator.files.items():
            if path not in left_out and not library.is_own(path):
                files.append((path, cell))

    def _take_kept(self, calls: list[Kept], heap: KeptHeap, description: Description) -> None:
        """The files and calls of the heap that was kept."""
        for path, reference in description.files:
            self.workspace.evaluator.files[path] = heap.cell(reference)
        for number, (path, known, reference, *_) in enumerate(description.calls):
            self._give(number, known)
            calls.append((path, known, heap.value(reference), NOTHING, False))

    def _evaluate_files(self, left_out: frozenset[str]) -> None:
        """The library's files that the run has evaluated."""
        library = self._library
        for path, cell in list(library.workspace.evaluator.files.items()):
            if not library.is_own(path) and path not in left_out and cell[0] is READ:
                value = self._found_out(self.workspace.evaluator.file, path)
                if value is not None:
                    self._follow(cell, value)

    def _evaluate_calls(self, calls: list[Kept], made: dict[tuple[str, Any], Any]) -> None:
        """Calls of the library's files; what these gave is `made`, by file and argument."""
        library = self._library
        # What own files have called comes first: what the library has called on the way is within it then.
        for call in sorted(library.calls, key=lambda call: not call.by_own):
            known = call.known or library.identity(call.argument)
            in_parts = self._trace is not None and call.by_own
            if call.value is None or len(calls) >= MOST_CALLS or (known in (OTHER, UNASKED) and not in_parts):
                continue
            if not call.by_own and (holds(known, (OTHER,)) or self._is_within(call.value)):
                continue
            if in_parts or (call.path, known) not in made:
                value, looked = self._call(call, known, in_parts)
                if value is not None:
                    made[call.path, known] = value
                    calls.append((call.path, known, value, looked, in_parts))
                elif in_parts:
                    calls.append(("", UNASKED, None, NOTHING, False))  # what it was given has been looked at in parts
            if (call.path, known) in made:
                self._follow(call.value, made[call.path, known])

    def _take_over(self, calls: list[Kept], made: dict[tuple[str, Any], Any]) -> None:
        """Calls by the library that this run has not come to, since it has read what follows from them."""
        library = self._library
        if library.heap is None or library.description is None:
            return
        left = MOST_TAKEN_OVER
        for number, (path, known, reference, _, in_parts) in enumerate(library.description.calls):
            if not in_parts and path and (path, known) not in made and left > 0:
                left -= 1
                value, looked = self._call(Call(path, None, False), known, False)
                if value is not None:
                    calls.append((path, known, value, looked, False))
                    library.give(number, self._given[-1])
                    follow([(library.heap.value(reference), value)], set(), set(), reads=True)

    def _is_within(self, value: Any) -> bool:
        """Whether a value needs no name of its own, as all that leads to it is kept whatever becomes of the project."""
        return self._trace is None and id(value) in self._complete

    def _found_out(self, evaluate: Callable[[Any], Any], what: Any) -> Any:
        """What is evaluated; None where that fails, or is left to each run."""
        try:
            return evaluate(what)
        except DatabaseError:
            raise
        except (Exception, LeftToEachRun):
            return None

    def _call(self, call: Call, known: Any, in_parts: bool) -> tuple[Any, LookedAt]:
        """What a file gives when it is called once more, and which parts of the project that has looked at; None where
        there is nothing to be kept of that.  What was given is known, or is to be looked at `in_parts`.
        """
        trace = self._trace
        number, parts = len(self._given), len(self._parts)

        def argument() -> Delayed:
            if trace is None or not in_parts:
                return self._give(number, known)
            self._given.append(None)
            return trace.argument(number, call.argument)

        def value_of(_: None) -> Any:
            return self._file(call.path)(argument())

        def found_out() -> Any:
            return self._found_out(value_of, None)

        value, looked = (found_out(), NOTHING) if trace is None else trace.looked_for(found_out)
        if value is None and not in_parts:
            del self._given[number:], self._parts[parts:]
        return value, looked

    def _give(self, call: int, known: Any) -> Any:
        """The arguments of a call, made again, each part known by its place."""

        def name(part: Any, is_value: bool, way: tuple[Any, ...]) -> None:
            if part != ():  # of which Python has but one, wherever it stands
                self._parts.append((part, call, is_value, way))

        def make(text: Text, variables: dict[str, Any]) -> Any:
            return made_of(self.workspace.evaluator, text, variables)

        self._given.append(made_again(known, make, name))
        return self._given[-1]

    def _heap_before(self) -> tuple[KeptHeap, Description] | None:
        """The heap that is there already: what others have found out stays in it."""
        from lixeval.evaluation.remembered.facts import Facts

        heaps, store = self._library.heaps, self.workspace.store
        description = heaps.load(self._library.key)
        if description is None or description.why or description.parts:
            return None
        facts = Facts(description.facts)
        store.hold(facts.valid)
        file = heaps.open(description) if facts.hold(store.state_dir) else None
        if file is None:
            return None
        self._machine.include(facts)

        def argument(call: int, is_value: bool, way: tuple[Any, ...]) -> Delayed:
            return found_again(self._given[call], is_value, way)

        return kept_heap(self.workspace, description, file, argument), description

    def _follow(self, first: Delayed, second: Delayed) -> None:
        seen: set[int] = set()
        if follow([(first, second)], seen, self._complete):
            self._complete |= seen
