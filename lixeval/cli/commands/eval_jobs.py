"""--all: every derivation below a set, one line of JSON an attribute, made by worker processes.

The lines are nix-eval-jobs's; they come as they are finished, and a line's .drv is in the store by then.
"""

from __future__ import annotations

import os
import sys

from lixeval.cli.options import Options
from lixeval.cli.workspace import open_workspace, values
from lixeval.errors import UsageError
from lixeval.evaluation.auto_call import Arguments
from lixeval.jobs.record import Recorder
from lixeval.jobs.workers import Workers
from lixeval.system.deep_stack import run_deep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.runtime.values import Delayed

MEMORY_LIMIT = 4096
"""MiB of a worker's memory, as nix-eval-jobs has it."""


def print_all(options: Options) -> int:
    """Prints the records of all attributes; 0 even where some cannot be evaluated, for their lines say so."""
    workspace = open_workspace(options, write_store=not options.evaluate, faithful=False, words=options.files)
    counts = {"derivations": 0, "errors": 0}

    def root() -> Delayed:
        with workspace.store.batch():
            roots = values(workspace, options, call=True)
        if len(roots) != 1:
            raise UsageError("--all is for one expression and at most one -A")
        return roots[0]

    recorder = Recorder(
        workspace,
        run_deep(root),
        Arguments(workspace.evaluator, options.arguments),
        force_recurse=options.force_recurse,
        with_meta=options.meta,
        with_inputs=options.show_input_drvs and not options.evaluate,
        show_trace=options.show_trace,
    )
    run_deep(recorder.prepare)
    workspace.evaluator.save_code()
    limit = (options.max_memory_size or MEMORY_LIMIT) << 20
    count = options.max_jobs if options.max_jobs is not None else len(os.sched_getaffinity(0))
    for record in Workers(recorder, count, limit).records([[]]):
        _print(record, counts)
    if not options.quiet:
        print(f"{counts['derivations']} derivations, {counts['errors']} errors", file=sys.stderr)
    return 0


def _print(record: dict[str, object], counts: dict[str, int]) -> None:
    """One line, unless the attribute is neither a derivation nor an error."""
    if "attrs" in record:
        return
    import json

    counts["errors" if "error" in record else "derivations"] += 1
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    print(text, flush=True)
