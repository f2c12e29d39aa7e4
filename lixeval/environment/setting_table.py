"""Every setting of nix.conf: its kind, its default, and, where it has a meaning here, what it does.

The names and kinds are those of `nix config show --json` (2.26.3), and Lix's `deprecated-features`.  A setting without
a group is known, kept and shown, and changes nothing here; a name that is not in the table gets a warning, as in Nix.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

BOOLEAN, NUMBER, TEXT, LIST, MAP, JOBS, SANDBOX = "boolean", "number", "text", "list", "map", "jobs", "sandbox"
"""Kinds.  A list is words; a map is NAME=VALUE words; jobs are a number or "auto"; the sandbox may be "relaxed"."""

EVALUATION, BUILDING, FETCHING, STORE, MESSAGES, NOTHING = (
    "evaluation",
    "building",
    "fetching",
    "store",
    "messages",
    "",
)
"""What a setting is about; NOTHING: it has no meaning here."""


class Setting:
    """One setting; `default` is text as in nix.conf, `short` are spellings of the option besides `--NAME`."""

    __slots__ = ("aliases", "default", "group", "help", "kind", "name", "short", "value")

    def __init__(
        self,
        name: str,
        kind: str,
        default: str = "",
        group: str = NOTHING,
        help: str = "",
        *,
        value: str = "",
        short: tuple[str, ...] = (),
        aliases: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.group = group
        self.help = help
        self.value = value or {NUMBER: "N", JOBS: "N", LIST: "WORDS", MAP: "NAME=VALUE..."}.get(kind, "TEXT")
        self.short = short
        self.aliases = aliases

    def spellings(self) -> Iterator[str]:
        """All options that set it."""
        yield from self.short
        for name in (self.name, *self.aliases):
            yield f"--{name}"
            if self.kind in (BOOLEAN, SANDBOX):
                yield f"--no-{name}"
            elif self.kind in (LIST, MAP):
                yield f"--extra-{name}"
        if self.kind == SANDBOX:
            yield "--relaxed-sandbox"


SETTINGS: tuple[Setting, ...] = (
    # Evaluation
    Setting("pure-eval", BOOLEAN, "false", EVALUATION, "only what the expression itself says; --impure: not so"),
    Setting("restrict-eval", BOOLEAN, "false", EVALUATION, "only files in the search path and the store"),
    Setting("allowed-uris", LIST, "", EVALUATION, "what may be fetched when restricted", value="URIS"),
    Setting("nix-path", LIST, "", EVALUATION, "the search path, in place of NIX_PATH", value="ENTRIES"),
    Setting("system", TEXT, "", EVALUATION, "the machine to evaluate and build for", value="SYSTEM"),
    Setting("eval-system", TEXT, "", EVALUATION, "only what builtins.currentSystem is", value="SYSTEM"),
    Setting("experimental-features", LIST, "", EVALUATION, "features that Nix has switched off", value="NAMES"),
    Setting("deprecated-features", LIST, "", EVALUATION, "taken for Lix's sake; they are on here", value="NAMES"),
    Setting(
        "allow-import-from-derivation", BOOLEAN, "true", EVALUATION, "whether evaluation may build what it then reads"
    ),
    Setting(
        "max-call-depth",
        NUMBER,
        "10000",
        EVALUATION,
        "calls within calls before it is an error (default: as memory allows)",
    ),
    Setting("eval-cache", BOOLEAN, "true", EVALUATION, "whether what has not changed is remembered"),
    Setting("trace-verbose", BOOLEAN, "false", EVALUATION, "whether builtins.traceVerbose prints"),
    Setting("abort-on-warn", BOOLEAN, "false", EVALUATION, "whether builtins.warn ends the evaluation"),
    Setting(
        "accept-flake-config", BOOLEAN, "false", EVALUATION, "whether the settings in a flake's nixConfig are taken"
    ),
    Setting(
        "original-nix2container", BOOLEAN, "false", EVALUATION, "nix2container's own program, not lixeval's builders"
    ),
    Setting("allow-unsafe-native-code-during-evaluation", BOOLEAN, "false"),
    Setting("debugger-on-trace", BOOLEAN, "false"),
    Setting("debugger-on-warn", BOOLEAN, "false"),
    Setting("ignore-try", BOOLEAN, "false"),
    Setting("trace-function-calls", BOOLEAN, "false"),
    # Building
    Setting(
        "max-jobs",
        JOBS,
        "auto",
        BUILDING,
        "builds, or with --all processes, at once",
        short=("-j",),
        aliases=("build-max-jobs",),
    ),
    Setting(
        "builders",
        TEXT,
        "@/etc/nix/machines",
        BUILDING,
        "remote builders: 'ssh-ng://HOST SYSTEMS KEY JOBS SPEED FEATURES MANDATORY HOST-KEY; ...', or @FILE",
        value="MACHINES",
    ),
    Setting("builders-use-substitutes", BOOLEAN, "false", BUILDING, "whether they fetch themselves what they can"),
    Setting("cores", NUMBER, "0", BUILDING, "processors for each build; 0: all", aliases=("build-cores",)),
    Setting("timeout", NUMBER, "0", BUILDING, "how long a build may take", value="SECONDS", aliases=("build-timeout",)),
    Setting(
        "max-silent-time",
        NUMBER,
        "0",
        BUILDING,
        "how long it may say nothing",
        value="SECONDS",
        aliases=("build-max-silent-time",),
    ),
    Setting(
        "max-build-log-size",
        NUMBER,
        "0",
        BUILDING,
        "how much it may say; 0: anything",
        value="BYTES",
        aliases=("build-max-log-size",),
    ),
    Setting("log-lines", NUMBER, "25", BUILDING, "lines of the log that are shown of a failed build"),
    Setting("keep-failed", BOOLEAN, "false", BUILDING, "keeps the folder of a failed build", short=("-K",)),
    Setting("keep-going", BOOLEAN, "false", BUILDING, "builds what does not depend on what failed", short=("-k",)),
    Setting("fallback", BOOLEAN, "false", BUILDING, "builds what cannot be substituted", aliases=("build-fallback",)),
    Setting(
        "sandbox",
        SANDBOX,
        "true",
        BUILDING,
        "auto, required (the same as no word), off",
        value="[WORD]",
        aliases=("build-use-chroot", "build-use-sandbox"),
    ),
    Setting("sandbox-fallback", BOOLEAN, "true", BUILDING, "whether `sandbox = true` may be less than all of it"),
    Setting(
        "sandbox-paths",
        LIST,
        "",
        BUILDING,
        "further paths that builders see: INSIDE=OUTSIDE",
        value="PATHS",
        aliases=("build-chroot-dirs", "build-sandbox-paths"),
    ),
    Setting("build-dir", TEXT, "", BUILDING, "where temporary folders of builds are made", value="DIR"),
    Setting("extra-platforms", LIST, "", BUILDING, "systems that this machine can run besides", value="SYSTEMS"),
    Setting("system-features", LIST, "", BUILDING, "what derivations may require of it", value="NAMES"),
    # Fetching
    Setting("tarball-ttl", NUMBER, "3600", FETCHING, "how long downloads without a hash stay good", value="SECONDS"),
    Setting("offline", BOOLEAN, "false", FETCHING, "leaves the network alone; what was downloaded before is good"),
    Setting("connect-timeout", NUMBER, "0", FETCHING, "how long a server may let us wait", value="SECONDS"),
    Setting("stalled-download-timeout", NUMBER, "300", FETCHING, "and how long while it sends", value="SECONDS"),
    Setting("download-attempts", NUMBER, "5", FETCHING, "how often a download is tried"),
    Setting(
        "http-connections",
        NUMBER,
        "25",
        FETCHING,
        "downloads at once; 0: any number",
        aliases=("binary-caches-parallel-connections",),
    ),
    Setting("netrc-file", TEXT, "/etc/nix/netrc", FETCHING, "user names and passwords by host", value="FILE"),
    Setting("access-tokens", MAP, "", FETCHING, "tokens by host", value="HOST=TOKEN..."),
    Setting(
        "flake-registry",
        TEXT,
        "https://channels.nixos.org/flake-registry.json",
        FETCHING,
        "the registry of flakes that is looked into last: a URL or a path",
        value="URL",
    ),
    Setting("use-registries", BOOLEAN, "true", FETCHING, "whether names of flakes are looked up"),
    Setting(
        "commit-lock-file-summary",
        TEXT,
        "",
        FETCHING,
        "the first line of what --commit-lock-file commits",
        aliases=("commit-lockfile-summary",),
        value="TEXT",
    ),
    Setting("allow-dirty", BOOLEAN, "true", FETCHING, "whether trees with uncommitted changes are taken"),
    Setting("warn-dirty", BOOLEAN, "true", FETCHING, "whether that is said"),
    Setting(
        "substitute",
        BOOLEAN,
        "true",
        FETCHING,
        "whether binary caches are asked",
        aliases=("build-use-substitutes",),
    ),
    Setting(
        "substituters",
        LIST,
        "https://cache.nixos.org/",
        FETCHING,
        "binary caches: https, http, file",
        value="URLS",
        aliases=("binary-caches",),
    ),
    Setting(
        "trusted-public-keys",
        LIST,
        "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=",
        FETCHING,
        "whose signatures count",
        value="KEYS",
        aliases=("binary-cache-public-keys",),
    ),
    Setting("require-sigs", BOOLEAN, "true", FETCHING, "whether there must be one"),
    Setting("trusted-substituters", LIST, "", aliases=("trusted-binary-caches",)),
    Setting("allow-dirty-locks", BOOLEAN, "false"),
    Setting("always-allow-substitutes", BOOLEAN, "false"),
    Setting("download-buffer-size", NUMBER, "67108864"),
    Setting("download-speed", NUMBER, "0"),
    Setting("hashed-mirrors", LIST),
    Setting("http2", BOOLEAN, "true"),
    Setting(
        "max-substitution-jobs",
        NUMBER,
        "16",
        FETCHING,
        "paths fetched at once from binary caches",
        aliases=("substitution-max-jobs",),
    ),
    Setting(
        "narinfo-cache-negative-ttl",
        NUMBER,
        "3600",
        FETCHING,
        "how long a cache is believed to lack a path",
        value="SECONDS",
    ),
    Setting("narinfo-cache-positive-ttl", NUMBER, "2592000", FETCHING, "and how long to have one", value="SECONDS"),
    Setting("ssl-cert-file", TEXT, ""),
    Setting("trust-tarballs-from-git-forges", BOOLEAN, "true"),
    Setting("user-agent-suffix", TEXT),
    # The store
    Setting(
        "store",
        TEXT,
        "",
        STORE,
        "which store: a folder, / for /nix/store, daemon, unix:///SOCKET, ssh-ng://HOST, local?root=DIR, auto",
        value="STORE",
    ),
    Setting(
        "keep-outputs",
        BOOLEAN,
        "false",
        STORE,
        "whether store gc keeps what living derivations make",
        aliases=("gc-keep-outputs",),
    ),
    Setting(
        "keep-derivations",
        BOOLEAN,
        "true",
        STORE,
        "whether store gc keeps what made living paths",
        aliases=("gc-keep-derivations",),
    ),
    Setting("secret-key-files", LIST),
    Setting("allow-symlinked-store", BOOLEAN, "false"),
    Setting("auto-optimise-store", BOOLEAN, "false"),
    Setting("fsync-metadata", BOOLEAN, "true"),
    Setting("fsync-store-paths", BOOLEAN, "false"),
    Setting("gc-reserved-space", NUMBER, "8388608"),
    Setting("keep-env-derivations", BOOLEAN, "false", aliases=("env-keep-derivations",)),
    Setting("max-free", NUMBER, "9223372036854775807"),
    Setting("min-free", NUMBER, "0"),
    Setting("min-free-check-interval", NUMBER, "5"),
    Setting("nar-buffer-size", NUMBER, "33554432"),
    Setting("preallocate-contents", BOOLEAN, "false"),
    Setting("sync-before-registering", BOOLEAN, "false"),
    Setting("use-case-hack", BOOLEAN, "false"),
    Setting("use-sqlite-wal", BOOLEAN, "true"),
    Setting("warn-large-path-threshold", NUMBER, "0"),
    # Messages
    Setting("show-trace", BOOLEAN, "false", MESSAGES, "the whole way to an error"),
    Setting("print-missing", BOOLEAN, "true"),
    # What only daemons, Nix's shells and other ways of building have
    Setting("allow-new-privileges", BOOLEAN, "false"),
    Setting("allowed-impure-host-deps", LIST),
    Setting("allowed-users", LIST, "*"),
    Setting("auto-allocate-uids", BOOLEAN, "false"),
    Setting("bash-prompt", TEXT),
    Setting("bash-prompt-prefix", TEXT),
    Setting("bash-prompt-suffix", TEXT),
    Setting("build-hook", LIST),
    Setting("build-poll-interval", NUMBER, "5"),
    Setting("build-users-group", TEXT),
    Setting("compress-build-log", BOOLEAN, "true", aliases=("build-compress-log",)),
    Setting("diff-hook", TEXT),
    Setting("filter-syscalls", BOOLEAN, "true"),
    Setting("id-count", NUMBER, "8388608"),
    Setting("ignored-acls", LIST, "security.csm security.selinux system.nfs4_acl"),
    Setting("impersonate-linux-26", BOOLEAN, "false", aliases=("build-impersonate-linux-26",)),
    Setting("impure-env", MAP),
    Setting("keep-build-log", BOOLEAN, "true", aliases=("build-keep-log",)),
    Setting("nix-shell-always-looks-for-shell-nix", BOOLEAN, "true"),
    Setting("nix-shell-shebang-arguments-relative-to-script", BOOLEAN, "true"),
    Setting("plugin-files", LIST),
    Setting("post-build-hook", TEXT),
    Setting("pre-build-hook", TEXT),
    Setting("require-drop-supplementary-groups", BOOLEAN, "true"),
    Setting("run-diff-hook", BOOLEAN, "false"),
    Setting("sandbox-build-dir", TEXT, "/build"),
    Setting("sandbox-dev-shm-size", TEXT, "50%"),
    Setting("start-id", NUMBER, "872415232"),
    Setting("trusted-users", LIST, "root"),
    Setting("upgrade-nix-store-path-url", TEXT),
    Setting("use-cgroups", BOOLEAN, "false"),
    Setting("use-xdg-base-directories", BOOLEAN, "false"),
)

SORTED = ("experimental-features", "deprecated-features", "system-features", "extra-platforms", "ignored-acls")
"""Lists that are sets: shown sorted, each member once."""

FEATURES = frozenset(
    (
        *("auto-allocate-uids", "blake3-hashes", "build-time-fetch-tree", "ca-derivations", "cgroups"),
        *("coerce-integers", "configurable-impure-env", "daemon-trust-override", "dynamic-derivations"),
        *("external-builders", "fetch-closure", "fetch-tree", "flakes", "git-hashing", "impure-derivations"),
        *("lix-custom-sub-commands", "local-overlay-store", "mounted-ssh-store", "nix-command", "no-url-literals"),
        *("parallel-eval", "parse-toml-timestamps", "pipe-operator", "pipe-operators", "read-only-local-store"),
        *("recursive-nix", "repl-automation", "repl-flake", "verified-fetches"),
    )
)
"""Experimental features of Nix and Lix; others get a warning."""


def by_name() -> dict[str, Setting]:
    """The settings by name and alias."""
    found: dict[str, Setting] = {}
    for setting in SETTINGS:
        for name in (setting.name, *setting.aliases):
            found[name] = setting
    return found
