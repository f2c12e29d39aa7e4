"""--all --build: the processes that build what is evaluated and bring it away, and the table at the end.

evaluating parent -> builder -> giver      pipes of JSON lines; each writes its results to stdout, and to a file
                                           that the table is made of
"""

from __future__ import annotations

import copy
import json
import os
import signal
import sys
import tempfile
from typing import TYPE_CHECKING

from lixeval.cli.option_table import is_for_paths, is_store
from lixeval.cli.output.internal_json import InternalJson
from lixeval.cli.output.progress import PlainProgress
from lixeval.errors import ImageError, LixevalError, UsageError
from lixeval.jobs.lines import line_of, write_line
from lixeval.oci.registry.location import PREFIX as REGISTRY
from lixeval.system import syscalls
from lixeval.system.atomic import write_all
from lixeval.system.forks import fork

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import NoReturn

    from lixeval.cli.options import Options
    from lixeval.evaluation.workspace import Workspace
    from lixeval.formats.store_path import StorePath
    from lixeval.jobs.building import Result
    from lixeval.jobs.giving import Give
    from lixeval.jobs.record import Record


class Building:
    """The builder and the giver of one run; a context manager that waits for them."""

    def __init__(self, options: Options, workspace: Workspace) -> None:
        if workspace.store.is_daemons:
            raise UsageError(
                "--all --build needs a store of lixeval's own: a daemon builds what it is asked for by name",
                hint="--store DIR; --to brings what was built to a daemon's store, --builders lets daemons build",
            )
        self._options = options
        self._results = tempfile.TemporaryFile()  # noqa: SIM115 (as long as this object)
        workspace.store.close()
        self._children: list[int] = []
        self.descriptors: list[int] = []
        places = _places(options)
        given: int | None = None
        if places:
            given = self._fork(lambda tasks: self._give(tasks, places))
        self._tasks = self._fork(lambda tasks: self._build(tasks, given))
        if given is not None:
            os.close(given)
            self.descriptors.remove(given)

    def add(self, record: Record) -> None:
        """One derivation more."""
        write_all(self._tasks, line_of(record))

    def _fork(self, work: Callable[[int], None]) -> int:
        """Starts a process that does `work` with what is written to the descriptor that this gives."""
        tasks, writing = os.pipe()
        parent = os.getpid()
        sys.stdout.flush()
        child = fork()
        if child == 0:
            os.close(writing)
            self._live(parent, lambda: work(tasks))
        os.close(tasks)
        self._children.append(child)
        self.descriptors.append(writing)
        return writing

    def _live(self, parent: int, work: Callable[[], None]) -> NoReturn:
        code = 1
        try:
            syscalls.die_with_parent(signal.SIGTERM, parent)
            work()
            code = 0
        except LixevalError as error:
            print(f"error: {error.message}", file=sys.stderr)
        except (KeyboardInterrupt, SystemExit):
            code = 130
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _tell(self, result: Result) -> None:
        write_line(result)
        # Children share one place in the file, and each line is one write.
        os.write(self._results.fileno(), line_of(result))

    # In the children

    def _build(self, tasks: int, given: int | None) -> None:
        from lixeval.cli.workspace import asking, build_settings
        from lixeval.daemon.any_store import open_store
        from lixeval.evaluation.workspace import builtin_builders
        from lixeval.jobs.building import build_all
        from lixeval.substituters.fetching import Substituter

        observer = PlainProgress(self._options) if self._options.log_format != "internal-json" else InternalJson()
        store = open_store(self._options.store)
        asked = asking(self._options)

        def tell(result: Result) -> None:
            self._tell(result)
            if given is not None and result["success"]:
                write_all(given, line_of(result))

        try:
            caches = None if asked is None else Substituter(store, asked, observer.message)
            build_all(tasks, store, build_settings(self._options), observer, builtin_builders(), caches, tell)
        finally:
            store.close()

    def _give(self, tasks: int, places: Sequence[tuple[str, Callable[[], Give]]]) -> None:
        from lixeval.jobs.giving import give_all

        give_all(tasks, [(place, make()) for place, make in places], self._tell)

    # The end

    def __enter__(self) -> Building:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._tasks)
        if error is not None:
            for child in self._children:
                os.kill(child, signal.SIGTERM)
        self._codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in self._children]

    def summary(self, *, quiet: bool) -> int:
        """Prints the table; 1 if anything failed."""
        self._results.seek(0)
        results = [json.loads(line) for line in self._results]
        failed = [result for result in results if not result["success"]]
        if not quiet:
            print(_table(results), file=sys.stderr)
        return 1 if failed or any(self._codes) else 0


def _places(options: Options) -> list[tuple[str, Callable[[], Give]]]:
    """Where results go, each with what makes its giver, in the giver's process."""
    found: list[tuple[str, Callable[[], Give]]] = []
    for place in options.destinations:
        if place.startswith(REGISTRY):
            _check_registry(place)
            found.append((place, lambda place=place: _image_giver(options, place)))  # type: ignore[misc]
        elif is_for_paths(place):
            found.append((place, lambda place=place: _giver(options, place)))  # type: ignore[misc]
        else:
            raise UsageError(
                f"with --all, --to takes binary caches, stores and registries, and '{place}' is none",
                hint="file://DIR, https://HOST, unix:///SOCKET, ssh-ng://HOST, local?root=DIR, docker://HOST/PATH",
            )
    return found


def _check_registry(place: str) -> None:
    """UsageError where no image could lie below a place."""
    from lixeval.jobs.giving import place_of_image

    try:
        place_of_image(place, "image:latest")
    except ImageError as error:
        raise UsageError(
            f"with --all, --to docker://HOST/PATH is where all images are put, each by its own name: {error.message}"
        ) from None


def _image_giver(options: Options, place: str) -> Give:
    from lixeval.cli.delivery import Deliveries
    from lixeval.containers.write import write_image
    from lixeval.daemon.any_store import open_store
    from lixeval.jobs.giving import place_of_image

    store = open_store(options.store)
    silent = copy.copy(options)
    silent.quiet = True  # the builder has the terminal
    delivery = Deliveries(silent)()

    def push(result: Result) -> None:
        name, _, tag = str(result["image"]).rpartition(":")
        for path in _paths(result):
            write_image(store.real(path), name, tag, [place_of_image(place, f"{name}:{tag}")], store, delivery)

    return push


def _giver(options: Options, place: str) -> Give:
    from lixeval.daemon.any_store import open_store

    store = open_store(options.store)
    if is_store(place):
        from lixeval.daemon.copying import Vouching, copy_closure

        target = open_store(place)

        def copy_paths(result: Result) -> None:
            copy_closure(store, target, _paths(result), Vouching(None))

        return copy_paths
    from lixeval.cli.workspace import patience_of
    from lixeval.substituters.giving import Giving

    def give(result: Result) -> None:
        Giving(store, place, patience_of(options.settings)).give(_paths(result), lambda path: None)

    return give


def _paths(result: Result) -> list[StorePath]:
    outputs = result["outputs"]
    assert isinstance(outputs, dict)
    return [path for path in outputs.values() if path]


def _table(results: Sequence[Result]) -> str:
    """Each attribute with what became of it; what failed last, where it is seen."""
    rows = []
    for result in sorted(results, key=lambda one: (bool(not one["success"]), str(one["attr"]), str(one["type"]))):
        if result["type"] == "BUILD":
            what = "failed" if not result["success"] else "built" if result["built"] else "there"
        else:
            what = f"{'copied' if result['success'] else 'not copied'} to {result['to']}"
        rows.append((str(result["attr"]), what, f"{result['duration']:.1f} s"))
    width = min(40, max((len(row[0]) for row in rows), default=0))
    kinds = [result for result in results if result["type"] == "BUILD"]
    good = sum(bool(result["success"]) for result in kinds)
    lines = [f"  {attr:{width}}  {what}, {seconds}" for attr, what, seconds in rows]
    return "\n".join([*lines, f"{good} of {len(kinds)} built or there"])
