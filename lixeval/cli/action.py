"""What a run does: from options to a value, and from the value to what the user wants of it.

text or file -> value -> called with its arguments -> attribute -> printed | instantiated | built | written
"""

from __future__ import annotations

import os
import sys

from lixeval import __version__
from lixeval.cli.option_reading import parse
from lixeval.cli.options import Options
from lixeval.cli.workspace import each_value, evaluated, needs_all, open_workspace
from lixeval.environment.variables import is_daemon, store_word
from lixeval.errors import UsageError
from lixeval.evaluation.remembered.unrecorded import Unrecorded
from lixeval.system.deep_stack import run_deep
from lixeval.system.own_modules import import_group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lixeval.evaluation.remembered.key import Surroundings
    from lixeval.evaluation.remembered.recall import Recollection
    from lixeval.evaluation.targets import Target
    from lixeval.evaluation.workspace import Workspace


def act(words: list[str], recollection: Recollection | None = None) -> int:
    """Runs one command line of evaluation or building; the exit code.  What it finds out is kept if it may be."""
    try:
        options = parse(words)
    except UsageError:
        from lixeval.cli.words import is_image

        if not any(is_image(word) for word in words if not word.startswith("-")):
            raise
        return _inspect(words)
    code = _done_without_evaluating(options, words)
    if code is not None:
        return code
    if not options.files and not options.expressions:
        from lixeval.cli.words import is_flake

        if not os.path.exists("default.nix") and not is_flake("."):
            raise UsageError("nothing to evaluate: name a file, or give an expression with -E", hint="lixeval --help")
        options.files.append(".")
    if options.verbose and recollection is not None:
        from lixeval.evaluation.remembered.recall import recall_among
        from lixeval.system.terminal_text import tell

        recollection = recall_among(options.asking, recollection.around)
        if not options.no_eval_cache and recollection.tell():
            tell("nothing was evaluated: the result is known, and all that it follows from is as it was")
            return 0
    return _run(options, recollection)


def _done_without_evaluating(options: Options, words: list[str]) -> int | None:
    """Does what a command line asks for that evaluates nothing; the exit code, None where there is more to do."""
    if options.help:
        from lixeval.cli.main_command import MAIN
        from lixeval.cli.output.help import help_of

        print(help_of(MAIN), end="")
        return 0
    if options.version:
        print(f"lixeval {__version__}")
        return 0
    if options.clear_cache:
        from lixeval.cli.commands.clear_cache import clear_cache

        clear_cache()
        if not options.files and not options.expressions:
            return 0
    if options.files and not options.expressions:
        from lixeval.cli.words import is_image, require

        if len(options.files) == 1 and is_image(options.files[0]):
            return _inspect(words)
        if not options.find_file:
            require(options.files)
    if options.find_file:
        from lixeval.cli.commands.find_file import print_found

        return print_found(options)
    if options.parse:
        from lixeval.cli.commands.parse import print_parsed

        return run_deep(lambda: print_parsed(options))
    return None


def _inspect(words: list[str]) -> int:
    """An image is named, and no command: what is in it."""
    from lixeval.cli.dispatch import run_command

    return run_command(["inspect", *words])


def _run(options: Options, recollection: Recollection | None) -> int:
    """What evaluates; what is to be said of settings is said first, and again when a result is recalled."""
    recording = _recording(options, recollection)
    if recording.known is None:
        for warning in options.settings.warnings():
            recording.say(warning)
    if options.all:
        from lixeval.cli.commands.eval_jobs import print_all

        return print_all(options, using_library(options, None if recollection is None else recollection.around))
    if options.stats or options.profile is not None:
        from lixeval.cli.output.profiling import watched

        if options.stats:
            recording = _looking(options, None if recollection is None else recollection.around)
        with watched(options, recording):
            return evaluate(options, recording) if options.only_prints else build(options, recording)
    code = evaluate(options, recording) if options.only_prints else build(options, recording)
    if options.verbose:
        _tell_of_recording(recording)
    return code


def _tell_of_recording(recording: Unrecorded) -> None:
    """What was kept of the run for later ones, and known from earlier ones."""
    from lixeval.system.terminal_text import tell

    if recording.why_not_kept():
        tell(f"not kept for the next time: {recording.why_not_kept()}")
    if recording.what_was_known():
        tell(recording.what_was_known())


def _recording(options: Options, recollection: Recollection | None) -> Unrecorded:
    """What takes notes of the run, if its result may be kept."""
    if recollection is None or not _may_be_kept(options):
        return Unrecorded()
    from lixeval.evaluation.remembered.recording import Recording

    return Recording(recollection)


def using_library(options: Options, around: Surroundings | None, *, is_session: bool = False) -> Unrecorded:
    """What uses, and keeps, what is taken of the library, where results are not kept; `around` is None where nothing
    can be kept.  A session evaluates one expression after the other.
    """
    if around is None or not _may_use_library(options):
        return Unrecorded()
    from lixeval.evaluation.remembered.recording import UsingLibrary

    return UsingLibrary(around, is_session=is_session)


def _may_use_library(options: Options) -> bool:
    return not (options.no_eval_cache or options.restricted or options.limited or "-" in options.files)


def _looking(options: Options, around: Surroundings | None) -> Unrecorded:
    """What tells of a run that is counted what it could have used of its library."""
    if around is None or not _may_use_library(options):
        return Unrecorded()
    from lixeval.evaluation.remembered.recording import LookingAtLibrary

    return LookingAtLibrary(around)


def _may_be_kept(options: Options) -> bool:
    """Whether all that the result depends on can be seen: not what comes through a pipe, nor links around a fence."""
    if is_daemon(store_word(options.store)):
        return False  # what is valid in a daemon's store only the daemon can say
    watched = options.stats or options.profile is not None or options.all or options.limited or options.repair
    return not (options.no_eval_cache or options.restricted or "-" in options.files or options.unrepeatable or watched)


def evaluate(options: Options, recording: Unrecorded) -> int:
    """--eval and its forms: prints values."""
    return evaluated(lambda: _evaluate(options, recording), recording)


def _evaluate(options: Options, recording: Unrecorded) -> int:
    from lixeval.cli.output.values import surroundings_of_last, text_of_value

    workspace = open_workspace(
        options,
        write_store=options.read_write,
        faithful=not needs_all(options),
        recording=recording,
        words=options.files,
    )
    texts: list[str] = []

    def body() -> None:
        for value in each_value(workspace, options, call=bool(options.arguments)):
            workspace.printed = value, surroundings_of_last(value)
            text = text_of_value(value, options, workspace)
            if not (options.json or options.raw) and _shows_states(text, faithful=workspace.evaluator.faithful):
                workspace.evaluator.services.shows_states()
            recording.printed(text)
            texts.append(text)

    workspace.evaluate(body)
    recording.evaluated(workspace.store, "".join(texts), [])
    recording.keep_library()
    return 0


def _shows_states(text: str, *, faithful: bool) -> bool:
    """Whether a printed value tells how far something was evaluated, whether two are one and the same, or where
    something is written.
    """
    return "«" in text or (faithful and text.startswith(("{", "[", "<?xml")))


def build(options: Options, recording: Unrecorded) -> int:
    """The default, and --instantiate: derivations and images; other values are printed."""
    import_group("instantiating")
    workspace, targets = evaluated(lambda: _workspace_and_targets(options, recording), recording)
    if targets:
        make(workspace, targets, options, recording)
    return 0


def _workspace_and_targets(options: Options, recording: Unrecorded) -> tuple[Workspace, list[Target]]:
    """What is to be made, as it is known or evaluated."""
    from lixeval.evaluation.targets import Target

    workspace = open_workspace(options, write_store=True, recording=recording, words=options.files)
    if recording.known is not None:
        known = [Target("", *parts) for parts in recording.known.targets]
        # A collector may have been there since they were looked up; from here on it takes none of them.
        if all(workspace.store.is_valid(target.drv_path) for target in known):
            recording.known.tell()
            return workspace, known
        recording.known = None
    return workspace, _evaluated_targets(workspace, options, recording)


def _evaluated_targets(workspace: Workspace, options: Options, recording: Unrecorded) -> list[Target]:
    """What is to be made; what is only to be shown is printed."""
    from lixeval.cli.targets import find_targets

    found: list[Target] = []
    try:
        find_targets(workspace, options, recording.machine, found)
    except Exception:
        if options.instantiate:  # as nix-instantiate does, which prints each before it goes on
            _show(found, options, _rooted(workspace, options))
        raise
    text = _show(found, options, _rooted(workspace, options))
    targets = [] if options.instantiate else [target for target in found if target.drv_path]
    recording.evaluated(workspace.store, text, [target.parts() for target in targets])
    recording.keep_library()
    return targets


def _show(targets: Sequence[Target], options: Options, links: Callable[[str], str] | None) -> str:
    """Prints what is not made: values that are no derivations, and with --instantiate the derivations.  The text."""
    lines: list[str] = []
    for target in targets:
        if target.drv_path and not options.instantiate:
            continue
        lines.append((_instantiated(target, links) if options.instantiate else target.text) + "\n")
        sys.stdout.write(lines[-1])
    return "".join(lines)


def _instantiated(target: Target, links: Callable[[str], str] | None) -> str:
    """What nix-instantiate prints of a derivation: its path or the link to it, and an output that is not "out"."""
    if not target.drv_path:
        from lixeval.evaluation.targets import no_derivation

        raise no_derivation()
    shown = target.drv_path if links is None else links(target.drv_path)
    return shown if target.output_name == "out" else f"{shown}!{target.output_name}"


def _rooted(workspace: Workspace, options: Options) -> Callable[[str], str] | None:
    """With --instantiate --add-root: makes the link to a derivation, numbered from the second on, and tells it."""
    if not options.instantiate or options.add_root is None:
        return None
    from lixeval.evaluation.targets import make_root

    base, made = os.path.abspath(options.add_root), []

    def link(path: str) -> str:
        made.append(path)
        name = base if len(made) == 1 else f"{base}-{len(made)}"
        make_root(workspace.store, name, path)
        return name

    workspace.store.flush()
    return link


def make(workspace: Workspace, targets: Sequence[Target], options: Options, recording: Unrecorded) -> None:
    """Builds and delivers targets, and prints where they are."""
    from lixeval.cli.delivery import Deliveries
    from lixeval.cli.words import is_flake
    from lixeval.evaluation.targets import Maker

    deliveries = Deliveries(options)
    maker = Maker(
        workspace,
        destinations=options.destinations,
        output=options.output,
        root=options.add_root,
        link=not options.no_link,
        delivery=deliveries,
        anew=options.check,
        repair=options.repair,
        second=1 if any(map(is_flake, options.files)) else 2,
    )
    try:
        maker.make(targets, dry_run=options.dry_run)
    finally:
        deliveries.close()
        for place in maker.places:
            print(place)
    beside = options.digest_file is not None or options.bill is not None
    says_more = options.dry_run or options.check or options.verbose or beside or options.add_root is not None
    recording.made(workspace.store, maker, targets, says_more=says_more)
