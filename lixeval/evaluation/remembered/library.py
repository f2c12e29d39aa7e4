"""The library of a run: what it imports from outside of what is being edited, and what of that is known from before.

    own files    those below the project's folders, or of a flake's copy of these, but for what the search path names,
                 the store, other repositories
    library      everything else: what an own file imports of it, and what it gives when called with plain arguments

The first time an own file imports one of the library, the heap that is kept for this project is opened, if all that it
follows from is still so: the values of the library's files are there then, and a call with the same plain arguments
gives what it gave.  What is not there is evaluated as ever.  Nothing of the library has been evaluated by then, so one
heap is the only place that any of its values can come from, and what was one object is one object.

What a kept heap gives cannot be told from what evaluation gives, but for two things: how far values have been evaluated
(which `trace` shows of sets, and errors may), and how an error came about.  So where an evaluation that used a heap
fails, or such a thing is to be shown, it starts again without (`Recording.starts_again`).
"""

from __future__ import annotations

import os
import sys
from time import process_time

from lixeval.evaluation.remembered.key import key_of_project
from lixeval.formats.store_path import STORE_DIR
from lixeval.runtime.code_info import SOURCE, in_its_place
from lixeval.runtime.values import FunctionType
from lixeval.system.directories import cache_directory
from lixeval.system.machines import memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from lixeval.evaluation.remembered.heap_file import HeapFile
    from lixeval.evaluation.remembered.heap_reader import KeptHeap
    from lixeval.evaluation.remembered.heaps import Description, Heaps, Identity
    from lixeval.evaluation.remembered.key import Surroundings
    from lixeval.evaluation.remembered.notes import RecordedMachine
    from lixeval.evaluation.workspace import Workspace
    from lixeval.runtime.values import Delayed, Function, Value

    Call = tuple[str, Identity, Value]

WORTH_IT = 0.3
"""An evaluation that takes less, in seconds of processor time, is not worth the work of keeping its heap."""

MOST_CALLS = 16

SEVERAL_TIMES = 6
"""What is evaluated alone, and then written, takes several times the memory of the run itself."""


class StartAgain(BaseException):
    """What is to be shown depends on how far values are evaluated.  Nobody on the way may take it for an error."""


class Library:
    """What one evaluation takes from outside of its project.

    `folders` are the project's.  `calls` are calls of the library's files with plain arguments, with what they gave.
    `why` tells why no heap is used, "" where one is.  Nothing is imported for it before a file of the library is.
    """

    def __init__(
        self, workspace: Workspace, machine: RecordedMachine, around: Surroundings, folders: Iterable[str]
    ) -> None:
        self.workspace = workspace
        self.heaps: Heaps
        self.key = ""
        self.calls: list[Call] = []
        self.description: Description | None = None
        self.heap: KeptHeap | None = None
        self.why = "no file of a library was imported"
        self.before: frozenset[str] = frozenset()
        """Files that were evaluated before the first of the library was imported, as flake.nix of inputs is."""
        self.met = self.used = 0
        self.taken = 0.0
        self._machine = machine
        self._around = around
        self._evaluator = workspace.evaluator
        self._folders = [folder.rstrip("/") + "/" for folder in folders]
        self._roots = self._library_roots()
        self._is_own: dict[str, bool] = {}
        self._opened = False
        self._called: dict[str, Function] = {}
        self._known: dict[tuple[str, Identity], Any] = {}
        self._arguments: dict[int, Delayed] = {}
        self._began = process_time()
        services = self._evaluator.services
        services.import_file = self.import_file
        services.shows_states = self._shows_states

    def account(self) -> str:
        """What was used, or why nothing was, in words; "" where nothing of the library was asked for."""
        if not self._opened:
            return ""
        if self.heap is None or self.description is None:
            return f"the library was evaluated: {self.why}"
        total = len(self.description.kinds)
        return f"of the library {self.heap.read} of {total} records were read, {self.used} of {self.met} calls known"

    def is_worth_keeping(self) -> bool:
        """Whether so much was evaluated that its heap should be kept: much more than with what is kept already."""
        self.taken = process_time() - self._began
        known = 0.0 if self.description is None else 1.5 * self.description.seconds
        return self._opened and self.taken >= max(WORTH_IT, known) and _has_room()

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
        """The value of a file, as `Evaluator.file`; of a function that an own file imports its calls are known."""
        evaluator = self._evaluator
        if self.is_own(path) or not self._importer_is_own():
            return evaluator.file(path)
        if not self._opened:
            self._open()
        value = evaluator.file(path)
        return self._watched(path, value) if value.__class__ is FunctionType else value

    def _watched(self, path: str, function: Function) -> Function:
        """A function like another one, of which calls with plain arguments are known."""
        found = self._called.get(path)
        if found is None:
            found = self._called[path] = in_its_place(function, lambda argument: self._call(path, function, argument))
        return found

    def _call(self, path: str, function: Function, argument: Delayed) -> Value:
        from lixeval.evaluation.remembered.arguments import NotPlain, identity

        try:
            known = identity(argument)
        except NotPlain:
            return function(argument)
        self.met += 1
        number, reference = self._known.get((path, known), (-1, None))
        if number >= 0 and self.heap is not None:
            self._arguments[number] = argument
            value = self.heap.value(reference)
            self.used += 1
        else:
            value = function(argument)
        if len(self.calls) < MOST_CALLS:
            self.calls.append((path, known, value))
        return value

    def _shows_states(self) -> None:
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
        self.key = key_of_project(self._folders, self._evaluator.settings, self._around)
        description = self.heaps.load(self.key)
        self.why = "nothing is kept yet"
        if description is None:
            return
        if description.why:
            if Facts(description.facts).hold(self.workspace.store.state_dir):
                self.why, self.description = description.why, description
            return
        evaluator, store = self._evaluator, self.workspace.store
        evaluated = [path for path, _ in description.files if path in evaluator.files]
        if evaluated:
            self.why = f"'{evaluated[0]}' was evaluated before anything of the library was imported"
            return
        facts = Facts(description.facts)
        store.hold(facts.valid)
        if not facts.hold(store.state_dir):
            self.why = f"{facts.change(store.state_dir)} has changed"
            return
        file = self.heaps.open(description)
        if file is None:
            self.why = "what was kept is gone, or damaged"
            return
        if facts.renewed:
            self.heaps.describe(self.key, description)
        self.why = ""
        self.description = description
        self._machine.include(facts)
        self.heap = heap = kept_heap(self.workspace, description, file, self._argument)
        for number, (path, known, reference) in enumerate(description.calls):
            self._known[path, known] = number, reference
        for path, reference in description.files:
            evaluator.files[path] = heap.cell(reference)

    def _argument(self, call: int, is_value: bool, way: tuple[Any, ...]) -> Delayed:
        from lixeval.evaluation.remembered.arguments import found_again

        return found_again(self._arguments[call], is_value, way)


def _has_room() -> bool:
    """Whether the machine has room for all that was evaluated several times over."""
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:
        return False  # nor could it be done in the background
    return 1024 * getrusage(RUSAGE_SELF).ru_maxrss * SEVERAL_TIMES < memory()


def kept_heap(workspace: Workspace, description: Description, file: HeapFile, argument: Any) -> KeptHeap:
    """A heap for an evaluator; what is known besides of derivations and paths is known to its store and files."""
    from lixeval.evaluation.remembered.facts import Facts
    from lixeval.evaluation.remembered.heap_reader import KeptHeap

    evaluator, store = workspace.evaluator, workspace.store
    store.know_hashes(description.hashes)
    store.rely_on(Facts(description.facts).valid)
    for path in description.allowed:
        evaluator.services.files.allow(path)
    about = description.kinds, description.programs, description.names, description.pieces
    return KeptHeap(evaluator, file, *about, argument)
