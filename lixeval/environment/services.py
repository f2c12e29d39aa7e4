"""What builtins may ask for: the one door from evaluation to files, store, settings and terminal.

The evaluator makes one `Services`, from which each builtin gets what it needs (see `runtime.builtin`).  Two evaluators
in one process have two, and share nothing.
"""

from __future__ import annotations

from lixeval.environment.files import Files
from lixeval.environment.machine import Machine
from lixeval.errors import EvalError
from lixeval.runtime.values import Delayed, Value
from lixeval.source import Texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Protocol

    from lixeval.environment.settings import Settings
    from lixeval.environment.store import Store
    from lixeval.formats.store_path import StorePath

    class KeptTable(Protocol):
        """One value of Python's plain types that is kept between runs."""

        def load(self) -> Any: ...
        def save(self, value: Any) -> None: ...


class NothingKept:
    """The table of an evaluation that keeps none."""

    def load(self) -> None:
        """There is none."""

    def save(self, value: object) -> None:
        """It is gone."""


class Services:
    """What one evaluator offers its builtins.

    `import_file(path)` gives the value of a Nix file, `scoped_import(scope, path)` with other globals;
    `copy_to_store(path)` the store path of a copied file (each path once); `realise(context)` builds what a string's
    context needs, so that it can be read; `fetch_closure(cache, path, rewritten)` makes a store path valid that a cache
    has, or what it becomes addressed by its contents, and gives its name; `say(text)` writes one line to the error
    output; `host_package(name)` what is known of a package of the machine (see `lixeval.host`).  `machine` answers what
    is asked of the machine; `files` is the door to its file system, through which `import_file` and `copy_to_store` go
    too.  `patterns` remembers regular expressions that were met (`builtins.regex`), `replaced_characters` what
    long lists of them are replaced by (`builtins.strings`), `places` where entries of search
    paths lie.  `kept_table(what)` is a table of plain data for the runs that begin with the same file.
    `flake_files` are read as flakes, so their shape is checked when they are compiled.
    """

    __slots__ = (
        "copy_to_store",
        "fetch_closure",
        "files",
        "flake_files",
        "host_package",
        "import_file",
        "kept_table",
        "machine",
        "patterns",
        "places",
        "realise",
        "replaced_characters",
        "say",
        "scoped_import",
        "settings",
        "shows_places",
        "shows_states",
        "store",
        "texts",
    )

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        import_file: Callable[[str], Value],
        scoped_import: Callable[[dict[str, Delayed], str], Value],
        copy_to_store: Callable[[str], str],
        realise: Callable[[Iterable[str]], None],
        say: Callable[[str], None],
        host_package: Callable[[str], object],
        fetch_closure: Callable[[str, StorePath, bool], StorePath] | None = None,
        machine: Machine | None = None,
        texts: Texts | None = None,
        kept_table: Callable[[str], KeptTable] = lambda what: NothingKept(),
    ) -> None:
        self.settings = settings
        self.store = store
        self.import_file = import_file
        self.scoped_import = scoped_import
        self.copy_to_store = copy_to_store
        self.realise = realise
        self.fetch_closure = fetch_closure if fetch_closure is not None else cannot_fetch_closure
        self.say = say
        self.host_package = host_package
        self.machine = machine if machine is not None else Machine()
        self.files = Files(settings, store, self.machine)
        self.patterns: Any = None
        self.replaced_characters: dict[int, Any] = {}
        self.kept_table = kept_table
        self.places: dict[str, str | None] = {}
        self.flake_files: set[str] = set()
        self.shows_places: Callable[[], None] = _nothing
        """To be called before it tells where something of a text is written that is no file."""
        self.shows_states: Callable[[], None] = _nothing
        """To be called before it shows how far sets and lists have been evaluated, or which files have been read."""
        self.texts = texts if texts is not None else Texts()
        """What is read; who copies a folder of the user's to the store says so, for errors."""


def _nothing() -> None:
    """Nobody minds."""


def cannot_fetch_closure(cache: str, path: str, rewritten: bool) -> StorePath:
    """Raises the error of an evaluation that knows no caches."""
    raise EvalError(f"cannot fetch '{path}' from '{cache}': this evaluation asks no binary caches")
