"""Whether all of a plain script is known, before anything of it is run: its commands, their options, what it mentions.

Known are mkdir, ln -s, cp, install, mv, rm, chmod, touch, echo, cat, printf of %s, cd, test, eval of a variable, lndir,
and checks that change nothing (bash -n, shellcheck).  Any other command or option is NotPlain.

Source: GNU coreutils' manual; lndir(1).
"""

from __future__ import annotations

import os
import re

from lixeval.build.builders.plain_script import And, Assignment, Command, For, NotPlain, literal, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lixeval.build.builders.plain_script import Script, Statement, Word

_OPTIONS = {
    "mkdir": "pv",
    "ln": "sfnvT",
    "cp": "rRadPLvfpTH",
    "mv": "fvT",
    "rm": "rfRv",
    "chmod": "Rv",
    "touch": "",
    "echo": "n",
    "cat": "",
    "cd": "",
    "dirname": "",
    "basename": "",
    "true": "",
    ":": "",
    "set": "xeu",
}
"""Each command's options of one letter."""
_LONG = {"cp": ("--no-preserve=mode", "--no-preserve=ownership", "--no-preserve=mode,ownership")}
_TESTS = ("-e", "-f", "-d", "-L", "-h", "-n", "-z", "-x")
_MODE = re.compile(r"[0-7]{3,4}|[ugoa]*[+-][rwxX]+(,[ugoa]*[+-][rwxX]+)*")
_HOOKS = ("preCheck", "postCheck", "preInstall", "postInstall", "preBuild", "postBuild")


def tool_of(name: str | None) -> str | None:
    """What a program of a package is known as here: of others only those that are looked for in PATH."""
    if name is None or "/" not in name:
        return name
    base = os.path.basename(name)
    return base if base in ("lndir", "bash", "shellcheck", "mkdir", "ln", "cp") else name


class Known:
    """A script of which every command is known.

    `mentions` is all text from which store paths can come that it reads or writes; programs are not among it.
    """

    def __init__(self, text: str, variables: Mapping[str, str]) -> None:
        """Raises NotPlain."""
        self._variables = variables
        self._texts: list[str] = []
        self._seen: set[str] = set()
        self.script = parse(text)
        self._statements(self.script)

    @property
    def mentions(self) -> str:
        """All texts of it, and the variables that it names."""
        return "\n".join(self._texts)

    def _statements(self, script: Script) -> None:
        for statement in script:
            self._statement(statement)

    def _statement(self, statement: Statement) -> None:
        if isinstance(statement, Command):
            self._command(statement)
        elif isinstance(statement, Assignment):
            self._word(statement.word)
            self._seen.add(statement.name)
        elif isinstance(statement, And):
            self._statement(statement.first)
            self._statement(statement.then)
        elif isinstance(statement, For):
            for word in statement.words:
                self._word(word)
            self._seen.add(statement.name)
            self._statements(statement.body)
        else:
            for condition, body in statement.branches:
                self._statements(condition)
                self._statements(body)

    def _word(self, word: Word) -> None:
        for part in word:
            self._texts.append(part.text)
            if part.call is not None:
                if literal(part.call.words[0]) not in ("dirname", "basename", "cat"):
                    raise NotPlain("'$(' of another command than dirname, basename and cat")
                self._command(part.call)
            elif part.name:
                self._variable(part.name)

    def _variable(self, name: str) -> None:
        """A variable that is named: one of the derivation's, one that the script has set, or `textPath`, for `text`."""
        if name in self._seen:
            return
        self._seen.add(name)
        one = name if name in self._variables else name.removesuffix("Path")
        if one not in self._variables and name not in ("NIX_BUILD_TOP", "TMPDIR"):
            raise NotPlain(f"'${name}'")
        self._texts.append(self._variables.get(one, ""))

    def _command(self, command: Command) -> None:
        name = literal(command.words[0])
        words = command.words[1:]
        if name == "eval":
            self._eval(words)
            return
        if name == "runHook" and len(words) == 1:
            hook = literal(words[0])
            if hook not in _HOOKS or self._variables.get(hook):
                raise NotPlain("a hook")
            return
        tool = tool_of(name)
        for word in words:
            self._word(word)
        for also in (command.output, command.given):
            if also is not None:
                self._word(also)
        if tool in ("[", "test"):
            _check_test([literal(word) for word in words], tool)
        elif tool == "printf":
            if not words or re.fullmatch(r"([^%\\]|%s|\\n)*", literal(words[0]) or "%") is None:
                raise NotPlain("printf of another format than %s")
        elif tool == "lndir":
            if not (len(words) == 3 and literal(words[0]) == "-silent"):
                raise NotPlain("lndir")
        elif tool == "install":
            Installation.of([literal(word) for word in words])
        elif tool in ("bash", "shellcheck") and name != tool:
            _check_check(tool, [literal(word) for word in words])
        elif tool in _OPTIONS:
            self._options(tool, words)
        else:
            raise NotPlain(f"'{name}'")

    def _options(self, tool: str, words: Sequence[Word]) -> None:
        for word in words:
            text = literal(word)
            if text is not None and text.startswith("-") and len(text) > 1 and not word[0].quoted:
                if tool == "echo" and text != "-n":
                    raise NotPlain("echo with options")
                known = text in _LONG.get(tool, ()) or set(text[1:]) <= set(_OPTIONS[tool])
                if not known and not (tool == "chmod" and _MODE.fullmatch(text)):
                    raise NotPlain(f"'{tool} {text}'")
        if tool == "ln" and not any(re.match(r"-[a-zA-Z]*s", literal(word) or "") for word in words):
            raise NotPlain("a hard link")
        if tool == "chmod":
            modes = [literal(word) for word in words if not (literal(word) or "").startswith(("-R", "-v"))]
            if not modes or modes[0] is None or not _MODE.fullmatch(modes[0]):
                raise NotPlain("chmod")
        if tool == "set" and len(words) != 1:
            raise NotPlain("set")

    def _eval(self, words: Sequence[Word]) -> None:
        """`eval "$NAME"`: the script that a variable of the derivation holds."""
        parts = [part for word in words for part in word if part.name or part.text or part.call is not None]
        if len(parts) != 1 or not parts[0].name:
            raise NotPlain("eval of a text")
        self._statements(parse(self._variables.get(parts[0].name, "")))


class Installation:
    """What `install` is asked: whether it makes the folders that are named (-d), or those above (-D); where to (-t)."""

    def __init__(self) -> None:
        self.makes_folders = False
        self.makes_above = False
        self.executable = True
        self.writable = True
        self.folder: str | None = None
        self.words: list[str] = []

    @staticmethod
    def of(words: Sequence[str | None]) -> Installation:
        """Reads the words, None for one that is not known yet; raises NotPlain for another option or mode."""
        found = Installation()
        todo = list(words)
        while todo:
            word = todo.pop(0)
            if word is None or not word.startswith("-") or word == "-":
                found.words.append(word or "")
                continue
            letters = word[1:]
            while letters:
                letter, letters = letters[0], letters[1:]
                if letter in "mt":
                    value = letters or (todo.pop(0) if todo else None)
                    found._take(letter, value)
                    letters = ""
                elif letter in "dDv":
                    found.makes_folders |= letter == "d"
                    found.makes_above |= letter == "D"
                else:
                    raise NotPlain(f"'install {word}'")
        return found

    def _take(self, letter: str, value: str | None) -> None:
        if letter == "t":
            self.folder = value or ""
        elif value is None or not re.fullmatch(r"[0-7]{3,4}", value):
            raise NotPlain("'install -m'")
        else:
            self.executable, self.writable = bool(int(value[-3]) & 1), bool(int(value[-3]) & 2)


def _check_test(words: list[str | None], tool: str) -> None:
    if tool == "[":
        if not words or words[-1] != "]":
            raise NotPlain("'['")
        words = words[:-1]
    if words[:1] == ["!"]:
        words = words[1:]
    known = (len(words) == 2 and words[0] in _TESTS) or (len(words) == 3 and words[1] in ("=", "==", "!="))
    if not known:
        raise NotPlain("test")


def _check_check(tool: str, words: list[str | None]) -> None:
    """`bash -n` and shellcheck look at a file and change nothing."""
    options = [word for word in words if word is not None]
    if tool == "bash" and "-n" not in options:
        raise NotPlain("'bash'")


def is_option(word: str, name: str) -> bool:
    return len(word) > 1 and word.startswith("-") and not (name == "chmod" and _MODE.fullmatch(word) is not None)
