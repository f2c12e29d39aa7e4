"""The library of a run: what it imports from outside of what is being edited, and what of that is known from before.

    own files    those below the project's folders, or of a flake's copy of these, but for what the search path names,
                 the store, other repositories
    library      everything else: what is imported of it, and what its files give when they are called

The first time one of the library's files is imported, the heap that is kept for this project is opened, if all that it
follows from is still so: the values of the library's files are there then, and a call gives what it gave where what was
looked at of its argument is the same (`arguments`).  What is not there is evaluated as ever, and so is what waits in
the heap since it follows from the project's files, or from what a call was given.  Nothing of the library has been
evaluated by then, so one heap is the only place that any of its values can come from, and what was one object is one
object.

A call by an own file is kept whatever it was given.  One by the library itself (`legacyPackages` of a flake, the
package set of a NixOS) is kept where all that it has looked at is known, and no other one has led to it.

What a kept heap gives cannot be told from what evaluation gives, but for how far values have been evaluated (which
`trace` shows of sets, and some errors do).  So where an evaluation that used a heap is to show such a thing, or fails
by such an error, it starts again without (`Recording.starts_again`).
"""

from __future__ import annotations

import os
import sys
from time import process_time

from lixeval.evaluation.remembered.key import key_of_project
from lixeval.evaluation.remembered.notes import RecordedMachine
from lixeval.formats.store_path import STORE_DIR
from lixeval.runtime.code_info import SOURCE, in_its_place
from lixeval.runtime.values import FunctionType
from lixeval.system.directories import cache_directory
from lixeval.system.machines import memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from lixeval.environment.machine import Machine
    from lixeval.evaluation.remembered.facts import Facts
    from lixeval.evaluation.remembered.functions import Text
    from lixeval.evaluation.remembered.heap_file import HeapFiles
    from lixeval.evaluation.remembered.heap_reader import KeptHeap
    from lixeval.evaluation.remembered.heaps import Description, Heaps, Identity, Looked
    from lixeval.evaluation.remembered.key import Surroundings
    from lixeval.evaluation.workspace import Workspace
    from lixeval.runtime.values import Delayed, Function, Value

    KnownCall = tuple[int, Identity, Any, Looked | None, bool]
    """The number of a kept call, and what is kept of it (`heaps.Call`)."""

WORTH_IT = 0.3
"""An evaluation that takes less, in seconds of processor time, is not worth the work of keeping its heap."""

MOST_CALLS = 64
"""So many calls are kept."""

MOST_WATCHED = 5000
"""So many calls of a run are noted, of which some may be kept in the end."""

MOST_OF_SESSION = 4
"""A session, which evaluates one expression after the other, notes calls until own files have made so many: what they
gave, whole package sets, is held to its end.
"""

MOST_NAMES = 12
"""A library's own call with a larger set is none of those that may be kept."""

SEVERAL_TIMES = 6
"""What is evaluated alone, and then written, takes several times the memory of the run itself."""


class Call:
    """A call of one of the library's files: with what, whether an own file made it; then what it gave (None until it
    has given something), and how it was known, if it was.
    """

    __slots__ = ("argument", "by_own", "known", "path", "value")

    def __init__(self, path: str, argument: Delayed, by_own: bool) -> None:
        self.path = path
        self.argument = argument
        self.by_own = by_own
        self.value: Value = None
        self.known: Identity | None = None


class Library:
    """What one evaluation takes from outside of its project.

    One that `only_looks` uses nothing of what is known, and tells of it what could have been used.  `most_calls` by own
    files are noted.

    `folders` are the project's.  `calls` are those of the library's files that may be kept.  `is_guessing` while parts
    of an argument are evaluated that a former call has looked at.  `why` tells why no heap is used, "" where one is.
    Nothing is imported for it before a file of the library is.
    """

    def __init__(
        self,
        workspace: Workspace,
        machine: Machine,
        around: Surroundings,
        folders: Iterable[str],
        *,
        only_looks: bool = False,
        most_calls: int = MOST_WATCHED,
    ) -> None:
        self.workspace = workspace
        self._only_looks = only_looks
        self._left = most_calls
        self.heaps: Heaps
        self.key = ""
        self.calls: list[Call] = []
        self.description: Description | None = None
        self.heap: KeptHeap | None = None
        self.why = "no file of a library was imported"
        self.before: frozenset[str] = frozenset()
        """Files that were evaluated before the first of the library was imported, as flake.nix of inputs is."""
        self.imports_own = False
        """Whether the library has imported a file of the project."""
        self.is_edited = False
        """Whether a file of the library has changed, and another one shortly before."""
        self.changed: frozenset[str] = frozenset()
        """The files of the library that are others than when the heap was made, which is used all the same."""
        self.is_given_others = False
        """Whether the project has given to the library what it did not give before."""
        self.met = self.used = 0
        self.missed = ""
        """The file of a call by an own file that was not known."""
        self.is_guessing = False
        self.taken = 0.0
        self._machine = machine
        self._around = around
        self._evaluator = workspace.evaluator
        self._folders = [folder.rstrip("/") + "/" for folder in folders]
        self._roots = self._library_roots()
        self._is_own: dict[str, bool] = {}
        self._opened = False
        self._called: dict[str, Function] = {}
        self._called_by_own: set[str] = set()
        self._known: dict[str, list[KnownCall]] = {}
        self._arguments: dict[int, Delayed] = {}
        self._began = process_time()
        services = self._evaluator.services
        services.import_file = self.import_file
        services.shows_states = services.shows_places = self._shows_states

    def account(self) -> str:
        """What was used, or why nothing was, in words; "" where nothing of the library was asked for."""
        if not self._opened:
            return ""
        if self.heap is None or self.description is None:
            return f"the library was evaluated: {self.why}"
        total = len(self.description.kinds)
        known = f"of the library {self.heap.read} of {total} records were read, {self.used} of {self.met} calls known"
        if self.missed:
            known += f"; '{self.missed}' is not: {self._why_missed(self.missed)}"
        seen, different = self.heap.parts.counts
        if self.changed:
            known += f", {len(self.changed)} of the library's files others"
        if not seen:
            return known
        again = self.heap.evaluated_again
        known += f", {different} of {seen} parts of the project others"
        return known + (f", {again} values evaluated again, {self.heap.alike} of them as they were" if again else "")

    def calls_met(self) -> str:
        """How many calls by own files were met, how many of them are known from before, and why the first is not that
        is none of these; "" where nothing of the library was asked for.
        """
        if not self._opened:
            return ""
        met = [call for call in self.calls if call.by_own]
        missed = [call.path for call in met if not self._is_known(call)]
        told = f"{len(met)} call{'s' if len(met) != 1 else ''} met, {len(met) - len(missed)} known"
        if not missed:
            return told
        return f"{told}; '{missed[0]}' is not: {self.why or self._why_missed(missed[0])}"

    def _why_missed(self, path: str) -> str:
        return "it was given something else" if path in self._known else "no call of it is kept"

    def _is_known(self, call: Call) -> bool:
        return any(self._is_alike(one[0], one[1], call.argument) for one in self._known.get(call.path, ()))

    def is_worth_keeping(self) -> bool:
        """Whether so much was evaluated that its heap should be kept: much more than with what is kept already."""
        now = process_time()
        self.taken = now - self._began if now >= self._began else now  # a worker's clock begins anew
        known = 0.0 if self.description is None else 1.25 * self.description.seconds
        return self._opened and self.taken >= max(WORTH_IT, known) and _has_room()

    def uses_project(self) -> bool:
        """Whether the library has looked at files of the project, now or when what is kept was made."""
        return (
            self.imports_own or self.is_given_others or (self.description is not None and bool(self.description.parts))
        )

    def failed(self, error: BaseException) -> None:
        """An evaluation that used the heap has failed: where the heap itself is to blame, it is not kept any longer."""
        from lixeval.evaluation.remembered.heap_file import DamagedHeap

        if isinstance(error, DamagedHeap):
            self.heaps.forget(self.key)

    # What is whose

    def _library_roots(self) -> list[str]:
        found = [STORE_DIR + "/", self.workspace.store.real_store_dir + "/"]
        for _, path in self._evaluator.settings.search_path:
            root = os.path.abspath(path).rstrip("/") + "/"
            if path.startswith("/") and not any(folder.startswith(root) for folder in self._folders):
                found.append(root)
        return [root for root in found if not any(folder.startswith(root) for folder in self._folders)]

    def is_own(self, path: str) -> bool:
        """Whether a file is one of the project's."""
        folder = os.path.dirname(path)
        known = self._is_own.get(folder)
        if known is None:
            known = self._is_own[folder] = self._is_within(folder + "/")
        return known

    def _is_within(self, folder: str) -> bool:
        for copy, original in self._evaluator.services.texts.copies.items():
            if folder.startswith(copy + "/"):
                folder = original + folder.removeprefix(copy)  # a flake is evaluated as a copy in the store
        project = next((one for one in self._folders if folder.startswith(one)), None)
        if project is None or any(folder.startswith(root) for root in self._roots):
            return False
        inner = folder.rstrip("/")
        while len(inner) >= len(project):
            if os.path.lexists(f"{inner}/.git"):
                return False  # a repository within the project's folder is another project
            inner = os.path.dirname(inner)
        return True

    def _importer_is_own(self) -> bool:
        """Whether the code that is importing is the project's: a file of it, or a text."""
        frame: Any = sys._getframe(2)
        while frame is not None:
            source = frame.f_globals.get(SOURCE)
            if source is not None:
                return not source.is_file or self.is_own(source.name)
            frame = frame.f_back
        return False

    # What evaluation asks

    def import_file(self, path: str) -> Value:
        """The value of a file, as `Evaluator.file`; where it is a function, its calls are watched."""
        found = self._called.get(path)
        if found is not None and path in self._called_by_own:
            return found
        evaluator = self._evaluator
        if self.is_own(path) or path in evaluator.services.flake_files:
            if self._opened and not self._importer_is_own():
                self.imports_own = True
            return evaluator.file(path)
        if not self._opened:
            self._open()
        value = evaluator.file(path)
        if value.__class__ is not FunctionType or path in evaluator.replaced:
            return value
        if self._importer_is_own():
            self._called_by_own.add(path)
        if found is None:
            found = self._called[path] = in_its_place(value, lambda argument: self._call(path, value, argument))
        return found

    def _call(self, path: str, function: Function, argument: Delayed) -> Value:
        call = Call(path, argument, path in self._called_by_own)
        self._left -= call.by_own
        if self._left >= 0 and len(self.calls) < MOST_WATCHED and (call.by_own or _is_small(argument)):
            self.calls.append(call)  # before those that it leads to
        found = None if self._only_looks else self._find(path, argument, call.by_own)
        if found is None or self.heap is None:
            call.value = function(argument)
        else:
            number, known, reference, looked, _ = found
            self.give(number, argument)
            if self.heap.holds(looked):
                call.value = self.heap.value(reference)
                call.known = known
            else:
                call.value, is_alike = self.heap.as_before(function(argument), reference)
                call.known = known if is_alike else None
        if call.known is None:
            self.met += call.by_own
            self.missed = self.missed or (path if call.by_own else "")
        else:
            self.met += 1
            self.used += 1
        return call.value

    def give(self, number: int, argument: Delayed) -> None:
        """What a kept call is given; the first counts, as others are the same."""
        self._arguments.setdefault(number, argument)

    def _find(self, path: str, argument: Delayed, by_own: bool) -> KnownCall | None:
        """The kept call that this one is: with the same argument, else one whose argument is to be looked at in parts;
        what that has given counts as far as these parts are the same.
        """
        known = self._known.get(path, ())
        for one in known:
            if self._is_alike(one[0], one[1], argument):
                return one
        if known and by_own:
            self.is_given_others = True
            for one in known:
                if one[-1] and one[0] not in self._arguments:
                    return one
        return None

    def _is_alike(self, number: int, identity: Identity, argument: Delayed) -> bool:
        """Whether a call is a known one.  What that one was given may be asked for by all that it gave, so where not
        all of it is known, it can be one call alone.
        """
        from lixeval.evaluation.remembered.arguments import OTHER, UNASKED, LeftToEachRun, holds, is_alike

        if number in self._arguments and holds(identity, (UNASKED, OTHER)):
            return False
        try:
            return self._guessing(lambda: is_alike(identity, argument, self._text_of))
        except (Exception, LeftToEachRun):
            return False  # whoever needs that part will see what comes of it

    def _guessing(self, compare: Callable[[], bool]) -> bool:
        """Compares with what is kept; meanwhile nothing is said."""
        guessing, self.is_guessing = self.is_guessing, True
        try:
            return compare()
        finally:
            self.is_guessing = guessing

    def identity(self, argument: Delayed) -> Identity:
        """What tells an argument from others, as far as it was evaluated by now."""
        from lixeval.evaluation.remembered.arguments import identity

        return identity(argument, self._is_copied, self._text_of)

    def _is_copied(self, path: str) -> bool:
        """Whether a path is one of a flake's copy, which is another one after each edit."""
        return any(f"{path}/".startswith(copy + "/") for copy in self._evaluator.services.texts.copies)

    def _text_of(self, function: Value) -> Text | None:
        from lixeval.evaluation.remembered.functions import text_of

        return text_of(function, self._evaluator.table.global_names.__contains__, self._is_copied)

    def _shows_states(self) -> None:
        from lixeval.evaluation.remembered.arguments import StartAgain

        if self.heap is not None:
            raise StartAgain

    # The heap

    def _open(self) -> None:
        """Opens the heap that is kept, if it holds."""
        from lixeval.evaluation.remembered.facts import Facts
        from lixeval.evaluation.remembered.heaps import Heaps

        self._opened = True
        self.before = frozenset(self._evaluator.files)
        self.heaps = Heaps(cache_directory())
        self.key = key_of_project(
            self._folders, self._evaluator.settings, self._around, faithful=self._evaluator.faithful
        )
        description = self.heaps.load(self.key)
        self.why = "nothing is kept yet"
        if description is None:
            return
        facts, contents = Facts(description.facts), Facts()
        if description.why:
            if facts.hold(self.workspace.store.state_dir):
                self.why, self.description = description.why, description
            return
        contents.files = description.contents
        file = self._opened_if_it_holds(description, facts, contents)
        if file is not None:
            self._take(description, file, facts, contents)

    def _opened_if_it_holds(self, description: Description, facts: Facts, contents: Facts) -> HeapFiles | None:
        """The files of a heap, if nothing of it was evaluated yet, and all that it follows from is still so."""
        store, files = self.workspace.store, self._evaluator.files
        evaluated = [path for path, _ in description.files if path in files]
        if evaluated:
            self.why = f"'{evaluated[0]}' was evaluated before anything of the library was imported"
            return None
        self.changed = contents.changed_files()
        store.hold(facts.valid)
        if not facts.hold(store.state_dir):
            self.is_edited = self.heaps.is_of_this_hour(self.key)
            self.why = f"{facts.change(store.state_dir)} has changed"
            return None
        file = self.heaps.open(description)
        if file is None:
            self.why = "what was kept is gone, or damaged"
        return file

    def _take(self, description: Description, file: HeapFiles, facts: Facts, contents: Facts) -> None:
        """Uses a heap that holds, and notes what it follows from."""
        self.is_edited = bool(description.contents) and self.heaps.is_of_this_hour(self.key)
        if facts.renewed or contents.renewed:
            self.heaps.describe(self.key, description)
        self.why = ""
        self.description = description
        for number, (path, *known) in enumerate(description.calls):
            self._known.setdefault(path, []).append((number, *known))
        if self._only_looks:
            return
        if isinstance(self._machine, RecordedMachine):
            self._machine.include(facts)
            contents.files = {path: one for path, one in contents.files.items() if path not in self.changed}
            self._machine.include(contents)
        self.heap = heap = kept_heap(self.workspace, description, file, self._argument, self._guessing, self.changed)
        for path, reference in description.files:
            if self._evaluator.services.files.real(path) not in self.changed:
                self._evaluator.files[path] = heap.cell(reference)

    def _argument(self, call: int, is_value: bool, way: tuple[Any, ...]) -> Delayed:
        from lixeval.evaluation.remembered.arguments import found_again

        return found_again(self._arguments[call], is_value, way)


def _is_small(argument: Delayed) -> bool:
    """Whether a call has a set of a few names, evaluated or not yet."""
    value = argument[1] if argument.__class__ is list and len(argument) > 1 else argument
    return value.__class__ is not dict or len(value) <= MOST_NAMES


def _has_room() -> bool:
    """Whether the machine has room for all that was evaluated several times over."""
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:
        return False  # nor could it be done in the background
    return 1024 * getrusage(RUSAGE_SELF).ru_maxrss * SEVERAL_TIMES < memory()


def kept_heap(
    workspace: Workspace,
    description: Description,
    file: HeapFiles,
    argument: Any,
    compared: Callable[[Callable[[], bool]], bool] = lambda compare: compare(),
    changed: frozenset[str] = frozenset(),
) -> KeptHeap:
    """A heap for an evaluator; what is known besides of derivations and paths is known to its store and files."""
    from lixeval.evaluation.remembered.facts import Facts
    from lixeval.evaluation.remembered.heap_reader import KeptHeap
    from lixeval.store.modulo_hashes import from_plain

    evaluator, store = workspace.evaluator, workspace.store
    store.modulo_hashes.update(from_plain(description.hashes))
    store.rely_on(Facts(description.facts).valid)
    for path in description.allowed:
        evaluator.services.files.allow(path)
    about = description.kinds, description.programs, description.names, description.pieces
    return KeptHeap(evaluator, file, *about, argument, description.parts, compared, changed)
