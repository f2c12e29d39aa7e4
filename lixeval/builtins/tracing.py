"""Values as `trace` writes them: as far as they are evaluated, nothing forced.

The form differs from what nix-instantiate prints: functions and what is not evaluated stand between « and ».

    trace: { a = 1; f = «lambda f @ /x.nix:1:5»; g = «primop map»; t = «thunk»; }

C++ Nix: print.cc with its default options.
"""

from __future__ import annotations

from typing import Any

from lixeval.runtime.printing import attribute_name, is_primop, is_primop_application, lambda_text, scalar_text
from lixeval.runtime.thunks import BLACKHOLE, READ
from lixeval.runtime.values import FUNCTION_TYPES, ContextString, Delayed, Value, function_code, sorted_names

_TEXT_ONLY: Any = object()


def traced(value: Value) -> str:
    """The text that `trace` writes: a string without quotes, anything else as it is printed inside of others."""
    if value.__class__ is str:
        text: str = value
        return text
    if value.__class__ is ContextString:
        text = value.text
        return text
    return evaluated_part(value)


def evaluated_part(value: Delayed) -> str:
    """A value on one line, with «thunk» for what is not evaluated."""
    out: list[str] = []
    seen: set[int] = set()
    stack: list[tuple[str, Delayed]] = [("", value)]
    push, pop, write = stack.append, stack.pop, out.append
    while stack:
        text, item = pop()
        write(text)
        if item is _TEXT_ONLY:
            continue
        if item.__class__ is list:
            if item[0] is not READ:
                write("«potential infinite recursion»" if item[0] is BLACKHOLE else "«thunk»")
                continue
            item = item[1]
        if item.__class__ is not dict and item.__class__ is not tuple:
            write(_leaf(item))
        elif not item:
            write("{ }" if item.__class__ is dict else "[ ]")
        elif id(item) in seen:
            write("«repeated»")
        elif item.__class__ is dict:
            seen.add(id(item))
            write("{")
            push((" }", _TEXT_ONLY))
            names = sorted_names(item)
            for name in reversed(names):
                push((";", _TEXT_ONLY))
                push((f" {attribute_name(name)} = ", item[name]))
        else:
            seen.add(id(item))
            write("[")
            push((" ]", _TEXT_ONLY))
            for element in reversed(item):
                push((" ", element))
    return "".join(out)


def _leaf(value: Value) -> str:
    """A value that holds no others."""
    return _function(value) if value.__class__ in FUNCTION_TYPES else str(scalar_text(value))


def _function(function: Value) -> str:
    """A function by its name and, if it is written in Nix, its place."""
    code = function_code(function)
    if is_primop(function):
        return f"«primop {code.nix_name}»"
    if is_primop_application(function):
        while not hasattr(code, "nix_name"):
            code = code.__closure__[code.__code__.co_freevars.index("code")].cell_contents
        return f"«partially applied primop {code.nix_name}»"
    return lambda_text(function)
