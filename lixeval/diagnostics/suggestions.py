"""What was perhaps meant: names that resemble the one written, and what to do about common mistakes."""

from __future__ import annotations

from lixeval.builtins.table import CONSTANTS, INDEX, PLAIN_GLOBALS
from lixeval.diagnostics.outline import Outline
from lixeval.diagnostics.steps import Step
from lixeval.runtime import code_info
from lixeval.runtime.thunks import READ
from lixeval.syntax import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_CANDIDATES = 20_000
SHOWN_NAMES = 6
"""A set with at most this many names is told whole."""


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """Up to three names that resemble the one that was written, the nearest first."""
    return asked(resembling(name, candidates))


def asked(names: list[str]) -> str | None:
    """The question whether one of some names was meant."""
    if not names:
        return None
    *others, last = [f"'{each}'" for each in names]
    return f"did you mean {', '.join(others)} or {last}?" if others else f"did you mean {last}?"


def resembling(name: str, candidates: Iterable[str]) -> list[str]:
    """Up to three candidates within a few edits of a name (as many as a third of its length)."""
    allowed = max(1, min(4, (len(name) + 1) // 3))
    found: list[tuple[int, str]] = []
    for number, candidate in enumerate(dict.fromkeys(candidates)):
        if number > MAX_CANDIDATES:
            break
        if candidate == name or abs(len(candidate) - len(name)) > allowed:
            continue
        distance = edits(name.lower(), candidate.lower(), allowed)
        if distance <= allowed and distance < len(name):
            found.append((distance, candidate))
    found.sort()
    return [candidate for distance, candidate in found[:3] if distance <= found[0][0] + 1]


def edits(first: str, second: str, limit: int) -> int:
    """The number of insertions, deletions, replacements and swaps of neighbours between two texts, if at most a limit.

    (Optimal string alignment.)  Gives limit + 1 for more.
    """
    before_last: list[int] = []
    last = list(range(len(second) + 1))
    for row, a in enumerate(first, 1):
        current = [row]
        for column, b in enumerate(second, 1):
            cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (a != b))
            if row > 1 and column > 1 and a == second[column - 2] and first[row - 2] == b:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before_last, last = last, current
    return last[-1]


def about_attribute(name: str, present: tuple[str, ...] | None) -> str | None:
    """What the set has instead of a missing attribute."""
    if present is None:
        return None
    meant = did_you_mean(name, present)
    if meant is not None:
        return meant
    if not present:
        return "the set is empty"
    if len(present) <= SHOWN_NAMES:
        return f"the set has {_listed(sorted(present))}"
    return None


def _listed(names: list[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def about_variable(name: str, outline: Outline | None, number: int, step: Step | None) -> str | None:
    """What an undefined variable was perhaps to be: names in scope there, in the sets of `with`s, builtins."""
    in_scope: list[str] = []
    if outline is not None:
        in_scope += _names_in_scope(outline, number)
    if step is not None:
        in_scope += names_in_withs(step)
    globals_ = [name for name in (*INDEX, *CONSTANTS) if name in PLAIN_GLOBALS]
    if name in INDEX or name in CONSTANTS:
        return f"write 'builtins.{name}'"
    if name.lower() in _OTHER_LANGUAGES:
        return f"did you mean '{_OTHER_LANGUAGES[name.lower()]}'?"
    where = None if outline is None else _as_path(name, outline, number) or _bound_elsewhere(name, outline, number)
    if where is not None:
        return where
    meant = did_you_mean(name, [*in_scope, *globals_])
    if meant is not None:
        return meant
    close = resembling(name, INDEX)
    return f"did you mean 'builtins.{close[0]}'?" if close else None


_OTHER_LANGUAGES = {"true": "true", "false": "false", "none": "null", "null": "null", "nil": "null", "nullptr": "null"}
"""Constants as other languages spell them."""


def _as_path(name: str, outline: Outline, number: int) -> str | None:
    """`import config.nix` selects `nix` from `config`."""
    for each in outline.upward(number):
        node = outline.nodes[each]
        if isinstance(node, nodes.Select) and node.path == ("nix",) and outline.text(node) == f"{name}.nix":
            return f"a path begins with './': ./{name}.nix"
    return None


def _bound_elsewhere(name: str, outline: Outline, number: int) -> str | None:
    """What to do about a name that the program does bind, but not where it is used."""
    use = outline.nodes[number] if number >= 0 else None
    if use is None:
        return None
    for each in outline.upward(number):
        node = outline.nodes[each]
        if not isinstance(node, nodes.AttributeSet) or name not in node.bindings.attributes or node.recursive:
            continue
        value = node.bindings.attributes[name].value
        if value is None or not value.start <= use.start <= value.end:
            return f"the set around it has '{name}', but only the attributes of a 'rec {{ … }}' see one another"
    for node in outline.nodes:
        if isinstance(node, nodes.Let) and name in node.bindings.attributes:
            bound = node.bindings.attributes[name]
            line, _ = outline.source.line_and_column(bound.start)
            return f"'{name}' is bound at line {line}, but only in that 'let'"
    return None


def _names_in_scope(outline: Outline, number: int) -> list[str]:
    """The names that the program's text binds around a node, innermost first."""
    found: list[str] = []
    for each in outline.upward(number):
        node = outline.nodes[each]
        if isinstance(node, nodes.Let) or (isinstance(node, nodes.AttributeSet) and node.recursive):
            found += node.bindings.attributes
        elif isinstance(node, nodes.Lambda):
            if node.parameter is not None:
                found.append(node.parameter)
            if node.formals is not None:
                found += [formal.name for formal in node.formals.formals]
    return found


def names_in_withs(step: Step) -> list[str]:
    """The names of the sets that a lookup through `with` had gone through: all of them are evaluated."""
    values = code_info.sets_within(step.tells("scopes")[2:]) if step.kind == "with" else step.with_sets
    found: list[str] = []
    for value in values:
        if value.__class__ is list and value[0] is READ:
            value = value[1]
        if value.__class__ is dict:
            found += value
    return found
