"""Freeing without depth: what is kept while a program runs, and that nothing is kept afterwards."""

from __future__ import annotations

import gc
import json
from abc import ABCMeta, abstractmethod

from lixeval.site.engine import answer
from lixeval.site.flat_freeing import freed_flat

DEEP = "let f = n: if n == 0 then null else { n = f (n - 1); }; in builtins.deepSeq (f 5000) 1"


class Link:
    """Something that tells whether it has been freed."""

    living = 0

    def __init__(self, next_one: Link | None) -> None:
        self.next_one = next_one
        Link.living += 1

    def __del__(self) -> None:
        Link.living -= 1


def test_what_is_nested_is_kept_until_the_end_and_then_freed() -> None:
    before = gc.get_threshold(), len(gc.callbacks)
    with freed_flat():
        chain = None
        for _ in range(5000):
            chain = Link(chain)
        del chain
        assert Link.living > 4000  # all but those that are too new to be nested deeply
    assert Link.living == 0
    assert (gc.get_threshold(), len(gc.callbacks)) == before
    gc.unfreeze()


def test_tuples_that_are_being_filled_are_let_be() -> None:
    with freed_flat():
        for _ in range(20):
            assert len(tuple([number] for number in range(2000))) == 2000
    gc.unfreeze()


def test_frozen_sets_that_are_being_filled_are_let_be() -> None:
    """An abstract class has one of its methods' names, of which Python makes a list, pairs of two, meanwhile."""
    names = {f"method{number}": abstractmethod(lambda self: None) for number in range(2000)}
    with freed_flat():
        for _ in range(3):
            assert len(ABCMeta("Made", (), dict(names)).__abstractmethods__) == 2000
    gc.unfreeze()


def test_answers_are_the_same() -> None:
    question = json.dumps({"do": "run", "text": DEEP})
    with freed_flat():
        given = answer(question)
    assert json.loads(given)["value"] == json.loads(answer(question))["value"] == "1"
    gc.unfreeze()
