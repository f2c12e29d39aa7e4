"""TOML (manual, "Built-in Functions": `fromTOML`).

The text is TOML 1.0, which the library of C++ Nix (toml11) reads, and Python's `tomllib` up to 3.14. That of 3.15 reads
1.1: there `tomli` does what it did before. Nix has less room for values: integers and floats must fit 64 bits, strings
hold no U+0000, and dates and times are errors, unless the experimental feature `parse-toml-timestamps` is on: then they
become `{ _type = "timestamp"; value = "…"; }`.

Errors say where `tomllib` found them; toml11's excerpts are not imitated.
"""

from __future__ import annotations

import sys

from lixeval.errors import EvalError
from lixeval.runtime.builtin import builtin
from lixeval.runtime.nesting import endless
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.values import INT_MAX, INT_MIN, Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.environment.settings import Settings

BYTE_ORDER_MARK = "\ufeff"


def parse_toml(text: str, *, timestamps: bool = False) -> Value:
    """The set that a TOML text describes."""
    _check_keys(text)
    try:
        text.encode("utf-8")
        document = _reader().loads(text.removeprefix(BYTE_ORDER_MARK), parse_float=_float)
    except RecursionError:
        raise endless() from None  # its parser recurses, and the newest refuses what nests deeply itself
    except UnicodeEncodeError:
        raise EvalError("while parsing TOML: invalid UTF-8") from None
    except ValueError as error:
        raise EvalError(f"while parsing TOML: {error}") from None
    return _as_values(document, _Spellings(text) if timestamps else None)


def _reader() -> Any:
    """The module that reads TOML 1.0."""
    if sys.version_info >= (3, 15):
        import tomli

        return tomli
    import tomllib

    return tomllib


MOST_PREFIXES = 100_000_000
"""So many parts of beginnings of dotted keys: `tomllib` keeps each, which takes 400 MB for a key of 10,000 parts."""

LONG_KEY = 100
"""Keys of fewer parts need no counting."""


def _check_keys(text: str) -> None:
    """Refuses dotted keys for which memory would not do; C++ Nix does not come to an end with those."""
    if text.count(".") < LONG_KEY:
        return
    import re

    part = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
    dotted = re.finditer(rf"(?<![\w-]){part}(?:[ \t]*\.[ \t]*{part}){{{LONG_KEY},}}", text, re.ASCII)
    if sum(match[0].count(".") ** 2 for match in dotted) > MOST_PREFIXES:
        raise EvalError("while parsing TOML: its dotted keys have too many parts")


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")) and digits.lstrip("+-") != "inf":
        raise ValueError(f"failed to read floating point value '{digits}'")
    return number


class _Spellings:
    """How dates and times are written in a text: toml11 keeps the spelling, `tomllib` only what it means.

    Those that mean the same are told apart by their order.
    """

    def __init__(self, text: str) -> None:
        import re

        date, time = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d:\d\d(?:\.\d+)?"
        moment = rf"{date}(?:[Tt ]{time}(?:[Zz]|[+-]\d\d:\d\d)?)?|{time}"
        quoted = r"""\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'"""
        self._left: dict[Any, list[str]] = {}
        for match in re.finditer(rf"{quoted}|\#[^\n]*|(?<![\w.:+-])({moment})(?![\w.:+-])", text, re.DOTALL):
            if match[1] is not None:
                try:
                    meant = _reader().loads(f"moment = {match[1]}")["moment"]
                except ValueError:
                    continue
                self._left.setdefault(meant, []).append(match[1])

    def of(self, moment: Any) -> str:
        """The spelling of the next date or time that means `moment`: at most nine digits of a second, UTC as Z."""
        spellings = self._left[moment]
        text = spellings.pop(0) if len(spellings) > 1 else spellings[0]
        import re

        whole, dot, rest = text.partition(".")
        digits = len(rest) - len(rest.lstrip("0123456789"))
        text = whole + dot + rest[: min(digits, 9)] + rest[digits:]
        return re.sub(r"(?:z|[+-]00:00)\Z", "Z", text)


def _as_values(document: dict[str, Any], spellings: _Spellings | None) -> Value:
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
                container[key] = _leaf(item, spellings)
    for parent, key, container in reversed(found):
        if container.__class__ is list:
            parent[key] = tuple(container)
    return document


def _leaf(item: Any, spellings: _Spellings | None) -> Value:
    if item.__class__ is str:
        return _check_string(item)
    if item.__class__ is int:
        if not INT_MIN <= item <= INT_MAX:
            raise EvalError(f"while parsing TOML: too large integer: {item}")
        return item
    if item.__class__ is float or item.__class__ is bool:
        return item
    if spellings is None:
        raise EvalError("while parsing TOML: Dates and times are not supported")
    return {"_type": "timestamp", "value": spellings.of(item)}


def _check_string(text: str) -> str:
    """A string that Nix can hold."""
    if "\0" in text:
        why = "cannot be represented as Nix string because it contains null bytes"
        raise EvalError(f"while parsing TOML: error: input string '{text.replace(chr(0), '␀')}' {why}")
    return text


@builtin("fromTOML")
def from_toml(text: Delayed, *, settings: Settings) -> Value:
    """The set that a TOML text describes.  Forces the text.

    >>> builtins.fromTOML "x = 1\\n[t]\\ny = [ 2.5, true, 'z' ]"
    { t = { y = [ 2.5 true "z" ]; }; x = 1; }
    """
    timestamps = "parse-toml-timestamps" in settings.experimental
    return parse_toml(text_without_context(text), timestamps=timestamps)
