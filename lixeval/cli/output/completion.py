"""Completion scripts for bash, zsh and fish, made of the tables of commands and options.

    eval "$(lixeval completion bash)"                                    in ~/.bashrc
    lixeval completion zsh > ~/.zfunc/_lixeval                           with ~/.zfunc in fpath
    lixeval completion fish > ~/.config/fish/completions/lixeval.fish

Settings without a meaning here are not offered.  What an option takes is offered where it is known: words to choose
from, else files.
"""

from __future__ import annotations

from lixeval.cli.command import Command
from lixeval.cli.command_table import COMMANDS
from lixeval.cli.main_command import MAIN
from lixeval.environment.setting_table import BOOLEAN, SANDBOX, SETTINGS
from lixeval.formats.shell_text import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Offer = tuple[str, str, str, tuple[str, ...]]

_CHOICES = {
    "--compression": ("none", "gzip", "zstd"),
    "--sbom": ("spdx", "cyclonedx"),
    "--format": ("spdx", "cyclonedx"),
    "--sandbox": ("auto", "required", "off"),
}


_WITH_SETTINGS = ("", "eval", "config show")
"""Commands for which settings are offered as options: for others they are too many beside what is theirs."""


def offers(command: Command) -> Iterator[Offer]:
    """(spelling, meaning, what it takes or "", choices) of all that a command offers."""
    for option in command.options():
        for name in option.names:
            if option.field != "needless":
                yield name, option.help, " ".join(option.takes), option.choices or _CHOICES.get(option.names[0], ())
    for setting in SETTINGS if command.name in _WITH_SETTINGS else ():
        if setting.group and command.takes_setting(setting.group):
            for name in setting.spellings():
                if name.removeprefix("--").removeprefix("no-").removeprefix("extra-") in setting.aliases:
                    continue
                flag = setting.kind in (BOOLEAN, SANDBOX)
                yield name, setting.help, "" if flag else setting.value, _CHOICES.get(name, ())


def _first_words() -> list[Command]:
    return [command for command in COMMANDS if command.name and " " not in command.name]


def _below(command: Command) -> list[str]:
    start = command.name + " "
    return [one.name.removeprefix(start) for one in COMMANDS if command.name and one.name.startswith(start)]


# bash


def bash() -> str:
    """A function that knows the options of each command."""
    cases = []
    values: dict[str, tuple[str, ...]] = {}
    for command in COMMANDS:
        found = list(offers(command))
        words = " ".join([*_below(command), *(name for name, _, _, _ in found)])
        cases.append(f"    '{command.name}') words='{words}' ;;")
        values |= {name: choices for name, _, _, choices in found if choices}
    chosen = "\n".join(
        f"    {name}) COMPREPLY=($(compgen -W '{' '.join(choices)}' -- \"$current\")); return ;;"
        for name, choices in sorted(values.items())
    )
    return _BASH.format(
        commands=" ".join(command.name for command in _first_words()),
        parents="|".join(command.name for command in _first_words() if _below(command)),
        cases="\n".join(cases),
        chosen=chosen,
    )


_BASH = """\
# bash completion for lixeval; made by `lixeval completion bash`
_lixeval() {{
  local current previous command words
  current=${{COMP_WORDS[COMP_CWORD]}}
  previous=${{COMP_WORDS[COMP_CWORD-1]}}
  COMPREPLY=()
  case $previous in
{chosen}
  esac
  command=
  if (( COMP_CWORD > 1 )); then
    case " {commands} " in
      *" ${{COMP_WORDS[1]}} "*) command=${{COMP_WORDS[1]}} ;;
    esac
    case $command in
      {parents}) (( COMP_CWORD > 2 )) && command="$command ${{COMP_WORDS[2]}}" ;;
    esac
  fi
  case $command in
{cases}
    *) words= ;;
  esac
  (( COMP_CWORD == 1 )) && words="$words {commands}"
  if [[ $current == -* ]] || (( COMP_CWORD == 1 )) || [[ $words && $words != -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
  COMPREPLY+=($(compgen -f -- "$current"))
}}
complete -o filenames -F _lixeval lixeval
"""


# zsh


def zsh() -> str:
    """A function for `_arguments`, with the meaning of each option."""
    lines = ["#compdef lixeval", "# zsh completion for lixeval; made by `lixeval completion zsh`", "_lixeval() {"]
    lines += ["  local -a commands", "  commands=("]
    lines += [f"    {quoted(command.name + ':' + _plain(command.summary))}" for command in _first_words()]
    lines += [
        "  )",
        "  local command=",
        "  if (( CURRENT > 2 )); then",
        "    command=$words[2]",
        "    case $command in",
    ]
    parents = [command.name for command in _first_words() if _below(command)]
    lines += [f'      {"|".join(parents)}) (( CURRENT > 3 )) && command="$command $words[3]" ;;']
    lines += ["    esac", "  fi", "  case $command in"]
    for command in COMMANDS:
        if command is not MAIN:
            lines += [f"    '{command.name}')", *_zsh_arguments(command, "      "), "      ;;"]
    lines += ["    *)", "      (( CURRENT == 2 )) && _describe command commands", *_zsh_arguments(MAIN, "      ")]
    lines += ["      ;;", "  esac", "}", 'if [ "$funcstack[1]" = _lixeval ]; then', '  _lixeval "$@"', "else"]
    lines += ["  compdef _lixeval lixeval", "fi"]
    return "\n".join(lines) + "\n"


def _zsh_arguments(command: Command, indent: str) -> list[str]:
    below = _below(command)
    rest = f"'*:subcommand:({' '.join(below)})'" if below else "'*:file:_files'"
    lines = [f"{indent}_arguments -S \\"]
    for name, meaning, takes, choices in offers(command):
        if "=" in name:
            continue
        value = ""
        if takes:
            first = ":".join([takes.split()[0], f"({' '.join(choices)})" if choices else "_files"])
            value = f":{first}" + (f":{takes.split()[1]}:_files" if len(takes.split()) > 1 else "")
        lines.append(f"{indent}  {quoted(f'*{name}[{_plain(meaning)}]{value}')} \\")
    return [*lines, f"{indent}  {rest}"]


def _plain(text: str) -> str:
    """A meaning without what zsh takes for its own."""
    return text.translate({ord("["): "(", ord("]"): ")", ord(":"): " -", ord("`"): None})


# fish


def fish() -> str:
    """One line for each option of each command."""
    lines = ["# fish completion for lixeval; made by `lixeval completion fish`"]
    names = " ".join(command.name for command in _first_words())
    none = f"not __fish_seen_subcommand_from {names}"
    for command in _first_words():
        lines.append(f"complete -c lixeval -n {_fish(none)} -a {command.name} -d {_fish(command.summary)}")
        lines += [
            f"complete -c lixeval -n {_fish(f'__fish_seen_subcommand_from {command.name}')} -a {below}"
            for below in _below(command)
        ]
    for command in COMMANDS:
        seen = " ; and ".join(f"__fish_seen_subcommand_from {word}" for word in command.name.split()) or none
        for name, meaning, takes, choices in offers(command):
            if "=" in name:
                continue
            spelled = f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
            value = f" -x -a {_fish(' '.join(choices))}" if choices else " -r" if takes else ""
            lines.append(f"complete -c lixeval -n {_fish(seen)} {spelled}{value} -d {_fish(meaning)}")
    return "\n".join(lines) + "\n"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SCRIPTS: dict[str, Callable[[], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
"""Shell -> what makes its script."""
