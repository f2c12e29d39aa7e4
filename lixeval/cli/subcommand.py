"""The command lines of subcommands: what is in them, by the tables of commands and options."""

from __future__ import annotations

from lixeval.cli.command_table import command_named
from lixeval.cli.option_reading import parse
from lixeval.cli.options import Options
from lixeval.errors import UsageError
from lixeval.system.terminal_text import tell


class CommandLine:
    """`flags`, `texts` and `lists` are of the subcommand's own options, by name; `options` has everything else."""

    def __init__(self, options: Options) -> None:
        self.flags = options.flags
        self.texts = options.texts
        self.lists = options.lists
        self.options = options

    @property
    def words(self) -> list[str]:
        """What is no option."""
        return self.options.files


def read(command: str, arguments: list[str]) -> CommandLine:
    """Reads the words after `lixeval COMMAND`.

    Raises UsageError that names the option and points to the subcommand's own help.
    """
    try:
        line = CommandLine(parse(arguments, command_named(command)))
        for warning in line.options.settings.warnings():
            tell(warning)
        return line
    except UsageError as error:
        error.hint = error.hint or f"lixeval {command} --help lists the options"
        raise


def at_least(line: CommandLine, command: str, count: int, what: str) -> None:
    """Raise UsageError unless there are so many words."""
    if len(line.words) + len(line.options.expressions) < count:
        raise UsageError(f"lixeval {command} needs {what}", hint=f"lixeval {command} --help")


def no_words(line: CommandLine, command: str) -> None:
    """Raise UsageError where there are words and the command has no use for them."""
    words = [*line.words, *line.options.expressions]
    if words:
        raise UsageError(f"lixeval {command} takes no '{words[0]}'", hint=f"lixeval {command} --help")
