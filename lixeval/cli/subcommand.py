"""The command lines of subcommands: what each has of its own, and what it shares with evaluation.

A subcommand names its own flags and options; every other word goes to `options.parse`, so that `-A`, `-I`, `--arg`,
`--store` and the like are the same everywhere.
"""

from __future__ import annotations

from lixeval.cli.options import Options, parse
from lixeval.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


_HELP = {"-h": "help", "--help": "help"}
"""Flags that every subcommand has."""


class CommandLine:
    """`flags` and `texts` of the subcommand's own, by name; `options` has everything else."""

    def __init__(self, flags: set[str], texts: dict[str, str], options: Options) -> None:
        self.flags = flags
        self.texts = texts
        self.options = options

    @property
    def words(self) -> list[str]:
        """What is no option."""
        return self.options.files


def read(
    command: str,
    arguments: list[str],
    flags: Mapping[str, str] | None = None,
    texts: Mapping[str, str] | None = None,
) -> CommandLine:
    """Reads the words after `lixeval COMMAND`; `flags` and `texts` say what name a spelling has.

    All subcommands have the flag "help".  Raises UsageError that names the option and points to the subcommand's own
    help.
    """
    own_flags = _HELP if flags is None else {**_HELP, **flags}
    found: set[str] = set()
    values: dict[str, str] = {}
    rest: list[str] = []
    own_texts = {} if texts is None else texts
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *words]
        elif word in own_flags:
            found.add(own_flags[word])
        elif word in own_texts or (equals and name.startswith("--") and name in own_texts):
            given = value if word not in own_texts else next(words, None)
            if given is None:
                raise UsageError(f"the option '{word}' needs an argument", hint=f"lixeval {command} --help")
            values[own_texts[name if word not in own_texts else word]] = given
        else:
            rest.append(word)
    try:
        return CommandLine(found, values, parse(rest))
    except UsageError as error:
        error.hint = f"lixeval {command} --help lists the options"
        raise


def at_least(line: CommandLine, command: str, count: int, what: str) -> None:
    """Raise UsageError unless there are so many words."""
    if len(line.words) + len(line.options.expressions) < count:
        raise UsageError(f"lixeval {command} needs {what}", hint=f"lixeval {command} --help")
