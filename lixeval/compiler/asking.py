"""Functions that first ask their argument for an attribute, and have nothing to say of one that lacks it.

    m: m ? name                                             asks:name
    m: m.options ? ${name} && …                             asks:options.${name_7}
    m: if m.options ? ${name} then … else [ ]               gives:options.${name_7}

To the right the trait: behind `runtime.traits.ASKS` or `GIVES` the attribute of the argument that is asked, if it is
not the argument itself, and for which name, or in which variable of the Python function that stands.
"""

from __future__ import annotations

from lixeval.compiler.frames import Binding
from lixeval.compiler.scope import Scope
from lixeval.runtime import traits
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression


def asks(scope: Scope, node: nodes.Lambda) -> str:
    """The trait of a function of one argument that asks it for an attribute before anything else; "" of another one."""
    kind, condition = traits.ASKS, node.body
    if isinstance(condition, nodes.If):
        if not isinstance(condition.otherwise, nodes.List) or condition.otherwise.items:
            return ""
        kind, condition = traits.GIVES, condition.condition
    while isinstance(condition, nodes.Binary) and condition.operator == "&&":
        condition = condition.left
    if not isinstance(condition, nodes.HasAttribute) or len(condition.path) != 1:
        return ""
    subject = _within(condition.subject, node.parameter)
    name = _name(scope, condition.path[0], node.parameter)
    return "" if subject is None or not name else kind + subject + name


def _within(subject: Expression, parameter: str | None) -> str | None:
    """The attribute of an argument that is asked, with a dot behind it; None where something else is."""
    attribute = ""
    if isinstance(subject, nodes.Select) and len(subject.path) == 1 and subject.default is None:
        name = subject.path[0]
        if not isinstance(name, str) or not _is_plain(name):
            return None
        attribute, subject = name + ".", subject.subject
    return attribute if isinstance(subject, nodes.Variable) and subject.name == parameter else None


def _name(scope: Scope, name: str | Expression, parameter: str | None) -> str:
    if isinstance(name, str):
        return name if _is_plain(name) else ""
    if not isinstance(name, nodes.Variable) or name.name == parameter:
        return ""
    found = scope.lookup(name.name)
    if not isinstance(found, Binding) or found.constant or found.arity or found.member_of is not None:
        return ""
    return f"${{{found.local}}}"


def _is_plain(name: str) -> bool:
    """Whether a name can be a part of a trait."""
    return name.replace("-", "_").replace("'", "_").isidentifier()
