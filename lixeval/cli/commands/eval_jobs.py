"""--all: every derivation below a set, one line of JSON an attribute, made by worker processes.

The lines are nix-eval-jobs's; they come as they are finished, and a line's .drv is in the store by then.  With --build
(or --builders, or --to) each is built as soon as it is evaluated, and brought away as soon as it is built: a line more
for each of that, in nix-fast-build's words, and a table at the end.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext

from lixeval.cli.options import Options
from lixeval.cli.workspace import make_workspace, open_workspace, values
from lixeval.errors import UsageError
from lixeval.evaluation.auto_call import Arguments
from lixeval.formats.store_path import StorePath
from lixeval.jobs.record import Recorder
from lixeval.jobs.workers import Workers
from lixeval.system.deep_stack import run_deep
from lixeval.system.machines import usable_cores
from lixeval.system.terminal_text import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.cli.commands.build_jobs import Building
    from lixeval.evaluation.remembered.unrecorded import Unrecorded
    from lixeval.evaluation.workspace import Workspace
    from lixeval.jobs.record import Record
    from lixeval.runtime.values import Delayed

MEMORY_LIMIT = 4096
"""MiB of a worker's memory, as nix-eval-jobs has it."""


def print_all(options: Options, recording: Unrecorded) -> int:
    """Prints the records of all attributes; 0 even where some cannot be evaluated, for their lines say so.

    Where they are built, 1 if anything failed.
    """
    write_store = not options.evaluate
    workspace = open_workspace(options, write_store=write_store, recording=recording, words=options.files)

    def afresh() -> Recorder:
        """Without what is known of the library, by which errors have come about in another way."""
        return _recorder(make_workspace(options, write_store=write_store, store=workspace.store), options)

    try:
        recorder = _recorder(workspace, options)
    except BaseException as error:
        if not recording.starts_again(error):
            raise
        recorder = afresh()
    recorder.afresh = lambda: afresh() if recording.uses_library() else None
    recorder.finished = lambda: recording.keep_library(is_one_of_several=True)
    run_deep(recorder.prepare)
    workspace.evaluator.save_code()
    builds = options.build_all or "builders" in options.settings.commanded or bool(options.destinations)
    with _building(options, workspace) if builds else nullcontext() as building:
        counts = _take_all(recorder, workspace, options, building)
    if options.verbose and recording.what_was_known():
        tell(recording.what_was_known())
    if not options.quiet:
        print(f"{counts['derivations']} derivations, {counts['errors']} errors", file=sys.stderr)
    if building is None:
        return 0
    return building.summary(quiet=options.quiet) or (1 if counts["errors"] else 0)


def _take_all(recorder: Recorder, workspace: Workspace, options: Options, building: Building | None) -> dict[str, int]:
    """Takes the record of each attribute as it comes, aggregates with what they name last; how many there were."""
    limit = (options.max_memory_size or MEMORY_LIMIT) << 20
    count = options.max_jobs or usable_cores()
    foreign = [] if building is None else building.descriptors
    counts = {"derivations": 0, "errors": 0}
    kept: dict[str, Record] = {}
    for record in Workers(recorder, count, limit, foreign).records([[]]):
        if "attrs" in record:
            continue
        counts["errors" if "error" in record else "derivations"] += 1
        if options.gc_roots_dir is not None and "drvPath" in record:
            _root(workspace, options.gc_roots_dir, StorePath(str(record["drvPath"])))
        if options.constituents:
            kept[str(record["attr"])] = record
            if record.get("namedConstituents"):
                continue
        _take(record, building)
    if kept:
        for record in _resolved(kept, workspace, options):
            _take(record, building)
    return counts


def _recorder(workspace: Workspace, options: Options) -> Recorder:
    """What makes the records of all attributes of what is to be evaluated."""

    def root() -> Delayed:
        with workspace.store.batch():
            roots = values(workspace, options, call=True)
            if len(roots) != 1:
                raise UsageError("--all is for one expression and at most one -A")
            return roots[0] if options.select is None else _selected(workspace, options.select, roots[0])

    return Recorder(
        workspace,
        run_deep(root),
        Arguments(workspace.evaluator, options.arguments),
        force_recurse=options.force_recurse,
        with_meta=options.meta,
        with_inputs=options.show_input_drvs and not options.evaluate,
        with_cache_status=options.check_cache_status and not options.evaluate,
        with_constituents=options.constituents,
        with_images=options.to_registries,
        show_trace=options.show_trace,
    )


def _selected(workspace: Workspace, text: str, root: Delayed) -> Delayed:
    """What the function behind --select makes of the root."""
    from lixeval.runtime.call import call1
    from lixeval.runtime.faults import expected
    from lixeval.runtime.thunks import force

    function = workspace.evaluator.text(text, os.getcwd())
    selected = force(call1(function, root))
    if selected.__class__ is not dict:
        raise expected("a set", selected)
    return selected


def _root(workspace: Workspace, directory: str, drv_path: StorePath) -> None:
    """A link to a derivation, which keeps it from being collected."""
    from lixeval.evaluation.targets import make_root

    os.makedirs(directory, exist_ok=True)
    make_root(workspace.store, os.path.join(os.path.abspath(directory), drv_path.rpartition("/")[2]), drv_path)
    workspace.store.close()  # workers are forked without its database


def _resolved(kept: dict[str, Record], workspace: Workspace, options: Options) -> list[Record]:
    from lixeval.jobs.constituents import resolved

    records = resolved(kept, workspace.store)
    for record in records:
        if options.gc_roots_dir is not None and "error" not in record:
            _root(workspace, options.gc_roots_dir, StorePath(str(record["drvPath"])))
    workspace.store.close()
    return records


def _take(record: Record, building: Building | None) -> None:
    """One line, and to be built."""
    from lixeval.jobs.lines import write_line

    write_line(record)
    if building is not None and "drvPath" in record and "error" not in record:
        building.add(record)


def _building(options: Options, workspace: Workspace) -> Building:
    from lixeval.cli.commands.build_jobs import Building

    return Building(options, workspace)
