"""What a run does: from options to a value, and from the value to what the user wants of it.

text or file -> value -> called with its arguments -> attribute -> printed | instantiated | built | written
"""

from __future__ import annotations

import os
import sys

from lixeval import __version__
from lixeval.builtins.services import Settings
from lixeval.calling import Arguments, called_with, selected
from lixeval.cli.options import HELP, Options, parse
from lixeval.errors import EvalError, UsageError
from lixeval.evaluator import EMBEDDED
from lixeval.runtime.deep import run_deep
from lixeval.runtime.values import Delayed, Value
from lixeval.workspace import Workspace, cache_directory, machine, search_path, store_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.store.build_settings import BuildSettings


def act(words: list[str]) -> int:
    """Runs one command line of evaluation or building; the exit code."""
    options = parse(words)
    if options.help:
        print(HELP, end="")
        return 0
    if options.version:
        print(f"lixeval {__version__}")
        return 0
    if options.parse:
        from lixeval.cli.parsing import print_parsed

        return run_deep(lambda: print_parsed(options))
    if not options.files and not options.expressions:
        if not os.path.exists("default.nix"):
            raise UsageError("nothing to evaluate: name a file, or give an expression with -E", hint="lixeval --help")
        options.files.append(".")
    if options.all:
        from lixeval.cli.every import print_all

        return print_all(options)
    return evaluate(options) if _only_prints(options) else build(options)


def _only_prints(options: Options) -> bool:
    return options.evaluate or options.json or options.xml or options.raw or options.strict


def evaluate(options: Options) -> int:
    """--eval and its forms: prints values."""
    from lixeval.cli.printing import print_value

    workspace = open_workspace(options, write_store=options.read_write, faithful=not _needs_all(options))

    def body() -> None:
        for value in values(workspace, options, call=bool(options.arguments)):
            print_value(value, options, workspace)

    workspace.evaluate(body, _depth(options))
    return 0


def _needs_all(options: Options) -> bool:
    return options.strict or options.json or options.xml or options.raw


def build(options: Options) -> int:
    """The default, and --instantiate: derivations and images; other values are printed."""
    from lixeval.making import Maker, Target, targets_of

    workspace = open_workspace(options, write_store=True, faithful=False)

    def body() -> list[Target]:
        return [target for value in values(workspace, options, call=True) for target in targets_of(value)]

    targets = workspace.evaluate(body, _depth(options))
    for target in targets:
        if not target.drv_path:
            if options.instantiate:
                raise EvalError("the expression does not evaluate to a derivation (or a set or list of those)")
            print(target.text)
    targets = [target for target in targets if target.drv_path]
    if options.instantiate:
        for target in targets:
            print(target.drv_path + ("" if target.output_name == "out" else f"!{target.output_name}"))
    elif targets:
        maker = Maker(workspace, destinations=options.destinations, output=options.output, link=not options.no_link)
        for place in maker.make(targets, dry_run=options.dry_run):
            print(place)
    return 0


def values(workspace: Workspace, options: Options, *, call: bool) -> list[Delayed]:
    """The values that the command line names: of each expression and file, called if a function, each attribute."""
    evaluator = workspace.evaluator
    arguments = Arguments(evaluator, options.arguments)
    found: list[Delayed] = []
    directory = os.getcwd()
    wholes: list[Value] = [evaluator.text(text, directory) for text in options.expressions]
    wholes += [_file(workspace, name) for name in options.files]
    for whole in wholes:
        for attribute in options.attributes or [""]:
            value = selected(whole, attribute, arguments)
            found.append(called_with(value, arguments) if call else value)
    return found


def _file(workspace: Workspace, name: str) -> Value:
    evaluator = workspace.evaluator
    if name == "-":
        return evaluator.text(sys.stdin.buffer.read().decode("utf-8", "surrogateescape"), os.getcwd())
    if name.startswith("<") and name.endswith(">"):
        return evaluator.text(f"import {name}", os.getcwd())
    return evaluator.file(evaluator.services.files.resolve_expression(os.path.abspath(name)))


def open_workspace(options: Options, *, write_store: bool, faithful: bool) -> Workspace:
    """The workspace that the options ask for."""
    from lixeval.cli.progress import observer_for

    settings = Settings(
        system=machine(),
        search_path=() if options.pure else search_path(options.search_path),
        default_packages=None if options.pure else EMBEDDED,
        pure=options.pure,
        restricted=options.restricted,
        write_store=write_store,
        allow_import_from_derivation=not options.no_import_from_derivation,
        trace_verbose=options.trace_verbose,
        abort_on_warn=options.abort_on_warn or os.environ.get("NIX_ABORT_ON_WARN") in ("1", "yes", "true"),
        experimental=frozenset(options.experimental),
        cache_directory=cache_directory(),
    )
    return Workspace(
        settings,
        root=store_root(options.store),
        build_settings=None if _only_prints(options) else build_settings(options),
        observer=observer_for(options),
        say=lambda text: print(text, file=sys.stderr),
        faithful=faithful,
    )


def build_settings(options: Options) -> BuildSettings:
    """The options that concern builds."""
    from lixeval.store.build_settings import BuildSettings

    settings = {
        "cores": options.cores,
        "timeout": options.timeout,
        "max_silent_time": options.max_silent_time,
        "keep_failed": options.keep_failed,
        "keep_going": options.keep_going,
        "check": options.check,
        "dry_run": options.dry_run,
        "sandbox": options.sandbox,
        "system": machine(),
    }
    if options.max_jobs is not None:
        settings["max_jobs"] = options.max_jobs
    return BuildSettings(**settings)  # type: ignore[arg-type]  # one dict of differently typed fields


def _depth(options: Options) -> int:
    """Python's depth for --max-call-depth: about three Python calls a Nix call."""
    from lixeval.runtime.deep import DEPTH

    return DEPTH if options.max_call_depth is None else options.max_call_depth * 3 + 200
