"""What a command line says, once `option_reading` has read it.

Settings given there override those of nix.conf and NIX_CONFIG (`environment.configuration`), and together they become
the fields of Options.
"""

from __future__ import annotations

import sys

from lixeval.environment.configuration import Configuration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.evaluation.observer import Observer


class Options:
    """What the user asked for; `arguments` are (name, text, whether the text is a string and not an expression).

    `flags` and `texts` are options that one command alone has; `settings` are all settings in force, of which the most
    asked for are fields as well.
    """

    def __init__(self) -> None:
        self.settings = Configuration()
        self.flags: set[str] = set()
        self.texts: dict[str, str] = {}
        self.lists: dict[str, list[str]] = {}
        self.files: list[str] = []
        self.expressions: list[str] = []
        self.attributes: list[str] = []
        self.search_path: list[str] = []
        self.overridden_inputs: list[tuple[str, str]] = []
        self.overridden_flakes: list[tuple[str, str]] = []
        self.inputs_from: list[str] = []
        self.updated_inputs: list[str] = []
        self.no_write_lock_file = False
        self.no_update_lock_file = False
        self.recreate_lock_file = False
        self.commit_lock_file = False
        self.reference_lock_file: str | None = None
        self.output_lock_file: str | None = None
        self.no_registries = False
        self.arguments: list[tuple[str, str, bool]] = []
        self.variables: dict[str, str] = {}
        self.evaluate = False
        self.strict = False
        self.json = False
        self.raw = False
        self.xml = False
        self.no_location = False
        self.parse = False
        self.find_file = False
        self.instantiate = False
        self.output: str | None = None
        self.add_root: str | None = None
        self.indirect = False
        self.no_link = False
        self.destinations: list[str] = []
        self.compression: str | None = None
        self.digest_file: str | None = None
        self.bill: str | None = None
        self.credentials: str | None = None
        self.authfile: str | None = None
        self.platform: str | None = None
        self.tls_verify = False
        self.insecure = False
        self.plain_http = False
        self.needless = False
        self.store: str | None = None
        self.read_write = False
        self.pure = False
        self.impure = False
        self.restricted = False
        self.experimental: set[str] = set()
        self.show_trace = False
        self.error_format: str | None = None
        self.log_format: str | None = None
        self.trace_verbose = False
        self.abort_on_warn = False
        self.quiet = False
        self.verbosity = 0
        self.asking: list[str] = []
        """The words without those by which more is said of the same."""
        self.no_build_output = False
        self.print_build_logs = False
        self.max_jobs: int | None = None
        self.cores: int = 0
        self.timeout: int = 0
        self.max_silent_time: int = 0
        self.keep_failed = False
        self.keep_going = False
        self.check = False
        self.repair = False
        self.dry_run = False
        self.sandbox: str = "auto"
        self.no_import_from_derivation = False
        self.max_call_depth: int | None = None
        self.max_steps: int | None = None
        self.max_time: str | None = None
        self.max_memory: str | None = None
        self.tarball_ttl = 3600
        self.all = False
        self.force_recurse = False
        self.meta = False
        self.build_all = False
        self.check_cache_status = False
        self.constituents = False
        self.select: str | None = None
        self.gc_roots_dir: str | None = None
        self.show_input_drvs = False
        self.max_memory_size: int | None = None
        self.no_eval_cache = False
        self.stats = False
        self.profile: str | None = None
        self.unrepeatable = False
        self.watch: Observer | None = None
        self.clear_cache = False
        self.help = False
        self.version = False

    @property
    def only_prints(self) -> bool:
        """Whether values are to be printed, and nothing made of them."""
        return self.evaluate or self.json or self.xml or self.raw or self.strict

    @property
    def to_registries(self) -> bool:
        """Whether images among all that --all builds go to a registry."""
        return self.all and any(place.startswith("docker://") for place in self.destinations)

    def treat_as_flakes(self) -> None:
        """What is evaluated are flakes: purely, unless --impure is given, and with the builtins for them."""
        self.pure = not self.impure
        self.experimental |= {"flakes", "fetch-tree"}

    @property
    def limited(self) -> bool:
        """Whether the evaluation is bounded."""
        return any(limit is not None for limit in (self.max_call_depth, self.max_steps, self.max_time, self.max_memory))

    @property
    def verbose(self) -> bool:
        """Whether more is to be said than usual."""
        return self.verbosity > 0

    @property
    def system(self) -> str:
        """The machine to evaluate and build for; "" is this one."""
        system: str = self.settings["system"]
        return system

    def settle(self) -> None:
        """Fields from settings; called when all of them are known."""
        settings = self.settings
        self.pure = settings["pure-eval"] and not self.impure
        self.restricted = settings["restrict-eval"]
        self.experimental = set(settings["experimental-features"])
        self.show_trace = settings["show-trace"]
        self.trace_verbose = settings["trace-verbose"]
        self.abort_on_warn = settings["abort-on-warn"]
        self.max_jobs = settings["max-jobs"]
        self.cores = settings["cores"]
        self.timeout = settings["timeout"]
        self.max_silent_time = settings["max-silent-time"]
        self.keep_failed = settings["keep-failed"]
        self.keep_going = settings["keep-going"]
        self.sandbox = settings.sandbox
        self.no_import_from_derivation = not settings["allow-import-from-derivation"]
        self.max_call_depth = settings["max-call-depth"] if settings.is_set("max-call-depth") else None
        self.tarball_ttl = _FOR_EVER if settings["offline"] else settings["tarball-ttl"]
        if settings["offline"] or "lixeval.system.network" in sys.modules:
            from lixeval.system.network import set_offline

            set_offline(settings["offline"])
        self.no_eval_cache = self.no_eval_cache or not settings["eval-cache"]
        self.store = settings["store"] or None


_FOR_EVER = 1 << 40
"""Seconds that --offline lets what was downloaded be good for."""
