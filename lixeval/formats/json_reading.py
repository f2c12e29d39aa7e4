"""JSON text to Nix values (RFC 8259), with the errors that C++ Nix's JSON library (nlohmann) gives.

    value    object -> set, the last of two members with one name counts; array -> list
    number   an integer where it fits 64 bits, an error from 2^63 to 2^64, else a float, which must not overflow
    string   must be UTF-8 without U+0000

Two readers: the interpreter's own for text that is sound, and one of ours (`json_octets`), which goes byte by byte,
knows what is wrong and where, and takes any depth because it keeps its own stack.  The first hands over to the second
whatever it does not take.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    Value = Any
    """A value as expressions have it: dict, tuple, str, int, float, bool or None."""

_MAX_FAST_DEPTH = 500
"""The interpreter's reader recurses in C; text that is nested deeper is not given to it."""


def parse_json(text: str) -> Value:
    """The value of a JSON text; `EvalError` with nlohmann's message for anything else."""
    if text.isdecimal() and text.isascii() and len(text) < 19 and (text[0] != "0" or len(text) == 1):
        return int(text)  # as nixpkgs' toInt asks for it
    try:
        return _parse_sound(text)
    except (ValueError, StopIteration, SystemError):
        # The last is how the interpreter's reader fails where the module is not there that tells what is wrong.
        from lixeval.formats.json_octets import OctetReader

        return OctetReader(text).document()


def _parse_sound(text: str) -> Value:
    """The value by the interpreter's reader; `ValueError` and its like for all that it does not read as Nix does."""
    octets = text.encode("utf-8")
    if "\\u" in text and ("\\u0000" in text or "\\ud" in text or "\\uD" in text):
        raise ValueError("escapes that need a closer look")
    if len(octets) > _MAX_FAST_DEPTH and _may_nest_deeply(octets):
        raise ValueError("nested too deeply")
    exactly = _may_be_too_large(octets)
    scan = _SCANNERS.get(exactly) or _scanner(exactly)
    value, end = scan(text, len(text) - len(text.lstrip(_BLANKS)))
    if text[end:].strip(_BLANKS):
        raise ValueError("more than one value")
    return _without_lists(value)


_BLANKS = " \t\n\r"


def _integer(digits: str) -> int:
    number = int(digits) if len(digits) < 20 else 2**63
    if not -(2**63) <= number < 2**63:
        raise ValueError("integer out of range")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError("float out of range")
    return number


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


class _Usually:
    """What `make_scanner` looks at."""

    strict = True
    array_hook = None  # asked for since Python 3.15
    object_hook = None
    object_pairs_hook = None
    parse_float: Any = float
    parse_int: Any = int
    parse_constant = staticmethod(_refused)


class _Exactly(_Usually):
    """The same where numbers could be too large and are looked at one by one."""

    parse_float = staticmethod(_float)
    parse_int = staticmethod(_integer)


_SCANNERS: dict[bool, Any] = {}
"""By whether numbers could be too large."""


def _scanner(exactly: bool) -> Any:
    """The interpreter's scanner alone: the module `json` imports `re`, which takes longer than most texts."""
    from _json import make_scanner

    what: Any = _Exactly if exactly else _Usually
    scan = _SCANNERS[exactly] = make_scanner(what)
    return scan


_ZEROS = bytes.maketrans(b"123456789E", b"000000000e")


def _may_be_too_large(octets: bytes) -> bool:
    """Whether there is a number of 19 digits or with an exponent of three."""
    zeros = octets.translate(_ZEROS)
    return b"0" * 19 in zeros or b"e000" in zeros or b"e+000" in zeros


_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ROUNDS = 32


def _may_nest_deeply(octets: bytes) -> bool:
    """Whether sets and lists may be nested deeper than the interpreter's reader may go."""
    brackets = octets.translate(None, _ALL_BUT_BRACKETS)
    for _ in range(_ROUNDS):
        if len(brackets) <= _MAX_FAST_DEPTH:
            return False
        # Each round takes off a level; what is left was deeper, or is brackets in strings.
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return True


def _without_lists(root: Any) -> Value:
    """The same data with tuples for lists: in the evaluator a Python list is a thunk."""
    if root.__class__ is dict:
        _replace_lists(root)
        return root
    return _as_tuple(root) if root.__class__ is list else root


def _replace_lists(members: dict[str, Any]) -> None:
    for name, item in members.items():
        if item.__class__ is dict:
            _replace_lists(item)
        elif item.__class__ is list:
            members[name] = _as_tuple(item)


def _as_tuple(elements: list[Any]) -> tuple[Any, ...]:
    if not _CONTAINERS.isdisjoint(map(type, elements)):
        for index, item in enumerate(elements):
            if item.__class__ is dict:
                _replace_lists(item)
            elif item.__class__ is list:
                elements[index] = _as_tuple(item)
    return tuple(elements)


_CONTAINERS = frozenset((dict, list))
