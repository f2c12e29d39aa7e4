"""What `where` answers: one value's provenance as data, made of what `provenance`, `options` and `contexts` know.

{"path", "value", "kind": "option" | "attribute", "settings": [{"value", "file", "line", "column", "means",
 "priority", "order", "wins", "words"}], "declared": [{"file", "line", "column"}], "type", "merge",
 "arguments": [{"name", "from", "file", "line", "column"}], "context": [{"element", "from", …}],
 "inputs": [{"derivation", "attributes": [{"name", "file", …}]}]}
"""

from __future__ import annotations

from lixeval.errors import EvalError
from lixeval.runtime.thunks import force
from lixeval.runtime.values import ContextString
from lixeval.teach.contexts import context_of, inputs_of
from lixeval.teach.options import Definition, Option, option_at
from lixeval.teach.provenance import Provenance, forced, is_known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.runtime.values import Delayed, Value
    from lixeval.teach.provenance import Position

    Answer = dict[str, Any]


def whereabouts(
    whole: Value, path: list[str], value: Delayed, provenance: Provenance, shown: Callable[[Delayed], str]
) -> Answer:
    """Where the value at a path comes from; `shown` gives a value's text.

    Raises EvalError where it is no attribute's.
    """
    found = forced(value)
    option = option_at(whole, path, provenance)
    if option is not None:
        return _of_option(option, path, value, shown)
    around = whole
    for name in path[:-1]:
        around = force(around)
        around = around[int(name)] if around.__class__ is tuple else around[name]
    around = force(around)
    answer: Answer = {"path": path, "kind": "attribute", "value": shown(value)}
    if around.__class__ is not dict:
        raise EvalError(f"'{path[-1]}' is an element of a list: only attributes have been set by somebody")
    answer["settings"] = [
        {"value": shown(one.value), "means": one.means, "wins": not index} | placed(one.position)
        for index, one in enumerate(provenance.settings(around, path[-1]))
    ]
    if found.__class__ is ContextString:
        answer["context"] = context_of(found, provenance)
    if found.__class__ is dict and _is_derivation(found):
        answer["arguments"] = _arguments(found, provenance)
        answer["inputs"] = inputs_of(found, provenance)
    return answer


def _is_derivation(value: dict[str, Delayed]) -> bool:
    return "type" in value and forced(value["type"]) == "derivation"


def placed(position: Position | None) -> Answer:
    if position is None:
        return {}
    file, line, column = position
    return {"file": file, "line": line, "column": column}


def _of_option(option: Option, path: list[str], value: Delayed, shown: Callable[[Delayed], str]) -> Answer:
    winning = option.winning()
    return {
        "path": path,
        "kind": "option",
        "option": list(option.name),
        "value": shown(value),
        "settings": [_definition(one, one in winning, shown) for one in option.definitions],
        "declared": [{"file": file} | placed(position) for file, position in option.declared],
        "type": option.type_text,
        "merge": option.merge_text,
    }


def _definition(one: Definition, wins: bool, shown: Callable[[Delayed], str]) -> Answer:
    ends = f"priority {one.priority}" if one.holds is not False else "left out"
    if not one.arrived and one.holds:
        ends += ", outdone around the submodule"
    means = ", ".join([*one.words, ends])
    # What is left out nobody has asked for; it may be far, or fail.
    left_out = one.holds is False and not is_known(one.value)
    value = "_" if left_out else shown(one.value)
    entry: Answer = {"value": value, "means": means, "wins": wins, "priority": one.priority}
    if one.order is not None:
        entry["order"] = one.order
    if one.file and one.position is None:
        entry["file"] = one.file
    return entry | placed(one.position)


def _arguments(package: dict[str, Delayed], provenance: Provenance) -> list[Answer]:
    """The arguments of the function that has made a package, and where each came from."""
    found = provenance.package_call(package)
    if found is None:
        return []
    call, function = found
    source, formals = call.source, function.formals
    arguments = forced(call.arguments[-1])
    if arguments.__class__ is not dict or formals is None:
        return []
    answers: list[Answer] = []
    for formal in formals.formals:
        line, column = source.line_and_column(formal.start)
        if formal.name not in arguments:
            answers.append({"name": formal.name, "from": "its default"} | placed((source.name, line, column)))
            continue
        position = provenance.position(arguments[formal.name])
        answers.append({"name": formal.name, "from": provenance.given(arguments, formal.name)} | placed(position))
    return answers
