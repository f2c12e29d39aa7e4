"""A delayed selection is data (`runtime.shared_code`): its errors name the step of the path that failed."""

from __future__ import annotations

from typing import Any, cast

import pytest

from lixeval.diagnostics import explained
from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.code_info import SELECTIONS, SHARED
from lixeval.runtime.thunks import READ, force
from lixeval.source import Span

BINDERS = {
    "let": "let x = {value}; in {body}",
    "lambda": "(x: {body}) {value}",
    "formals": "({{ x, y ? 1 }}: {body}) {{ x = {value}; }}",
    "default": "({{ x ? {value} }}: {body}) {{ }}",
    "rec": "rec {{ x = {value}; r = {body}; }}.r",
    "recursive group": "let x = if true then {value} else y; y = x; in {body}",
    "with": "with {{ x = {value}; }}; {body}",
    "nested with": "with {{ y = 1; }}; with {{ x = {value}; }}; {body}",
    "outer with": "with {{ x = {value}; }}; with {{ y = 1; }}; {body}",
    "inherit (…)": "let inherit ({{ x = {value}; }}) x; in {body}",
    "inherit": "({{ x }}: let inherit x; in {body}) {{ x = {value}; }}",
}

FAILURES = {
    ("{ b = 1; }", "x.‹a›"): "attribute 'a' missing",
    ("{ b = 1; }", "x.‹a›.b.c.d"): "attribute 'a' missing",
    ("{ a = { }; }", "x.a.‹b›"): "attribute 'b' missing",
    ("{ a.b.c.e = 1; }", "x.a.b.c.‹d›"): "attribute 'd' missing",
    ("{ a.b = 1; }", "‹x.a.b›.c.d"): "expected a set but found an integer: 1",
    ("{ a = { }; }", 'x.a.‹"b ›c"'): "attribute '\"b c\"' missing",
    ("{ a = { }; }", "x . a\n  . ‹b› . c"): "attribute 'b' missing",
}


def evaluator(*, faithful: bool = False) -> Evaluator:
    return Evaluator(Settings("x86_64-linux"), None, faithful=faithful)  # type: ignore[arg-type]  # nothing is stored


def only_element(text: str, *, faithful: bool = False) -> Any:
    """The cell in the list that a program gives."""
    elements: Any = force(evaluator(faithful=faithful).text(text, "/"))
    assert len(elements) == 1
    return elements[0]


def failure(cell: Any) -> LixevalError:
    with pytest.raises(Exception) as caught:
        force(cell)
    error = explained(caught.value)
    assert error is not None
    return error


@pytest.mark.parametrize("faithful", [False, True])
@pytest.mark.parametrize("binder", BINDERS)
@pytest.mark.parametrize(("value", "selection"), FAILURES)
def test_an_error_is_at_the_step_that_failed(value: str, selection: str, binder: str, *, faithful: bool) -> None:
    marked = BINDERS[binder].format(value=value, body=f"[ ({selection}) ]")
    start, end = marked.index("‹"), marked.index("›") - 1
    text = marked.replace("‹", "").replace("›", "")
    cell = only_element(text, faithful=faithful)
    assert cell[0].__name__ in SHARED
    for _ in range(2):  # it fails the same way again
        error = failure(cell)
        assert error.message == FAILURES[value, selection]
        assert error.span is not None
        assert error.span == Span(error.span.source, *error.span.source.lines_and_columns(start, end))


@pytest.mark.parametrize("selection", ["x.a", "x.a.b", "x.c.d.e.f"])
def test_a_trace_says_what_was_being_evaluated(selection: str) -> None:
    text = f'(x: [ {{ v = {selection}; }} ]) {{ {selection[2:]} = throw "T"; }}'
    attributes = only_element(text)
    error = failure(cast("dict[str, Any]", force(attributes))["v"])
    assert error.message == "T"
    assert [frame.message for frame in error.trace] == [
        f"while evaluating the attribute '{selection[-1]}'",
        "while evaluating the attribute 'v'",
    ]


@pytest.mark.parametrize("withs", ["with { types = 1; };", "with { }; with { types = 1; };"])
def test_a_name_that_no_with_gives_is_undefined(withs: str) -> None:
    error = failure(only_element(f"{withs} [ tpes.a.b ]"))
    assert error.message == "undefined variable 'tpes'"
    assert error.hint == "did you mean 'types'?"
    assert error.span is not None
    assert (error.span.column, error.span.end_column) == (len(withs) + 4, len(withs) + 8)


def test_the_set_of_a_with_that_is_none_is_named() -> None:
    error = failure(only_element("with { x.a = 1; }; with 5; [ x.a ]"))
    assert error.message == "expected a set but found an integer: 5"
    assert error.span is not None
    assert (error.span.column, error.span.end_column) == (25, 26)


def test_what_needs_itself_through_selections_is_named() -> None:
    text = "let a = { x.y = b.x.y; }; b = { x.y = c.z; }; c = { z = a.x.y; }; in [ a.x.y ]"
    error = failure(only_element(text))
    assert [frame.message for frame in getattr(error, "cycle", ())] == ["a.x.y", "b.x.y", "c.z", "a.x.y"]


def test_what_has_failed_may_be_asked_again() -> None:
    text = 'let x = { a = throw "T"; }; v = x.a; in [ (builtins.tryEval v).success v ]'
    first, second = cast("tuple[Any, Any]", force(evaluator().text(text, "/")))
    assert force(first) is False
    assert failure(second).message == "T"


def test_a_path_with_a_name_twice_has_code_of_its_own() -> None:
    cell = only_element("let x.a.a = { }; in [ x.a.a.a ]")
    assert cell[0].__name__ not in SELECTIONS
    error = failure(cell)
    assert error.span is not None
    assert error.span.column == 29


def test_an_evaluated_selection_is_as_any_cell() -> None:
    cell = only_element("let x.a.b = 5; in [ x.a.b ]")
    assert force(cell) == 5
    assert (cell[0], cell[1]) == (READ, 5)


def test_functions_that_are_selected_are_compared_as_in_nix() -> None:
    text = "let x = { f = a: a; }; in [ [ (x.f == x.f) ([ x.f ] == [ x.f ]) (let y = [ x.f ]; in y == y) ] ]"
    found = only_element(text)
    assert [force(each) for each in force(found)] == [False, False, True]
