"""Shell scripts that only make folders, links and files: parsed, so that they can be done without a shell.

    script    = { command ( ";" | "&&" | newline ) }
    command   = word { word } [ ( ">" | ">>" ) word ] [ "<<" END ]
              | NAME "=" word
              | "if" script "then" script { "elif" … } [ "else" script ] "fi"
              | "for" NAME "in" { word } ( ";" | newline ) "do" script "done"
    word      = { text | "'" text "'" | '"' … '"' | "$NAME" | "${NAME}" | "$(" command ")" | "{" word "," … "}" }

Everything else (pipes, functions, arithmetic, "||", other expansions) is not plain: `parse` raises NotPlain, and
whoever asked has to leave the script to a shell.

Source: POSIX, "Shell Command Language"; bash where they differ does not matter here.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ENDS_WORD = " \t\n;&|<>()"
_KEYWORDS = frozenset(("then", "elif", "else", "fi", "do", "done"))
_NOT_COMMANDS = frozenset(("case", "while", "until", "function", "select", "[[", "{", "}", "!", "time", "coproc"))


class NotPlain(Exception):
    """The script is more than this module understands; the text says what."""


class Part(NamedTuple):
    """A piece of a word: `text`; the value of the variable `name`; or what `call` prints.  Quoted ones stay whole."""

    quoted: bool
    text: str = ""
    name: str = ""
    call: Command | None = None


Word: TypeAlias = tuple[Part, ...]


class Command(NamedTuple):
    """A command: its words; where its output goes, to be added there with `append`; what it reads."""

    words: tuple[Word, ...]
    output: Word | None = None
    append: bool = False
    given: Word | None = None


class Assignment(NamedTuple):
    """NAME=word."""

    name: str
    word: Word


class If(NamedTuple):
    """The branches, each a condition and what is done then; the last condition may be empty."""

    branches: tuple[tuple[Script, Script], ...]


class For(NamedTuple):
    """The words one after the other as the variable `name`."""

    name: str
    words: tuple[Word, ...]
    body: Script


class And(NamedTuple):
    """What is done where the first succeeds."""

    first: Statement
    then: Statement


Statement: TypeAlias = Command | Assignment | If | For | And
Script: TypeAlias = tuple[Statement, ...]


def parse(text: str) -> Script:
    """The statements of a script; raises NotPlain."""
    parser = _Parser(text)
    script = parser.script(())
    if parser.at < len(parser.text):
        raise NotPlain(f"'{parser.text[parser.at : parser.at + 20]}'")
    return script


def literal(word: Word) -> str | None:
    """The text of a word in which nothing is expanded."""
    if any(part.name or part.call is not None for part in word):
        return None
    return "".join(part.text for part in word)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.heredocs: list[tuple[str, bool, list[Word]]] = []

    def script(self, ends: tuple[str, ...]) -> Script:
        """Statements up to one of the keywords, which is left where it is."""
        found: list[Statement] = []
        while True:
            self.blank(";\n")
            if self.at >= len(self.text) or self.text[self.at] == ")":
                if ends:
                    raise NotPlain(f"there is no '{ends[0]}'")
                return tuple(found)
            word = self.peek()
            if word in ends:
                return tuple(found)
            if word in _KEYWORDS or word in _NOT_COMMANDS:
                raise NotPlain(f"'{word}'")
            found.append(self.statement())

    def statement(self) -> Statement:
        first = self.simple()
        self.blank("")
        if not self.text.startswith("&&", self.at):
            return first
        self.at += 2
        self.blank("\n")
        return And(first, self.statement())

    def simple(self) -> Statement:
        word = self.peek()
        if word == "if":
            return self.conditional()
        if word == "for":
            return self.loop()
        assigned = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=").match(self.text, self.at)
        if assigned:
            self.at = assigned.end()
            found = Assignment(assigned[1], self.word() if self.more() else ())
            self.blank("")
            if self.more():
                raise NotPlain("a variable for one command")
            return found
        return self.command()

    def more(self) -> bool:
        """Whether something follows on the line that belongs to the command."""
        return self.at < len(self.text) and self.text[self.at] not in " \t\n;&)"

    def command(self) -> Command:
        words: list[Word] = []
        output, append, given = None, False, None
        while True:
            self.blank("")
            if not self.more():
                break
            if self.text.startswith("<<", self.at) and not self.text.startswith("<<<", self.at):
                given = self.heredoc()
            elif self.text[self.at] == ">":
                if output is not None or self.text[self.at - 1].isdigit():
                    raise NotPlain("'>'")
                append = self.text.startswith(">>", self.at)
                self.at += 2 if append else 1
                self.blank("")
                output = self.next_word()
            else:
                words += self.next_words()
        if self.text.startswith("&", self.at) and not self.text.startswith("&&", self.at):
            raise NotPlain("'&'")
        if given is not None:
            given = self.heredoc_text()
        if not words:
            raise NotPlain("a command without words")
        return Command(tuple(words), output, append, given)

    def conditional(self) -> If:
        branches: list[tuple[Script, Script]] = []
        self.keyword("if")
        while True:
            condition = self.script(("then",))
            self.keyword("then")
            body = self.script(("elif", "else", "fi"))
            branches.append((condition, body))
            word = self.peek()
            self.keyword(word)
            if word == "else":
                branches.append(((), self.script(("fi",))))
                self.keyword("fi")
            if word != "elif":
                return If(tuple(branches))

    def loop(self) -> For:
        self.keyword("for")
        self.blank("")
        name = self.name()
        self.blank("")
        self.keyword("in")
        words: list[Word] = []
        while True:
            self.blank("")
            if not self.more():
                break
            words += self.next_words()
        self.blank(";\n")
        self.keyword("do")
        body = self.script(("done",))
        self.keyword("done")
        return For(name, tuple(words), body)

    # Pieces

    def blank(self, also: str) -> None:
        """Skip blanks, comments and joined lines, and the characters in `also`."""
        while self.at < len(self.text):
            if self.text[self.at] in " \t" or self.text[self.at] in also:
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif self.text[self.at] == "#" and (self.at == 0 or self.text[self.at - 1] in " \t\n;"):
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def peek(self) -> str:
        """The letters that come next, for keywords."""
        end = self.at
        while end < len(self.text) and self.text[end] not in _ENDS_WORD:
            end += 1
        return self.text[self.at : end]

    def keyword(self, word: str) -> None:
        if self.peek() != word:
            raise NotPlain(f"'{self.peek()}' where '{word}' must stand")
        self.at += len(word)

    def name(self) -> str:
        match = _NAME.match(self.text, self.at)
        if match is None:
            raise NotPlain("a variable without a name")
        self.at = match.end()
        return match[0]

    def next_words(self) -> list[Word]:
        """The word that must come next, or the words that it stands for."""
        if self.at >= len(self.text) or self.text[self.at] in _ENDS_WORD:
            raise NotPlain(f"'{self.text[self.at : self.at + 1]}'")
        return self.words()

    def next_word(self) -> Word:
        """The word that must come next, where there can be one only."""
        words = self.next_words()
        if len(words) > 1:
            raise NotPlain("'{'")
        return words[0]

    def words(self, ends: str = "") -> list[Word]:
        """One word, or by its braces several."""
        found: list[Word] = [()]
        while True:
            parts = self.word(ends + "{")
            found = [(*start, *parts) for start in found]
            if not self.text.startswith("{", self.at):
                return found
            found = [(*start, *chosen) for start in found for chosen in self.braces()]

    def braces(self) -> list[Word]:
        """What stands in braces, between commas; ranges, and braces that stand for themselves, are not plain."""
        chosen: list[Word] = []
        while not chosen or self.text.startswith(",", self.at):
            self.at += 1
            chosen += self.words(",}")
        if not self.text.startswith("}", self.at) or len(chosen) == 1:
            raise NotPlain("'{'")
        self.at += 1
        return chosen

    def word(self, ends: str = "") -> Word:
        parts: list[Part] = []
        while self.at < len(self.text) and self.text[self.at] not in _ENDS_WORD + ends:
            character = self.text[self.at]
            if character == "'":
                end = self.text.find("'", self.at + 1)
                if end < 0:
                    raise NotPlain("a quote without end")
                parts.append(Part(True, self.text[self.at + 1 : end]))
                self.at = end + 1
            elif character == '"':
                self.at += 1
                parts += self.double('"')
                self.at += 1
            elif character == "$":
                parts.append(self.dollar(quoted=False))
            elif character == "\\":
                parts.append(Part(True, self.text[self.at + 1 : self.at + 2]))
                self.at += 2
            else:
                parts.append(self.plain(ends))
        return tuple(parts)

    def plain(self, ends: str) -> Part:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in _ENDS_WORD + "'\"$\\" + ends:
            if self.text[self.at] in "`{}~" or (self.text[self.at] == "#" and self.at == start):
                raise NotPlain(f"'{self.text[self.at]}'")
            self.at += 1
        return Part(False, self.text[start : self.at])

    def double(self, end: str, escaped: str = '$`"\\\n') -> list[Part]:
        """What stands up to the `end` of a text in which variables have values; a backslash is one before `escaped`."""
        parts: list[Part] = [Part(True)]
        text = ""
        while not self.text.startswith(end, self.at):
            if self.at >= len(self.text):
                raise NotPlain("a quote without end")
            character = self.text[self.at]
            if character == "\\" and self.text[self.at + 1 : self.at + 2] in tuple(escaped):
                follows = self.text[self.at + 1]
                text += "" if follows == "\n" else follows
                self.at += 2
            elif character == "`":
                raise NotPlain("'`'")
            elif character == "$" and re.match(r"[A-Za-z_{(]", self.text[self.at + 1 : self.at + 2]):
                parts += [Part(True, text), self.dollar(quoted=True)]
                text = ""
            elif character == "$" and self.text[self.at + 1 : self.at + 2] in tuple("@*#?$!-0123456789"):
                raise NotPlain(f"'{self.text[self.at : self.at + 2]}'")
            else:
                text += character
                self.at += 1
        return [*parts, Part(True, text)]

    def dollar(self, *, quoted: bool) -> Part:
        self.at += 1
        if self.text.startswith("(", self.at) and not self.text.startswith("((", self.at):
            self.at += 1
            self.blank("")
            call = self.command()
            self.blank("")
            if not self.text.startswith(")", self.at) or call.output is not None or call.given is not None:
                raise NotPlain("'$('")
            self.at += 1
            return Part(quoted, call=call)
        braces = self.text.startswith("{", self.at)
        self.at += braces
        name = self.name()
        if braces:
            if not self.text.startswith("}", self.at):
                raise NotPlain(f"'${{{name}…'")
            self.at += 1
        return Part(quoted, name=name)

    def heredoc(self) -> Word:
        self.at += 2
        if self.text.startswith("-", self.at):
            raise NotPlain("'<<-'")
        self.blank("")
        end = self.word()
        text = literal(end)
        if not text:
            raise NotPlain("'<<'")
        self.heredocs.append((text, any(part.quoted for part in end), []))
        return ()

    def heredoc_text(self) -> Word:
        """The lines of the document that the command on this line reads, which are taken off the script."""
        end, quoted, _ = self.heredocs.pop()
        start = self.text.find("\n", self.at)
        stop = re.compile(rf"^{re.escape(end)}$", re.MULTILINE).search(self.text, start + 1)
        if start < 0 or stop is None or self.text[self.at : start].strip(" \t"):
            raise NotPlain("a document without end, or with a command behind it")
        body = self.text[start + 1 : stop.start()]
        self.text = self.text[: start + 1] + self.text[stop.end() :]
        if quoted:
            return (Part(True, body),)
        return tuple(_Parser(body + "\0").double("\0", escaped="$`\\\n"))
