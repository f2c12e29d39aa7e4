"""The settings of one evaluation."""

from __future__ import annotations

from lixeval.errors import EvalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.system.transport import Patience

FLAKE_REGISTRY = "https://channels.nixos.org/flake-registry.json"


class Settings:
    """What the command line and the environment decide about evaluation.

    `search_path` holds (prefix, path) pairs of -I and NIX_PATH in order, as they are typed; `write_store` is False for
    plain evaluation (nix-instantiate --eval), which computes store paths without writing; `experimental` names features
    switched on.
    `default_packages` is what `<nixpkgs>` is where the search path has none.  What was downloaded without a hash is
    remembered in `cache_directory` for `tarball_ttl` seconds.  `allowed_uris` are prefixes of what may be fetched when
    restricted, `patience` says how long servers are waited for (None: as usual), `verbose` that more is said than
    usual.  `flake_registry` is the URL or path of the registry of flakes that is looked into last ("": none).
    `original_nix2container`: a tree that is nix2container is taken as it is (`evaluation.in_place`).  What
    nix.conf and options say of other matters is in `environment.configuration`.
    """

    __slots__ = (
        "abort_on_warn",
        "allow_dirty",
        "allow_dirty_locks",
        "allow_import_from_derivation",
        "allowed_paths",
        "allowed_uris",
        "cache_directory",
        "default_packages",
        "experimental",
        "flake_registry",
        "nix_version",
        "original_nix2container",
        "patience",
        "pure",
        "restricted",
        "search_path",
        "system",
        "tarball_ttl",
        "trace_verbose",
        "verbose",
        "warn_dirty",
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
        allowed_uris: tuple[str, ...] = (),
        allow_dirty: bool = True,
        allow_dirty_locks: bool = False,
        warn_dirty: bool = True,
        flake_registry: str = FLAKE_REGISTRY,
        patience: Patience | None = None,
        verbose: bool = False,
        original_nix2container: bool = False,
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
        self.allowed_uris = allowed_uris
        self.allow_dirty = allow_dirty
        self.allow_dirty_locks = allow_dirty_locks
        self.warn_dirty = warn_dirty
        self.flake_registry = flake_registry
        self.patience = patience
        self.verbose = verbose
        self.original_nix2container = original_nix2container

    def require(self, feature: str) -> None:
        """Raise Nix's error where an experimental feature is not switched on."""
        if feature not in self.experimental:
            raise EvalError(
                f"experimental Nix feature '{feature}' is disabled; add '--extra-experimental-features {feature}' "
                "to enable it"
            )
