"""Where the value of an option comes from: which modules define it, with which priority, and what was merged.

A configuration is what lib.evalModules gives.  Its modules are found where they were given to it; each module's own
`config` is walked down to the option, through mkIf, mkMerge, mkForce and their like, and the attribute at the end says
in which file and line it stands.  Type, declaration and merge are the option's own.  lib is asked for nothing that
nixpkgs' one does not have.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from lixeval.runtime.values import FUNCTION_TYPES, ContextString, Path
from lixeval.teach.provenance import Provenance, forced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.runtime.values import Delayed, Value
    from lixeval.teach.provenance import Position
    from lixeval.teach.tracing import Call

PRIORITIES = {50: "mkForce", 1000: "mkDefault"}
"""What sets a priority, by that priority; 100 is what no function has set, and of others the number says all."""

USUAL, DEFAULT = 100, 1500
BEFORE, AFTER = 500, 1500

NOT_CONFIG = frozenset(
    ("_file", "key", "imports", "options", "config", "disabledModules", "meta", "freeformType", "_class", "require")
)
"""Attributes of a module that are no options, where it has no `config`."""

MOST_MODULES = 20_000


@dataclass(slots=True)
class Definition:
    """One definition of an option: its value, where it is written, its priority, and what was said around it.

    `order` is that of mkBefore and mkAfter; `holds` is whether the conditions of all mkIf around it do, None where
    that cannot be told.  One that has not `arrived` was left behind above a submodule: others there had a higher
    priority.
    """

    value: Delayed
    position: Position | None
    file: str
    priority: int = USUAL
    order: int | None = None
    words: list[str] = field(default_factory=list)
    holds: bool | None = True
    is_default: bool = False
    arrived: bool = True

    def counts(self) -> bool:
        return bool(self.holds) and self.arrived


@dataclass(slots=True)
class Option:
    """An option of a configuration: its name, its value, its definitions, the one that counts first, and what declares
    it.
    """

    name: tuple[str, ...]
    rest: tuple[str, ...]
    option: dict[str, Delayed]
    definitions: list[Definition]
    declared: list[tuple[str, Position | None]]
    type_text: str
    merge_text: str

    def winning(self) -> list[Definition]:
        best = min((one.priority for one in self.definitions if one.counts()), default=None)
        return [one for one in self.definitions if one.counts() and one.priority == best]


@dataclass(slots=True)
class _Module:
    config: Delayed
    options: Delayed
    file: str


def option_at(whole: Value, path: list[str], provenance: Provenance) -> Option | None:
    """The option that an attribute path leads to, through a configuration's `config`; None where it is no such path."""
    value = whole
    for index, name in enumerate(path):
        value = forced(value)
        if value.__class__ is not dict or name not in value:
            return None
        if name == "config" and "options" in value:
            found = _option(value, path[index + 1 :], provenance)
            if found is not None:
                return found
        value = value[name]
    return None


def _option(configuration: dict[str, Delayed], path: list[str], provenance: Provenance) -> Option | None:
    option = forced(configuration["options"])
    depth = 0
    for name in path:
        if _type_of(option) == "option":
            break
        option = forced(option[name]) if option.__class__ is dict and name in option else None
        depth += 1
    if _type_of(option) != "option":
        return None
    modules = _modules(configuration, provenance)
    names, rest = tuple(path[:depth]), tuple(path[depth:])
    definitions: list[Definition] = []
    for module in modules:
        start = Definition(None, None, module.file)
        definitions += _definitions(module.config, path, start, provenance)
    declared = _declarations(modules, names, option, provenance)
    default = _default(option, rest, declared, provenance)
    if default is not None:
        definitions.append(default)
    found = Option(names, rest, option, definitions, declared, _type_text(option, declared, provenance), "")
    found = _within(found, forced(option.get("value")), provenance) if rest else found
    found.definitions.sort(key=lambda one: (not one.counts(), one.priority, one.order or 1000))
    found.merge_text = _merge_text(found)
    return found


def _within(outer: Option, value: Value, provenance: Provenance) -> Option:
    """The option of a submodule in an option's value, with what is said around the submodule; else the outer one.

    A submodule is a configuration of its own.  The definitions that have arrived in it are found in both; what mkIf
    and mkMerge around it were only the outer one tells, and with which priority they compete only the inner one.
    """
    for index, name in enumerate(outer.rest):
        configuration = provenance.configuration(value)
        inner = _option(configuration, list(outer.rest[index:]), provenance) if configuration is not None else None
        if inner is not None:
            inner.name = outer.name + outer.rest[:index] + inner.name
            inner.definitions = _joined(outer.definitions, inner.definitions)
            return inner
        value = forced(_below(value, name))
    return outer


def _below(value: Value, name: str) -> Delayed:
    if value.__class__ is tuple:
        return value[int(name)] if name.isdecimal() and int(name) < len(value) else None
    return value.get(name) if value.__class__ is dict else None


def _joined(outer: list[Definition], inner: list[Definition]) -> list[Definition]:
    """The definitions of an option of a submodule, each once."""
    arrived = {one.position: one for one in inner if one.position is not None}
    told = {one.position for one in outer if one.position is not None}
    for one in outer:
        same = arrived.get(one.position) if one.position is not None else None
        if same is None:
            one.arrived = False
            continue
        if one.priority != same.priority:
            one.words.append("in its submodule")
        one.priority, one.order, one.arrived = same.priority, same.order, same.arrived
    return [*outer, *(one for one in inner if one.position not in told)]


# Modules


def _modules(configuration: dict[str, Delayed], provenance: Provenance) -> list[_Module]:
    """The modules of a configuration, each once, as they were given to evalModules and as they import one another."""
    given = _given_modules(configuration, provenance)
    results = _results(provenance)
    found: list[_Module] = []
    seen: set[Any] = set()
    todo: list[tuple[Delayed, str]] = [(module, "") for module in reversed(given)]
    while todo and len(found) < MOST_MODULES:
        delayed, file = todo.pop()
        value = forced(delayed)
        if value.__class__ in (str, Path, ContextString):
            path = _text(value)
            file = os.path.join(path, "default.nix") if os.path.isdir(path) else path
            value = provenance.file(file)
        key = _identity(value)
        if key in seen or value is None:
            continue
        seen.add(key)
        if value.__class__ in FUNCTION_TYPES:
            value = results.get(key)
        if value.__class__ is dict and "__functor" in value:
            continue
        if value.__class__ is not dict:
            continue
        file = _text(value.get("_file")) or file
        plain = "config" not in value and "options" not in value
        config = (
            {name: item for name, item in value.items() if name not in NOT_CONFIG} if plain else value.get("config")
        )
        found.append(_Module(config, value.get("options"), file))
        imports = forced(value.get("imports", ()))
        if imports.__class__ is tuple:
            todo += [(item, file) for item in reversed(imports)]
        required = forced(value.get("require", ()))
        if required.__class__ is tuple:
            todo += [(item, file) for item in reversed(required)]
    return found


def _given_modules(configuration: dict[str, Delayed], provenance: Provenance) -> list[Delayed]:
    """The modules that were given to the call that has made a configuration; of every such call where none is known."""
    config = forced(configuration.get("config"))
    exact: list[Delayed] = []
    every: list[Delayed] = []
    for call in provenance.trace.calls:
        if len(call.arguments) != 1 or call.value.__class__ is not dict:
            continue
        argument = forced(call.arguments[0]) if "config" in call.value and "options" in call.value else None
        if argument.__class__ is not dict or "modules" not in argument:
            continue
        modules = forced(argument["modules"])
        if modules.__class__ is not tuple:
            continue
        every += modules
        same = call.value is configuration or forced(call.value.get("config")) is config
        if same and len(modules) > len(exact):
            # NixOS' own function is called with the user's modules, and evalModules with all.
            exact = list(modules)
    return exact or every


def _results(provenance: Provenance) -> dict[Any, Value]:
    """What functions of a set with `config` or `lib` in it have returned, by the function."""
    found: dict[Any, Value] = {}
    for call in provenance.trace.calls:
        if len(call.arguments) == 1 and call.value.__class__ is dict:
            found.setdefault(_place_of_call(call), call.value)
    return found


def _place_of_call(call: Call) -> Any:
    return (call.source.name, call.line, call.column)


def _identity(value: Value) -> Any:
    """What tells one module from another: of a function its place, of anything else itself."""
    if value.__class__ in FUNCTION_TYPES:
        from lixeval.runtime.code_info import written_place

        try:
            file, place = written_place(value)
        except AttributeError:
            return None
        line, _, column = place.partition(":")
        return (file, int(line), int(column))
    return id(value)


# Definitions


def _definitions(delayed: Delayed, path: list[str], around: Definition, provenance: Provenance) -> list[Definition]:
    """The definitions that a module's config has of an option, through what is said around them."""
    position = provenance.position(delayed) or around.position
    if not path and around.holds is False:
        found = _said(around, "", position)
        found.value = delayed
        return [found]
    value = forced(delayed)
    kind = _type_of(value)
    if kind == "if":
        condition = forced(value["condition"])
        holds = condition if condition.__class__ is bool else None
        inner = _said(around, f"mkIf, condition {_condition(holds)}", position)
        inner.holds = around.holds and holds if around.holds is not None else None
        # What stands below a condition that does not hold is told too: somebody may look for it.
        if inner.holds is False and not path:
            inner.value = value["content"]
            return [inner]
        return _definitions(_at(value["content"]), path, inner, provenance)
    if kind == "merge":
        contents = forced(value["contents"])
        inner = _said(around, "mkMerge", position)
        return [one for item in contents or () for one in _definitions(_at(item), path, inner, provenance)]
    if kind == "override":
        priority = forced(value["priority"])
        inner = _said(around, PRIORITIES.get(priority, f"mkOverride {priority}"), position)
        inner.priority = priority
        return _definitions(_at(value["content"]), path, inner, provenance)
    if kind == "order":
        order = forced(value["priority"])
        word = {BEFORE: "mkBefore", AFTER: "mkAfter"}.get(order, f"mkOrder {order}")
        inner = _said(around, word, position)
        inner.order = order
        return _definitions(_at(value["content"]), path, inner, provenance)
    if not path:
        found = _said(around, "", position)
        found.value = value if value is not None else delayed
        return [found]
    if value.__class__ is not dict or path[0] not in value:
        return []
    return _definitions(value[path[0]], path[1:], _said(around, "", position), provenance)


def _at(value: Delayed) -> Delayed:
    """The content of a property: its own position, inside of lib, is that of no definition."""
    return forced(value)


def _said(around: Definition, word: str, position: Position | None) -> Definition:
    return Definition(
        None,
        position,
        around.file,
        around.priority,
        around.order,
        [*around.words, word] if word else list(around.words),
        around.holds,
    )


def _condition(holds: bool | None) -> str:
    return {True: "true", False: "false", None: "cannot be told"}[holds]


def _default(
    option: dict[str, Delayed],
    rest: tuple[str, ...],
    declared: list[tuple[str, Position | None]],
    provenance: Provenance,
) -> Definition | None:
    if "default" not in option or rest:
        return None
    cell = option["default"]
    position = provenance.position(cell)
    if declared and (position is None or provenance.is_library(position[0])):
        position = declared[0][1]  # what a function of the library has set the user has asked for where he declares
    found = Definition(cell, position, "", DEFAULT, None, ["default of the option"])
    found.is_default = True
    return found


# Declarations


def _declarations(
    modules: list[_Module], name: tuple[str, ...], option: dict[str, Delayed], provenance: Provenance
) -> list[tuple[str, Position | None]]:
    """Where an option is declared: the attribute in each module's options; else what the option says of itself."""
    found: list[tuple[str, Position | None]] = []
    for module in modules:
        delayed: Delayed = module.options
        position: Position | None = None
        for part in name:
            value = forced(delayed)
            if value.__class__ is not dict or part not in value:
                delayed = None
                break
            delayed = value[part]
            position = provenance.position(delayed)
        if delayed is not None and _type_of(forced(delayed)) == "option":
            found.append((module.file, position))
    if not found:
        files = forced(option.get("declarations", ()))
        found = [(_text(file) or "?", None) for file in files or ()]
    return found


def _type_text(option: dict[str, Delayed], declared: list[tuple[str, Position | None]], provenance: Provenance) -> str:
    """The type's name and description."""
    kind = forced(option.get("type"))
    if kind.__class__ is not dict:
        return ""
    description = _text(kind.get("description")) or _text(kind.get("name"))
    name = _text(kind.get("name"))
    return f"{name} ({description})" if name and description and name != description else description or name


MERGES = {
    "listOf": "lists joined in order",
    "list of": "lists joined in order",
    "attribute set of": "sets joined by name, each name merged on its own",
    "attrsOf": "sets joined by name, each name merged on its own",
    "lazyAttrsOf": "sets joined by name, each name merged on its own",
    "submodule": "modules merged into one",
    "separatedString": "strings joined by a separator",
    "lines": "lines joined",
    "commas": "strings joined by commas",
    "envVar": "strings joined by colons",
    "attrs": "sets joined by //",
    "functionTo": "results of the functions merged",
    "anything": "merged as their kind says",
}
"""What merging definitions of one priority means, by the name of the type."""


def _merge_text(option: Option) -> str:
    kind = forced(option.option.get("type"))
    name = _text(kind.get("name")) if kind.__class__ is dict else ""
    winning = option.winning()
    applied = ", then changed by the option's own apply" if "apply" in option.option else ""
    if not winning:
        return f"nothing defines it{applied}"
    if len(winning) == 1:
        return f"one definition{' of the highest priority' if len(option.definitions) > 1 else ''}{applied}"
    how = next((text for key, text in MERGES.items() if name.lower().startswith(key.lower())), "")
    how = how or f"all must be equal, by the type {name}"
    return f"{len(winning)} definitions of the highest priority: {how}{applied}"


# Values


def _type_of(value: Value) -> str:
    if value.__class__ is not dict or "_type" not in value:
        return ""
    return _text(value["_type"])


def _text(value: Delayed) -> str:
    found = forced(value)
    if found.__class__ in (ContextString, Path):
        return str(found.text)
    return found if found.__class__ is str else ""
