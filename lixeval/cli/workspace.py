"""From options to the workspace that they ask for, and to the values that they name in it."""

from __future__ import annotations

import os
import sys

from lixeval.cli.options import Options
from lixeval.environment.settings import Settings
from lixeval.environment.variables import search_path, store_root
from lixeval.evaluation.auto_call import Arguments, called_with, selected
from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.values import Delayed, Value
from lixeval.system.directories import EMBEDDED, cache_directory
from lixeval.system.machines import current_system

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lixeval.build.settings import BuildSettings
    from lixeval.evaluation.remembered.recording import Recording


def values(workspace: Workspace, options: Options, *, call: bool) -> list[Delayed]:
    """All values that the command line names."""
    return list(each_value(workspace, options, call=call))


def each_value(workspace: Workspace, options: Options, *, call: bool) -> Iterator[Delayed]:
    """The values that the command line names: of each expression and file, called if a function, each attribute.

    One after the other, as nix-instantiate does: what was printed before one fails stays printed.
    """
    arguments = Arguments(workspace.evaluator, options.arguments)
    for whole in _wholes(workspace, options):
        for attribute in options.attributes or [""]:
            value = selected(whole, attribute, arguments)
            yield called_with(value, arguments) if call else value


def _wholes(workspace: Workspace, options: Options) -> Iterator[Value]:
    directory = os.getcwd()
    for text in options.expressions:
        yield workspace.evaluator.text(text, directory)
    for name in options.files:
        yield _file(workspace, name)


def _file(workspace: Workspace, name: str) -> Value:
    evaluator = workspace.evaluator
    if name == "-":
        return evaluator.text(sys.stdin.buffer.read().decode("utf-8", "surrogateescape"), os.getcwd())
    if name.startswith("<") and name.endswith(">"):
        return evaluator.text(f"import {name}", os.getcwd())
    return evaluator.file(evaluator.services.files.resolve_expression(os.path.abspath(name)))


def open_workspace(
    options: Options, *, write_store: bool, faithful: bool, recording: Recording | None = None
) -> Workspace:
    """The workspace that the options ask for; with a `recording`, one that takes notes."""
    from lixeval.cli.output.progress import observer_for

    settings = Settings(
        system=current_system(),
        search_path=() if options.pure else search_path(options.search_path),
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
    )
    return Workspace(
        settings,
        root=store_root(options.store),
        build_settings=lambda: build_settings(options),
        observer=observer_for(options),
        say=say if recording is None else recording.say,
        faithful=faithful,
        machine=None if recording is None else recording.machine,
        watch=options.watch,
        sampler=options.sampler,
    )


def say(text: str) -> None:
    """A line for the user, beside the results."""
    print(text, file=sys.stderr)


def build_settings(options: Options) -> BuildSettings:
    """The options that concern builds."""
    from lixeval.build.settings import BuildSettings

    settings = {
        "cores": options.cores,
        "timeout": options.timeout,
        "max_silent_time": options.max_silent_time,
        "keep_failed": options.keep_failed,
        "keep_going": options.keep_going,
        "check": options.check,
        "dry_run": options.dry_run,
        "sandbox": options.sandbox,
        "system": current_system(),
    }
    if options.max_jobs is not None:
        settings["max_jobs"] = options.max_jobs
    return BuildSettings(**settings)  # type: ignore[arg-type]  # one dict of differently typed fields
