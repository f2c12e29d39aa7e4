"""From the first words of a command line to the command that they name, and help where that is asked for."""

from __future__ import annotations

import sys
from importlib import import_module

from lixeval.cli.command import Command
from lixeval.cli.command_table import COMMANDS
from lixeval.cli.option_table import REST
from lixeval.errors import UsageError

_OWN_HELP = ("nix2container",)
"""Commands that answer --help themselves, with the words of the program that they stand for."""


def run_command(words: list[str]) -> int:
    """Runs the command that the first one or two words name; its exit code."""
    command, rest = _named(words)
    if command.name not in _OWN_HELP and _asks_for_help(command, rest):
        from lixeval.cli.output.help import help_of

        print(help_of(command), end="")
        return 0
    if not command.module:
        return _without_subcommand(command, rest)
    code: int = getattr(import_module(command.module), command.function)(rest)
    return code


def _named(words: list[str]) -> tuple[Command, list[str]]:
    by_name = {command.name: command for command in COMMANDS}
    if len(words) > 1 and f"{words[0]} {words[1]}" in by_name:
        return by_name[f"{words[0]} {words[1]}"], words[2:]
    return by_name[words[0]], words[1:]


def _asks_for_help(command: Command, words: list[str]) -> bool:
    own = {name for option in command.own for name in option.names}
    asked = [word for word in ("--help", "-h") if word not in own]
    others = [name for option in command.own if option.kind == REST for name in option.names]
    ends = [words.index(word) for word in ("--", *others) if word in words]
    return any(word in words[: min(ends, default=len(words))] for word in asked)


def _without_subcommand(command: Command, rest: list[str]) -> int:
    """A command that only has subcommands, called without one or with none of them."""
    if not rest:
        from lixeval.cli.output.help import help_of

        print(help_of(command), end="", file=sys.stderr)
        return 1
    from difflib import get_close_matches

    below = [one.name.split()[1] for one in COMMANDS if one.name.startswith(command.name + " ")]
    near = get_close_matches(rest[0], below, 1)
    hint = f"did you mean 'lixeval {command.name} {near[0]}'?" if near else f"there are {', '.join(below)}"
    raise UsageError(f"unknown subcommand '{command.name} {rest[0]}'", hint=hint)
