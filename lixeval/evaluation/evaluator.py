"""The evaluator: puts the rooms together, and owns every cache and setting of one evaluation.

    expression: Source -> syntax.parse -> names, strictness -> compile -> force -> value

`Evaluator.text` and `Evaluator.file` are that line.  Two evaluators in one process share nothing but what never
changes.
"""

from __future__ import annotations

import os

from lixeval.builtins.table import Table
from lixeval.compiler.cache import CodeCache
from lixeval.environment.services import Services
from lixeval.environment.settings import Settings
from lixeval.errors import EvalError, MissingPackage
from lixeval.evaluation.compiled_file import CompiledFile
from lixeval.evaluation.observer import NOBODY
from lixeval.formats.store_path import STORE_DIR, StorePath
from lixeval.runtime.builtin import shown_later
from lixeval.runtime.exports import namespace
from lixeval.runtime.said import before_saying
from lixeval.runtime.thunks import READ, Cell
from lixeval.runtime.values import Delayed, Value
from lixeval.source import Source, Texts
from lixeval.system.cache import digest
from lixeval.system.directories import EMBEDDED
from lixeval.system.own_modules import import_group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from lixeval.compiler.cache import KeptTable
    from lixeval.compiler.program import Compiler, Names
    from lixeval.environment.machine import Machine
    from lixeval.environment.store import Store
    from lixeval.evaluation.observer import Observer
    from lixeval.evaluation.observers.meter import Meter
    from lixeval.evaluation.unread import Known, KnownFiles
    from lixeval.runtime.name_order import NameOrder
    from lixeval.syntax.nodes import Expression
    from lixeval.syntax.tables import Tables

LIBRARIES = ("nixpkgs", "nixos", "home-manager", "darwin", "nix-darwin", "nixos-hardware")
"""The names on the search path that stand for what the user has not written."""


class Evaluator:
    """One evaluation: its settings, its store, its files.

    `store` is where derivations and copied files go (None: nothing can be written or read there).  `realise` builds
    what import from derivation needs.  `cache_directory` keeps compiled code (None: nowhere).  `faithful` makes a thunk
    of exactly what C++ Nix makes one of, so that printing without --strict shows the same.  A `watch` is told what is
    done.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        cache_directory: str | None = None,
        realise: Callable[[Iterable[str]], None] | None = None,
        fetch_closure: Callable[[str, StorePath, bool], StorePath] | None = None,
        say: Callable[[str], None] = lambda text: None,
        host_directory: str | None = None,
        faithful: bool = False,
        pipe_operators: bool = False,
        machine: Machine | None = None,
        watch: Observer = NOBODY,
        meter: Meter | None = None,
    ) -> None:
        self.settings = settings
        self._watch = watch
        self._meter = meter
        self.faithful = faithful or watch.faithful or meter is not None
        self.pipe_operators = pipe_operators
        self.said = 0
        """How many lines the evaluation has said."""
        self.cache = CodeCache(cache_directory)
        self._cache_directory = cache_directory
        self._host_directory = host_directory
        self._host: Any = None
        self._told_not_kept = False
        self._told_in_place = False
        self._tables: Tables | None = None
        self.files: dict[str, Cell] = {}
        """The cell of each file that was imported."""
        self.replaced: set[str] = set()
        """Files in whose place something else was evaluated."""
        self.compiled: list[CompiledFile] = []
        """The code of all files and texts that may be kept."""
        self._programs: dict[tuple[str, tuple[str, ...]], CompiledFile] = {}
        self._names_met: list[Callable[[], tuple[str, ...]]] = []
        self._name_order: NameOrder | None = None
        packages = [os.path.abspath(path) for name, path in settings.search_path if name in LIBRARIES]
        libraries = ("<nix", EMBEDDED, STORE_DIR, *packages)
        self._texts = Texts(
            tuple([folder.rstrip("/") + "/" for folder in libraries]),
            None if cache_directory is None else self.cache,
        )
        """What is read; errors name the user's own line before a line of a library."""
        self.services = Services(
            texts=self._texts,
            settings=settings,
            store=watch.store(store),
            import_file=self.file,
            scoped_import=self.scoped_file,
            copy_to_store=self._copy_to_store,
            realise=realise if realise is not None else _cannot_build,
            fetch_closure=fetch_closure,
            say=self._counted(say),
            host_package=self._host_package,
            machine=machine,
            kept_table=self._kept_table,
        )
        everywhere = watch.builtin_everywhere if meter is None else meter.counted
        self.table = Table(self.services, shown_later if everywhere is None and self.faithful else everywhere)
        self._warned: set[Source] = set()
        self._about: dict[Source, tuple[bytes, list[str]]] = {}
        self._first: str | None = None
        self._known_files: KnownFiles | None = None
        self._exports = namespace(self._copy_to_store, self._home, self.names_in_order)
        self._exports.update(watch.names())
        if meter is not None:
            self._exports.update(meter.names)

    def _counted(self, say: Callable[[str], None]) -> Callable[[str], None]:
        def counted(text: str) -> None:
            before_saying()
            self.said += 1
            say(text)

        return counted

    # Files and texts

    def file(self, path: str) -> Value:
        """The value of the Nix file at an absolute path, evaluated once."""
        cell = self.files.get(path)
        if cell is None:
            cell = self.files[path] = self._cell(self.read(path), None, {})
            if path.endswith("/default.nix") and path.startswith(STORE_DIR):
                self._put_in_place(path, cell)
                cell = self.files[path]
        value: Value = cell[0](cell)
        return value

    def _put_in_place(self, path: str, original: Cell) -> None:
        """What a fetched file gives may be another function of ours; see `in_place`."""
        from lixeval.evaluation.in_place import SAID, file_in_place
        from lixeval.runtime.call import call1

        place = None if self.settings.original_nix2container else file_in_place(self.services.files, path)
        if place is not None:
            if not self._told_in_place:
                self._told_in_place = True
                self.services.say(SAID)
            self.replaced.add(path)
            self.files[path] = [READ, call1(self.file(place), original)]

    def scoped_file(self, scope: dict[str, Delayed], path: str) -> Value:
        """The value of a file in which the names of `scope` are known too (builtins.scopedImport)."""
        cell = self._cell(self.read(path), None, scope)
        value: Value = cell[0](cell)
        return value

    def text(self, text: str, directory: str, scope: Mapping[str, Delayed] | None = None) -> Value:
        """The value of an expression given as text; relative paths are relative to `directory`."""
        cell = self.text_cell(text, directory, scope)
        value: Value = cell[0](cell)
        return value

    def text_cell(self, text: str, directory: str, scope: Mapping[str, Delayed] | None = None) -> Cell:
        """As `text`, compiled but not yet evaluated; syntax errors and undefined names show at once."""
        return self._cell(self.source("«string»", text), directory, scope or {})

    def value(self, source: Source, directory: str) -> Value:
        """The value of a source that is no file."""
        cell = self._cell(source, directory, {})
        value: Value = cell[0](cell)
        return value

    def source(self, name: str, text: str) -> Source:
        """A text that is no file, under the name that errors give it."""
        return Source(name, text, is_file=False, texts=self._texts)

    def read(self, path: str) -> Source:
        """The text of a file, which is not read where its stamp tells what code it has."""
        known = None if self._first in (None, path) else self._known(path)
        if self._first is None:
            self._first = path
        source = self._read(path) if known is None else self._unread(path, known)
        if self._known_files is not None:
            self._known_files.uses(path, known or source)
        return source

    def _text(self, path: str) -> str:
        return self.services.files.read(path).decode("utf-8", "surrogateescape")

    def _read(self, path: str) -> Source:
        content = self.services.files.read(path)
        source = Source(path, "", texts=self._texts)
        source.text = content.decode("utf-8", "surrogateescape")  # which gives no halves of surrogate pairs
        self._about[source] = digest(content), self._named(source.text)  # encoding it again would take longer
        return source

    def _known(self, path: str) -> Known | None:
        """What is known of a file that is as it was; not asked of the file that a run begins with, after which the
        table is named: most runs have no other.
        """
        if self._known_files is None:
            from lixeval.evaluation.unread import KnownFiles

            self._known_files = KnownFiles(self._kept_table("files"))
        known = self._known_files.get(path)
        return known if known is not None and self.services.files.is_as_known(path, known[0], known[1]) else None

    def _kept_table(self, what: str) -> KeptTable:
        """A table for all runs that begin with the same file, and read it in the same way."""
        return self.cache.table(what.encode(), str(self._first), self._flags(), *self.table.optional)

    def _unread(self, path: str, known: Known) -> Source:
        from lixeval.evaluation.unread import UnreadSource

        source = UnreadSource(path, lambda: self._text(path), self._texts)
        self._about[source] = known[1], known[2]
        return source

    def about(self, source: Source) -> tuple[bytes, list[str]]:
        """The digest of a text, and which builtins it may name of those that not all evaluators have."""
        found = self._about.get(source)
        if found is None:
            content = source.text.encode("utf-8", "surrogateescape")
            found = self._about[source] = digest(content), self._named(source.text)
        return found

    def _named(self, text: str) -> list[str]:
        return [name for name in self.table.optional if name in text]

    def _cell(self, source: Source, directory: str | None, scope: Mapping[str, Delayed]) -> Cell:
        """The cell of a whole source: key -> program, from the code cache or compiled -> its root."""
        file = self._compiled_file(source, directory, tuple(sorted(scope)))
        self._take(file)
        return file.cell(scope)

    def _take(self, file: CompiledFile) -> None:
        """A file's code is in use from now on."""
        self._names_met.append(file.program.names_met)
        if file.source not in self._warned:
            self.compiled.append(file)
        if file.source.is_file:
            self._programs[file.source.name, file.extra] = file

    def program(self, path: str, extra: tuple[str, ...]) -> CompiledFile:
        """The code of a file in which the names `extra` are known too, of which nothing need have been evaluated."""
        if (path, extra) not in self._programs:
            self._take(self._compiled_file(self.read(path), None, extra))
        return self._programs[path, extra]

    def has_named(self, file: CompiledFile) -> bool:
        """Whether `program`, or `part_of_file`, gives this code."""
        return self._programs.get((file.source.name, file.extra)) is file

    def part_of_file(self, name: str, text: str, folder: str, extra: tuple[str, ...]) -> CompiledFile:
        """The code of an expression that stands in some file, as if it stood alone, in which the names `extra` are
        known too; `name` is none of a file.
        """
        if (name, extra) not in self._programs:
            file = self._programs[name, extra] = self._compiled_file(self.source(name, text), folder, extra)
            self._take(file)
        return self._programs[name, extra]

    def whole_file(self, path: str) -> CompiledFile:
        """A file's code with all that would be put off."""
        file = self._compiled_file(self.read(path), None, ())
        file.complete()
        return file

    def _compiled_file(self, source: Source, directory: str | None, extra: tuple[str, ...]) -> CompiledFile:
        return CompiledFile(
            source,
            os.path.dirname(source.name) if directory is None else directory,
            self._code_key(source, extra, self._watch.mark),
            self.cache,
            lambda: self._compiler(source, extra),
            self._exports,
            self.table,
            self._watch,
            extra,
            self.cache.load(self._code_key(source, extra, "")) if self._watch.mark else None,
        )

    def _code_key(self, source: Source, extra: tuple[str, ...], mark: str) -> str:
        """Of all that compiled code depends on."""
        content, named = self.about(source)
        flags = f"{self._flags()}{source.is_file + self._is_flake(source)}{' '.join(named)}"
        return self.cache.key(content, flags + mark + ("" if self._meter is None else " metered"), *extra)

    def _flags(self) -> str:
        return f"{self.faithful:d}{self.pipe_operators:d}"

    def _compiler(self, source: Source, extra: tuple[str, ...]) -> Compiler:
        # Only a run that meets new text pays for the compiler.
        import_group("compiling")
        from lixeval.compiler.program import Compiler

        probes = [] if self._watch.probe is None else [self._watch.probe]
        if self._meter is not None:
            from lixeval.evaluation.observers.meter import add_meter

            probes.append(add_meter)
        return Compiler(
            source,
            lambda: self.parse(self._unchanged(source)),
            self.names(extra),
            faithful=self.faithful,
            operators_as_calls=self._meter is not None,
            probes=probes,
            generator=self._watch.generator,
        )

    def _unchanged(self, source: Source) -> Source:
        """A source that is to be compiled: what was not read until now may be another text by now."""
        if (
            source.__class__ is not Source
            and digest(source.text.encode("utf-8", "surrogateescape")) != self.about(source)[0]
        ):
            raise EvalError(f"'{source.name}' has changed while it was evaluated")
        return source

    def _is_flake(self, source: Source) -> bool:
        return source.is_file and source.name in self.services.flake_files

    def save_code(self) -> None:
        """Keeps what has been compiled, for the next run."""
        self.cache.save([(file.key, file.program) for file in self.compiled if file.program.grown])
        if self._known_files is not None:
            self._known_files.keep(self.about, self.services.files.real)
        if self.services.patterns is not None:
            self.services.patterns.programs.keep()

    def has_ended(self) -> None:
        """Nothing more will be evaluated; what has been was kept."""
        if self._known_files is not None:
            self._known_files.forget_unused()

    def parse(self, source: Source) -> Expression:
        """The nodes of a source; the parser's tables are kept in the cache folder."""
        from lixeval.syntax.parser import parse
        from lixeval.syntax.tables import kept

        if self._tables is None and self._cache_directory is not None:
            self._tables = kept(self._cache_directory)

        def warn(text: str) -> None:
            # Every run shall say it: such code is not kept.
            self._warned.add(source)
            self.services.say(text)

        with self._watch.phase("parsing"):
            expression = parse(source, pipe_operators=self.pipe_operators, tables=self._tables, warn=warn)
        if self._is_flake(source):
            from lixeval.fetchers.flake_shape import check_shape

            check_shape(source, expression)
        return expression

    def names_in_order(self, names: Iterable[str]) -> list[str]:
        """Names in the order in which C++ Nix would have met them by now."""
        self.services.shows_states()  # files that were not read, since what they give is known, have none
        if self._name_order is None:
            from lixeval.runtime.name_order import NameOrder  # hardly any run asks

            self._name_order = NameOrder()
        return self._name_order.sorted(names, self._names_met)

    def names(self, extra: tuple[str, ...] = ()) -> Names:
        """What programs may name, for the compiler."""
        from lixeval.compiler.program import Names

        signatures, joined = self.table.signatures, self.table.joined
        if self._meter is not None:
            # What a builtin forces is then forced within its call.
            signatures = {name: (arity, "") for name, (arity, _) in signatures.items()}
            joined = {name: (arity, "") for name, (arity, _) in joined.items()}
        return Names(self.table.global_names, signatures, extra, joined)

    # What builtins ask for

    def _copy_to_store(self, path: str) -> str:
        return self.services.files.copy_to_store(path)

    def _home(self, rest: str) -> str:
        if self.settings.pure:
            raise EvalError(f"the path '~{rest}' can not be resolved in pure mode")
        return self.services.machine.variable("HOME") or os.path.expanduser("~")

    def _host_package(self, question: str) -> object:
        if self._host is None:
            from lixeval.host.this_host import this_host

            self._host = this_host(self._host_directory)
        kind, _, asked = question.partition("/")
        if kind == "missing":
            what, _, names = asked.partition("/")
            answers = {name: self._host.describe(f"{what}/{name}") for name in names.split(",")}
            error = MissingPackage("; ".join(answer["missing"] for answer in answers.values()), answers)
            error.known = lambda name: self._host.find_out(f"known/{name}")
            error.sources = self._texts.own
            raise error
        machine = self.services.machine
        if not machine.takes_notes:
            return self._answer(question)
        # Files are named before they are looked at, so that what changes meanwhile shows; then what an answer kept is
        # looked at again, since which files it watches is only known with it.
        machine.relies_on(self._host.places)
        answer = self._answer(question)
        machine.relies_on(self._host.sources(question, answer))
        if not self._host.is_kept(question):
            machine.unrepeatable(f"what is known of the host's '{question}' is not kept")
        if "searched" in answer:
            machine.variable("PATH")
        return answer

    def _answer(self, question: str) -> Any:
        answer = self._host.describe(question)
        if self._host.not_kept and not self._told_not_kept:
            self._told_not_kept = True
            self.services.say(
                f"warning: what is known of this host's packages cannot be kept ({self._host.not_kept}): each run finds"
                " it out anew; LIXEVAL_HOST_DIRECTORY, or --store, names another folder"
            )
        return answer


def _cannot_build(context: Iterable[str]) -> None:
    raise EvalError(f"cannot build {', '.join(sorted(context))} during evaluation: no builder was given")
