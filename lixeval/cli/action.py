"""What a run does: from options to a value, and from the value to what the user wants of it.

text or file -> value -> called with its arguments -> attribute -> printed | instantiated | built | written
"""

from __future__ import annotations

import os

from lixeval import __version__
from lixeval.cli.opening import each_value, open_workspace
from lixeval.cli.options import HELP, Options, parse
from lixeval.errors import EvalError, UsageError
from lixeval.runtime.deep import run_deep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lixeval.making import Target
    from lixeval.workspace import Workspace


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
    return evaluate(options) if options.only_prints else build(options)


def evaluate(options: Options) -> int:
    """--eval and its forms: prints values."""
    from lixeval.cli.printing import print_value

    workspace = open_workspace(options, write_store=options.read_write, faithful=not _needs_all(options))

    def body() -> None:
        for value in each_value(workspace, options, call=bool(options.arguments)):
            print_value(value, options, workspace)

    workspace.evaluate(body, _depth(options))
    return 0


def _needs_all(options: Options) -> bool:
    return options.strict or options.json or options.xml or options.raw


def build(options: Options) -> int:
    """The default, and --instantiate: derivations and images; other values are printed."""
    from lixeval.making import targets_of

    workspace = open_workspace(options, write_store=True, faithful=False)

    def body() -> list[Target]:
        return [target for value in each_value(workspace, options, call=True) for target in targets_of(value)]

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
        make(workspace, targets, options)
    return 0


def make(workspace: Workspace, targets: Sequence[Target], options: Options) -> None:
    """Builds and delivers targets, and prints where they are."""
    from lixeval.cli.delivering import Deliveries
    from lixeval.making import Maker

    deliveries = Deliveries(options)
    maker = Maker(
        workspace,
        destinations=options.destinations,
        output=options.output,
        link=not options.no_link,
        delivery=deliveries,
    )
    try:
        places = maker.make(targets, dry_run=options.dry_run)
    finally:
        deliveries.close()
    for place in places:
        print(place)


def _depth(options: Options) -> int:
    """Python's depth for --max-call-depth: about three Python calls a Nix call."""
    from lixeval.runtime.deep import DEPTH

    return DEPTH if options.max_call_depth is None else options.max_call_depth * 3 + 200
