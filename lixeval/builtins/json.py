"""JSON (manual, "Built-in Functions": `toJSON`, `fromJSON`), and what --json prints.

null, bool, int   as they are            string   escaped; must be UTF-8; its context goes to the result
float             see `json_floats`      path     the path of its copy in the store
list              array                  set      object, names in bytewise order; or what its `__toString` gives,
                                                  or what its `outPath` is, if it has one
"""

from __future__ import annotations

from itertools import chain

from lixeval.environment.coercion import coerced_place
from lixeval.errors import EvalError
from lixeval.runtime.builtin import builtin
from lixeval.runtime.call import call1
from lixeval.runtime.faults import described, refused
from lixeval.runtime.frames import tells
from lixeval.runtime.nesting import MAX_NESTING, endless
from lixeval.runtime.strings import CopyToStore, make_string, text_without_context
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import ContextString, Delayed, Path, Value, sorted_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x20)} | str.maketrans(
    {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)


def json_string(text: str) -> str:
    """A string as JSON; only what must be escaped is."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return f'"{text.translate(_ESCAPES)}"'


MAX_PLAIN_DEPTH = 400
"""The interpreter's encoder recurses in C; what is nested deeper is written here."""


def to_json(value: Delayed, copy_to_store: CopyToStore) -> tuple[str, frozenset[str]]:
    """The JSON text of a value, and the context of the strings in it.  Forces everything.

    Made plain data first, which the interpreter's encoder writes; but it is written here where the encoder would not
    go, or would write something else than Nix.
    """
    if value.__class__ is list:
        value = value[0](value)
    if _is_data(value):
        text = _encoded(value, in_order=False)
        if text is not None and not any(name in text for name in _STOOD_FOR):
            return text, frozenset()
    plain = _PlainData(copy_to_store)
    try:
        data = plain.of(value, 0)
    except _TooDeep:
        return _written(value, plain), frozenset(plain.context)
    text = _encoded(data, in_order=True) if plain.is_sound else None
    return _written(data, plain) if text is None else text, frozenset(plain.context)


def _encoded(data: Any, *, in_order: bool) -> str | None:
    """Plain data as text; None where no encoder is there, or what it writes is no UTF-8.  `in_order`: the names of all
    sets are in their order already."""
    encoder = _ENCODERS.get(in_order)
    if encoder is None:
        try:
            # Its encoder alone: the module `json` imports `re`, which takes longer than most texts.
            from _json import encode_basestring, make_encoder
        except ImportError:
            return None
        make: Any = make_encoder
        encoder = make(None, None, encode_basestring, None, ":", ",", not in_order, False, True)
        _ENCODERS[in_order] = encoder
    text = "".join(encoder(data, 0))
    try:
        text.isascii() or text.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return text


_ENCODERS: dict[bool, Any] = {}
"""By whether names are in order."""


class _TooDeep(Exception):
    """A value is nested deeper than the encoder may go, or without end."""


_PLAIN = frozenset((str, int, bool, type(None)))
"""The kinds of values that are data as they are."""

_DATA = _PLAIN | {dict, tuple}
_STOOD_FOR = ('"__toString":', '"outPath":')
"""What is in the text of a set that something else is written for."""


def _is_data(value: Value) -> bool:
    """Whether a value is data as it stands, with all that is in it, and nothing to be forced: what `fromJSON` gives.

    What is first in it, and first in that, tells mostly that it is not; else all that is on one level is looked at by
    loops of the interpreter's own.
    """
    first = value
    for _ in range(MAX_PLAIN_DEPTH):
        if first.__class__ not in _DATA:
            return False
        if first.__class__ in _PLAIN or not first:
            break
        first = next(iter(first.values() if first.__class__ is dict else first))
    level: Iterable[Any] = (value,)
    for _ in range(MAX_PLAIN_DEPTH):
        kinds = set(map(type, level))
        if kinds <= _PLAIN:
            return True
        if not kinds <= _DATA:
            return False
        if kinds == {dict}:
            level = [*chain.from_iterable(map(dict.values, level))]
            continue
        sets = [item for item in level if item.__class__ is dict] if dict in kinds else ()
        lists = [item for item in level if item.__class__ is tuple] if tuple in kinds else ()
        level = [*chain.from_iterable(map(dict.values, sets)), *chain.from_iterable(lists)]
    return False


_MANY_NAMES = 64
_MANY_ORDERS = 256


class _PlainData:
    """Makes values plain data: strings without contexts, sets in the order of their names, or what stands for them.

    `context` gathers the contexts; `is_sound` says whether Python writes all of the numbers as Nix does.
    """

    __slots__ = ("_orders", "context", "copy_to_store", "is_sound")

    def __init__(self, copy_to_store: CopyToStore) -> None:
        self.context: set[str] = set()
        self.copy_to_store = copy_to_store
        self.is_sound = True
        self._orders: dict[tuple[str, ...], Sequence[str]] = {}
        """Names in order by the names as they stand: many sets have the same ones."""

    def of(self, item: Delayed, depth: int) -> Any:
        """The data of one value, `depth` levels down; everything is forced, in the order in which it is written."""
        if item.__class__ is list:
            item = item[0](item)
        if item.__class__ is dict and ("__toString" in item or "outPath" in item):
            item = _stand_in(item, self.context)
        if item.__class__ is dict:
            return self._of_set(item, depth + 1)
        return self._of_list(item, depth + 1) if item.__class__ is tuple else self.of_leaf(item)

    def _of_list(self, elements: tuple[Delayed, ...], depth: int) -> tuple[Any, ...]:
        if depth > MAX_PLAIN_DEPTH:
            raise _TooDeep
        found: list[Any] = []
        for element in elements:
            if element.__class__ is list:
                element = element[1] if element[0] is READ else element[0](element)
            found.append(element if element.__class__ in _PLAIN else self.of(element, depth))
        return tuple(found)

    def _of_set(self, attributes: dict[str, Delayed], depth: int) -> dict[str, Any]:
        if depth > MAX_PLAIN_DEPTH:
            raise _TooDeep
        names = tuple(attributes)
        found: dict[str, Any] = {}
        for name in self._orders.get(names) or self._in_order(names):
            element = attributes[name]
            if element.__class__ is list:
                element = element[1] if element[0] is READ else element[0](element)
            kind = element.__class__
            if kind in _PLAIN:
                found[name] = element
            elif kind is tuple:
                found[name] = self._of_list(element, depth + 1)
            elif kind is dict and "__toString" not in element and "outPath" not in element:
                found[name] = self._of_set(element, depth + 1)
            else:
                found[name] = self.of(element, depth)
        return found

    def _in_order(self, names: tuple[str, ...]) -> Sequence[str]:
        in_order = sorted_names(names)
        if len(names) <= _MANY_NAMES and len(self._orders) < _MANY_ORDERS:
            self._orders[names] = in_order
        return in_order

    def of_leaf(self, value: Value) -> Any:
        """The data of a value that holds no others."""
        kind = value.__class__
        if kind is str or kind is int or kind is bool or value is None:
            return value
        if kind is float:
            self.is_sound = self.is_sound and _float_text(value) == repr(value)
            return value
        if kind is ContextString:
            self.context.update(value.context)
            return value.text
        if kind is Path:
            copied = self.copy_to_store(value.text)
            self.context.add(copied)
            return copied
        raise refused(value, f"cannot convert {described(value)} to JSON", "E0301")


tells(_PlainData._of_set, within="attributes", reached="name")


def _written(value: Delayed, plain: _PlainData) -> str:
    """The text of a value of any depth, with stacks of its own."""
    out: list[str] = []
    write = out.append
    inside: set[int] = set()
    """The identities of the sets and lists that are being written."""
    # What is left of the container that is being written: texts that come before an element, and the elements.  Those
    # of the containers around it wait on the stack, each with the end of the inner one, and that one's identity.
    pairs: Iterator[tuple[str, Delayed]] = iter((("", value),))
    stack: list[tuple[Iterator[tuple[str, Delayed]], str, int]] = []
    while True:
        for text, item in pairs:
            write(text)
            if item.__class__ is list:
                item = item[0](item)
            if item.__class__ is str:
                write(json_string(item))
                continue
            if item.__class__ is dict and ("__toString" in item or "outPath" in item):
                item = _stand_in(item, plain.context)
            if item.__class__ is not tuple and item.__class__ is not dict:
                write(_leaf(item, plain))
            elif not item:
                write("{}" if item.__class__ is dict else "[]")
            else:
                if id(item) in inside or len(inside) > MAX_NESTING:
                    raise endless()
                inside.add(id(item))
                stack.append((pairs, "}" if item.__class__ is dict else "]", id(item)))
                pairs = _elements(item)
                break
        else:
            if not stack:
                break
            pairs, end, identity = stack.pop()
            write(end)
            inside.discard(identity)
    result = "".join(out)
    if not result.isascii():
        _check_encoding(result, out)
    return result


def _stand_in(item: Value, context: set[str]) -> Value:
    """What stands for a set that has `__toString`, a string, or `outPath`, anything."""
    steps = 0
    while item.__class__ is dict:
        if "__toString" in item:
            text, of_text = coerced_place(call1(item["__toString"], item))
            context |= of_text
            return text
        if "outPath" not in item:
            break
        item = item["outPath"]
        if item.__class__ is list:
            item = item[0](item)
        steps += 1
        if steps > MAX_NESTING:
            raise endless()
    return item


def _elements(container: Any) -> Iterator[tuple[str, Delayed]]:
    """The elements of a set or list, each with the text before it."""
    if container.__class__ is tuple:
        return zip(["[", *[","] * (len(container) - 1)], container, strict=True)
    names = sorted_names(container)
    texts = [f",{json_string(name)}:" for name in names]
    texts[0] = "{" + texts[0][1:]
    return zip(texts, [container[name] for name in names], strict=True)


def _leaf(value: Value, plain: _PlainData) -> str:
    """The text of a value that holds no others."""
    data = plain.of_leaf(value)
    kind = data.__class__
    if kind is str:
        return json_string(data)
    if kind is bool:
        return "true" if data else "false"
    if kind is int:
        return str(data)
    if data is None:
        return "null"
    return _float_text(data)


def _float_text(number: float) -> str:
    global _json_float
    if _json_float is None:
        from lixeval.formats.json_floats import json_float  # few texts have floats

        _json_float = json_float
    return _json_float(number)


_json_float: Callable[[float], str] | None = None


def _check_encoding(result: str, parts: list[str]) -> None:
    """All strings must be UTF-8; the first that is not is the one to blame."""
    try:
        result.encode("utf-8")
        return
    except UnicodeEncodeError:
        pass
    for part in parts:
        try:
            part.encode("utf-8")
        except UnicodeEncodeError:
            raise EvalError(f"JSON serialization error: [json.exception.type_error.316] {_bad_byte(part)}") from None


def _bad_byte(part: str) -> str:
    """Which byte of a written string is wrong, in the words of the library that C++ Nix uses."""
    import json

    quoted = part[part.index('"') : part.rindex('"') + 1]
    octets = str(json.loads(quoted)).encode("utf-8", "surrogateescape")
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return f"incomplete UTF-8 string; last byte: 0x{octets[-1]:02X}"
        # Python blames where the character begins if a later byte of it is wrong, the library the wrong byte.
        index = error.start if error.reason == "invalid start byte" else error.end
        return f"invalid UTF-8 byte at index {index}: 0x{octets[index]:02X}"
    return "invalid UTF-8"


@builtin("fromJSON")
def from_json(text: Delayed) -> Value:
    """The value that a JSON text describes.  Forces the text.

    >>> builtins.fromJSON ''{"x": [1, 2.5, null, true], "y": "é"}''
    { x = [ 1 2.5 null true ]; y = "é"; }
    """
    global _parse
    if _parse is None:
        from lixeval.formats.json_reading import parse_json  # who writes JSON need not read any

        _parse = parse_json
    return _parse(text_without_context(text))


_parse: Callable[[str], Value] | None = None
"""An import statement takes longer than a short text."""


@builtin("toJSON")
def to_json_builtin(value: Delayed, *, copy_to_store: CopyToStore) -> Value:
    """A value as JSON text, on one line without blanks.  Forces it with everything in it; functions are errors.

    >>> builtins.toJSON { x = [ 1 2.5 null true ]; y = "a\\"b"; z.outPath = "p"; }
    "{\\"x\\":[1,2.5,null,true],\\"y\\":\\"a\\\\\\"b\\",\\"z\\":\\"p\\"}"
    """
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is int:
        return str(value)
    if value.__class__ is str and value.isascii():
        return json_string(value)
    return make_string(*to_json(value, copy_to_store))
