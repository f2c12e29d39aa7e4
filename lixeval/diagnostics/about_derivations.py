"""Which attribute of a derivation is wrong: derivations are lazy, and fail far from where they are written.

`derivation { … }` gives a set at once; its attributes are looked at when somebody asks for `drvPath` or `outPath`, and
that is all that Python's traceback knows.  But the code that was collecting them still holds the set, and each of its
cells knows where the attribute is written.
"""

from __future__ import annotations

from lixeval.diagnostics.tellers import attribute_span
from lixeval.diagnostics.wording import Trace
from lixeval.runtime.code_info import SOURCE
from lixeval.runtime.frames import DECLARED, told
from lixeval.source import Span
from lixeval.syntax import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def attribute_of_derivation(trace: Trace) -> Span | None:
    """The attribute at fault, where a derivation's attribute itself was refused and not something within it failed."""
    given: dict[str, Any] | None = None
    wanted: str | None = None
    inner = [step.frame for step in trace.steps[-4:]] + trace.inside
    for frame in inner:
        declaration = DECLARED.get(frame.f_code)
        if declaration is None:
            if wanted is not None and SOURCE in frame.f_globals:
                wanted = None
            continue
        attributes = told(frame, "attributes")
        if attributes.__class__ is dict:
            given = attributes
        if "attribute" in declaration.variables:
            wanted = told(frame, "attribute")
        elif declaration.about is not None:
            wanted = declaration.about
    if given is None or wanted is None:
        return None
    return (attribute_span(given, wanted) if wanted in given else None) or _call_of(trace, given)


def _call_of(trace: Trace, given: dict[str, Any]) -> Span | None:
    """The call that the set of attributes is written in, found by where one of them is written."""
    for name in given:
        span = attribute_span(given, name)
        if span is None:
            continue
        source = next(
            (step.source for step in trace.steps if step.source and step.source.name == span.source.name), None
        )
        outline = trace.outlines.of(source or span.source)
        number = outline.named_at(span.line, span.column)
        for each in outline.upward(number):
            node = outline.nodes[each]
            if isinstance(node, nodes.Apply):
                return outline.span(node.start, node.function.end)
    return None
