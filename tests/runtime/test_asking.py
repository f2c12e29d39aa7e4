"""What functions ask all elements of a list for, again and again: what was noted says what looking says."""

from __future__ import annotations

import random
import time
import weakref
from typing import Any

import pytest

from lixeval.runtime import asking
from lixeval.runtime.asking import worth_asking
from lixeval.runtime.thunks import READ, force
from lixeval.runtime.traits import SHOWS, trait_of
from lixeval.system.deep_stack import run_deep


def _waiting(cell: list[Any]) -> Any:
    cell[0] = READ
    return cell[1]


def _element(choice: random.Random, attribute: str) -> Any:
    """A set of few or many attributes, or something else; evaluated or not."""
    names = [f"n{number}" for number in range(20)]
    asked: Any = choice.choice((*[dict.fromkeys(choice.sample(names, choice.randrange(8)), 1)] * 9, 1, "n3", ("n3",)))
    if choice.random() < 0.5:
        asked = [choice.choice((READ, _waiting)), asked]
    if not attribute:
        return asked
    element = choice.choice((*[{attribute: asked, "n4": 1}] * 9, {"n4": 1}, "options"))
    return [choice.choice((READ, _waiting)), element] if choice.random() < 0.5 else element


def _may_have(element: Any, attribute: str, name: str) -> bool:
    """Whether what is asked is not seen to be a set that lacks a name."""
    asked = _seen(element)
    if attribute:
        asked = _seen(asked.get(attribute)) if isinstance(asked, dict) else None
    return not isinstance(asked, dict) or name in asked


def _seen(value: Any) -> Any:
    if value.__class__ is not list:
        return value
    return value[1] if value[0] is READ else None


@pytest.mark.parametrize("attribute", ["", "options"])
def test_what_is_noted_is_what_is_seen(attribute: str) -> None:
    choice = random.Random(15)
    for _ in range(30):
        elements = tuple([_element(choice, attribute) for _ in range(choice.randrange(8, 40))])
        for _ in range(25):
            name = f"n{choice.randrange(20)}"
            trait = f"asks:{attribute}.{name}" if attribute else f"asks:{name}"
            seen = worth_asking(_waiting, trait, elements)
            assert list(map(id, seen)) == [id(each) for each in elements if _may_have(each, attribute, name)]
            for each in choice.sample(elements, 3):
                value = force(each)
                if value.__class__ is dict:
                    force(value.get(attribute))


class _Watched(dict[str, Any]):
    """A set that is told who looks at it, and says that it is a plain one."""

    asked = 0
    __class__ = dict  # type: ignore[assignment]

    def __contains__(self, name: object) -> bool:
        self.asked += 1
        return super().__contains__(name)


def test_who_is_told_of_looks_is_told_of_each() -> None:
    watched = _Watched(a=1)
    elements = (*[{"a": 1}] * 8, watched)
    for times in range(1, 5):
        assert worth_asking(_waiting, "asks:b", elements) == []
        assert watched.asked == times


def test_lists_are_let_go_with_the_evaluation() -> None:
    def evaluate() -> weakref.ref[_Watched]:
        watched = _Watched()
        assert len(worth_asking(_waiting, "asks:a", (*[{"a": 1}] * 8, watched))) == 8
        return weakref.ref(watched)

    left = run_deep(evaluate)
    for _ in range(1000):  # the thread may have a little to do yet
        if left() is None:
            return
        time.sleep(0.01)
    pytest.fail("the lists of an evaluation are still there")


def test_so_many_lists_are_known() -> None:
    def evaluate() -> None:
        for _ in range(2 * asking.MOST_LISTS):
            elements: Any = tuple([{"a": 1}] * 8)
            assert len(worth_asking(_waiting, "asks:a", elements)) == 8
        assert len(asking._LISTS.known) == asking.MOST_LISTS

    run_deep(evaluate)


def test_functions_without_a_docstring_are_told_apart() -> None:
    def named(name: str) -> Any:
        def function(argument: Any) -> Any:
            return argument

        vars(function)["nix_name"] = name
        return function

    assert trait_of(named("toString")) == SHOWS
    assert trait_of(named("derivation")) == ""
