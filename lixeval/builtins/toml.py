"""TOML (manual, "Built-in Functions": `fromTOML`).

The text is TOML 1.0, which is what both the library of C++ Nix (toml11) and Python's `tomllib` read.  Nix has less room
for values: integers and floats must fit 64 bits, strings hold no U+0000, and dates and times are errors, unless the
experimental feature `parse-toml-timestamps` is on: then they become `{ _type = "timestamp"; value = "…"; }`.

Errors say where `tomllib` found them; toml11's excerpts are not imitated.
"""

from __future__ import annotations

from lixeval.environment.services import Services
from lixeval.errors import EvalError
from lixeval.runtime.builtin import builtin
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.values import INT_MAX, INT_MIN, Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

BYTE_ORDER_MARK = "\ufeff"


def parse_toml(text: str, *, timestamps: bool = False) -> Value:
    """The set that a TOML text describes."""
    import tomllib

    try:
        text.encode("utf-8")
        document = tomllib.loads(text.removeprefix(BYTE_ORDER_MARK), parse_float=_float)
    except UnicodeEncodeError:
        raise EvalError("while parsing TOML: invalid UTF-8") from None
    except ValueError as error:
        raise EvalError(f"while parsing TOML: {error}") from None
    return _as_values(document, timestamps)


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")) and digits.lstrip("+-") != "inf":
        raise ValueError(f"failed to read floating point value '{digits}'")
    return number


def _as_values(document: dict[str, Any], timestamps: bool) -> Value:
    """The same data as Nix values: tables are sets already, arrays become tuples."""
    found: list[tuple[Any, Any, Any]] = [([document], 0, document)]
    # A container comes before those in it, so backwards is inside out.
    for _, _, container in found:
        for key, item in list(container.items() if container.__class__ is dict else enumerate(container)):
            if key.__class__ is str:
                _check_string(key)
            if item.__class__ is list or item.__class__ is dict:
                found.append((container, key, item))
            else:
                container[key] = _leaf(item, timestamps)
    for parent, key, container in reversed(found):
        if container.__class__ is list:
            parent[key] = tuple(container)
    return document


def _leaf(item: Any, timestamps: bool) -> Value:
    if item.__class__ is str:
        return _check_string(item)
    if item.__class__ is int:
        if not INT_MIN <= item <= INT_MAX:
            raise EvalError(f"while parsing TOML: too large integer: {item}")
        return item
    if item.__class__ is float or item.__class__ is bool:
        return item
    if not timestamps:
        raise EvalError("while parsing TOML: Dates and times are not supported")
    return {"_type": "timestamp", "value": _timestamp(item)}


def _timestamp(moment: Any) -> str:
    """A date, a time or both as toml11 writes them: fractions of a second in groups of three digits, UTC as Z."""
    text = str(moment.isoformat())
    microsecond = getattr(moment, "microsecond", 0)
    if microsecond and microsecond % 1000 == 0:
        fraction = f".{microsecond:06}"
        text = text.replace(fraction, fraction[:4])
    return text.replace("+00:00", "Z")


def _check_string(text: str) -> str:
    """A string that Nix can hold."""
    if "\0" in text:
        why = "cannot be represented as Nix string because it contains null bytes"
        raise EvalError(f"while parsing TOML: error: input string '{text.replace(chr(0), '␀')}' {why}")
    return text


def bind(services: Services) -> tuple[Callable[..., Any], ...]:
    """The builtin, with what the settings say about timestamps."""

    @builtin("fromTOML", first_forced=True)
    def from_toml(text: Delayed) -> Value:
        """The set that a TOML text describes.  Forces the text.

        >>> builtins.fromTOML "x = 1\\n[t]\\ny = [ 2.5, true, 'z' ]"
        { t = { y = [ 2.5 true "z" ]; }; x = 1; }
        """
        timestamps = "parse-toml-timestamps" in services.settings.experimental
        return parse_toml(text_without_context(text), timestamps=timestamps)

    return (from_toml,)
