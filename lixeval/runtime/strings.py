"""Strings with context, and coercion to strings (manual, "String context" and "toString").

A context says which store objects a string mentions, so that a derivation using it depends on them.  Nearly all strings
have none and are plain `str`; every function here takes the plain case first.
"""

from __future__ import annotations

from lixeval.errors import EvalError, NixTypeError
from lixeval.formats.store_path import is_store_path
from lixeval.runtime.call import call1
from lixeval.runtime.faults import expected, not_a_string
from lixeval.runtime.frames import tells
from lixeval.runtime.nesting import MAX_NESTING, endless
from lixeval.runtime.printing import nan_text
from lixeval.runtime.values import ContextString, Delayed, Path, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lixeval.formats.store_path import StorePath

    CopyToStore = Callable[[str], str]
    """Copies a path of the file system into the store, giving the store path that it has there."""
else:
    CopyToStore = object

EMPTY: frozenset[str] = frozenset()


def make_string(text: str, context: Iterable[str]) -> Value:
    """A string value: plain where the context is empty."""
    if not context:
        return text
    context = frozenset(context)
    return ContextString(text, context) if context else text


def text_of(value: Delayed) -> str:
    """The text of a string whose context does not matter; an error for any other type."""
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is str:
        return value
    if value.__class__ is ContextString:
        text: str = value.text
        return text
    raise expected("a string", value)


def text_and_context(value: Delayed) -> tuple[str, frozenset[str]]:
    """The text and the context of a string; an error for any other type."""
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is str:
        return value, EMPTY
    if value.__class__ is ContextString:
        return value.text, value.context
    raise expected("a string", value)


def text_without_context(value: Delayed, what: str = "a string") -> str:
    """The text of a string that must not refer to the store (`what` names it in the error)."""
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is str:
        return value
    if value.__class__ is ContextString:
        raise NixTypeError(
            f"the string '{value.text}' is not allowed to refer to a store path (such as '{_one(value)}')"
        )
    raise expected(what, value)


def _one(value: ContextString) -> str:
    """The element of a context that messages name: paths before derivations, these before their outputs."""
    first = min(value.context, key=lambda element: ("/=!".index(element[0]), element.rpartition("!")[2], element))
    return first.replace("/nix/store/", "")


def byte_length(text: str) -> int:
    """The length in bytes, which is Nix's."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


def join(parts: Iterable[Value]) -> Value:
    """The concatenation of string values."""
    texts: list[str] = []
    context: set[str] = set()
    for part in parts:
        if part.__class__ is str:
            texts.append(part)
        else:
            texts.append(part.text)
            context |= part.context
    text = well_formed("".join(texts))
    return ContextString(text, frozenset(context)) if context else text


def well_formed(text: str) -> str:
    """`text` with bytes that have come together to valid UTF-8 decoded.

    Joining two halves of a character must give that character, or equal strings would compare as different.
    """
    if text.isascii() or not _has_escapes(text):
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _has_escapes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def interpolate(value: Value, copy_to_store: CopyToStore | None) -> Value:
    """What `"${value}"` contributes: a string as it is, a path as its copy in the store (without `copy_to_store`: as it
    is spelled), a set through `__toString` or `outPath`."""
    while True:
        kind = value.__class__
        if kind is str or kind is ContextString:
            return value
        if kind is Path:
            return value.text if copy_to_store is None else store_copy(value, copy_to_store)
        if kind is dict:
            value = stands_for(value)
            continue
        raise not_a_string(value)


def store_path_of(value: Delayed) -> StorePath:
    """The store path that a value is as a string, paths as they are spelled (C++: `EvalState::coerceToStorePath`)."""
    coerced = interpolate(value[0](value) if value.__class__ is list else value, None)
    text: str = coerced.text if coerced.__class__ is ContextString else coerced
    if not is_store_path(text):
        raise EvalError(f"path '{text}' is not in the Nix store")
    return text


def store_copy(path: Path, copy_to_store: CopyToStore) -> Value:
    """The path's copy in the store, as a string that depends on it."""
    copied = copy_to_store(path.text)
    return ContextString(copied, frozenset((copied,)))


def stands_for(value: dict[str, Delayed]) -> Value:
    """What a set stands for where a string is wanted, through all sets that stand for one another."""
    result: Value = value
    for _ in range(MAX_NESTING):
        result = _set_as_string(result)
        if result.__class__ is not dict:
            return result
    raise endless()


def _set_as_string(value: dict[str, Delayed]) -> Value:
    """One step of coercing a set: `__toString self`, else `outPath`."""
    if "__toString" in value:
        return call1(value["__toString"], value)
    if "outPath" in value:
        result = value["outPath"]
        return result[0](result) if result.__class__ is list else result
    raise not_a_string(value)


tells(_set_as_string, "set as a string", value="value")


def to_string(value: Delayed, copy_to_store: CopyToStore | None = None) -> Value:
    """`builtins.toString`, and with `copy_to_store` the coercion of a derivation's attributes.

    Takes numbers, booleans, null and lists too (elements separated by a blank; nested lists are flattened).
    """
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is dict:
        value = stands_for(value)
    kind = value.__class__
    if kind is str or kind is ContextString:
        return value
    if kind is not tuple:
        if kind is not Path:
            return _scalar_as_string(value)
        return value.text if copy_to_store is None else store_copy(value, copy_to_store)
    if not value:
        return ""
    texts: list[str] = []
    context: set[str] = set()
    # What is left of the list that is being written, and of those around it.
    items: Iterator[Delayed] = iter(value)
    around: list[Iterator[Delayed]] = []
    blank = False
    while True:
        for item in items:
            if item.__class__ is list:
                item = item[0](item)
            if blank:
                texts.append(" ")
            kind = item.__class__
            # An empty list in a list adds no blank, unless a set stands for it (libexpr's coerceToString).
            blank = kind is not tuple
            if kind is dict:
                item = stands_for(item)
                kind = item.__class__
            if kind is str:
                texts.append(item)
            elif kind is ContextString:
                texts.append(item.text)
                context |= item.context
            elif kind is tuple:
                if item:
                    around.append(items)
                    if len(around) >= MAX_NESTING:
                        raise endless()
                    items, blank = iter(item), False
                    break
            elif kind is Path and copy_to_store is not None:
                copied = copy_to_store(item.text)
                texts.append(copied)
                context.add(copied)
            else:
                texts.append(item.text if kind is Path else _scalar_as_string(item))
        else:
            if not around:
                break
            items, blank = around.pop(), True
    text = texts[0] if len(texts) == 1 else well_formed("".join(texts))
    return ContextString(text, frozenset(context)) if context else text


def _scalar_as_string(value: Value) -> str:
    kind = value.__class__
    if kind is int:
        return str(value)
    if kind is bool:
        return "1" if value else ""
    if kind is float:
        return f"{value:f}" if value == value else nan_text(value)
    if value is None:
        return ""
    raise not_a_string(value)
