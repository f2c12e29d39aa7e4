"""The command line of evaluation and building, as data: one table says what exists, one loop reads it.

The names, short forms and meanings are those of nix-instantiate, nix-build and skopeo; no library is used, because this
is on the path of every run and argparse alone takes as long as evaluating `1 + 1`.
"""

from __future__ import annotations

from lixeval.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.evaluation.observers.counts import Watch
    from lixeval.evaluation.observers.sampling import Sampler


class Options:
    """What the user asked for; `arguments` are (name, text, whether the text is a string and not an expression)."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.expressions: list[str] = []
        self.attributes: list[str] = []
        self.search_path: list[str] = []
        self.arguments: list[tuple[str, str, bool]] = []
        self.evaluate = False
        self.strict = False
        self.json = False
        self.raw = False
        self.xml = False
        self.no_location = False
        self.parse = False
        self.instantiate = False
        self.output: str | None = None
        self.no_link = False
        self.destinations: list[str] = []
        self.compression: str | None = None
        self.digest_file: str | None = None
        self.bill: str | None = None
        self.credentials: str | None = None
        self.authfile: str | None = None
        self.tls_verify = False
        self.insecure = False
        self.plain_http = False
        self.store: str | None = None
        self.read_write = False
        self.pure = False
        self.restricted = False
        self.experimental: set[str] = set()
        self.show_trace = False
        self.error_format: str | None = None
        self.no_show_trace = False
        self.trace_verbose = False
        self.abort_on_warn = False
        self.quiet = False
        self.verbose = False
        self.max_jobs: int | None = None
        self.cores: int = 0
        self.timeout: int = 0
        self.max_silent_time: int = 0
        self.keep_failed = False
        self.keep_going = False
        self.check = False
        self.dry_run = False
        self.sandbox: str = "auto"
        self.no_import_from_derivation = False
        self.max_call_depth: int | None = None
        self.tarball_ttl = 3600
        self.all = False
        self.force_recurse = False
        self.meta = False
        self.show_input_drvs = False
        self.max_memory_size: int | None = None
        self.no_eval_cache = False
        self.stats = False
        self.profile: str | None = None
        self.watch: Watch | None = None
        self.sampler: Sampler | None = None
        self.help = False
        self.version = False

    @property
    def only_prints(self) -> bool:
        """Whether values are to be printed, and nothing made of them."""
        return self.evaluate or self.json or self.xml or self.raw or self.strict


FLAGS: dict[str, str] = {
    "--eval": "evaluate",
    "--eval-only": "evaluate",  # what nix-instantiate once called --eval, and scripts still do
    "--strict": "strict",
    "--json": "json",
    "--raw": "raw",
    "--xml": "xml",
    "--no-location": "no_location",
    "--parse": "parse",
    "--parse-only": "parse",
    "--instantiate": "instantiate",
    "--no-out-link": "no_link",
    "--no-link": "no_link",
    "--tls-verify": "tls_verify",
    "--tls-verify=true": "tls_verify",
    "--tls-verify=false": "insecure",
    "--plain-http": "plain_http",
    "--read-write-mode": "read_write",
    "--pure-eval": "pure",
    "--restrict-eval": "restricted",
    "--show-trace": "show_trace",
    "--no-show-trace": "no_show_trace",
    "--trace-verbose": "trace_verbose",
    "--abort-on-warn": "abort_on_warn",
    "--quiet": "quiet",
    "-q": "quiet",
    "--verbose": "verbose",
    "-v": "verbose",
    "--keep-failed": "keep_failed",
    "-K": "keep_failed",
    "--keep-going": "keep_going",
    "-k": "keep_going",
    "--check": "check",
    "--dry-run": "dry_run",
    "--no-allow-import-from-derivation": "no_import_from_derivation",
    "--all": "all",
    "--force-recurse": "force_recurse",
    "--meta": "meta",
    "--show-input-drvs": "show_input_drvs",
    "--no-eval-cache": "no_eval_cache",
    "--stats": "stats",
    "--help": "help",
    "-h": "help",
    "--version": "version",
}
"""Options without an argument -> the field that they set."""

TEXTS: dict[str, str] = {
    "-o": "output",
    "--out-link": "output",
    "--output": "output",
    "--compression": "compression",
    "--digestfile": "digest_file",
    "--sbom": "bill",
    "--creds": "credentials",
    "--authfile": "authfile",
    "--store": "store",
    "--error-format": "error_format",
    "--profile": "profile",
}
LISTS: dict[str, str] = {
    "-A": "attributes",
    "--attr": "attributes",
    "-I": "search_path",
    "--include": "search_path",
    "--to": "destinations",
}
NUMBERS: dict[str, str] = {
    "-j": "max_jobs",
    "--max-jobs": "max_jobs",
    "--cores": "cores",
    "--timeout": "timeout",
    "--max-silent-time": "max_silent_time",
    "--max-call-depth": "max_call_depth",
    "--max-memory-size": "max_memory_size",
}


def parse(arguments: list[str]) -> Options:
    """Reads a command line.  Raises UsageError that names the option and what it needs."""
    options = Options()
    words = iter(_split(arguments))
    only_files = False
    for word in words:
        if only_files or word == "-" or not word.startswith("-"):
            options.files.append(word)
        elif word == "--":
            only_files = True
        elif word in FLAGS:
            setattr(options, FLAGS[word], True)
        else:
            _with_argument(options, word, words)
    if options.error_format not in (None, "text", "json"):
        raise UsageError(f"the option '--error-format' needs text or json, not '{options.error_format}'")
    return options


def _split(arguments: list[str]) -> list[str]:
    """`--option=value` as two words, and `-j4`, `-Apath`, `-Ipath` too."""
    words: list[str] = []
    for position, word in enumerate(arguments):
        if word == "--":
            return words + arguments[position:]
        name, equals, value = word.partition("=")
        if equals and name.startswith("--") and (name in TEXTS or name in LISTS or name in NUMBERS):
            words += [name, value]
        elif len(word) > 2 and word[:2] in ("-j", "-A", "-I") and word not in FLAGS:
            words += [word[:2], word[2:]]
        else:
            words.append(word)
    return words


def _with_argument(options: Options, word: str, words: object) -> None:
    def following(what: str) -> str:
        try:
            text: str = next(words)  # type: ignore[call-overload]  # an iterator over the words
        except StopIteration:
            raise UsageError(f"the option '{word}' needs {what}") from None
        return text

    if word in ("--arg", "--argstr"):
        name = following("a name and a value")
        options.arguments.append((name, following("a value behind the name"), word == "--argstr"))
    elif word in ("-E", "--expr"):
        options.expressions.append(following("an expression"))
    elif word in LISTS:
        getattr(options, LISTS[word]).append(following("an argument"))
    elif word in TEXTS:
        setattr(options, TEXTS[word], following("an argument"))
    elif word in NUMBERS:
        setattr(options, NUMBERS[word], _number(word, following("a number")))
    elif word == "--extra-experimental-features" or word == "--experimental-features":
        options.experimental.update(following("names of features").split())
    elif word == "--sandbox":
        options.sandbox = following("one of auto, required, off")
    elif word == "--no-sandbox":
        options.sandbox = "off"
    elif word == "--option":
        _setting(options, following("a name and a value"), following("a value behind the name"))
    else:
        raise UsageError(f"unknown option '{word}'", hint="lixeval --help lists the options")


def _number(word: str, text: str) -> int | None:
    if word in ("-j", "--max-jobs") and text == "auto":
        return None
    if not text.isdecimal():
        raise UsageError(f"the option '{word}' needs a number, not '{text}'")
    return int(text)


SWITCHES: dict[str, str] = {
    "pure-eval": "pure",
    "restrict-eval": "restricted",
    "abort-on-warn": "abort_on_warn",
    "trace-verbose": "trace_verbose",
    "show-trace": "show_trace",
}
"""Settings that are true or false -> the field that they set."""


def _setting(options: Options, name: str, value: str) -> None:
    """`--option NAME VALUE`: those settings of nix.conf that have a meaning here; others are accepted and ignored."""
    if name in ("max-jobs", "cores", "timeout", "max-silent-time", "max-call-depth", "tarball-ttl"):
        setattr(options, name.replace("-", "_"), _number("-j" if name == "max-jobs" else name, value))
    elif name in ("experimental-features", "extra-experimental-features"):
        options.experimental.update(value.split())
    elif name in SWITCHES:
        setattr(options, SWITCHES[name], value == "true")
    elif name == "allow-import-from-derivation":
        options.no_import_from_derivation = value != "true"
    elif name == "eval-cache":
        options.no_eval_cache = value != "true"
    elif name == "sandbox":
        options.sandbox = {"true": "required", "false": "off"}.get(value, "auto")


HELP = """\
usage: lixeval FILE [options]            an image is built and written, a derivation is built, a value is printed
       lixeval -E EXPRESSION [options]
       lixeval copy IMAGE DESTINATION    brings an image that is built somewhere
       lixeval manifest docker://…       prints the manifest of an image in a registry
       lixeval parity FILE               compares with real Nix
       lixeval repl                      expressions one by one
       lixeval show-derivation FILE      prints derivations as JSON
       lixeval diff A B, why A B         where two derivations part; why one path depends on another
       lixeval store SUBCOMMAND          asks, checks, fills and empties the store
       lixeval inspect|validate IMAGE    what is in an image, and whether it is sound (lixeval diff compares two)
       lixeval sbom IMAGE                its bill of materials: SPDX or CycloneDX
       lixeval index IMAGE... --to …     images of several platforms under one name
       lixeval embedded                  prints where the embedded package set and functions are

what to evaluate
  FILE                 a Nix file, a folder with a default.nix, or - for standard input
  -E, --expr EXPR      an expression instead of a file
  -A, --attr PATH      this attribute of it (may be repeated)
  --arg NAME EXPR      calls the function with this argument; a bare word that is no variable is a string
  --argstr NAME TEXT   the same with a string
  -I PATH, NAME=PATH   adds to the search path (<nixpkgs>); before NIX_PATH
  --pure-eval, --restrict-eval

what to do with it (default: see above)
  --eval               prints the value: --strict evaluates all of it; --json, --raw, --xml choose another form
  --parse              prints the expression as it was understood
  --instantiate        writes the derivation and prints its path
  --all                writes the derivations of all attributes; one line of JSON for each (-j N processes;
                       --force-recurse, --meta, --show-input-drvs, --max-memory-size MB; with --eval nothing is written)
  -o OUT               the name of the archive, or of the link to a built derivation (default: result)
  --to DESTINATION     where an image goes (may be repeated): oci:DIR[:TAG], oci-archive:FILE[:TAG],
                       docker-archive:FILE[:REF], dir:DIR, docker://HOST/NAME[:TAG], containers-storage:[REF],
                       docker-daemon:[REF]
  --sbom FORM          puts a bill of materials beside the image in oci: layouts and registries: spdx, cyclonedx
  --compression FORM   none, gzip or zstd, perhaps with a level: zstd:9 (default: gzip for registries, else none)
  --digestfile FILE    writes the manifest's digest there
  --creds NAME:PASSWORD, --authfile FILE
                       who you are to the registry (default: what podman login and docker login have kept)
  --tls-verify=false   trusts any certificate, and does without where there is none;  --plain-http  never uses TLS
  --no-out-link        makes no link
  --no-eval-cache      evaluates even if nothing has changed since the last time
  --store ROOT         the store to use (default: the user's own; / is the machine's /nix)

what took so long
  --stats              prints how many calls, thunks, copies there were, and the time of each phase (on stderr)
  --profile FILE       writes a flame graph by Nix function, for https://www.speedscope.app

building
  -j N, --cores N      builds at once, cores for each
  --timeout SECONDS, --max-silent-time SECONDS
  -K, --keep-failed    keeps the folder of a failed build
  -k, --keep-going     builds what does not depend on what failed
  --check              builds again and compares
  --dry-run            says what would be built
  --sandbox auto|required|off

messages
  --show-trace         the whole way to an error
  --error-format FORM  text (default), or json: one object on one line
  -v, --verbose  -q, --quiet

exit codes: 0; 1 error; 100 build failed, 101 timeout, 102 hash mismatch, 104 not deterministic
"""
