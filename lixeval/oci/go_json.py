r"""JSON as Go's encoding/json writes and reads it, because image ids are digests of exactly those bytes.

Writing (`marshal`, `marshal_indent`): object members stay in the order given; no spaces in compact form, one TAB a
level in the indented form, no newline at the end; empty containers are `{}` and `[]`.  Strings escape `"` and `\`,
the controls (\b \f \n \r \t short, the others \u00XX), `<` `>` `&` (\u003c \u003e \u0026) and U+2028/U+2029; DEL and
all other non-ASCII characters stand as they are; a byte that is not UTF-8 becomes \ufffd.

Reading (`parse`, `struct`): objects keep their pairs, since Go matches member names without regard to case, merges
duplicate spellings, and says which field of which struct has the wrong type.

Source: the Go documentation of encoding/json (Marshal, Unmarshal, UnmarshalTypeError).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from lixeval.errors import ImageError

_SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_SPECIAL = re.compile('["\\\\<>&\x00-\x1f\u2028\u2029\ud800-\udfff]')


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in _SHORT:
        return _SHORT[character]
    # Lone surrogates are how undecodable bytes live in a Python str (PEP 383); Go writes the replacement character.
    return "\\ufffd" if "\ud800" <= character <= "\udfff" else f"\\u{ord(character):04x}"


def quote(text: str) -> str:
    """A JSON string literal, quotes included."""
    return '"' + _SPECIAL.sub(_escape, text) + '"'


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _go_float(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _go_float(number: float) -> str:
    """The shortest digits that mean the number; with an exponent where it is very small or very large."""
    digits = Decimal(repr(number))
    if number and not 1e-6 <= abs(number) < 1e21:
        sign, whole, exponent = digits.normalize().as_tuple()
        text = "".join(map(str, whole))
        power = int(exponent) + len(text) - 1
        fraction = f".{text[1:]}" if text[1:] else ""
        scale = f"{'-' if power < 0 else '+'}{abs(power)}"
        return f"{'-' if sign else ''}{text[0]}{fraction}e{scale}"
    text = format(digits, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _emit(value: object, indent: str | None, level: int, out: list[str]) -> None:
    """Append the text of `value`; documents here are at most six levels deep, so plain recursion will do."""
    if isinstance(value, Mapping):
        members: list[tuple[str, object]] = [
            (quote(key) + (":" if indent is None else ": "), v) for key, v in value.items()
        ]
        brackets = "{}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        members, brackets = [("", element) for element in value], "[]"
    else:
        out.append(_scalar(value))
        return
    if not members:
        out.append(brackets)
        return
    separator = "" if indent is None else "\n" + indent * (level + 1)
    out.append(brackets[0])
    for position, (label, member) in enumerate(members):
        out.append(("," if position else "") + separator + label)
        _emit(member, indent, level + 1, out)
    out.append(("" if indent is None else "\n" + indent * level) + brackets[1])


def marshal(value: object) -> bytes:
    """Compact form of dicts (in their order), sequences, str, int, bool and None."""
    out: list[str] = []
    _emit(value, None, 0, out)
    return "".join(out).encode()


def marshal_indent(value: object, indent: str = "\t") -> bytes:
    """Indented form, as json.MarshalIndent(value, "", "\\t")."""
    out: list[str] = []
    _emit(value, indent, 0, out)
    return "".join(out).encode()


def sorted_map(mapping: Mapping[str, object]) -> dict[str, object]:
    """The members in the order of their UTF-8 bytes, as Go writes a map (a struct keeps the order of its fields)."""
    return {key: mapping[key] for key in sorted(mapping, key=lambda key: key.encode("utf-8", "surrogateescape"))}


# -- reading -----------------------------------------------------------------------------------------------------------


class Object(tuple[tuple[str, Any], ...]):
    """A JSON object as its (name, value) pairs, duplicates included."""

    __slots__ = ()

    def get(self, name: str, default: Any = None) -> Any:
        """The value of the last member of exactly this name."""
        return next((value for key, value in reversed(self) if key == name), default)


_DEEPEST = 200
_LONGEST_NUMBER = 400
_MARK = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]', re.DOTALL)
_LONE = re.compile("[\ud800-\udfff]")


def _no_constant(text: str) -> Any:
    raise ImageError(f"invalid character {text[0]!r} looking for beginning of value")


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ImageError(f"not a JSON document: a number has {len(text)} digits")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if number in (math.inf, -math.inf):
        raise ImageError(f"json: cannot unmarshal number {text[:_LONGEST_NUMBER]} into Go value of type float64")
    return number


def _check_depth(text: str) -> None:
    """Raise ImageError for what is nested more deeply than any document: reading it would need as much stack."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return
    depth = 0
    for mark in _MARK.finditer(text):
        first = mark.group()[0]
        depth += (first in "[{") - (first in "]}")
        if depth > _DEEPEST:
            raise ImageError("not a JSON document that is read: it is nested too deeply")


def _whole(value: Any) -> Any:
    """Strings as Go has them: half of a surrogate pair, which is no character, is the replacement character."""
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, Object):
        return Object((_whole(key), _whole(member)) for key, member in value)
    return [_whole(member) for member in value] if isinstance(value, list) else value


def parse(data: bytes | str) -> Any:
    """Parsed JSON with objects as `Object`; raises ImageError for text that is not JSON."""
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    _check_depth(text)
    try:
        parsed = json.loads(
            text, object_pairs_hook=Object, parse_constant=_no_constant, parse_int=_integer, parse_float=_float
        )
    except ValueError as error:
        raise ImageError(f"not a JSON document: {error}") from None
    except RecursionError:
        raise ImageError("not a JSON document that is read: it is nested too deeply") from None
    return _whole(parsed) if "\\ud" in text or "\\uD" in text else parsed


def from_python(value: Any) -> Any:
    """The same for values already parsed elsewhere into dicts and lists."""
    if isinstance(value, Mapping):
        return Object((key, from_python(member)) for key, member in value.items())
    if isinstance(value, list | tuple) and not isinstance(value, Object):
        return [from_python(element) for element in value]
    return value


def plain(value: Any) -> Any:
    """Parsed JSON as dicts and lists again, their members in the order they came in, for documents that are copied."""
    if isinstance(value, Object):
        return {key: plain(member) for key, member in value}
    return [plain(element) for element in value] if isinstance(value, list) else value


def kind(value: Any) -> str:
    """What Go calls the type of a JSON value in its messages."""
    if isinstance(value, Object):
        return "object"
    if isinstance(value, list):
        return "array"
    if isinstance(value, str):
        return "string"
    return "bool" if isinstance(value, bool) else "number"


def fold(name: str) -> str:
    """A member's name without regard to case."""
    # Simple case folding meets ASCII letters in two more places: the long s and the Kelvin sign.
    return name.replace("\u017f", "s").replace("\u212a", "k").casefold()


@dataclass(frozen=True, slots=True)
class Where:
    """The struct field being read, for messages."""

    field: str = ""

    def mismatch(self, found: str, wanted: str) -> ImageError:
        place = f"Go struct field {self.field} of type {wanted}" if self.field else f"Go value of type {wanted}"
        return ImageError(f"json: cannot unmarshal {found} into {place}")


# A reader turns (value, value so far, where) into the new value; null leaves what is there.
Reader: TypeAlias = Callable[[Any, Any, Where], Any]


def read_string(value: Any, before: Any, where: Where) -> Any:
    if value is None:
        return before
    if not isinstance(value, str):
        raise where.mismatch(kind(value), "string")
    return value


def read_bool(value: Any, before: Any, where: Where) -> Any:
    if value is None:
        return before
    if not isinstance(value, bool):
        raise where.mismatch(kind(value), "bool")
    return value


def integer(name: str = "int") -> Reader:
    """A signed 64-bit number; Go's `int` and `int64` differ only in the message."""

    def read(value: Any, before: Any, where: Where) -> Any:
        if value is None:
            return before
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise where.mismatch(kind(value), name)
        if isinstance(value, float) or not -(2**63) <= value < 2**63:
            raise where.mismatch(f"number {value}", name)
        return value

    return read


def read_empty_struct(value: Any, before: Any, where: Where) -> Any:
    """Go's `struct {}`: any object will do, and nothing of it is kept."""
    if value is not None and not isinstance(value, Object):
        raise where.mismatch(kind(value), "struct {}")
    return Object()


def list_of(element: Reader, name: str) -> Reader:
    def read(value: Any, before: Any, where: Where) -> Any:
        if value is None:
            return None
        if not isinstance(value, list):
            raise where.mismatch(kind(value), f"[]{name}")
        return [element(member, _zero(name), where) for member in value]

    return read


def map_of(element: Reader, name: str) -> Reader:
    """A Go map with string keys: a second object under another spelling of the same field is merged into the first."""

    def read(value: Any, before: Any, where: Where) -> Any:
        if value is None:
            return None
        if not isinstance(value, Object):
            raise where.mismatch(kind(value), f"map[string]{name}")
        # What came before is ours: a document may have the field a million times.
        merged: dict[str, Any] = {} if before is None else before
        for key, member in value:
            merged[key] = element(member, _zero(name), where)
        return merged

    return read


def _zero(name: str) -> Any:
    return "" if name == "string" else None


def struct(name: str, fields: Mapping[str, Reader], package: str = "") -> Reader:
    """Reads an object into a dict of the `fields` present; names match exactly or without regard to case."""
    folded = {fold(field): field for field in fields}

    def read(value: Any, before: Any, where: Where) -> Any:
        result: dict[str, Any] = dict(before or {})
        if value is None:
            return result
        if not isinstance(value, Object):
            raise where.mismatch(kind(value), package + name)
        for key, member in value:
            field = key if key in fields else folded.get(fold(key))
            if field is not None:
                result[field] = fields[field](member, result.get(field), Where(f"{name}.{field}"))
        return result

    return read
