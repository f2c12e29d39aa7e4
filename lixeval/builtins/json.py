"""JSON (manual, "Built-in Functions": `toJSON`, `fromJSON`), and what --json prints.

null, bool, int   as they are            string   escaped; must be UTF-8; its context goes to the result
float             see `json_floats`      path     the path of its copy in the store
list              array                  set      object, names in bytewise order; or what its `__toString` gives,
                                                  or what its `outPath` is, if it has one
"""

from __future__ import annotations

from lixeval.environment.coercion import coerced_place
from lixeval.errors import EvalError, NixTypeError
from lixeval.formats.json_reading import parse_json
from lixeval.runtime.builtin import builtin
from lixeval.runtime.call import call1
from lixeval.runtime.faults import described
from lixeval.runtime.nesting import MAX_NESTING, endless
from lixeval.runtime.strings import CopyToStore, make_string, text_without_context
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import ContextString, Delayed, Path, Value, sorted_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x20)} | str.maketrans(
    {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)


def json_string(text: str) -> str:
    """A string as JSON; only what must be escaped is."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return f'"{text.translate(_ESCAPES)}"'


def to_json(value: Delayed, copy_to_store: CopyToStore, *, strict: bool = True) -> tuple[str, frozenset[str]]:
    """The JSON text of a value, and the context of the strings in it.

    Forces everything; without `strict` what is not evaluated is an error.
    """
    out: list[str] = []
    context: set[str] = set()
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
                item = _answered(item, strict)
            if item.__class__ is str:
                write(json_string(item))
                continue
            if item.__class__ is dict and ("__toString" in item or "outPath" in item):
                item = _stand_in(item, strict, context)
            if item.__class__ is not tuple and item.__class__ is not dict:
                write(_leaf(item, copy_to_store, context))
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
    return result, frozenset(context)


def _answered(cell: list[Any], strict: bool) -> Value:
    if not strict and cell[0] is not READ:
        raise NixTypeError("cannot convert a thunk to JSON")
    return cell[0](cell)


def _stand_in(item: Value, strict: bool, context: set[str]) -> Value:
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
            item = _answered(item, strict)
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


def _leaf(value: Value, copy_to_store: CopyToStore, context: set[str]) -> str:
    """A value that holds no others."""
    kind = value.__class__
    if kind is str:
        return json_string(value)
    if kind is ContextString:
        context.update(value.context)
        return json_string(value.text)
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if value is None:
        return "null"
    if kind is float:
        from lixeval.formats.json_floats import json_float

        return json_float(value)
    if kind is Path:
        copied = copy_to_store(value.text)
        context.add(copied)
        return json_string(copied)
    raise NixTypeError(f"cannot convert {described(value)} to JSON")


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
    return parse_json(text_without_context(text))


@builtin("toJSON")
def to_json_builtin(value: Delayed, *, copy_to_store: CopyToStore) -> Value:
    """A value as JSON text, on one line without blanks.  Forces it with everything in it; functions are errors.

    >>> builtins.toJSON { x = [ 1 2.5 null true ]; y = "a\\"b"; z.outPath = "p"; }
    "{\\"x\\":[1,2.5,null,true],\\"y\\":\\"a\\\\\\"b\\",\\"z\\":\\"p\\"}"
    """
    return make_string(*to_json(value, copy_to_store))
