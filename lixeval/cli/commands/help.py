"""`lixeval help [COMMAND]`, `lixeval version`, `lixeval completion SHELL`: what lixeval says of itself.

Everything is made of the tables of commands and options.
"""

from __future__ import annotations

from lixeval import __version__
from lixeval.cli.command_table import COMMANDS
from lixeval.cli.subcommand import no_words, read
from lixeval.errors import UsageError


def run(arguments: list[str]) -> int:
    """The help of a command, of all, or the man page."""
    line = read("help", arguments)
    name = " ".join(line.words)
    by_name = {command.name: command for command in COMMANDS}
    if name not in by_name:
        from difflib import get_close_matches

        near = get_close_matches(name, by_name, 1)
        hint = f"did you mean '{near[0]}'?" if near else "lixeval help lists the commands"
        raise UsageError(f"there is no command '{name}'", hint=hint)
    if "man" in line.flags:
        from lixeval.cli.output.man_page import man_page

        print(man_page(), end="")
    else:
        from lixeval.cli.output.help import help_of

        print(help_of(by_name[name]), end="")
    return 0


def version(arguments: list[str]) -> int:
    """Which lixeval this is."""
    no_words(read("version", arguments), "version")
    print(f"lixeval {__version__}")
    return 0


def completion(arguments: list[str]) -> int:
    """The completion script for a shell."""
    from lixeval.cli.output.completion import SCRIPTS

    line = read("completion", arguments)
    if len(line.words) != 1 or line.words[0] not in SCRIPTS:
        raise UsageError("lixeval completion needs the name of a shell", hint="bash, zsh or fish")
    print(SCRIPTS[line.words[0]](), end="")
    return 0
