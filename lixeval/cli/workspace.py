"""From options to the workspace that they ask for, and to the values that they name in it."""

from __future__ import annotations

import os
from gc import collect

from lixeval.cli.opened import close_stores, opened
from lixeval.cli.options import Options
from lixeval.cli.words import is_flake, split_attribute
from lixeval.environment.settings import Settings
from lixeval.environment.variables import is_daemon, search_path, store_root, store_word
from lixeval.errors import UsageError
from lixeval.evaluation.auto_call import Arguments, Whole, called_with
from lixeval.evaluation.inputs import value_of
from lixeval.evaluation.observer import NOBODY
from lixeval.evaluation.remembered.unrecorded import Unrecorded
from lixeval.evaluation.workspace import Workspace, source_memory
from lixeval.runtime.thunks import COMPUTE
from lixeval.runtime.values import Delayed
from lixeval.system.deep_stack import let_go
from lixeval.system.directories import EMBEDDED, cache_directory
from lixeval.system.machines import current_system

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeVar

    from lixeval.build.observer import BuildObserver
    from lixeval.build.settings import BuildSettings
    from lixeval.environment.configuration import Configuration
    from lixeval.evaluation.limits import Limits
    from lixeval.store.local import LocalStore
    from lixeval.substituters.caches import Asking
    from lixeval.system.transport import Patience

    T = TypeVar("T")


def values(workspace: Workspace, options: Options, *, call: bool) -> list[Delayed]:
    """All values that the command line names."""
    return list(each_value(workspace, options, call=call))


def each_value(
    workspace: Workspace,
    options: Options,
    *,
    call: bool,
    kinds: Sequence[str] | None = None,
    files: dict[str, Whole] | None = None,
) -> Iterator[Delayed]:
    """The values that the command line names: of each expression and file, called if a function, each attribute.

    One after the other, as nix-instantiate does: what was printed before one fails stays printed.  `kinds` are the
    outputs in which a flake's attributes are looked for, if not the usual ones.  `files` are known already.
    """
    arguments = Arguments(workspace.evaluator, options.arguments)
    for whole, attribute in _wholes(workspace, options, arguments, {} if files is None else files):
        value = whole.selected(attribute)
        yield called_with(value, arguments) if call else value
    for word in options.files:
        if is_flake(word):
            from lixeval.cli.flakes import PACKAGES, flake_values

            yield from flake_values(workspace, options, word, outputs=call and kinds is None, kinds=kinds or PACKAGES)


def each_cell(workspace: Workspace, options: Options) -> Iterator[Delayed]:
    """The cell of each value that is of no flake, as `each_value` calls it; nothing is evaluated yet."""
    arguments = Arguments(workspace.evaluator, options.arguments)

    def cell(whole: Whole, attribute: str) -> Delayed:
        return [COMPUTE, lambda: called_with(whole.selected(attribute), arguments)]

    for whole, attribute in _wholes(workspace, options, arguments, {}):
        yield cell(whole, attribute)


def _wholes(
    workspace: Workspace, options: Options, arguments: Arguments, files: dict[str, Whole]
) -> Iterator[tuple[Whole, str]]:
    """What each expression and file is, with each attribute of it that is wanted."""
    directory = os.getcwd()

    def of_text(text: str) -> Whole:
        return Whole(lambda: workspace.evaluator.text(text, directory), arguments)

    def of_file(name: str) -> Whole:
        return Whole(lambda: value_of(workspace.evaluator, name), arguments)

    for text in options.expressions:
        whole = of_text(text)
        for attribute in options.attributes or [""]:
            yield whole, attribute
    for word in options.files:
        if is_flake(word):
            continue
        name, one = split_attribute(word)
        whole = files[name] = files.get(name) or of_file(name)
        for attribute in (options.attributes or [""]) if one is None else [one]:
            yield whole, attribute


def open_workspace(
    options: Options,
    *,
    write_store: bool,
    faithful: bool = False,
    recording: Unrecorded | None = None,
    words: Sequence[str] = (),
) -> Workspace:
    """As `make_workspace`; it and its store are left when the command ends.

    `words` are what it shall evaluate: where they are flakes, it does so purely.
    """
    flakes = [word for word in words if is_flake(word)]
    if flakes:
        _expect_flakes_only(options, flakes, words)
        options.treat_as_flakes()
    recording = recording or Unrecorded()
    workspace = make_workspace(options, write_store=write_store, faithful=faithful, recording=recording)
    recording.opened(workspace, folders_of(words))
    opened(workspace)
    return workspace


def evaluated(evaluate: Callable[[], T], recording: Unrecorded) -> T:
    """What `evaluate` gives, which opens a workspace for it; called again, with nothing left of the first one, where
    the `recording` wants that.
    """
    try:
        return evaluate()
    except BaseException as error:
        if not recording.starts_again(error):
            raise
        let_go(error)
    close_stores()
    collect()
    return evaluate()


def needs_all(options: Options) -> bool:
    """Whether what is printed is evaluated whole, so that nobody sees how far anything was."""
    return options.strict or options.json or options.raw


def folders_of(words: Sequence[str]) -> list[str]:
    """The folders whose files are being worked on: those of the files that are named, through links and without."""
    places = [os.path.abspath(split_attribute(word)[0]) for word in words] or [os.path.join(os.getcwd(), "text")]
    found: set[str] = set()
    for place in places:
        for path in (place, os.path.realpath(place)):
            found.add(path if os.path.isdir(path) else os.path.dirname(path))
    return sorted(found)


def make_workspace(
    options: Options,
    *,
    write_store: bool,
    faithful: bool = False,
    recording: Unrecorded | None = None,
    store: LocalStore | None = None,
) -> Workspace:
    """The workspace that the options ask for; the `recording` is asked for the machine, and told what is said."""
    recording = recording or Unrecorded()
    told = options.settings
    nix_path = told["nix-path"] if told.is_set("nix-path") else None
    settings = Settings(
        system=told["eval-system"] or told["system"] or current_system(),
        search_path=() if options.pure else search_path(options.search_path, nix_path),
        default_packages=None if options.pure or options.restricted else EMBEDDED,
        pure=options.pure,
        restricted=options.restricted,
        write_store=write_store,
        allow_import_from_derivation=not options.no_import_from_derivation,
        trace_verbose=options.trace_verbose,
        abort_on_warn=options.abort_on_warn or os.environ.get("NIX_ABORT_ON_WARN") in ("1", "yes", "true"),
        experimental=frozenset(options.experimental),
        cache_directory=cache_directory(),
        tarball_ttl=options.tarball_ttl,
        allowed_uris=told["allowed-uris"],
        allow_dirty=told["allow-dirty"],
        allow_dirty_locks=told["allow-dirty-locks"],
        warn_dirty=told["warn-dirty"],
        flake_registry=told["flake-registry"],
        patience=patience_of(told),
        verbose=options.verbose,
        original_nix2container=told["original-nix2container"],
    )
    return Workspace(
        settings,
        root=store_root(options.store),
        store=store or _daemons_store(options),
        build_settings=lambda: build_settings(options),
        asking=lambda named: asking(options, named),
        observer=lambda: _observer(options),
        say=recording.say,
        faithful=faithful,
        machine=recording.machine,
        watch=options.watch or NOBODY,
        limits=_limits(options),
    )


def _daemons_store(options: Options) -> LocalStore | None:
    """The store of a daemon, if the options name one."""
    if not is_daemon(store_word(options.store)):
        return None
    from lixeval.daemon.any_store import open_store

    return open_store(options.store, source_memory=source_memory())


def _observer(options: Options) -> BuildObserver:
    from lixeval.cli.output.progress import observer_for

    return observer_for(options)


def _limits(options: Options) -> Limits | None:
    """What the evaluation may take, where an option says it."""
    if not options.limited:
        return None
    from lixeval.evaluation.limits import Limits, parse_seconds, parse_size

    return Limits(
        call_depth=options.max_call_depth,
        steps=options.max_steps,
        time=None if options.max_time is None else parse_seconds(options.max_time),
        memory=None if options.max_memory is None else parse_size(options.max_memory),
    )


def asking(options: Options, named: Sequence[str] = ()) -> Asking | None:
    """Which binary caches are asked, and how; None if none is.  Caches that are `named` are asked and no others."""
    told = options.settings
    if not named and (not told["substitute"] or not told["substituters"]):
        return None
    from lixeval.substituters.caches import Asking

    urls = tuple(named or told["substituters"])
    default = told.known["substituters"].default
    return Asking(
        urls,
        told["trusted-public-keys"],
        default=default if not named and default in urls and "substituters" not in told.replaced else None,
        require_signatures=told["require-sigs"],
        connections=told["http-connections"],
        jobs=told["max-substitution-jobs"],
        patience=patience_of(told),
        directory=cache_directory(),
        positive=told["narinfo-cache-positive-ttl"],
        negative=told["narinfo-cache-negative-ttl"],
    )


def _expect_flakes_only(options: Options, flakes: Sequence[str], words: Sequence[str]) -> None:
    """Flakes are evaluated purely, files and expressions are not: one call cannot be both."""
    files = [word for word in words if word not in flakes and (word.endswith(".nix") or os.path.isdir(word))]
    if not options.impure and (files or options.expressions):
        raise UsageError(
            f"'{flakes[0]}' is a flake, which is evaluated purely, and '{[*files, *options.expressions][0]}' is none",
            hint="--impure evaluates both",
        )


def patience_of(settings: Configuration) -> Patience | None:
    """How servers are asked, where settings say it; a connect-timeout of 0 is no limit."""
    names = ("connect-timeout", "stalled-download-timeout", "download-attempts", "netrc-file")
    if not any(settings.is_set(name) for name in names):
        return None
    from lixeval.system.transport import Patience

    usual = Patience()
    silence = settings["stalled-download-timeout"] if settings.is_set("stalled-download-timeout") else 0
    return Patience(
        connect=float(settings["connect-timeout"] or usual.connect),
        read=float(silence or usual.read),
        attempts=max(1, settings["download-attempts"]),
        netrc=settings["netrc-file"],
    )


def _sandbox_paths(entries: Iterable[str]) -> dict[str, str]:
    """`sandbox-paths`: inside -> outside, of PATH or INSIDE=OUTSIDE; "?" behind one that may be missing stays."""
    found: dict[str, str] = {}
    for entry in entries:
        inside, equals, outside = entry.partition("=")
        found[inside if equals else inside.removesuffix("?")] = outside if equals else inside
    return found


def _builders(said: str) -> str:
    """The remote builders: Nix's default names a file that hardly any machine has."""
    return "" if said.startswith("@") and "\n" not in said and not os.path.exists(said[1:]) else said


def _for_daemons(told: Configuration) -> dict[str, str]:
    """What the command line says of builders, which a daemon uses in our stead, as Nix hands its overrides on."""
    found = {}
    if "builders" in told.commanded:
        found["builders"] = told["builders"]
    if "builders-use-substitutes" in told.commanded:
        found["builders-use-substitutes"] = "true" if told["builders-use-substitutes"] else "false"
    return found


def build_settings(options: Options) -> BuildSettings:
    """The options that concern builds."""
    from lixeval.build.settings import BuildSettings
    from lixeval.host.shell import sandbox_shell

    told = options.settings
    settings = {
        "cores": options.cores,
        "timeout": options.timeout,
        "max_silent_time": options.max_silent_time,
        "keep_failed": options.keep_failed,
        "keep_going": options.keep_going,
        "check": options.check,
        "dry_run": options.dry_run,
        "sandbox": options.sandbox,
        "system": told["system"] or current_system(),
        "max_log_size": told["max-build-log-size"],
        "fallback": told["fallback"],
        "builders": _builders(told["builders"]),
        "builders_use_substitutes": told["builders-use-substitutes"],
        "for_daemons": _for_daemons(told),
        "build_directory": told["build-dir"] or None,
        "extra_platforms": frozenset(told["extra-platforms"]),
        "sandbox_paths": _sandbox_paths(told["sandbox-paths"]),
        # Of Nix's default the shell is all; extra-sandbox-paths leaves it there.
        "sandbox_shell": None if "sandbox-paths" in told.replaced else sandbox_shell,
    }
    if options.max_jobs is not None:
        settings["max_jobs"] = options.max_jobs
    if told.is_set("log-lines"):
        settings["log_lines"] = told["log-lines"]
    if told.is_set("system-features"):
        settings["system_features"] = frozenset(told["system-features"])
    return BuildSettings(**settings)
