"""`--help` made of the tables of commands and options, 80 columns wide.

`parts` is what both the help and the man page are: headlines with rows of (what is typed, what it means).
"""

from __future__ import annotations

import textwrap

from lixeval.cli.command import Command
from lixeval.cli.command_table import COMMANDS
from lixeval.cli.main_command import MAIN
from lixeval.cli.option_table import TITLES, Option
from lixeval.environment.setting_table import NOTHING, SETTINGS, Setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = tuple[str, str]

WIDTH = 80
_COLUMN = 24
"""Where meanings begin."""

EXIT_CODES = "0; 1 error; 100 build failed, 101 timeout, 102 hash mismatch, 104 not deterministic"
_TOLD_ONCE = ("input", "evaluation", "building", "fetching", "store", "messages")
"""Groups that a command's own help only names: they mean the same everywhere."""


def help_of(command: Command) -> str:
    """The help of a command, each line at most 80 columns wide."""
    lines = list(_usage(command))
    about = command.about or _sentence(command.summary)
    lines += ["", *textwrap.wrap(about, WIDTH)]
    for title, rows in parts(command):
        lines += ["", title]
        for typed, meaning in rows:
            lines += _row(typed, meaning)
    if command is not MAIN:
        lines += _named(command)
    if command.examples:
        lines += ["", "examples", *(f"  {example}" for example in command.examples)]
    return "\n".join(lines).lstrip("\n") + "\n"


def parts(command: Command) -> Iterator[tuple[str, list[Row]]]:
    """(headline, rows): words, subcommands, options; of settings that a command shares only its own help's."""
    if command.words:
        yield "words", list(command.words)
    if command is MAIN:
        yield "commands", [(one.name, one.summary) for one in COMMANDS if one.name and " " not in one.name]
    below = [one for one in COMMANDS if one.name.startswith(command.name + " ")] if command.name else []
    if below:
        yield "subcommands", [(one.name.removeprefix(command.name + " "), one.summary) for one in below]
    own = [option_row(option) for option in command.own]
    if own:
        yield "options", own
    for group in command.groups:
        if command is not MAIN and group in _TOLD_ONCE:
            continue
        rows = [option_row(option) for option in command.options() if option.group == group]
        rows += [setting_row(setting) for setting in SETTINGS if setting.group == group]
        yield TITLES[group], rows
    if command is MAIN:
        yield "settings of Nix that are taken, kept and shown, and change nothing here", [("", _nothing())]
        yield "exit codes", [("", EXIT_CODES)]


def option_row(option: Option) -> Row:
    """All spellings with what they take, and the meaning."""
    return ", ".join(option.names) + "".join(f" {what}" for what in option.takes), option.help


def setting_row(setting: Setting) -> Row:
    """The same of a setting, with its default where that tells something."""
    names = ", ".join(setting.spellings())
    default = f" (default: {setting.default})" if setting.default and len(setting.default) < 12 else ""
    value = "" if setting.kind == "boolean" else f" {setting.value}"
    return names + value, setting.help + default


def _nothing() -> str:
    return " ".join(name for setting in SETTINGS if setting.group == NOTHING for name in setting.spellings())


def _usage(command: Command) -> Iterator[str]:
    start = f"lixeval {command.name}".rstrip()
    for number, line in enumerate(command.usage):
        yield ("usage: " if number == 0 else "       ") + f"{start} {line}".rstrip()


def _sentence(summary: str) -> str:
    return summary[:1].upper() + summary[1:] + ("" if summary.endswith("?") else ".")


def _row(typed: str, meaning: str) -> list[str]:
    """What is typed on the left, wrapped if need be; what it means on the right, or below where the left is long."""
    if not typed:
        return textwrap.wrap(meaning, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    indent = " " * _COLUMN
    told = textwrap.wrap(meaning, WIDTH - _COLUMN, break_on_hyphens=False)
    left = textwrap.wrap(
        typed, WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False, break_long_words=False
    )
    if len(left) == 1 and len(left[0]) < _COLUMN - 1 and told:
        return [left[0].ljust(_COLUMN) + told[0], *(indent + line for line in told[1:])]
    return [*left, *(indent + line for line in told)]


def _named(command: Command) -> list[str]:
    """The options that mean the same everywhere, by their names alone."""
    names = [
        option_row(option)[0]
        for group in command.groups
        if group in _TOLD_ONCE
        for option in command.options()
        if option.group == group and option not in command.own
    ]
    if not names:
        return []
    settings = any(command.takes_setting(setting.group) for setting in SETTINGS)
    also = "; ".join(names) + ("; and settings of nix.conf as --NAME VALUE" if settings else "")
    told = textwrap.wrap(also, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    return ["", "as for lixeval FILE (see lixeval --help)", *told]
