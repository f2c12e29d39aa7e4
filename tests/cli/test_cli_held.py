"""What is printed last is not freed when it was evaluated: the process ends then (`cli.output.values`)."""

from __future__ import annotations

from weakref import ref

from lixeval.cli.output.values import surroundings_of_last
from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.thunks import force
from lixeval.runtime.values import Value

PARTS = "let f = x: y: x + y; g = f 1; in"


def surrounding(text: str) -> tuple[Value, object, ref[object]]:
    """A value, what is held of it, and the function that its last member calls."""
    value = Evaluator(Settings("x86_64-linux"), None).text(text, "/")  # type: ignore[arg-type]  # nothing is stored
    held = surroundings_of_last(value)
    members = value if value.__class__ is tuple else [value[name] for name in sorted(value)]
    functions = [force(each) for each in held if force(each).__class__ is type(surrounding)]  # type: ignore[attr-defined]
    called = ref(functions[0])
    del functions
    for each in members:
        force(each)
    return value, held, called


def test_the_surroundings_of_the_last_attribute_are_held() -> None:
    value, held, called = surrounding(f"{PARTS} {{ b = g 2; a = g 1; }}")
    assert [force(value[name]) for name in ("a", "b")] == [2, 3]
    assert called() is not None
    del held
    assert called() is None


def test_the_surroundings_of_the_last_element_are_held() -> None:
    value, held, called = surrounding(f"{PARTS} [ (g 1) (g 2) ]")
    assert value[1][1] == 3 and called() is not None
    del held
    assert called() is None


def test_nothing_is_held_of_what_has_no_members() -> None:
    values: tuple[Value, ...] = (1, "text", {}, ())
    assert [surroundings_of_last(value) for value in values] == [None] * 4
