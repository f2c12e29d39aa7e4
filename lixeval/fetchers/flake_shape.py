"""The shape of a flake.nix: what it says of itself is written out, so that it can be read and nothing be evaluated.

    { description = STRING;  inputs = SET OF SETS;  nixConfig = SET;  outputs = FUNCTION; }

The whole is a set; what its inputs, its description and its settings say are literals, sets and lists, or names of
constants.  Only what a function of `outputs` does is computed.  A `let … in { … }`, an `import`, a `//` or a text with
an interpolation stands for something else; C++ Nix finds a thunk there, hence the words of the errors.

Looked at when a flake.nix is compiled: one whose code is kept has been.  C++: flake/flake.cc, `forceTrivialValue`.
"""

from __future__ import annotations

from collections.abc import Mapping

from lixeval.errors import EvalError, NixTypeError
from lixeval.source import Source
from lixeval.syntax import nodes
from lixeval.syntax.desugar import span_of
from lixeval.syntax.nodes import AttributeSet, Expression, Lambda, List, Node

_WRITE_OUT = "flake.nix is read before anything is evaluated: write the value out, without functions and operators"
_FUNCTION_FIRST = "write outputs = { self, … }: … and compute inside of it"


def check_shape(source: Source, whole: Expression) -> None:
    """NixTypeError at what would have to be evaluated before the flake's inputs are known."""
    if not isinstance(whole, AttributeSet):
        hint = "it begins with a brace: what a let would name can be named within 'outputs'"
        raise _placed(source, whole, NixTypeError(f"file '{source.name}' must be an attribute set", hint=hint))
    _Shape(source).check(whole)


def _placed(source: Source, node: Node, error: EvalError) -> EvalError:
    error.span = span_of(source, node.start, node.end)
    return error


class _Shape:
    """A flake.nix looked at; `known` is what names stand for where a set is recursive."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known: Mapping[str, Expression | None] = {}

    def check(self, whole: AttributeSet) -> None:
        """Looks at the attributes in the order in which C++ Nix reads them."""
        attributes = whole.bindings.attributes
        if whole.recursive:
            self._known = {name: attribute.value for name, attribute in attributes.items()}
        if "description" in attributes:
            self._written(attributes["description"], "expected a string but got a thunk")
        if "inputs" in attributes:
            self._inputs(attributes["inputs"])
        if "outputs" in attributes:
            self._written(attributes["outputs"], "expected a function but got a thunk", _FUNCTION_FIRST)
        if "nixConfig" in attributes:
            for setting in self._members(attributes["nixConfig"]):
                self._setting(setting)

    def _inputs(self, attribute: nodes.Attribute) -> None:
        for input in self._members(attribute):
            for said in self._members(input):
                self._said(input.name, said)

    def _said(self, input: str, said: nodes.Attribute) -> None:
        """One thing that is said of an input."""
        expected = {"url": "a string or a path", "flake": "a Boolean", "follows": "a string"}.get(said.name)
        if said.name == "inputs":
            self._inputs(said)
        elif expected is not None:
            self._written(said, f"expected {expected} but got a thunk")
        else:
            self._written(
                said,
                f"flake input attribute '{said.name}' of the input '{input}' is a thunk while a string, Boolean, or "
                "integer is expected",
            )

    def _setting(self, setting: nodes.Attribute) -> None:
        self._written(setting, f"flake configuration setting '{setting.name}' is a thunk")
        if isinstance(setting.value, List):
            for item in setting.value.items:
                if not self._is_constant(item):
                    message = f"list element in flake configuration setting '{setting.name}' is a thunk"
                    raise _placed(self._source, item, NixTypeError(f"{message} while a string is expected"))

    def _members(self, attribute: nodes.Attribute) -> list[nodes.Attribute]:
        """The attributes of a set that is written out; none where it is no set, which is told when it is read."""
        self._written(attribute, "expected a set but got a thunk")
        value = attribute.value
        return list(value.bindings.attributes.values()) if isinstance(value, AttributeSet) else []

    def _written(self, attribute: nodes.Attribute, message: str, hint: str = _WRITE_OUT) -> None:
        if not self._is_written(attribute.value):
            raise _placed(self._source, attribute, NixTypeError(message, hint=hint))

    def _is_written(self, value: Expression | None) -> bool:
        """Whether a value is there without being evaluated; None is one that is inherited from another set."""
        if isinstance(value, AttributeSet):
            return not value.bindings.dynamic
        return isinstance(value, Lambda | List) or self._is_constant(value)

    def _is_constant(self, value: Expression | None) -> bool:
        if isinstance(value, nodes.Variable):
            # Another attribute of the set, or a builtin; C++ Nix knows of the first by luck, as names come in order.
            return value.name not in self._known or _is_literal(self._known[value.name])
        return _is_literal(value)


def _is_literal(value: Expression | None) -> bool:
    if isinstance(value, nodes.String | nodes.Path):
        return len(value.parts) < 2 and all(isinstance(part, str) for part in value.parts)
    return isinstance(value, nodes.Int | nodes.Float)
