"""The targets that a command line names, evaluated by as many processes as are worth having (`side_by_side`).

A helper is this module, started with the same words by the command itself.
"""

from __future__ import annotations

import os
import sys

from lixeval.cli.installables import take_derivations
from lixeval.cli.option_reading import parse
from lixeval.cli.options import Options
from lixeval.cli.words import is_flake
from lixeval.cli.workspace import each_cell, each_value, open_workspace
from lixeval.environment.machine import Machine
from lixeval.evaluation.auto_call import Arguments, called_with
from lixeval.evaluation.remembered.unrecorded import Unrecorded
from lixeval.evaluation.side_by_side import Place, can_have_help, evaluated, help
from lixeval.evaluation.targets import Part, Target, add_targets, all_found, parts_of, together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.evaluation.side_by_side import Unit
    from lixeval.evaluation.workspace import Workspace
    from lixeval.runtime.values import Delayed, Value


def find_targets(workspace: Workspace, options: Options, machine: Machine, found: list[Target]) -> None:
    """Adds the derivations that words name to those found, then what files, expressions and attributes give, in their
    order: also what comes before one that fails.
    """
    found += take_derivations(options, workspace.store)
    called, add = _caller(workspace, options), _adder(workspace, options)
    if not can_have_help() or not workspace.has_own_store or not _can_be_divided(options):

        def body() -> None:
            for value in each_value(workspace, options, call=True):
                add(found, value)

        return workspace.evaluate(body)
    cells = workspace.evaluate(lambda: list(each_cell(workspace, options)))

    def command(place: Place) -> list[str]:
        numbers = (place.claims, place.numbers, place.count, machine.takes_notes)
        flags = [sys.executable, "-P", "-X", "utf8", "-m", "lixeval.cli.targets"]
        return [*flags, *(str(int(number)) for number in numbers), *sys.argv[1:]]

    if len(cells) != 1:
        units = _units_of_values(workspace, options, cells)
        return evaluated(units, workspace, machine, command, found, are_of_one_value=False)
    parts, asked = _parts(workspace, cells), list[Target]()
    try:
        evaluated(_units_of_parts(parts, called), workspace, machine, command, asked, are_of_one_value=True)
    except Exception:
        if workspace.evaluate(lambda: all_found(parts, called)):
            found += together(asked)
        raise
    made = together(asked)
    found += made
    if not made:
        workspace.evaluate(lambda: add(found, cells[0]))


def _caller(workspace: Workspace, options: Options) -> Callable[[Delayed], Value]:
    """What calls functions with the arguments that the options give."""
    arguments = Arguments(workspace.evaluator, options.arguments)
    return lambda value: called_with(value, arguments)


def _adder(workspace: Workspace, options: Options) -> Callable[[list[Target], Delayed], None]:
    """What adds the targets in a value to those found; with --instantiate there need be none in a set or list."""
    called = _caller(workspace, options)
    return lambda found, value: add_targets(found, value, called, show_empty=not options.instantiate)


def _can_be_divided(options: Options) -> bool:
    """Whether another process can read what this one does, and nobody looks at how it is evaluated."""
    watched = options.limited or options.stats or options.profile is not None
    return not (watched or "-" in options.files or any(map(is_flake, options.files)))


def _units(workspace: Workspace, options: Options, cells: list[Delayed]) -> list[Unit]:
    """What can be evaluated by itself: each of several values, else each part of the only one."""
    if len(cells) != 1:
        return _units_of_values(workspace, options, cells)
    return _units_of_parts(_parts(workspace, cells), _caller(workspace, options))


def _units_of_values(workspace: Workspace, options: Options, cells: list[Delayed]) -> list[Unit]:
    add = _adder(workspace, options)

    def of_cell(cell: Delayed) -> Unit:
        return lambda found: add(found, cell)

    return [of_cell(cell) for cell in cells]


def _parts(workspace: Workspace, cells: list[Delayed]) -> list[Part]:
    return workspace.evaluate(lambda: parts_of(cells[0]))


def _units_of_parts(parts: list[Part], called: Callable[[Delayed], Value]) -> list[Unit]:
    def of_part(part: Part) -> Unit:
        return lambda found: part.add_targets(found, called)

    return [of_part(part) for part in parts]


class _Silent(Unrecorded):
    """A helper's run: notes are taken by `machine`, and nothing is said."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.machine = machine

    def say(self, text: str) -> None:
        raise SystemExit(1)


def _help(numbers: list[int], words: list[str]) -> None:
    """A helper's whole run: its answer goes to stdout; it ends with who has started it."""
    import signal

    from lixeval.system import syscalls

    syscalls.die_with_parent(signal.SIGTERM)
    claims, descriptor, count, takes_notes = numbers
    options = parse(words)
    if not options.files and not options.expressions:
        options.files.append(".")
    machine = Machine()
    if takes_notes:
        from lixeval.evaluation.remembered.notes import RecordedMachine

        machine = RecordedMachine()
    workspace = open_workspace(options, write_store=True, recording=_Silent(machine), words=options.files)
    take_derivations(options, workspace.store)
    cells = workspace.evaluate(lambda: list(each_cell(workspace, options)))
    units = _units(workspace, options, cells)
    if len(units) == count:
        sys.stdout.buffer.write(help(Place(claims, descriptor, count), units, workspace, machine))


if __name__ == "__main__":
    from lixeval.system.deep_stack import rest_collector

    rest_collector(ends=True)
    _help([int(word) for word in sys.argv[1:5]], sys.argv[5:])
    sys.stdout.flush()
    os._exit(0)  # millions of cells would be freed one by one for nothing
