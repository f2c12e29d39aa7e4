"""What builtins may ask of the world: the one door from evaluation to files, store, settings and terminal.

The evaluator makes one `Services` and hands it to the modules whose builtins need it.  Two evaluators in one process
have two, and share nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lixeval.builtins.files import Files
from lixeval.runtime.values import Delayed, Value

if TYPE_CHECKING:
    from lixeval.formats.derivation import Completed, Derivation
    from lixeval.formats.hashes import Hash


class Store(Protocol):
    """The part of a store that evaluation uses (`store.local.LocalStore` is one)."""

    def add_text(self, name: str, text: str, references: Iterable[str] = ()) -> str: ...

    def add_path(
        self,
        source: str,
        name: str,
        *,
        method: str = "recursive",
        algorithm: str = "sha256",
        filter: Callable[[str, str], bool] | None = None,
        expected: Hash | None = None,
        references: Iterable[str] = (),
    ) -> str: ...

    def compute_path(
        self,
        source: str,
        name: str,
        *,
        method: str = "recursive",
        algorithm: str = "sha256",
        filter: Callable[[str, str], bool] | None = None,
    ) -> str: ...

    def add_derivation(self, name: str, derivation: Derivation) -> str: ...

    def add_completed(self, completed: Completed) -> str: ...

    def read_derivation(self, drv_path: str) -> Derivation: ...

    def is_valid(self, path: str) -> bool: ...

    def references(self, path: str) -> Iterable[str]: ...

    def real(self, path: str) -> str: ...


@dataclass(slots=True)
class Settings:
    """What the command line and the environment decide about evaluation.

    `search_path` holds (prefix, path) pairs of -I and NIX_PATH in order; `write_store` is False for plain evaluation
    (nix-instantiate --eval), which computes store paths without writing; `experimental` names features switched on.
    `default_packages` is what `<nixpkgs>` is where the search path has none.
    """

    system: str
    search_path: tuple[tuple[str, str], ...] = ()
    default_packages: str | None = None
    pure: bool = False
    restricted: bool = False
    allowed_paths: tuple[str, ...] = ()
    write_store: bool = True
    allow_import_from_derivation: bool = True
    trace_verbose: bool = False
    experimental: frozenset[str] = frozenset()
    nix_version: str = "2.26.3"
    cache_directory: str | None = None
    """Where downloads and copies of repositories are remembered; None: nowhere."""
    tarball_ttl: int = 3600
    """Seconds for which what a URL gave is not asked for again."""


@dataclass(slots=True)
class Services:
    """`import_file(path)` gives the value of a Nix file, `scoped_import(scope, path)` with other globals;
    `copy_to_store(path)` the store path of a copied file (each path once); `realise(context)` builds what a string's
    context needs, so that it can be read; `say(text)` writes one line to the error output; `host_package(name)` what
    is known of a package of the machine (see `lixeval.host`)."""

    settings: Settings
    store: Store
    import_file: Callable[[str], Value]
    scoped_import: Callable[[dict[str, Delayed], str], Value]
    copy_to_store: Callable[[str], str]
    realise: Callable[[Iterable[str]], None]
    say: Callable[[str], None]
    host_package: Callable[[str], object]
    derivation_hashes: dict[str, object] = field(default_factory=dict)
    """Memory of hashDerivationModulo by .drv path, for `derivationStrict`."""
    files: Files = field(init=False)
    """The door to the file system; `import_file` and `copy_to_store` go through it too."""

    def __post_init__(self) -> None:
        self.files = Files(self.settings, self.store)
