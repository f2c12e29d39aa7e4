"""Reading a command line: one loop over the words, one table that says what there is (`cli.option_table`).

words -> options of the command, settings, files -> Options; wrong ones are refused before anything is done
"""

from __future__ import annotations

import os
import sys
from _operator import length_hint  # `operator` itself is 450 lines that no start needs

from lixeval.cli.main_command import MAIN
from lixeval.cli.option_table import ADDED, CALL, FLAG, IMAGES, JOBS_OF_ALL, NUMBER, REGISTRY, REST, TEXT, Option
from lixeval.cli.options import Options
from lixeval.environment.configuration import configured
from lixeval.environment.setting_table import BOOLEAN, BUILDING, EVALUATION, NOTHING, SANDBOX, SETTINGS
from lixeval.errors import SystemFailure, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lixeval.cli.command import Command


def parse(arguments: list[str], command: Command = MAIN) -> Options:
    """Reads the words of a command.  Raises UsageError that names the option and what it needs."""
    reader = _Reader(command)
    reader.read(arguments)
    options = reader.options
    if not options.help and not options.version:
        reader.check()
        options.settle()
    return options


_SAYING_MORE = frozenset(("-v", "-vv", "-vvv", "--verbose"))


class _Reader:
    """One command line being read; `used` are the options that were in it, as they were spelled."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.options = Options()
        self.options.lists = {option.field: [] for option in command.own if option.kind in (ADDED, REST)}
        self.used: list[tuple[str, Option]] = []
        self._known = {name: option for option in command.options() for name in option.names}
        self._commanded: list[tuple[str, str]] = []
        self._expressions = False

    def read(self, arguments: list[str]) -> None:
        """All words; settings are assigned when the last is read, over what files say."""
        words = iter(arguments)
        for word in words:
            first = len(arguments) - length_hint(words) - 1
            if word == "--":
                for rest in words:
                    self._word(rest)
            elif word == "-" or not word.startswith("-"):
                self._word(word)
            else:
                self._option(word, words)
            if word not in _SAYING_MORE:
                self.options.asking += arguments[first : len(arguments) - length_hint(words)]
        if not self.options.help and not self.options.version:
            self._assign()

    def check(self) -> None:
        """What the options say together, and arguments that can be judged now."""
        if self.command is MAIN:
            self._check_purpose()
        if self.options.insecure and self.options.tls_verify:
            raise UsageError("--tls-verify is asked for and declined at once")

    def _word(self, word: str) -> None:
        (self.options.expressions if self._expressions else self.options.files).append(word)

    def _option(self, word: str, words: Iterator[str]) -> None:
        name, equals, value = word.partition("=")
        if word in self._known:
            self._apply(self._known[word], word, words)
        elif word.startswith("--"):
            if equals and name in self._known and len(self._known[name].takes) == 1:
                self._apply(self._known[name], name, iter([value]))
            else:
                self._setting_option(word, name if equals else word, value if equals else None, words)
        else:
            self._short(word, words)

    def _short(self, word: str, words: Iterator[str]) -> None:
        """`-j4`, `-Apath`, `-vvK`: letters, of which the first that takes an argument has the rest."""
        letter, rest = word[:2], word[2:]
        option = self._known.get(letter)
        if option is None and not any(letter in setting.short for setting in self._settings()):
            raise self._unknown(word)
        takes = option is not None and bool(option.takes)
        if letter == "-j" or (takes and rest):
            self._spelled(letter, iter([rest]) if rest else words)
            return
        self._spelled(letter, words)
        if rest:
            self._option("-" + rest, words)

    def _spelled(self, name: str, words: Iterator[str]) -> None:
        if name in self._known:
            self._apply(self._known[name], name, words)
            return
        setting = next(setting for setting in self._settings() if name in setting.short)
        self._commanded.append((setting.name, "true" if setting.kind == BOOLEAN else self._next(name, "N", words)))

    def _settings(self) -> Iterator[Any]:
        """The settings that the command takes as options."""

        groups = self.command.groups
        some = EVALUATION in groups or BUILDING in groups
        return (setting for setting in SETTINGS if setting.group in groups or (some and setting.group == NOTHING))

    def _setting_option(self, word: str, name: str, given: str | None, words: Iterator[str]) -> None:
        """`--SETTING VALUE`, `--SETTING`, `--no-SETTING`, `--extra-SETTING VALUE`."""
        plain = name.removeprefix("--")
        if plain == "relaxed-sandbox":
            plain, given = "sandbox", "relaxed"
        negated = plain.startswith("no-") and plain not in self.options.settings.known
        setting, _ = self.options.settings.find(plain.removeprefix("no-") if negated else plain)
        allowed = setting is not None and any(setting is one for one in self._settings())
        if setting is None or not allowed or (negated and setting.kind not in (BOOLEAN, SANDBOX)):
            raise self._unknown(word)
        if negated or setting.kind == BOOLEAN:
            if given is not None:
                raise UsageError(f"the option '{name}' takes no value", hint=f"{name} or --no-{setting.name}")
            given = "false" if negated else "true"
        elif given is None and setting.kind == SANDBOX:
            given, rest = _sandbox_word(words)
            self._commanded.append((plain, given))
            for other in rest:
                self._word(other) if other == "-" or not other.startswith("-") else self._option(other, words)
            return
        elif given is None:
            given = self._next(name, setting.value, words)
        self._commanded.append((plain if not negated else setting.name, given))

    def _apply(self, option: Option, word: str, words: Iterator[str]) -> None:
        self.used.append((word, option))
        if option.kind == CALL:
            texts = [self._next(word, " ".join(option.takes), words) for _ in option.takes]
            getattr(self, "_take_" + option.field)(word, texts, words)
            return
        own = option.group == ""
        if option.kind == FLAG:
            if own:
                self.options.flags.add(option.field)
            else:
                setattr(self.options, option.field, option.const)
            return
        text = self._next(word, option.takes[0], words)
        if option.kind == REST:
            self.options.lists[option.field] = [text, *words]
            return
        self._judge(option, word, text)
        if option.kind == ADDED:
            (self.options.lists[option.field] if own else getattr(self.options, option.field)).append(text)
        elif own:
            self.options.texts[option.field] = text
        elif option.kind == NUMBER:
            setattr(self.options, option.field, int(text))
        else:
            assert option.kind == TEXT
            setattr(self.options, option.field, text)

    def _judge(self, option: Option, word: str, text: str) -> None:
        if option.choices and text not in option.choices:
            expected = ", ".join(option.choices[:-1]) + " or " + option.choices[-1] if option.choices[1:] else ""
            raise UsageError(f"the option '{word}' needs {expected or option.choices[0]}, not '{text}'")
        if option.kind == NUMBER:
            from lixeval.formats.numbers import whole  # most runs have no such option

            if whole(text) is None:
                raise UsageError(f"the option '{word}' needs a number, not '{text}'")
        if option.check is not None:
            option.check(text)

    def _next(self, word: str, what: str, words: Iterator[str]) -> str:
        found = next(words, None)
        if found is None:
            raise UsageError(f"the option '{word}' needs an argument: {word} {what}", hint=self.command.help_line)
        return found

    # What options with a function of their own do

    def _take_expression(self, word: str, texts: list[str], words: Iterator[str]) -> None:
        """The next word, though it may look like an option that does not exist (`-E -1`); then all that follow."""
        text = texts[0]
        self._expressions = self.command.expressions_follow
        if self._expressions and text == "--":
            for rest in words:
                self._word(rest)
        elif self._expressions and text.startswith("-") and text != "-" and self._is_option(text):
            self._option(text, words)
        else:
            self.options.expressions.append(text)

    def _is_option(self, word: str) -> bool:
        name = word.partition("=")[0]
        if name in self._known or word[:2] in ("-j", "-A", "-I"):
            return True
        short = {one for setting in self._settings() for one in setting.short}
        if not word.startswith("--") and all(
            f"-{letter}" in self._known or f"-{letter}" in short for letter in word[1:]
        ):
            return True
        return any(name in setting.spellings() for setting in self._settings())

    def _take_override_input(self, word: str, texts: list[str], words: Iterator[str]) -> None:
        self.options.overridden_inputs.append((texts[0], texts[1]))

    def _take_override_flake(self, word: str, texts: list[str], words: Iterator[str]) -> None:
        self.options.overridden_flakes.append((texts[0], texts[1]))

    def _take_argument(self, word: str, texts: list[str], words: Iterator[str]) -> None:
        self.options.arguments.append((texts[0], texts[1], False))

    def _take_argument_text(self, word: str, texts: list[str], words: Iterator[str]) -> None:
        self.options.arguments.append((texts[0], texts[1], True))

    def _take_argument_file(self, word: str, texts: list[str], words: Iterator[str]) -> None:
        try:
            with open(texts[1], "rb") as file:
                text = file.read().decode("utf-8", "surrogateescape")
        except OSError as error:
            raise SystemFailure(f"opening file '{texts[1]}': {error.strerror}") from None
        self.options.arguments.append((texts[0], text, True))
        self.options.unrepeatable = True

    def _take_argument_stdin(self, word: str, texts: list[str], words: Iterator[str]) -> None:
        text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
        self.options.arguments.append((texts[0], text, True))
        self.options.unrepeatable = True

    def _take_variable(self, word: str, texts: list[str], words: Iterator[str]) -> None:
        self.options.variables[texts[0]] = texts[1]

    def _take_verbosity(self, word: str, texts: list[str], words: Iterator[str]) -> None:
        self.options.verbosity += 1

    def _take_debug(self, word: str, texts: list[str], words: Iterator[str]) -> None:
        self.options.verbosity = max(self.options.verbosity, 4)

    def _take_setting(self, word: str, texts: list[str], words: Iterator[str]) -> None:
        self._commanded.append((texts[0], texts[1]))

    def _assign(self) -> None:
        settings = self.options.settings = configured()
        for name, value in self._commanded:
            settings.set(name, value, commanded=True)

    # What is wrong

    def _unknown(self, word: str) -> UsageError:
        name = word.partition("=")[0]
        takers = _takers(name)
        if takers:
            shown = " and ".join([", ".join(takers[:-1]), takers[-1]] if takers[1:] else takers)
            return UsageError(f"{self.command.spoken} does not take '{name}'", hint=f"it is an option of {shown}")
        from difflib import get_close_matches

        spelled = [*self._known, *(one for setting in self._settings() for one in setting.spellings())]
        near = get_close_matches(name, spelled, 1, 0.75) if len(name) > 2 else []
        hint = f"did you mean '{near[0]}'? " if near else ""
        return UsageError(f"unknown option '{name}'", hint=f"{hint}{self.command.help_line} lists the options")

    def _check_purpose(self) -> None:
        """Options that would do nothing are refused: of images where nothing is built, of --all without it."""

        options = self.options
        modes = [word for word, option in self.used if option.field in _PRINTS]
        for word, option in self.used:
            if option.group == JOBS_OF_ALL and not options.all:
                raise UsageError(f"'{word}' is for --all", hint="lixeval --help")
            if options.all and option.field == "destinations":
                continue  # where what is built of it goes
            if options.to_registries and (option.group == REGISTRY or option.field in ("compression", "bill")):
                continue  # and how
            if option.group in (IMAGES, REGISTRY) and (modes or options.instantiate or options.all):
                mode = modes[0] if modes else "--instantiate" if options.instantiate else "--all"
                raise UsageError(f"'{word}' is for an image that is built, and {mode} builds none")


_PRINTS = ("evaluate", "strict", "json", "raw", "xml", "parse", "find_file")


def _sandbox_word(words: Iterator[str]) -> tuple[str, list[str]]:
    """What `--sandbox` says, and the word behind it if that is another matter."""
    word = next(words, None)
    if word is None:
        return "true", []
    if word in ("auto", "required", "off", "true", "false", "relaxed"):
        return word, []
    if word.isalpha() and not os.path.exists(word):
        raise UsageError(f"the option '--sandbox' has one of auto, required and off behind it, or none; not '{word}'")
    return "true", [word]


def _takers(name: str) -> list[str]:
    """The commands that take an option, the first few of them."""
    from lixeval.cli.command_table import COMMANDS

    found = [command.spoken for command in COMMANDS if name in command.spellings()]
    return found if len(found) <= 3 else [*found[:2], f"{len(found) - 2} more"]
