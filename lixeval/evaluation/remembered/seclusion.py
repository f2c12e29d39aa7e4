"""What a library that is evaluated alone is told of the machine and its files: nothing of the project's as they are.

Who asks for one of them finds `OfTheProject`, or what a `Trace` makes of the answer, which notes that it was asked.
"""

from __future__ import annotations

from lixeval.environment.files import Files, base_name
from lixeval.environment.machine import Machine
from lixeval.evaluation.remembered.arguments import LeftToEachRun, OfTheProject
from lixeval.evaluation.remembered.notes import RecordedMachine
from lixeval.evaluation.remembered.parts import answer
from lixeval.system.cache import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.environment.machine import Filter, Identity
    from lixeval.environment.settings import Settings
    from lixeval.environment.store import Store
    from lixeval.evaluation.remembered.tracing import Trace
    from lixeval.system.fingerprints import Stamp

_MACHINE = Machine()


class LibrarysMachine(RecordedMachine):
    """The machine without the project's files, and without what cannot be asked again.

    With a `trace` answers about the project's files are parts of it, and its own code may ask for what it likes.
    """

    __slots__ = ("_is_own", "_trace")

    def __init__(self, is_own: Callable[[str], bool], trace: Trace | None) -> None:
        super().__init__()
        self._is_own = is_own
        self._trace = trace

    def _fact(self, question: str, path: str) -> tuple[Any] | None:
        """The answer about one of the project's paths; None about another one."""
        if not self._is_own(path):
            return None
        if self._trace is None:
            raise OfTheProject
        if self._trace.is_within_project:
            return (answer(_MACHINE, question, path),)
        return (self._trace.fact(question, path, lambda: answer(_MACHINE, question, path)),)

    def _expect_librarys(self, path: str) -> None:
        if self._is_own(path):
            raise OfTheProject

    def kind(self, path: str, *, follow: bool = False) -> str | None:
        found = self._fact("kind, followed" if follow else "kind", path)
        return super().kind(path, follow=follow) if found is None else found[0]

    def look(self, path: str) -> tuple[str | None, Identity | None]:
        found = self._fact("kind", path)
        return super().look(path) if found is None else (found[0], None)

    def is_there(self, path: str) -> bool:
        found = self._fact("is there", path)
        return super().is_there(path) if found is None else found[0]

    def target(self, path: str) -> str:
        found = self._fact("target", path)
        return super().target(path) if found is None else found[0]

    def read(self, path: str) -> bytes:
        if not self._is_own(path):
            if self._trace is not None:
                self._trace.follow(path)
            return super().read(path)
        if self._trace is None:
            raise OfTheProject
        data = _MACHINE.read(path)
        if not self._trace.is_within_project:
            self._trace.fact("read", path, lambda: digest(data))
        return data

    def is_as_known(self, path: str, stamp: Stamp, content: bytes) -> bool:
        if not self._is_own(path):
            if self._trace is not None:
                self._trace.follow(path)
            return super().is_as_known(path, stamp, content)
        if self._trace is None:
            raise OfTheProject
        return self._trace.is_within_project and _MACHINE.is_as_known(path, stamp, content)

    def entries(self, path: str) -> dict[str, str]:
        found = self._fact("entries", path + "/")
        return super().entries(path) if found is None else found[0]

    def newest(self, path: str) -> int:
        self._expect_librarys(path)
        return super().newest(path)

    def copy(self, path: str, name: str, method: str, filter: Filter | None, do: Callable[[Filter | None], str]) -> str:
        if self._trace is not None and self._trace.is_within_project and self._is_own(path):
            return do(filter)
        self._expect_librarys(path)
        return super().copy(path, name, method, filter, do)

    def depends_on(self, path: str) -> None:
        self._expect_librarys(path)
        super().depends_on(path)

    def unrepeatable(self, reason: str) -> None:
        raise LeftToEachRun


class Forgotten(dict[str, str | None]):
    """Has nothing of what is put into it, but for whoever has just done so: who asks is to be seen."""

    def __contains__(self, key: object) -> bool:
        return False


class ProjectsFiles(Files):
    """Remembers nothing of the project's files: who asks is to be seen."""

    __slots__ = ("_trace",)

    def __init__(self, settings: Settings, store: Store, machine: Machine, trace: Trace) -> None:
        super().__init__(settings, store, machine)
        self._trace = trace

    def resolve_expression(self, path: str) -> str:
        return self._find_expression(path) if self._trace.is_own(path) else super().resolve_expression(path)

    def copy_to_store(self, path: str) -> str:
        if not self._trace.is_own(path):
            return super().copy_to_store(path)

        def copy() -> str:
            return self.add(path, base_name(path), follow=False)

        copied: str = copy() if self._trace.is_within_project else self._trace.fact("copy", path, copy)
        return copied
