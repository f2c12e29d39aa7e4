"""The tables of commands, options and settings, and all that is made of them: help, man page, completion, refusals."""

from __future__ import annotations

from importlib import import_module

import pytest

from lixeval import cli
from lixeval.cli.command import Command
from lixeval.cli.command_table import COMMANDS, command_named
from lixeval.cli.main_command import MAIN
from lixeval.cli.option_reading import parse
from lixeval.cli.option_table import OPTIONS, TITLES
from lixeval.cli.output.completion import SCRIPTS, offers
from lixeval.cli.output.help import WIDTH, help_of
from lixeval.cli.output.man_page import man_page
from lixeval.environment.configuration import Configuration
from lixeval.environment.setting_table import NOTHING, SETTINGS
from lixeval.errors import LixevalError, UsageError

commands = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name or "main")


def test_the_first_words_are_those_of_the_table() -> None:
    assert {command.name.split()[0] for command in COMMANDS if command.name} == cli.COMMAND_NAMES


@commands
def test_each_command_can_be_run(command: Command) -> None:
    if command.module:
        assert callable(getattr(import_module(command.module), command.function))
    else:
        below = [one for one in COMMANDS if one.name.startswith(command.name + " ")]
        assert below or command is MAIN


@commands
def test_its_help_fits_and_names_all_of_its_options(command: Command) -> None:
    text = help_of(command)
    assert text.startswith("usage: lixeval " + command.name)
    assert [line for line in text.splitlines() if len(line) > WIDTH] == []
    words = set(text.replace(",", " ").replace(";", " ").split())
    assert {name for option in command.options() for name in option.names} <= words


def test_the_main_help_names_every_spelling() -> None:
    words = set(help_of(MAIN).replace(",", " ").split())
    everything = {name for option in OPTIONS for name in option.names if option.group in MAIN.groups}
    everything |= {name for setting in SETTINGS for name in setting.spellings()}
    assert everything <= words
    assert {command.name for command in COMMANDS if " " not in command.name} - {""} <= words


@commands
def test_completion_and_man_page_have_all_of_it(command: Command) -> None:
    scripts = {shell: make() for shell, make in SCRIPTS.items()}
    page = man_page().replace("\\-", "-")
    for name, _, _, _ in offers(command):
        assert name in page
        assert name in scripts["bash"]
        if "=" not in name:
            assert f"*{name}[" in scripts["zsh"]
            assert (f"-l {name[2:]} " if name.startswith("--") else f"-s {name[1:]} ") in scripts["fish"]
    for word in command.name.split():
        assert all(word in script for script in scripts.values())


@commands
def test_what_it_does_not_take_is_refused_by_name(command: Command) -> None:
    if command.name == "nix2container":
        return
    taken = command.spellings()
    others = {name for one in COMMANDS for option in one.options() for name in option.names} - taken
    for name in sorted(others):
        if name.partition("=")[0] in taken or (not name.startswith("--") and name[:2] in taken):
            continue
        with pytest.raises(UsageError) as raised:
            parse([name, "x", "y"], command)
        assert f"'{name.partition('=')[0]}'" in raised.value.message
        assert raised.value.hint


@commands
def test_what_it_takes_needs_its_arguments(command: Command) -> None:
    for option in command.options():
        if option.takes:
            with pytest.raises(UsageError, match="needs an argument"):
                parse([option.names[0], *["x"] * (len(option.takes) - 1)], command)


def test_every_option_has_a_group_and_a_meaning() -> None:
    assert {option.group for option in OPTIONS} <= set(TITLES)
    assert {setting.group for setting in SETTINGS} <= {*TITLES, NOTHING}
    assert [option.names for option in OPTIONS if not option.help] == []
    assert [setting.name for setting in SETTINGS if setting.group and not setting.help] == []


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_default_is_a_value(setting: object) -> None:
    configuration = Configuration()
    name = setting.name  # type: ignore[attr-defined]  # a Setting
    before = configuration[name]
    if configuration.shown(name):
        configuration.set(name, configuration.shown(name))
    assert configuration[name] == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--eval -E 1 --compression banana", "banana"),
        ("--eval -E 1 --compression zstd:99", "99"),
        ("--eval -E 1 --sandbox banana", "banana"),
        ("--eval -E 1 --sandbox=banana", "banana"),
        ("--eval -E 1 --compression gzip", "--eval builds none"),
        ("--eval -E 1 --to oci:x", "--eval builds none"),
        ("--instantiate -E 1 --creds a:b", "--instantiate builds none"),
        ("--parse -E 1 --to oci:x", "--parse builds none"),
        ("-E 1 --to nosuch:thing", "nosuch"),
        ("-E 1 --sbom nosuch", "nosuch"),
        ("-E 1 --meta", "--all"),
        ("-E 1 --cores x", "cores"),
        ("-E 1 -j many", "max-jobs"),
        ("-E 1 --no-cores", "--no-cores"),
        ("-E 1 --pure-eval=maybe", "takes no value"),
        ("-E 1 --error-format yaml", "text or json"),
        ("-E 1 --option cores", "needs an argument"),
        ("-E 1 --option cores x", "cores"),
        ("-E 1 --max-memory-size x", "needs a number"),
        ("-E 1 --tls-verify --tls-verify=false", "at once"),
        ("-E 1 --evall", "--evall"),
        ("-E 1 -y", "-y"),
    ],
)
def test_what_can_be_judged_early_is(words: str, told: str) -> None:
    with pytest.raises(LixevalError, match=told):
        parse(words.split())


def test_a_near_name_is_offered() -> None:
    with pytest.raises(UsageError) as raised:
        parse(["--instantiat"])
    assert "did you mean '--instantiate'?" in str(raised.value.hint)
    with pytest.raises(UsageError) as raised:
        parse(["--dest-cred", "x"], command_named("copy"))
    assert "--dest-creds" in str(raised.value.hint)
