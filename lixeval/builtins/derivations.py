"""`derivationStrict`: from an attribute set to a .drv file.

Every attribute becomes an environment variable of the builder (or, with `__structuredAttrs`, a member of one JSON
document in the variable `__json`); a few say what is run and what comes out.  What the strings mention, their context,
becomes the derivation's inputs; `formats.derivation.complete` computes hashes and paths.

The attributes are taken in the order of their names, as C++ does, so that of several errors the same one shows.  A
package set makes thousands of derivations with dozens of attributes each, nearly all of them plain strings: the loop
in `_collect` takes these first.  C++: `derivationStrictInternal` in primops.cc.
"""

from __future__ import annotations

from lixeval.errors import EvalError, FormatError
from lixeval.formats import hashes
from lixeval.formats.derivation import IMPURE, UNKNOWN, Derivation, Output, complete
from lixeval.formats.store_path import METHOD_PREFIXES, StorePath, check_name, downstream_placeholder
from lixeval.runtime.arguments import attribute, forced_attrs, forced_list
from lixeval.runtime.builtin import builtin
from lixeval.runtime.faults import expected
from lixeval.runtime.frames import tells
from lixeval.runtime.strings import text_and_context, text_without_context, to_string
from lixeval.runtime.values import ContextString, Delayed, Value, sorted_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lixeval.environment.services import Services
    from lixeval.formats.hashes import Hash

_DESCRIBING = frozenset(("builder", "system", "outputs", "outputHash", "outputHashAlgo", "outputHashMode"))
"""Attributes that say something to Nix besides being passed to the builder."""

_SPECIAL = frozenset(("args", "__contentAddressed", "__impure", "__ignoreNulls"))
"""Attributes that are not simply passed to the builder."""

_FEATURES = {"__contentAddressed": "ca-derivations", "__impure": "impure-derivations"}

_WITHOUT_EFFECT = {
    "allowedReferences": "outputChecks.<output>.allowedReferences",
    "allowedRequisites": "outputChecks.<output>.allowedRequisites",
    "disallowedReferences": "outputChecks.<output>.disallowedReferences",
    "disallowedRequisites": "outputChecks.<output>.disallowedRequisites",
    "maxSize": "outputChecks.<output>.maxSize",
    "maxClosureSize": "outputChecks.<output>.maxClosureSize",
}
"""Attributes that Nix does not look at when `__structuredAttrs` is set, and what is looked at instead."""


class _Recipe:
    """What the attributes seen so far have said."""

    __slots__ = (
        "algorithm",
        "arguments",
        "builder",
        "content_addressed",
        "context",
        "environment",
        "hash",
        "impure",
        "method",
        "outputs",
        "system",
    )

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        self.context: set[str] = set()
        self.arguments: list[str] = []
        self.builder = ""
        self.system = ""
        self.outputs: list[str] = ["out"]
        self.hash: str | None = None
        self.algorithm: str | None = None
        self.method: str | None = None
        self.content_addressed = False
        self.impure = False


@builtin("derivationStrict")
def derivation_strict(attributes: Delayed, *, services: Services) -> Value:
    """Writes the .drv file that a set of attributes describes; its path and those of its outputs.

    Forces the set and every attribute, the elements of lists included. `derivation` is the lazy form.

    >>> (builtins.derivationStrict { name = "x"; builder = "y"; system = "z"; }).out
    "/nix/store/9lb0qdppc7nifr27jfr9h1xbnf6z0d0c-x"
    """
    given = forced_attrs(attributes)
    name = _name(given)
    try:
        return _instantiate(services, name, given)
    except FormatError as error:
        raise EvalError(error.message, hint=error.hint) from None


tells(derivation_strict, "derivation", about="outputHash", derivation="name", attributes="given")


def _name(given: dict[str, Delayed]) -> str:
    name = text_without_context(attribute(given, "name"))
    try:
        check_name(name)
    except FormatError as error:
        refused = EvalError(f"invalid derivation name: {error.message}. Please pass a different 'name'.")
        refused.refused = (name,)
        raise refused from None
    return name


tells(_name, about="name", attributes="given")


def _instantiate(services: Services, name: str, given: dict[str, Delayed]) -> dict[str, Value]:
    """From attributes to the set that `derivationStrict` answers with."""
    recipe = _collect(services, name, given)
    inputs, sources = _inputs(services, recipe.context)
    _check(name, recipe)
    outputs = _outputs(recipe, services.say)
    derivation = Derivation(
        outputs,
        {path: tuple(sorted(names)) for path, names in inputs.items()},
        tuple(sorted(sources)),
        recipe.system,
        recipe.builder,
        tuple(recipe.arguments),
        recipe.environment,
    )
    completed = complete(name, derivation, services.store.modulo_hash)
    drv_path = completed.drv_path
    if services.settings.write_store:
        services.store.add_completed(completed)
    else:
        services.store.remember(completed)
    result: dict[str, Value] = {"drvPath": ContextString(drv_path, frozenset(("=" + drv_path,)))}
    for output, described in completed.derivation.outputs.items():
        path = described.path or _path_to_come(services, drv_path, output)
        result[output] = ContextString(path, frozenset((f"!{output}!{drv_path}",)))
    return result


tells(_instantiate, about="", attributes="given")


def _path_to_come(services: Services, drv_path: StorePath, output: str) -> str:
    """What stands for the path of an output that is known only when it is built."""
    services.settings.require("ca-derivations")
    return downstream_placeholder(drv_path, output)


# The attributes


def _collect(services: Services, name: str, given: dict[str, Delayed]) -> _Recipe:
    """Every attribute, forced and taken in order."""
    recipe = _Recipe()
    environment, context = recipe.environment, recipe.context
    copy_to_store = services.copy_to_store
    structured: list[str] | None = [] if _flag(given, "__structuredAttrs") else None
    ignore_nulls = _flag(given, "__ignoreNulls")
    for key in sorted_names(given):
        value = given[key]
        try:
            if key in _SPECIAL and _take_special(services, recipe, key, value, ignore_nulls):
                continue
            if value.__class__ is list:
                value = value[0](value)
            if value is None and ignore_nulls:
                continue
            if structured is not None:
                if key != "__structuredAttrs":
                    structured.append(_member(services, recipe, name, key, value))
                continue
            if value.__class__ is not str:
                value = to_string(value, copy_to_store)
                if value.__class__ is ContextString:
                    context |= value.context
                    value = value.text
            environment[key] = value
            if key in _DESCRIBING:
                _describe(services, recipe, key, value)
        except FormatError as error:
            raise EvalError(error.message, hint=error.hint) from None
    if structured is not None:
        environment["__json"] = "{" + ",".join(structured) + "}"
    return recipe


tells(_collect, "derivation attribute", derivation="name", attributes="given", attribute="key")


def _flag(given: dict[str, Delayed], name: str) -> bool:
    if name not in given:
        return False
    value = given[name]
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is not bool:
        raise expected("a Boolean", value)
    return bool(value)


def _take_special(services: Services, recipe: _Recipe, key: str, value: Delayed, ignore_nulls: bool) -> bool:
    """Whether an attribute of `_SPECIAL` is dealt with by this; if not, it is passed on like any other."""
    if key == "__ignoreNulls":
        return True
    if value.__class__ is list:
        value = value[0](value)
    if value is None and ignore_nulls:
        return True
    if key == "args":
        copy_to_store = services.copy_to_store
        for element in forced_list(value):
            text, context = text_and_context(to_string(element, copy_to_store))
            recipe.arguments.append(text)
            recipe.context |= context
        return True
    if not _flag({key: value}, key):
        return False
    services.settings.require(_FEATURES[key])
    if key == "__impure":
        recipe.impure = True
    else:
        recipe.content_addressed = True
    return True


def _describe(services: Services, recipe: _Recipe, key: str, text: str) -> None:
    """Takes note of an attribute that describes the derivation, given as text."""
    if key == "builder":
        recipe.builder = text
    elif key == "system":
        recipe.system = text
    elif key == "outputs":
        recipe.outputs = _output_names(text.split())
    elif key == "outputHash":
        recipe.hash = text
    elif key == "outputHashAlgo":
        recipe.algorithm = text if text in hashes.SIZES else None
    else:
        recipe.method = _method(services, text)


def _output_names(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        if name in found:
            raise EvalError(f"duplicate derivation output '{name}'")
        if name == "drvPath":
            raise EvalError("invalid derivation output name 'drvPath'")
        found.append(name)
    if not found:
        raise EvalError("derivation cannot have an empty set of outputs")
    return found


def _method(services: Services, text: str) -> str:
    """How a fixed output is hashed; "nar" and "recursive" are the same."""
    method = "recursive" if text == "nar" else text
    if method not in METHOD_PREFIXES:
        raise EvalError(f"invalid value '{text}' for 'outputHashMode' attribute")
    if method == "text":
        services.settings.require("dynamic-derivations")
    elif method == "git":
        services.settings.require("git-hashing")
    return method


def _member(services: Services, recipe: _Recipe, name: str, key: str, value: Value) -> str:
    """`"key":value` for `__json`; the attributes that describe the derivation must be plain strings here."""
    from lixeval.builtins.json import json_string, to_json

    text, context = to_json(value, services.copy_to_store)
    recipe.context |= context
    if key == "builder":
        recipe.builder, context = text_and_context(value)
        recipe.context |= context
    elif key == "outputs":
        recipe.outputs = _output_names([text_without_context(element) for element in forced_list(value)])
    elif key in _DESCRIBING:
        _describe(services, recipe, key, text_without_context(value))
    elif key in _WITHOUT_EFFECT:
        services.say(
            f"warning: In a derivation named '{name}', 'structuredAttrs' disables the effect of the derivation "
            f"attribute '{key}'; use '{_WITHOUT_EFFECT[key]}' instead"
        )
    return f"{json_string(key)}:{text}"


# What the attributes amount to


def _inputs(services: Services, context: Iterable[str]) -> tuple[dict[StorePath, set[str]], set[StorePath]]:
    """A context as outputs of derivations by .drv path, and store paths."""
    inputs: dict[StorePath, set[str]] = {}
    sources: set[StorePath] = set()
    deep: list[StorePath] = []
    for element in context:
        mark = element[0]
        if mark == "/":
            sources.add(StorePath(element))
        elif mark == "!":
            _, output, drv_path = element.split("!", 2)
            if "!" in drv_path:
                raise EvalError(
                    f"this derivation needs an output of what '{drv_path.rpartition('!')[2]}' will build: that takes "
                    "dynamic derivations, an experimental feature of Nix, which lixeval can name and not build",
                    code="E0400",
                )
            path = StorePath(drv_path)
            if path in inputs:
                inputs[path].add(output)
            else:
                inputs[path] = {output}
        else:
            deep.append(StorePath(element[1:]))
    if deep:
        for path in services.store.closure(deep):
            sources.add(path)
            if path.endswith(".drv"):
                inputs[path] = set(services.store.read_derivation(path).outputs) | inputs.get(path, set())
    return inputs, sources


def _check(name: str, recipe: _Recipe) -> None:
    """What a derivation cannot do without, in C++'s order."""
    if not recipe.builder:
        raise EvalError("required attribute 'builder' missing")
    if not recipe.system:
        raise EvalError("required attribute 'system' missing")
    if name.endswith(".drv") and not (recipe.method == "text" and recipe.outputs == ["out"]):
        raise EvalError("derivation names are allowed to end in '.drv' only if they produce a single derivation file")
    if recipe.hash is not None and recipe.outputs != ["out"]:
        raise EvalError("multiple outputs are not supported in fixed-output derivations")
    if recipe.hash is None and recipe.content_addressed and recipe.impure:
        raise EvalError("derivation cannot be both content-addressed and impure")


tells(_check, about="")


def _outputs(recipe: _Recipe, say: Callable[[str], None]) -> dict[str, Output]:
    """The outputs, their paths still open."""
    if recipe.hash is None and (recipe.content_addressed or recipe.impure):
        algorithm = METHOD_PREFIXES[recipe.method or "recursive"] + (recipe.algorithm or "sha256")
        return {name: Output(UNKNOWN, algorithm, IMPURE if recipe.impure else "") for name in recipe.outputs}
    if recipe.hash is None:
        return {name: Output(UNKNOWN) for name in recipe.outputs}
    content = _declared_hash(recipe.hash, recipe.algorithm, say)
    method = METHOD_PREFIXES[recipe.method or "flat"]
    return {"out": Output(UNKNOWN, method + content.algorithm, content.base16)}


tells(_outputs, about="outputHash")


def _declared_hash(text: str, algorithm: str | None, say: Callable[[str], None]) -> Hash:
    """An `outputHash`; an empty one is the zero hash, so that the build tells the right one."""
    if text:
        return hashes.parse(text, algorithm)
    if algorithm is None:
        raise EvalError("empty hash requires explicit hash algorithm")
    zero = hashes.zero(algorithm)
    say(f"warning: found empty hash, assuming '{zero.sri}'")
    return zero
