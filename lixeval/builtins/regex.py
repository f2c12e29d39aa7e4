"""Regular expressions (manual, "Built-in Functions": `match`, `split`).

The road of a pattern: read and checked (`posix_regex`), written for Python's `re` if that matches the same and cannot
take too long (`regex_translation`), else matched by an automaton of our own (`regex_automaton`).  What `re` makes of
patterns is kept, so that the next run need not import it (`regex_programs`).  Patterns and texts are bytes: text that
is not ASCII is matched as a string in which each character stands for one byte.
"""

from __future__ import annotations

import sys

from lixeval.builtins.regex_programs import Programs, matcher, program_of
from lixeval.errors import EvalError
from lixeval.formats.posix_regex import InvalidRegex, RegexTooLarge, Syntax, parse_regex
from lixeval.formats.regex_automaton import Automaton
from lixeval.formats.regex_translation import Translation, translated
from lixeval.runtime.builtin import NAMES, builtin
from lixeval.runtime.strings import text_of, text_without_context
from lixeval.runtime.values import Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.environment.services import Services

CACHE_SIZE = 512
"""The number of patterns that an evaluator remembers."""

EFFORT_LIMIT = 3_000_000
EFFORT_OF_OUR_OWN = 30
"""Texts for which `re` could need more steps are matched by our own automaton, which takes as long as so many for each
byte."""


class Regex:
    """A pattern, ready to match; `programs` are those that `re` has made before."""

    __slots__ = ("_automaton", "_compiled", "_literal", "_programs", "_syntax", "_translation", "easy", "matches_all")

    matches_all: Callable[[str], Any]
    """Python's matcher of whole texts, where there is one; good for texts of at most `easy` characters, ASCII alone."""

    def __init__(self, pattern: str, programs: Programs | None = None) -> None:
        self._programs = programs
        self._literal = literal_of(octets(pattern))
        self._syntax: Syntax = parse_regex(octets(pattern))
        self._translation: Translation | None = translated(self._syntax)
        self._automaton: Automaton | None = None
        self._compiled: Any = None
        self.easy = -1

    def groups_of_match(self, text: str) -> tuple[str | None, ...] | None:
        """What the groups hold if the whole text matches, None if it does not."""
        subject = octets(text)
        if len(subject) <= self.easy or (self._is_easy(len(subject)) and self._is_for_python(len(subject))):
            found = self.matches_all(subject)
            if found is None:
                return None
            groups: tuple[str | None, ...] = found.groups()
        else:
            captures = self._own().match(subject)
            if captures is None:
                return None
            groups = _groups(subject, captures)
        return groups if subject is text else _decoded_groups(groups)

    def _is_easy(self, length: int) -> bool:
        """Whether `re` matches whole texts of a length soon enough; shorter ones then too."""
        translation = self._translation
        if translation is None or not _is_less(translation.effort(length, searching=False), length):
            return False
        if self._compiled is not None:
            self.easy = length
        return True

    def _is_for_python(self, length: int) -> bool:
        """Whether `re`, which has the pattern then, shall match a text of a length that it could."""
        if self._compiled is not None:
            return True
        translation = self._translation
        if translation is None:
            return False
        pattern = translation.pattern
        known = self._programs is not None and self._programs.get(pattern) is not None
        if not known and _is_matched_without_re(length):
            return False
        try:
            self._compiled = self._matcher(pattern)
        except RecursionError:
            # Nested too deeply for `re`, which reads patterns recursively.
            self._translation = None
            return False
        self.matches_all = self._compiled.fullmatch
        return True

    def _matcher(self, pattern: str) -> Any:
        program = None if self._programs is None else self._programs.get(pattern)
        if program is None:
            program = program_of(pattern)
            if self._programs is not None:
                self._programs.add(pattern, program)
        return matcher(pattern, program)

    def pieces(self, text: str) -> list[Value]:
        """The text between matches as strings, alternating with what the groups of each match hold as tuples."""
        if self._literal:
            texts = self.texts(text)
            separated: list[Value] = [()] * (2 * len(texts) - 1)
            separated[::2] = texts
            return separated
        subject = octets(text)
        if self._searches(subject) and self._compiled.fullmatch("") is None:
            return self._split(subject, subject is text)
        decode = _same if subject is text else _decoded
        pieces: list[Value] = []
        done = 0
        for start, end, groups in self._matches(subject):
            pieces.append(decode(subject[done:start]))
            pieces.append(groups if subject is text else _decoded_groups(groups))
            done = end
        pieces.append(decode(subject[done:]))
        return pieces

    def texts(self, text: str) -> list[Value]:
        """The text between matches alone."""
        if not self._literal:
            return self.pieces(text)[::2]
        # As nixpkgs' splitString does it; ten times as fast as `re`.
        subject = octets(text)
        texts: list[Value] = subject.split(self._literal)
        return texts if subject is text else [_decoded(piece) for piece in texts]

    def _split(self, subject: str, as_it_is: bool) -> list[Value]:
        """The same by `re.split`, which gives the texts with what the groups hold between them, for all matches at
        once.
        """
        found = self._compiled.split(subject)
        step = self._compiled.groups + 1
        texts: list[Value] = found[::step]
        pieces: list[Value] = [()] * (2 * len(texts) - 1)
        if step > 1:
            held = zip(*[found[group::step] for group in range(1, step)], strict=True)
            pieces[1::2] = held if as_it_is else [_decoded_groups(groups) for groups in held]
        pieces[::2] = texts if as_it_is else [_decoded(piece) for piece in texts]
        return pieces

    def _matches(self, subject: str) -> list[tuple[int, int, tuple[str | None, ...]]]:
        """Where each match begins and ends, and its groups."""
        if self._searches(subject):
            return [(found.start(), found.end(), found.groups()) for found in self._compiled.finditer(subject)]
        return [(captures[0], captures[1], _groups(subject, captures)) for captures in self._own().matches(subject)]

    def _searches(self, subject: str) -> bool:
        """Whether `re`, which has the pattern then, shall search a text."""
        translation = self._translation
        if translation is None or not translation.for_search or not self._is_for_python(len(subject)):
            return False
        length = len(subject)
        if _is_less(translation.effort(length, searching=True), length):
            return True
        # As a rule lines, or what is between them, are short.
        between = self._matcher(translation.foreign).split(subject) if translation.foreign else (subject,)
        return _is_less(translation.effort_between(map(len, between)), length)

    def _own(self) -> Automaton:
        if self._automaton is None:
            self._automaton = Automaton(self._syntax)
        return self._automaton


def _is_less(effort: int, length: int) -> bool:
    """Whether steps are less work than our own automaton has with a text of a length, or little anyway."""
    return effort <= max(EFFORT_LIMIT, EFFORT_OF_OUR_OWN * length)


_bytes_without_re = 6000
"""So much text our own automaton, a tenth as fast, matches in a part of the time that it takes to import `re`."""


def _is_matched_without_re(length: int) -> bool:
    """Whether a text is one of the few for which `re`, of which the program has not made use yet, is not imported."""
    global _bytes_without_re
    if _bytes_without_re <= 0 or "re" in sys.modules:
        return False
    _bytes_without_re -= length + 20
    return True


def literal_of(pattern: str) -> str:
    """The text that a pattern without any operator stands for; "" where it has some."""
    found: list[str] = []
    escaped = False
    for character in pattern:
        if escaped or character == "\\":
            if escaped:
                if character not in _SPECIAL:
                    return ""
                found.append(character)
            escaped = not escaped
        elif character in _SPECIAL:
            return ""
        else:
            found.append(character)
    return "" if escaped else "".join(found)


_SPECIAL = frozenset(".[]{}()*+?^$|\\")


def octets(text: str) -> str:
    """A string of the bytes of a text; the text itself where that is the same."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def _decoded(subject: str) -> str:
    return subject.encode("latin-1").decode("utf-8", "surrogateescape")


def _same(subject: str) -> str:
    return subject


def _decoded_groups(groups: tuple[str | None, ...]) -> tuple[str | None, ...]:
    return tuple([None if group is None else _decoded(group) for group in groups])


def _groups(subject: str, captures: list[int]) -> tuple[str | None, ...]:
    return tuple(
        [
            subject[captures[slot] : captures[slot + 1]] if captures[slot + 1] >= 0 else None
            for slot in range(2, len(captures), 2)
        ]
    )


class Patterns:
    """The patterns that an evaluator has met; of those that `re` was needed for the `programs` are kept."""

    __slots__ = ("known", "programs")

    def __init__(self, programs: Programs) -> None:
        self.known: dict[str, Regex] = {}
        self.programs = programs

    def regex(self, pattern: str) -> Regex:
        """A pattern as it is remembered, or read and checked."""
        regex = self.known.get(pattern)
        if regex is None:
            try:
                regex = Regex(pattern, self.programs)
            except InvalidRegex:
                raise EvalError(f"invalid regular expression '{pattern}'") from None
            except RegexTooLarge:
                raise _too_large(pattern) from None
            if len(self.known) >= CACHE_SIZE:
                # The oldest goes.
                del self.known[next(iter(self.known))]
            self.known[pattern] = regex
        return regex


def _patterns(services: Services) -> Patterns:
    patterns: Patterns | None = services.patterns
    if patterns is None:
        patterns = services.patterns = Patterns(Programs(services.kept_table("patterns")))
    return patterns


@builtin("match")
def match(pattern: Delayed, text: Delayed, *, services: Services) -> Value:
    """The list of what the groups of a POSIX extended regular expression hold if it matches a whole string, else
    null.  A group that took no part holds null.  Forces the pattern, which must be valid, then the string.

    >>> builtins.match "([[:alpha:]]+)-?([0-9.]*)(x)?" "hello-2.12"
    [ "hello" "2.12" null ]
    >>> builtins.match "ab" "abc"
    null
    """
    expression = pattern if pattern.__class__ is str else text_without_context(pattern)
    patterns: Patterns | None = services.patterns
    regex = None if patterns is None else patterns.known.get(expression)
    if regex is None:
        regex = _patterns(services).regex(expression)
    subject = text if text.__class__ is str else text_of(text)
    if len(subject) <= regex.easy and subject.isascii():
        found = regex.matches_all(subject)
        return None if found is None else found.groups()
    try:
        return regex.groups_of_match(subject)
    except RegexTooLarge:
        raise _too_large(expression) from None


@builtin("split")
def split(pattern: Delayed, text: Delayed, *, services: Services) -> Value:
    """A string cut at the matches of a POSIX extended regular expression: the strings between them, and between
    those, for each match, the list of what its groups hold.  Forces the pattern, which must be valid, then the
    string.

    >>> builtins.split "([ac])" "abc"
    [ "" [ "a" ] "b" [ "c" ] "" ]
    """
    return _cut(pattern, text, services, Regex.pieces)


@builtin("filter isString split")
def texts_between(pattern: Delayed, text: Delayed, *, services: Services) -> Value:
    """`filter isString (split pattern text)`: what is between the matches, alone.

    >>> builtins.filter builtins.isString (builtins.split "(,)" "a,b,")
    [ "a" "b" "" ]
    """
    return _cut(pattern, text, services, Regex.texts)


def _cut(pattern: Delayed, text: Delayed, services: Services, cut: Callable[[Regex, str], list[Value]]) -> Value:
    expression = text_without_context(pattern)
    regex = _patterns(services).regex(expression)
    if text.__class__ is list:
        text = text[0](text)
    subject = text_of(text)
    try:
        pieces = cut(regex, subject)
    except RegexTooLarge:
        raise _too_large(expression) from None
    # A string without a match is given back as it is, with its context.
    return tuple(pieces) if len(pieces) > 1 else (text,)


NAMES[texts_between.__code__] = "split"  # what fails in it


def _too_large(pattern: str) -> EvalError:
    return EvalError(f"memory limit exceeded by regular expression '{pattern}'")
