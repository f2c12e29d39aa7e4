"""The one table of options: spellings, what they take, where the answer goes, who takes them, what they mean.

From it come the parser (`cli.option_reading`), `--help` and the man page (`output.help`), shell completion
(`output.completion`), and the refusal of an option by a command that does not take it.  The settings of nix.conf are
options as well (`environment.setting_table`) and are not repeated here.

Names, short forms and meanings are those of nix-instantiate, nix-build, nix and skopeo.  No library is used: this is on
the path of every run, and argparse alone takes as long as evaluating `1 + 1`.
"""

from __future__ import annotations

from lixeval.environment.setting_table import BUILDING, EVALUATION, FETCHING, MESSAGES, STORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

INPUT, FLAKES, PRINTING, MAKING, JOBS_OF_ALL, IMAGES, REGISTRY, PLATFORM, WATCHING = (
    "input",
    "flakes",
    "printing",
    "making",
    "all",
    "images",
    "registry",
    "platform",
    "watching",
)
"""Groups of options besides those of the settings; a command takes whole groups, and options of its own."""

TITLES: dict[str, str] = {
    INPUT: "what to evaluate",
    FLAKES: "flakes and their locks",
    PRINTING: "what to print of it",
    MAKING: "what to make of it",
    JOBS_OF_ALL: "with --all",
    IMAGES: "where images go",
    REGISTRY: "registries",
    PLATFORM: "which image",
    EVALUATION: "evaluation",
    BUILDING: "building",
    FETCHING: "fetching",
    STORE: "the store",
    WATCHING: "what took so long",
    MESSAGES: "messages",
}
"""The groups in the order of the help, each with its headline."""

FLAG, TEXT, ADDED, NUMBER, CALL, REST = "flag", "text", "added", "number", "call", "rest"
"""What becomes of an option: a field set to `const`; to its text; the text added to a list; a number; a function of the
reader called with all that it takes; or all words behind it, whatever they are."""


class Option:
    """One option.

    `names` are all spellings, the first of which stands in messages.  `takes` names its arguments ("FILE").  `field` is
    an attribute of Options, or, for an option of one command's own (`group` ""), a name in its flags or texts.
    `check(text)` raises an error for an argument that cannot be, before anything is done; `choices` are those that can.
    """

    __slots__ = ("check", "choices", "const", "field", "group", "help", "kind", "names", "takes")

    def __init__(
        self,
        names: str,
        field: str,
        help: str,
        *,
        kind: str = FLAG,
        takes: str = "",
        group: str = "",
        const: object = True,
        choices: tuple[str, ...] = (),
        check: Callable[[str], object] | None = None,
    ) -> None:
        self.names = tuple(names.split())
        self.field = field
        self.help = help
        self.kind = kind if takes == "" or kind != FLAG else TEXT
        self.takes = tuple(takes.split())
        self.group = group
        self.const = const
        self.choices = choices
        self.check = check


CACHES = ("file://", "http://", "https://")
"""What binary caches begin with; no image's destination does."""


STORES = ("daemon", "local", "auto", "local?", "unix:", "ssh-ng://", "ssh://", "exec:")
"""What names a store rather than a cache, by the whole word or, where it ends in a mark, by how it begins."""


def is_for_paths(place: str) -> bool:
    """Whether store paths go there: a binary cache, or a store."""
    return place.startswith(CACHES) or is_store(place)


def is_store(place: str) -> bool:
    """Whether it is a store (that is no bare folder, which could be an image's destination)."""
    return any(place == one or (not one.isalpha() and place.startswith(one)) for one in STORES)


def _destination(text: str) -> None:
    from lixeval.containers.destination import parse

    if not is_for_paths(text):  # for store paths; for images it is an error as soon as one is to be written
        parse(text)


def _compression(text: str) -> None:
    from lixeval.oci.compress import parse

    parse(text)


def _credentials(text: str) -> None:
    from lixeval.oci.registry.credentials import parse

    parse(text)


def check_seconds(text: str) -> None:
    from lixeval.evaluation.limits import parse_seconds

    parse_seconds(text)


def _same_store(text: str) -> None:
    if text != "auto":
        from lixeval.errors import UsageError

        raise UsageError(
            f"there is no evaluation in '{text}' beside another store",
            hint="--store names the store of evaluation and builds; --eval without --read-write-mode writes to none",
        )


def check_size(text: str) -> None:
    from lixeval.evaluation.limits import parse_size

    parse_size(text)


def _bill(text: str) -> None:
    from lixeval.containers.sbom import check_format

    check_format(text)


OPTIONS: tuple[Option, ...] = (
    Option(
        "-E --expr",
        "expression",
        "expressions instead of files: the next word, and all that follow",
        kind=CALL,
        takes="EXPR",
        group=INPUT,
    ),
    Option("-A --attr", "attributes", "this attribute of it", kind=ADDED, takes="PATH", group=INPUT),
    Option(
        "--arg",
        "argument",
        "calls the function with this argument; a bare word that is no variable is a string",
        kind=CALL,
        takes="NAME EXPR",
        group=INPUT,
    ),
    Option("--argstr", "argument_text", "the same with a string", kind=CALL, takes="NAME TEXT", group=INPUT),
    Option(
        "--arg-from-file",
        "argument_file",
        "with the text of a file",
        kind=CALL,
        takes="NAME FILE",
        group=INPUT,
    ),
    Option(
        "--arg-from-stdin",
        "argument_stdin",
        "with what standard input says",
        kind=CALL,
        takes="NAME",
        group=INPUT,
    ),
    Option(
        "-I --include",
        "search_path",
        "adds PATH or NAME=PATH to the search path, before NIX_PATH",
        kind=ADDED,
        takes="PATH",
        group=INPUT,
    ),
    # Flakes
    Option(
        "--override-input",
        "override_input",
        "another flake as this input, such as nixpkgs or a/nixpkgs; nothing is written to flake.lock",
        kind=CALL,
        takes="INPUT FLAKE",
        group=FLAKES,
    ),
    Option(
        "--inputs-from",
        "inputs_from",
        "looks names up among this flake's inputs",
        kind=ADDED,
        takes="FLAKE",
        group=FLAKES,
    ),
    Option(
        "--override-flake",
        "override_flake",
        "another flake where this one is looked up in registries",
        kind=CALL,
        takes="FLAKE FLAKE",
        group=FLAKES,
    ),
    Option("--no-write-lock-file", "no_write_lock_file", "leaves flake.lock as it is", group=FLAKES),
    Option("--no-update-lock-file", "no_update_lock_file", "fails where flake.lock would have to change", group=FLAKES),
    Option("--update-input", "updated_inputs", "locks this input anew", kind=ADDED, takes="INPUT", group=FLAKES),
    Option("--recreate-lock-file", "recreate_lock_file", "locks all inputs anew", group=FLAKES),
    Option("--commit-lock-file", "commit_lock_file", "commits flake.lock where it has changed", group=FLAKES),
    Option("--reference-lock-file", "reference_lock_file", "reads this instead", takes="FILE", group=FLAKES),
    Option("--output-lock-file", "output_lock_file", "writes this instead", takes="FILE", group=FLAKES),
    Option("--no-registries", "no_registries", "looks no names up", group=FLAKES),
    Option("--impure", "impure", "takes --pure-eval back, which flakes have by themselves", group=EVALUATION),
    Option(
        "--max-steps",
        "max_steps",
        "ends an evaluation of more calls and thunks",
        kind=NUMBER,
        takes="N",
        group=EVALUATION,
    ),
    Option(
        "--max-time",
        "max_time",
        "ends an evaluation that takes longer (builds: --timeout)",
        takes="SECONDS",
        group=EVALUATION,
        check=check_seconds,
    ),
    Option(
        "--max-memory",
        "max_memory",
        "ends an evaluation that takes more: bytes, or 512M, 2G",
        takes="SIZE",
        group=EVALUATION,
        check=check_size,
    ),
    Option("--no-eval-cache", "no_eval_cache", "evaluates though nothing has changed", group=EVALUATION),
    # What to print of it
    Option("--eval --eval-only", "evaluate", "prints the value", group=PRINTING),
    Option("--strict", "strict", "all of it, and not only what is known without", group=PRINTING),
    Option("--json", "json", "as JSON", group=PRINTING),
    Option("--raw", "raw", "a string as it is, without quotes and newline", group=PRINTING),
    Option("--xml", "xml", "as XML", group=PRINTING),
    Option("--no-location", "no_location", "XML without places", group=PRINTING),
    Option("--parse --parse-only", "parse", "prints the expression as it was understood", group=PRINTING),
    Option("--find-file", "find_file", "prints where the search path has the words", group=PRINTING),
    # What to make of it
    Option("--instantiate", "instantiate", "writes the derivation and prints its path", group=MAKING),
    Option("--all", "all", "the derivations of all attributes; a line of JSON for each", group=MAKING),
    Option(
        "-o --out-link --output",
        "output",
        "the archive's name, or the link to a built derivation (default: result)",
        takes="OUT",
        group=MAKING,
    ),
    Option("--no-out-link --no-link", "no_link", "makes no link", group=MAKING),
    Option(
        "--add-root",
        "add_root",
        "a link that keeps what is made (an image, too) in the store; with --instantiate to the derivation",
        takes="LINK",
        group=MAKING,
    ),
    Option("--indirect", "indirect", "with --add-root; roots are always so", group=MAKING),
    Option("--read-write-mode", "read_write", "with --eval: the store is written to", group=MAKING),
    Option("--readonly-mode", "needless", "with --eval; always so without --read-write-mode", group=MAKING),
    Option(
        "--eval-store",
        "needless",
        "auto: that of --store",
        kind=TEXT,
        takes="STORE",
        group=EVALUATION,
        check=_same_store,
    ),
    Option("--no-gc-warning", "needless", "nothing is said of missing roots", group=MAKING),
    Option("--check", "check", "builds again and compares", group=MAKING),
    Option("--repair", "repair", "makes anew what of it is damaged in the store", group=MAKING),
    Option("--dry-run", "dry_run", "says what would be built", group=MAKING),
    Option("--force-recurse", "force_recurse", "goes into sets that do not ask for it", group=JOBS_OF_ALL),
    Option("--meta", "meta", "with the meta attributes", group=JOBS_OF_ALL),
    Option(
        "--build", "build_all", "builds each while others are evaluated; --builders and --to do so", group=JOBS_OF_ALL
    ),
    Option("--check-cache-status", "check_cache_status", "whether each is there, or in a cache", group=JOBS_OF_ALL),
    Option("--constituents", "constituents", "aggregates of Hydra's, with what they stand for", group=JOBS_OF_ALL),
    Option(
        "--select", "select", "goes into what this function makes of it", takes="EXPR", kind=TEXT, group=JOBS_OF_ALL
    ),
    Option("--flake", "files", "the flake whose attributes are meant", takes="FLAKE", kind=ADDED, group=JOBS_OF_ALL),
    Option(
        "--gc-roots-dir", "gc_roots_dir", "where links keep the derivations", takes="DIR", kind=TEXT, group=JOBS_OF_ALL
    ),
    Option("--show-input-drvs", "show_input_drvs", "with the derivations that each needs", group=JOBS_OF_ALL),
    Option(
        "--max-memory-size",
        "max_memory_size",
        "when a worker is replaced (default: 4096)",
        kind=NUMBER,
        takes="MIB",
        group=JOBS_OF_ALL,
    ),
    # Where images go
    Option(
        "--to",
        "destinations",
        "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:REF], dir:DIR, docker://HOST/NAME[:TAG], "
        "containers-storage:[REF], docker-daemon:[REF], or an archive's name; may be repeated",
        kind=ADDED,
        takes="DESTINATION",
        group=IMAGES,
        check=_destination,
    ),
    Option(
        "--compression --dest-compress-format",
        "compression",
        "none, gzip or zstd, perhaps with a level: zstd:9 (default: gzip for registries, else none)",
        takes="FORM",
        group=IMAGES,
        check=_compression,
    ),
    Option("--digestfile", "digest_file", "writes the manifest's digest there", takes="FILE", group=IMAGES),
    Option(
        "--sbom",
        "bill",
        "puts a bill of materials beside it in layouts and registries: spdx, cyclonedx",
        takes="FORM",
        group=IMAGES,
        check=_bill,
    ),
    Option("--insecure-policy", "needless", "skopeo's; always so here", group=IMAGES),
    Option("--dest-oci-accept-uncompressed-layers", "needless", "skopeo's; always so here", group=IMAGES),
    Option(
        "--creds --dest-creds",
        "credentials",
        "who you are to the registry (default: what podman login and docker login keep)",
        takes="NAME:PASSWORD",
        group=REGISTRY,
        check=_credentials,
    ),
    Option("--authfile --dest-authfile", "authfile", "where that is kept", takes="FILE", group=REGISTRY),
    Option(
        "--tls-verify --tls-verify=true --dest-tls-verify --dest-tls-verify=true",
        "tls_verify",
        "certificates must be right (default)",
        group=REGISTRY,
    ),
    Option(
        "--tls-verify=false --dest-tls-verify=false",
        "insecure",
        "trusts any certificate, and does without where there is none",
        group=REGISTRY,
    ),
    Option("--plain-http", "plain_http", "never uses TLS", group=REGISTRY),
    Option(
        "--platform",
        "platform",
        "which image of several (default: linux on this machine's processor)",
        takes="OS/ARCH",
        group=PLATFORM,
    ),
    # What took so long
    Option("--stats", "stats", "how many calls, thunks, copies; the time of each phase", group=WATCHING),
    Option(
        "--profile",
        "profile",
        "writes a flame graph by Nix function, for https://www.speedscope.app",
        takes="FILE",
        group=WATCHING,
    ),
    # Messages
    Option("--no-build-output -Q", "no_build_output", "not what builders say", group=BUILDING),
    Option("--print-build-logs -L", "print_build_logs", "all that builders say", group=BUILDING),
    Option(
        "--error-format",
        "error_format",
        "text (default), or json: one object on one line",
        takes="FORM",
        group=MESSAGES,
        choices=("text", "json"),
    ),
    Option("--verbose -v", "verbosity", "says more; may be repeated", kind=CALL, group=MESSAGES),
    Option("--debug", "debug", "says most", kind=CALL, group=MESSAGES),
    Option("--quiet -q", "quiet", "says less", group=MESSAGES),
    Option("--log-format", "log_format", "raw, bar, bar-with-logs or internal-json", takes="FORM", group=MESSAGES),
    Option("--option", "setting", "a setting of nix.conf", kind=CALL, takes="NAME VALUE", group=MESSAGES),
    Option("--help -h", "help", "this text", group=MESSAGES),
    Option("--version", "version", "which lixeval this is", group=PRINTING),
    Option("--clear-cache", "clear_cache", "removes what can be made again: ~/.cache/lixeval", group=MAKING),
)
"""All options but those of one command's own, which stand with the command."""
