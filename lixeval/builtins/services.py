"""What builtins may ask of the world: the one door from evaluation to files, store, settings and terminal.

The evaluator makes one `Services` and hands it to the modules whose builtins need it.  Two evaluators in one process
have two, and share nothing.
"""

from __future__ import annotations

from lixeval.builtins.files import Files
from lixeval.builtins.world import World
from lixeval.runtime.values import Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    from lixeval.formats.derivation import Completed, Derivation, ModuloHash
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

        def remember(self, completed: Completed) -> None: ...

        def modulo_hash(self, drv_path: str) -> ModuloHash: ...

        def read_derivation(self, drv_path: str) -> Derivation: ...

        def is_valid(self, path: str) -> bool: ...

        def references(self, path: str) -> Iterable[str]: ...

        def closure(self, paths: Iterable[str]) -> list[str]: ...

        def real(self, path: str) -> str: ...


class Settings:
    """What the command line and the environment decide about evaluation.

    `search_path` holds (prefix, path) pairs of -I and NIX_PATH in order; `write_store` is False for plain evaluation
    (nix-instantiate --eval), which computes store paths without writing; `experimental` names features switched on.
    `default_packages` is what `<nixpkgs>` is where the search path has none.  What was downloaded without a hash is
    remembered in `cache_directory` for `tarball_ttl` seconds.
    """

    __slots__ = (
        "abort_on_warn",
        "allow_import_from_derivation",
        "allowed_paths",
        "cache_directory",
        "default_packages",
        "experimental",
        "nix_version",
        "pure",
        "restricted",
        "search_path",
        "system",
        "tarball_ttl",
        "trace_verbose",
        "write_store",
    )

    def __init__(
        self,
        system: str,
        search_path: tuple[tuple[str, str], ...] = (),
        *,
        default_packages: str | None = None,
        pure: bool = False,
        restricted: bool = False,
        allowed_paths: tuple[str, ...] = (),
        write_store: bool = True,
        allow_import_from_derivation: bool = True,
        trace_verbose: bool = False,
        abort_on_warn: bool = False,
        experimental: frozenset[str] = frozenset(),
        nix_version: str = "2.26.3",
        cache_directory: str | None = None,
        tarball_ttl: int = 3600,
    ) -> None:
        self.system = system
        self.search_path = search_path
        self.default_packages = default_packages
        self.pure = pure
        self.restricted = restricted
        self.allowed_paths = allowed_paths
        self.write_store = write_store
        self.allow_import_from_derivation = allow_import_from_derivation
        self.trace_verbose = trace_verbose
        self.abort_on_warn = abort_on_warn
        self.experimental = experimental
        self.nix_version = nix_version
        self.cache_directory = cache_directory
        self.tarball_ttl = tarball_ttl


class Services:
    """What one evaluator offers its builtins.

    `import_file(path)` gives the value of a Nix file, `scoped_import(scope, path)` with other globals;
    `copy_to_store(path)` the store path of a copied file (each path once); `realise(context)` builds what a string's
    context needs, so that it can be read; `say(text)` writes one line to the error output; `host_package(name)` what
    is known of a package of the machine (see `lixeval.host`).  `world` answers what is asked of the machine; `files` is
    the door to its file system, through which `import_file` and `copy_to_store` go too.
    """

    __slots__ = (
        "copy_to_store",
        "files",
        "host_package",
        "import_file",
        "realise",
        "say",
        "scoped_import",
        "settings",
        "store",
        "world",
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
        world: World | None = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.import_file = import_file
        self.scoped_import = scoped_import
        self.copy_to_store = copy_to_store
        self.realise = realise
        self.say = say
        self.host_package = host_package
        self.world = world if world is not None else World()
        self.files = Files(settings, store, self.world)
