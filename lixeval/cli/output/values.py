"""Values on stdout, in the form that was asked for."""

from __future__ import annotations

from lixeval.cli.options import Options
from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.printing import printed, printed_strictly
from lixeval.runtime.strings import interpolate
from lixeval.runtime.thunks import force
from lixeval.runtime.values import ContextString, Delayed


def text_of_value(value: Delayed, options: Options, workspace: Workspace) -> str:
    """What is printed of one value: --json, --xml, --raw, or as a Nix expression."""
    copy_to_store = workspace.evaluator.services.copy_to_store
    if options.json:
        from lixeval.builtins.json import to_json

        text, _ = to_json(value, copy_to_store)
        return text + "\n"
    if options.xml:
        from lixeval.builtins.xml import to_xml

        text, _ = to_xml(force(value), strict=options.strict, location=not options.no_location)
        return text
    if options.raw:
        made = interpolate(force(value), copy_to_store)
        raw: str = made.text if made.__class__ is ContextString else made
        return raw
    if not options.strict:
        return printed(force(value)) + "\n"
    return printed_strictly(value, workspace.evaluator.names_in_order) + "\n"


def surroundings_of_last(value: Delayed) -> object:
    """What surrounds the member of a value that is printed last, for whoever holds it until the process ends.

    That member lets go of it, and with it of all that was only made for this value: freeing a module system's options
    one by one takes a twelfth of the run.  Held it takes no more memory than evaluating that member does.
    """
    if value.__class__ is dict and value:
        value = value[max(value)]
    elif value.__class__ is tuple and value:
        value = value[-1]
    return value[1] if value.__class__ is list else None
