"""`__structuredAttrs`: the attributes of a derivation as JSON and as bash declarations, instead of as variables.

The derivation carries its attributes as JSON in `__json`.  The builder finds them in two files of its build directory:

    .attrs.json   the attributes, with `outputs` (output name → path) added, and every entry of `exportReferencesGraph`
                  replaced by the closure information of the paths it names
    .attrs.sh     each attribute whose name is a shell variable's and whose value bash can hold:
                      declare name='text'         string, integer (whole number), true as 1, false and null as ''
                      declare -a name=('x' 'y' )  list of those
                      declare -A name=(['k']='v' ) attribute set of those

Source: Nix manual, "structuredAttrs"; parsed-derivations.cc (`prepareStructuredAttrs`, `writeStructuredAttrsShell`).
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable, Mapping
from typing import Any

from lixeval.errors import BuildError
from lixeval.formats.derivation import Derivation
from lixeval.formats.shell_text import quoted

_SHELL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def parse(derivation: Derivation) -> dict[str, Any] | None:
    """The attributes in `__json`, or None if the derivation has no structured attributes.  Raises BuildError."""
    text = derivation.environment.get("__json")
    if text is None:
        return None
    try:
        attributes = json.loads(text)
        if "\\u" in text:
            to_json(attributes).encode("utf-8", "surrogateescape")  # no half of a pair
    except (ValueError, RecursionError) as error:
        raise BuildError(f"cannot process __json attribute: {error}") from error
    if not isinstance(attributes, dict):
        raise BuildError("cannot process __json attribute: it is not an object")
    return attributes


def complete(
    attributes: Mapping[str, Any], outputs: Mapping[str, str], export: Callable[[list[str]], list[dict[str, Any]]]
) -> dict[str, Any]:
    """The attributes as the builder gets them; `export` gives the closure information of store paths."""
    completed = dict(attributes)
    completed["outputs"] = dict(outputs)
    graphs = attributes.get("exportReferencesGraph")
    if isinstance(graphs, dict):
        for name, paths in graphs.items():
            completed[name] = export(paths if isinstance(paths, list) else [paths])
    return completed


def to_json(attributes: Mapping[str, Any]) -> str:
    """Compact JSON with sorted names and unescaped non-ASCII, byte for byte what Nix writes."""
    return json.dumps(attributes, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def to_shell(attributes: Mapping[str, Any]) -> str:
    """The contents of .attrs.sh."""
    lines = []
    for name in sorted(attributes):
        if _SHELL_NAME.fullmatch(name):
            declaration = _declare(name, attributes[name])
            if declaration is not None:
                lines.append(declaration)
    return "".join(f"declare {line}\n" for line in lines)


def _declare(name: str, value: Any) -> str | None:
    """What follows `declare`, or None if bash cannot hold the value."""
    if isinstance(value, list):
        items = [_word(item) for item in value]
        known = [item for item in items if item is not None]
        return f"-a {name}=({''.join(f'{item} ' for item in known)})" if len(known) == len(items) else None
    if isinstance(value, dict):
        pairs = [(key, _word(value[key])) for key in sorted(value)]
        if any(word is None for _, word in pairs):
            return None
        return f"-A {name}=({''.join(f'[{quoted(key)}]={word} ' for key, word in pairs)})"
    word = _word(value)
    return None if word is None else f"{name}={word}"


def _word(value: Any) -> str | None:
    """A simple value as one shell word, None if it is not simple."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "1" if value else ""
    if value is None:
        return "''"
    if isinstance(value, int):
        # C++ converts to a 32-bit int: larger integers wrap around.
        return str((value + 2**31) % 2**32 - 2**31)
    if isinstance(value, float) and _is_whole(value):
        # Of larger floats x86 makes the lowest int.
        return str(int(value) if -(2**31) <= value < 2**31 else -(2**31))
    return None


def _is_whole(value: float) -> bool:
    """Whether the number is whole after rounding to single precision, which is how C++ looks at it."""
    try:
        single: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return True  # infinite in single precision
    return math.isinf(single) or math.ceil(single) == single
