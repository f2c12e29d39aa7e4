"""Strings (manual, "Built-in Functions": `stringLength`, `substring`, `replaceStrings`, …).

Nix strings are bytes: lengths and offsets count bytes.  Here they are Python strings that decode to those bytes, so
text that is not ASCII is turned into bytes where offsets matter, and back afterwards.  Contexts (see
`runtime.strings`) go from arguments to results, except through `stringLength`.

Where C++ Nix coerces instead of asking for a string, a path is copied into the store, which is why those builtins are
asking for `copy_to_store`.
"""

from __future__ import annotations

from lixeval.errors import EvalError
from lixeval.runtime.arguments import forced_int, forced_list
from lixeval.runtime.builtin import builtin
from lixeval.runtime.call import FAILED, FAILS, call1, mapped_until
from lixeval.runtime.eagerness import given_for_numbers
from lixeval.runtime.strings import (
    CopyToStore,
    byte_length,
    interpolate,
    make_string,
    text_and_context,
    text_of,
    to_string,
    well_formed,
)
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import ContextString, Delayed, FunctionType, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.runtime.thunks import Cell


@builtin("toString")
def to_string_builtin(value: Delayed) -> Value:
    """A value as a string: numbers in decimal, `true` as "1", `false` and null as "", paths as they are (not copied),
    lists with blanks between their elements, sets by their `__toString` or `outPath`.

    Forces the value, and of a list the elements.

    >>> map toString [ 1 1.5 true false null /a/b [ 1 [ 2 3 ] ] { outPath = "o"; } { __toString = self: "s"; } ]
    [ "1" "1.500000" "1" "" "" "/a/b" "1 2 3" "o" "s" ]
    """
    if value.__class__ is list:
        value = value[0](value)
    kind = value.__class__
    if kind is int:
        return str(value)
    if kind is str or kind is ContextString:
        return value
    return to_string(value)


@builtin("replaceStrings")
def replace_strings(
    patterns: Delayed, replacements: Delayed, subject: Delayed, *, replaced_characters: dict[int, Any]
) -> Value:
    """A string with each occurrence of a pattern replaced by the replacement at the same place of the second list.

    Goes from left to right and takes at each place the first pattern that fits; what was put in is not looked at again.
    An empty pattern fits everywhere, the end included.  Forces both lists, all patterns, the string, and replacements
    that are used.

    >>> builtins.replaceStrings [ "oo" "a" ] [ "a" "i" ] "foobar"
    "fabir"
    >>> builtins.replaceStrings [ "" "x" ] [ "-" (throw "unused") ] "ab"
    "-a-b-"
    """
    if patterns.__class__ is not tuple:
        patterns = forced_list(patterns)
    if replacements.__class__ is not tuple:
        replacements = forced_list(replacements)
    if len(patterns) != len(replacements):
        raise EvalError("'from' and 'to' arguments passed to builtins.replaceStrings have different lengths")
    if len(patterns) == 1:
        pattern = patterns[0] if patterns[0].__class__ is str else text_of(patterns[0])
        text, context = text_and_context(subject)
        if pattern and (pattern.isascii() or text.isascii()):
            if pattern not in text:
                return make_string(text, context) if context else text
            replacement, of_replacement = text_and_context(replacements[0])
            return make_string(well_formed(text.replace(pattern, replacement)), context | of_replacement)
    else:
        table = replaced_characters.get(id(patterns))
        if table is None or table.replacements is not replacements:
            if len(replaced_characters) == MOST_TABLES:
                del replaced_characters[next(iter(replaced_characters))]
            replaced_characters[id(patterns)] = _Table(patterns, replacements)
        elif table.missing is not None or table.are_characters():
            text = subject[0](subject) if subject.__class__ is list else subject
            if text.__class__ is str and text.isascii() and (not table.missing or table.covers(text)):
                return well_formed(text.translate(table.known))
    wanted = [
        # Most are characters of a list that is used again and again.
        pattern
        if pattern.__class__ is str
        else pattern[1]
        if pattern.__class__ is list and pattern[0] is READ and pattern[1].__class__ is str
        else text_of(pattern)
        for pattern in patterns
    ]
    text, context = text_and_context(subject)
    if not context and text.isascii() and _has_none(text, wanted):
        return text
    chosen = _Replacements(replacements, set(context))
    if text.isascii() and set(map(len, wanted)) == {1}:
        text = well_formed(_with_characters_replaced(text, wanted, chosen))
    elif text.isascii():
        replaced = _one_by_one(text, wanted, chosen)
        text = well_formed(_with_words_replaced(text, wanted, chosen, _same) if replaced is None else replaced)
    else:
        # Bytes as characters U+0000 to U+00FF: offsets count bytes, and an empty pattern fits inside a character.
        octets = _with_words_replaced(_as_octets(text), [_as_octets(pattern) for pattern in wanted], chosen, _as_octets)
        text = octets.encode("latin-1").decode("utf-8", "surrogateescape")
    return make_string(text, chosen.context)


MOST_TABLES = 16
"""Of so many lists of characters it is remembered what they are replaced by."""


class _Table:
    """What the characters of a list are replaced by: those of a `toUpper`, say, which asks for them again and again.

    What is asked once, as where an `escape` makes its lists anew each time, makes none of it.
    """

    __slots__ = ("known", "missing", "patterns", "replacements")

    def __init__(self, patterns: tuple[Delayed, ...], replacements: tuple[Delayed, ...]) -> None:
        self.patterns = patterns
        """Kept for its number, by which the table is found."""
        self.replacements = replacements
        self.known: dict[int, str] = {}
        self.missing: dict[str, int] | None = None
        """Characters of which the replacement was not wanted yet, and where it stands; None before that was asked."""

    def are_characters(self) -> bool:
        """Whether all patterns are evaluated and single characters."""
        missing: dict[str, int] = {}
        for index, pattern in enumerate(self.patterns):
            character = pattern[1] if pattern.__class__ is list and pattern[0] is READ else pattern
            if character.__class__ is not str or len(character) != 1:
                return False
            missing.setdefault(character, index)
        self.missing = missing
        return True

    def covers(self, text: str) -> bool:
        """Whether all is known that a text asks for; what has no context becomes known."""
        missing = self.missing or {}
        if len(text) < _SHORT and missing.keys().isdisjoint(text):
            return True
        for character in sorted([each for each in missing if each in text], key=text.index):
            replacement = self.replacements[missing[character]]
            if replacement.__class__ is list:
                replacement = replacement[0](replacement)
            if replacement.__class__ is not str:
                return False
            self.known[ord(character)] = replacement
            del missing[character]
        return True


_SHORT = 30
"""Of longer texts it takes less to look for each character than at each."""


def _has_none(text: str, wanted: list[str]) -> bool:
    """Whether nothing is replaced in a text."""
    for pattern in wanted:  # noqa: SIM110  twice as long by a generator
        if pattern in text:
            return False
    return True


class _Replacements:
    """The replacement strings, forced when first used; `context` gathers theirs."""

    __slots__ = ("context", "elements", "texts")

    def __init__(self, elements: tuple[Delayed, ...], context: set[str]) -> None:
        self.elements = elements
        self.context = context
        self.texts: dict[int, str] = {}

    def __getitem__(self, index: int) -> str:
        text = self.texts.get(index)
        if text is None:
            text, context = text_and_context(self.elements[index])
            self.texts[index] = text
            self.context |= context
        return text


def _same(text: str) -> str:
    return text


def _as_octets(text: str) -> str:
    """The bytes of a string, each as one character."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def _with_characters_replaced(text: str, wanted: list[str], chosen: _Replacements) -> str:
    """All patterns are single characters."""
    table = {ord(wanted[index]): chosen[index] for index in _as_they_occur(text, wanted)}
    return text.translate(table) if table else text


def _as_they_occur(text: str, wanted: list[str]) -> list[int]:
    """Where those patterns stand that a text holds, the one first that it holds first: so they are asked for what they
    are replaced by.
    """
    places: dict[str, int] = {}
    for index, pattern in enumerate(wanted):
        if pattern in text:
            places.setdefault(pattern, index)
    return [places[pattern] for pattern in sorted(places, key=text.index)]


def _one_by_one(text: str, wanted: list[str], chosen: _Replacements) -> str | None:
    """Patterns that share no character can be replaced one after the other, at Python's own speed, as long as no
    replacement brings in a character of a later pattern; None where that is not so.
    """
    later: set[str] = set()
    for pattern in wanted:
        if not pattern or not later.isdisjoint(pattern):
            return None
        later.update(pattern)
    replacements = {index: chosen[index] for index in _as_they_occur(text, wanted)}
    for index, pattern in enumerate(wanted):
        later.difference_update(pattern)
        replacement = replacements.get(index)
        if replacement is None:
            continue
        if not later.isdisjoint(replacement):
            # What is replaced so far holds no character of the patterns to come: the rest goes the general way.
            return None
        text = text.replace(pattern, replacement)
    return text


def _with_words_replaced(text: str, wanted: list[str], chosen: _Replacements, spell: Callable[[str], str]) -> str:
    """The general case; `spell` brings replacements into the form of `text`."""
    by_first: dict[str, list[int]] = {}
    empty = next((index for index, pattern in enumerate(wanted) if not pattern), len(wanted))
    for index, pattern in enumerate(wanted[:empty]):
        by_first.setdefault(pattern[0], []).append(index)
    fits_everywhere = empty < len(wanted)
    out: list[str] = []
    # `copied` is where what has not been written begins, `position` where the next pattern is looked for
    copied = position = 0
    end = len(text)
    while position <= end:
        candidates = by_first.get(text[position]) if position < end else None
        if candidates is not None:
            for index in candidates:
                if text.startswith(wanted[index], position):
                    out.append(text[copied:position])
                    out.append(spell(chosen[index]))
                    position += len(wanted[index])
                    copied = position
                    break
            else:
                candidates = None
        if candidates is None:
            if fits_everywhere:
                out.append(text[copied:position])
                out.append(spell(chosen[empty]))
                copied = position
            position += 1
    out.append(text[copied:])
    return "".join(out)


@builtin("stringLength")
def string_length(value: Delayed, *, copy_to_store: CopyToStore) -> int:
    """The length of a string in bytes.  Forces it.

    >>> builtins.stringLength "é"
    2
    """
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is not str:
        value = text_of(interpolate(value, copy_to_store))
    return len(value) if value.isascii() else byte_length(value)


@builtin("substring")
def substring(start: Delayed, length: Delayed, value: Delayed, *, copy_to_store: CopyToStore) -> Value:
    """`length` bytes of a string from `start` on; fewer where the string ends, all the rest for a negative length.

    The context is that of the whole string.  Forces the start, the length, the string.

    >>> [ (builtins.substring 0 3 "nixos") (builtins.substring 3 (-1) "nixos") (builtins.substring 9 1 "nixos") ]
    [ "nix" "os" "" ]
    """
    first = forced_int(start)
    if first < 0:
        raise EvalError("negative start position in 'substring'")
    count = forced_int(length)
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is str and value.isascii():
        return value[first:] if count < 0 else value[first : first + count]
    text, context = text_and_context(interpolate(value, copy_to_store))
    if text.isascii():
        part = text[first:] if count < 0 else text[first : first + count]
    else:
        octets = text.encode("utf-8", "surrogateescape")
        part = (octets[first:] if count < 0 else octets[first : first + count]).decode("utf-8", "surrogateescape")
    return make_string(part, context)


@builtin("concatStringsSep")
def concat_strings_sep(separator: Delayed, elements: Delayed, *, copy_to_store: CopyToStore) -> Value:
    """The strings of a list with a separator between them.  Forces the separator, the list, its elements; an
    element may be what can stand in `"${…}"`.

    >>> builtins.concatStringsSep "/" [ "usr" "local" "bin" ]
    "usr/local/bin"
    """
    between, context = text_and_context(separator)
    if elements.__class__ is not tuple:
        elements = forced_list(elements)
    if elements and elements[0].__class__ is str and elements[-1].__class__ is str:
        try:
            # Plain strings, as often, need no more.
            text = between.join(elements)
            if not text.isascii():
                text = well_formed(text)
            return ContextString(text, context) if context else text
        except TypeError:
            pass
    gathered = set(context)
    texts: list[str] = []
    for element in elements:
        if element.__class__ is list:
            element = element[0](element)
        if element.__class__ is not str:
            element = interpolate(element, copy_to_store)
            if element.__class__ is ContextString:
                gathered |= element.context
                element = element.text
        texts.append(element)
    text = between.join(texts)
    if not text.isascii():
        text = well_formed(text)
    return ContextString(text, frozenset(gathered)) if gathered else text


_FEW = 8
"""For so many elements it is not worth asking what a function is."""


@builtin("concatStringsSep map")
def concat_mapped_strings(
    separator: Delayed, function: Delayed, elements: Delayed, *, copy_to_store: CopyToStore
) -> Value:
    """`concatStringsSep separator (map f list)`: what `map` would put into cells is looked at and let go.

    >>> builtins.concatStringsSep ", " (map toString [ 1 2 ])
    "1, 2"
    """
    between, context = text_and_context(separator)
    if len(elements) > _FEW:
        shown = given_for_numbers(function, elements)
        if shown is not None and shown[0].__class__ is str:
            # Such a function gives strings for all numbers, or for none.
            text = well_formed(between.join(shown))
            return ContextString(text, context) if context else text
    gathered = set(context)
    texts: list[str] = []
    for element in elements:
        made: Value = FAILED  # which is no value of a program
        try:
            made = part = function(element) if function.__class__ is FunctionType else call1(function, element)
            if part.__class__ is not str:
                part = interpolate(part, copy_to_store)
                if part.__class__ is ContextString:
                    gathered |= part.context
                    part = part.text
        except RecursionError:
            raise
        except Exception as error:
            last: Cell = [READ, made]
            if made is FAILED:
                last = [FAILED, (function, element, error)]
            elif made.__class__ is dict and ("__toString" in made or "outPath" in made):
                last = [FAILS, error]  # of what was evaluated to make a string of it
            seen = mapped_until(elements, element, last, "")
            return concat_strings_sep(separator, seen, copy_to_store=copy_to_store)
        texts.append(part)
    text = between.join(texts)
    if not text.isascii():
        text = well_formed(text)
    return ContextString(text, frozenset(gathered)) if gathered else text
