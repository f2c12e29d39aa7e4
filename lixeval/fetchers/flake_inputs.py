"""A flake's `flake.nix`, and what it says of its inputs.

    inputs.NAME.url = "REFERENCE";              or type, owner, repo, … one by one
    inputs.NAME.flake = false;                  only the tree is wanted
    inputs.NAME.follows = "OTHER/ITS-INPUT";    an input of this flake, or of one of its inputs; "" is the flake itself
    inputs.NAME.inputs.INNER.…                  overrides an input of the input
    outputs = { self, NAME, … }: …              a NAME without an entry means the flake of that name in the registries

C++: flake/flake.cc, `readFlake`, `parseFlakeInput`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from lixeval.errors import EvalError, NixTypeError, Place
from lixeval.fetchers.flake_references import reference_attributes
from lixeval.fetchers.input_urls import FLAKE_ID, Input, checked
from lixeval.runtime.arguments import forced_attrs
from lixeval.runtime.code_info import formals_of
from lixeval.runtime.faults import described
from lixeval.runtime.operators import canonical_path
from lixeval.runtime.thunks import force, position_of
from lixeval.runtime.values import FUNCTION_TYPES, ContextString, Delayed, Path, Value
from lixeval.source import Source, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services

_ATTRIBUTES = frozenset(("description", "inputs", "outputs", "nixConfig", "edition"))


@dataclass(slots=True)
class InputSpec:
    """One input: a reference, or the path of names it follows; and what it overrides further in."""

    reference: Input | None = None
    is_flake: bool = True
    follows: tuple[str, ...] | None = None
    overrides: dict[str, InputSpec] = field(default_factory=dict)
    place: Place | None = None
    """Where it is written."""


@dataclass(slots=True)
class FlakeFile:
    """A flake.nix that was read: its outputs function and its inputs; `config` is its `nixConfig` as it is written."""

    outputs: Value
    inputs: dict[str, InputSpec]
    directory: str = ""
    description: str | None = None
    config: dict[str, str] = field(default_factory=dict)


def read_flake(services: Services, directory: str, shown: str, way: tuple[str, ...] = ()) -> FlakeFile:
    """The flake.nix in a directory of the store; `shown` is the reference for errors.

    `way` leads to the flake from the root; what its inputs follow is named from there.
    """
    path = canonical_path(f"{directory}/flake.nix")
    target = services.files.resolve(path)
    if services.files.kind(target) is None:
        why = _why_missing(services, directory, shown) if target == path else f"that is where the link '{path}' leads"
        raise EvalError(f"path '{target}' does not exist", hint=why)
    services.flake_files.add(path)
    value = services.import_file(path)
    top = (path, 1, 1, 1, 1)
    if value.__class__ is not dict:
        raise placed(services, top, NixTypeError(f"file '{path}' must be an attribute set"))
    others = sorted(value.keys() - _ATTRIBUTES)
    if "outputs" not in value:
        hint = f"it has '{others[0]}', which means nothing in a flake" if others else None
        raise placed(
            services,
            _place(value, others[0]) if others else top,
            EvalError(f"flake '{shown}' lacks attribute 'outputs'", hint=hint),
        )
    if others:
        raise placed(
            services, _place(value, others[0]), EvalError(f"flake '{shown}' has an unsupported attribute '{others[0]}'")
        )
    outputs = force(value["outputs"])
    if outputs.__class__ not in FUNCTION_TYPES:
        raise placed(
            services, _place(value, "outputs"), NixTypeError(f"expected a function but got {described(outputs)}")
        )
    description = force(value["description"]) if "description" in value else None
    if "description" in value and description.__class__ is not str:
        raise placed(
            services, _place(value, "description"), NixTypeError(f"expected a string but got {described(description)}")
        )
    given = force(value["inputs"]) if "inputs" in value else {}
    if given.__class__ is not dict:
        raise placed(services, _place(value, "inputs"), NixTypeError(f"expected a set but got {described(given)}"))
    inputs = _specs(services, given, canonical_path(directory))
    if way:
        inputs = {name: _from_root(spec, way) for name, spec in inputs.items()}
    for name, _, _ in formals_of(outputs) or ():
        if name != "self":
            inputs.setdefault(name, InputSpec({"type": "indirect", "id": name}, place=_place(value, "outputs")))
    config = _config(value["nixConfig"]) if "nixConfig" in value else {}
    return FlakeFile(outputs, inputs, canonical_path(directory), description, config)


def _place(attributes: dict[str, Delayed], name: str) -> Place | None:
    """Where an attribute is written."""
    position = position_of(attributes.get(name))
    return None if position is None else (*position, position[1], position[2] + len(name))


def placed(services: Services, place: Place | None, error: EvalError) -> EvalError:
    """The error, said to be at a place of a flake.nix unless it has one already."""
    if place is not None and error.span is None:
        file, *numbers = place
        source = next((source for source in services.texts.own if source.name == file), None)
        if source is None:
            text = services.files.read(file).decode("utf-8", "surrogateescape")
            source = Source(file, text, texts=services.texts)
        error.span = Span(source, *numbers)
    return error


def _why_missing(services: Services, directory: str, shown: str) -> str:
    """Why there is no flake.nix: it may be that git does not know of one that is there."""
    for copy, folder in services.texts.copies.items():
        if directory == copy or directory.startswith(copy + "/"):
            file = f"{folder}{directory.removeprefix(copy)}/flake.nix"
            if os.path.lexists(file):
                import shlex

                inner = os.path.relpath(file, folder)
                command = shlex.join(["git", "-C", folder, "add", inner])
                return f"'{inner}' is there, but not tracked by git: {command}"
    return f"'{shown}' is no flake"


def _from_root(spec: InputSpec, way: tuple[str, ...]) -> InputSpec:
    """A spec that stands in the flake at `way`, with what it follows named from the root."""
    overrides = {name: _from_root(inner, way) for name, inner in spec.overrides.items()}
    follows = None if spec.follows is None else way + spec.follows
    return InputSpec(spec.reference, spec.is_flake, follows, overrides)


def _config(value: Delayed) -> dict[str, str]:
    """The settings in `nixConfig`, as nix.conf would have their values."""
    found: dict[str, str] = {}
    for name, delayed in sorted(forced_attrs(value).items()):
        setting = force(delayed)
        if setting.__class__ is tuple:
            found[name] = " ".join(word for word in (_listed(name, force(one)) for one in setting) if word)
        else:
            found[name] = _setting(name, setting)
    return found


def _listed(name: str, value: Value) -> str:
    if value.__class__ is str or value.__class__ is ContextString:
        return _setting(name, value)
    raise NixTypeError(
        f"list element in flake configuration setting '{name}' is {described(value)} while a string is expected"
    )


def _setting(name: str, value: Value) -> str:
    if value.__class__ is bool:
        return "true" if value else "false"
    if value.__class__ is int or value.__class__ is str:
        return str(value)
    if value.__class__ is Path or value.__class__ is ContextString:
        return str(value.text)
    raise NixTypeError(f"flake configuration setting '{name}' is {described(value)}")


def _specs(services: Services, value: Delayed, directory: str) -> dict[str, InputSpec]:
    written, specs = forced_attrs(value), {}
    for name, delayed in sorted(written.items()):
        given = force(delayed)
        if given.__class__ is not dict:
            raise placed(services, _place(written, name), NixTypeError(f"expected a set but got {described(given)}"))
        specs[name] = _spec(services, name, given, directory)
        specs[name].place = _place(written, name)
    return specs


_SHAPES: dict[str, tuple[tuple[type, ...], str]] = {
    "flake": ((bool,), "a Boolean"),
    "follows": ((str,), "a string"),
    "url": ((str, Path), "a string or a path"),
}
"""What may stand at the attributes of an input that are not the reference's own."""


def _spec(services: Services, name: str, given: dict[str, Delayed], directory: str) -> InputSpec:
    """One input as it is written; forces its attributes."""
    spec = InputSpec()
    url: str | None = None
    attributes: Input = {}
    for key in sorted(given):
        if key == "inputs":
            spec.overrides = _specs(services, given[key], directory)
            continue
        value = force(given[key])
        if key in _SHAPES and value.__class__ not in _SHAPES[key][0]:
            message = f"expected {_SHAPES[key][1]} but got {described(value)}"
            raise placed(services, _place(given, key), NixTypeError(message))
        if key == "flake":
            spec.is_flake = value
        elif key == "follows":
            spec.follows = way_of(str(value))
        elif key == "url" and value.__class__ is Path:
            url = f"path:{os.path.relpath(value.text, directory)}"
        elif key == "url":
            url = str(value)
        elif value.__class__ is bool or value.__class__ is int:
            attributes[key] = value
        else:
            attributes[key] = _text(services, name, key, value, _place(given, key))
    if "type" in attributes:
        spec.reference = _checked_reference(attributes if url is None else {**attributes, "url": url})
        return spec
    if attributes:
        unexpected = sorted(attributes)[0]
        message = f"unexpected flake input attribute '{unexpected}' of the input '{name}'"
        raise placed(services, _place(given, unexpected), EvalError(message))
    if url is not None:
        spec.reference = reference_of(url)
    elif spec.reference is None and spec.follows is None:
        spec.reference = {"type": "indirect", "id": name}
    return spec


def _checked_reference(attributes: Input) -> Input:
    """Attributes that describe an input, and perhaps a directory in it."""
    bare = {name: value for name, value in attributes.items() if name != "dir"}
    found = checked(bare)
    return {**found, "dir": attributes["dir"]} if attributes.get("dir") else found


def _text(services: Services, name: str, key: str, value: Value, place: Place | None) -> str:
    if value.__class__ is str:
        return str(value)
    if value.__class__ is ContextString:
        return str(value.text)
    message = (
        f"flake input attribute '{key}' of the input '{name}' is {described(value)} while a string, Boolean, "
        "or integer is expected"
    )
    raise placed(services, place, NixTypeError(message))


def way_of(text: str) -> tuple[str, ...]:
    """The names in `a/b`; EvalError where one of them can be none."""
    names = tuple(part for part in text.split("/") if part)
    for name in names:
        if not re.fullmatch(FLAKE_ID, name):
            raise EvalError(f"invalid flake input path element '{name}'")
    return names


def reference_of(text: str) -> Input:
    """The attributes of a reference in a flake.nix; one that begins with a dot is relative to the flake."""
    if text.startswith("."):
        return {"type": "path", "path": text}
    return reference_attributes(text)
