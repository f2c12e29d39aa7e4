"""From the spelling to the meaning: what the parser's actions turn into plainer nodes while they build them.

- `a.b = 1; a.c = { … };` becomes nested sets, merged by the rules of C++ Nix, duplicates refused;
- an indented string loses its indentation and its escapes, another string its escapes;
- formals are checked for duplicates.

Merging is done binding by binding, so that of two mistakes the first in the text is the one reported.
"""

from __future__ import annotations

import re

from lixeval.errors import NixSyntaxError
from lixeval.source import Source, Span
from lixeval.syntax.nodes import (
    Attribute,
    AttributeSet,
    Bindings,
    DynamicAttribute,
    Expression,
    Formals,
    String,
    Variable,
)

PathPart = tuple[str | Expression, int, int]
"""One part of an attribute path: its name or the expression of it, and where it begins and ends."""

_ESCAPE = re.compile(r"\\([\s\S])|\r\n?")
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}


def span_of(source: Source, start: int, end: int) -> Span:
    """The span of two character offsets."""
    return Span(source, *source.line_and_column(start), *source.line_and_column(end))


def unescape(text: str) -> str:
    """The text between double quotes, or after `''` before a backslash, without its escapes; CR and CR LF become LF."""
    if "\\" not in text and "\r" not in text:
        return text
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    escaped = match[1]
    return "\n" if escaped is None else _CONTROL.get(escaped, escaped)


# Attribute sets


def add_attribute(bindings: Bindings, path: list[PathPart], value: Expression, source: Source) -> bool:
    """`path = value;`: into `bindings`, or into the sets that it holds under the path's beginning.

    Every set on the way and the attribute itself take the whole path's beginning for their position, as in C++ Nix.
    Whether each set still has nothing but what stands between its braces.
    """
    start, end = path[0][1], path[-1][2]
    last = path[-1][0]
    if len(path) == 1 and last.__class__ is str and last not in bindings.attributes:
        bindings.attributes[last] = Attribute(start, end, last, "plain", value)  # as most are
        return True
    is_apart = True
    for depth, (name, _, _) in enumerate(path[:-1], 1):
        nested: Expression | None
        if isinstance(name, str):
            known = bindings.attributes.get(name)
            if known is None:
                nested = _empty_set(start, end)
                bindings.attributes[name] = Attribute(start, end, name, "plain", nested)
            else:
                nested = known.value
                if not isinstance(nested, AttributeSet):
                    raise _duplicate(path[:depth], known, source, start, end)
                is_apart &= nested.bindings.start == nested.start
        else:
            nested = _empty_set(start, end)
            bindings.dynamic += (DynamicAttribute(start, end, name, nested),)
        bindings = nested.bindings
    if isinstance(last, str):
        is_apart &= last not in bindings.attributes
        _insert(bindings, Attribute(start, end, last, "plain", value), path, source)
    else:
        bindings.dynamic += (DynamicAttribute(start, end, last, value),)
    return is_apart


def _empty_set(start: int, end: int) -> AttributeSet:
    """One that has no braces: it and its bindings begin where the path does."""
    return AttributeSet(start, end, False, Bindings(start, end, {}, (), ()))


def _insert(bindings: Bindings, attribute: Attribute, path: list[PathPart], source: Source) -> None:
    """Add an attribute; where there is one of that name and both are sets, merge the new one into it.

    A `rec` on the new set is lost and one on the old set holds for all, as in C++ Nix (its issue 9020).  Sets within
    sets are merged from a work list: they nest as deep as the text does.
    """
    if attribute.name not in bindings.attributes:
        bindings.attributes[attribute.name] = attribute
        return
    work = [(bindings, attribute, path)]
    while work:
        bindings, attribute, path = work.pop()
        known = bindings.attributes.get(attribute.name)
        if known is None:
            bindings.attributes[attribute.name] = attribute
            continue
        old, new = known.value, attribute.value
        if not isinstance(old, AttributeSet) or not isinstance(new, AttributeSet):
            raise _duplicate(path, known, source, attribute.start, attribute.end)
        shift = len(old.bindings.sources)
        for inner in reversed(new.bindings.attributes.values()):
            if inner.source >= 0:
                inner.source += shift
            work.append((old.bindings, inner, [*path, (inner.name, inner.start, inner.end)]))
        old.bindings.dynamic += new.bindings.dynamic
        old.bindings.sources += new.bindings.sources


def add_inherited(bindings: Bindings, names: list[PathPart], from_: Expression | None, source: Source) -> None:
    """`inherit names;`, or `inherit (from_) names;`."""
    index = -1
    if from_ is not None:
        index = len(bindings.sources)
        bindings.sources += (from_,)
    for name, start, end in names:
        if not isinstance(name, str):
            span = span_of(source, start, end)
            raise NixSyntaxError("dynamic attributes not allowed in inherit", span=span, code="E0103")
        known = bindings.attributes.get(name)
        if known is not None:
            raise _duplicate([(name, start, end)], known, source, start, end)
        if from_ is None:
            attribute = Attribute(start, end, name, "inherited", Variable(start, end, name))
        else:
            attribute = Attribute(start, end, name, "inherited-from", None, index)
        bindings.attributes[name] = attribute


def _duplicate(path: list[PathPart], known: Attribute, source: Source, start: int, end: int) -> NixSyntaxError:
    from lixeval.syntax.unparse import attribute_path, expanded  # sound texts need not wait for it

    first = span_of(source, known.start, known.end)
    shown = expanded(attribute_path(part[0] for part in path))
    return NixSyntaxError(
        f"attribute '{shown}' already defined at {first}", span=span_of(source, start, end), code="E0102"
    )


# Functions


def check_formals(pattern: Formals, parameter: str | None, start: int, source: Source) -> None:
    """Refuse a name that stands twice in a pattern, or in it and before or behind the `@`.

    `start` is the function's offset, where C++ Nix points in the second case.
    """
    if pattern.formals.__class__ is not tuple:
        names: list[str] = pattern.formals.names()  # type: ignore[attr-defined]  # Elements
        if len(set(names)) == len(names) and parameter not in names:
            return
    seen: set[str] = set()
    for formal in pattern.formals:
        if formal.name in seen:
            raise _duplicate_formal(formal.name, span_of(source, formal.start, formal.end))
        seen.add(formal.name)
    if parameter in seen:
        raise _duplicate_formal(parameter, span_of(source, start, start + 1))


def _duplicate_formal(name: str, span: Span) -> NixSyntaxError:
    return NixSyntaxError(f"duplicate formal function argument '{name}'", span=span, code="E0102")


# Indented strings

IndentedPart = str | Expression | tuple[str]
"""Plain text, an interpolation, or in a tuple the text that an escape stands for."""


def indented_text(raw: str) -> str | tuple[str]:
    """One token of an indented string: plain text as it is, an escape as what it stands for."""
    if raw.startswith("''"):
        return (unescape(raw[2:]) if raw[2] == "\\" else "$" if raw[2] == "$" else "''",)
    return (raw,) if raw in ("$", "'") else raw


def strip_indentation(parts: list[IndentedPart]) -> tuple[str | Expression, ...]:
    """Drop from each line the indentation common to all lines, and a last line of blanks only.

    C++ Nix's `stripIndentation`, in its letter: blanks are spaces only; lines without anything else do not count; an
    escape or an interpolation counts as text; what an escaped newline starts is not looked at for the common
    indentation, but loses it; empty pieces vanish.
    """
    least = _common_indentation(parts)
    result: list[str | Expression] = []
    at_line_start, dropped = True, 0
    for index, part in enumerate(parts):
        if not isinstance(part, (str, tuple)):
            at_line_start, dropped = False, 0
            result.append(part)
            continue
        first, *lines = (part if isinstance(part, str) else part[0]).split("\n")
        if at_line_start:
            blanks = len(first) - len(first.lstrip(" "))
            kept = first[min(blanks, max(0, least - dropped)) :]
            at_line_start, dropped = blanks == len(first), dropped + blanks
        else:
            kept = first
        if lines:
            kept = "\n".join([kept, *[line[least:] for line in lines]])
            last = lines[-1]
            dropped = len(last)
            at_line_start = not last.strip(" ")
        if not at_line_start:
            dropped = 0
        if index == len(parts) - 1:
            newline = kept.rfind("\n")
            if newline >= 0 and not kept[newline + 1 :].strip(" "):
                kept = kept[: newline + 1]
        if kept:
            result.append(kept)
    return tuple(result)


def _common_indentation(parts: list[IndentedPart]) -> int:
    """The least number of spaces that a line with something else begins with; 1,000,000 where there is none."""
    least, indentation, at_line_start = 1_000_000, 0, True
    for part in parts:
        if not isinstance(part, str):
            if at_line_start:
                at_line_start = False
                least = min(least, indentation)
            continue
        first, *lines = part.split("\n")
        if at_line_start:
            text = first.lstrip(" ")
            indentation += len(first) - len(text)
            if text:
                at_line_start = False
                least = min(least, indentation)
        for line in lines:
            text = line.lstrip(" ")
            indentation = len(line) - len(text)
            at_line_start = not text
            if text and indentation < least:
                least = indentation
    return least


def constant_text(value: Expression) -> str | None:
    """The text of a string without interpolations, which may then name an attribute; else None."""
    if isinstance(value, String):
        if not value.parts:
            return ""
        if len(value.parts) == 1 and isinstance(value.parts[0], str):
            return value.parts[0]
    return None
