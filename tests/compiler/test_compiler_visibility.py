"""Which lists nobody looks into, whose elements need not be thunks where C++ Nix has some."""

from __future__ import annotations

from random import Random

import pytest

from lixeval.builtins.table import Table
from lixeval.compiler.visibility import Visibility
from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.source import Source
from lixeval.syntax import nodes
from lixeval.syntax.parser import parse

SETTINGS = Settings(system="x86_64-linux")
TABLE: Table = Evaluator(SETTINGS, None).table  # type: ignore[arg-type]  # nothing is stored


def unseen(text: str, *extra: str) -> list[str]:
    """The texts of the calls whose lists are not looked into."""
    expression = parse(Source("/program.nix", text))
    visibility = Visibility(expression, TABLE.global_names, TABLE.signatures, extra)
    found: list[str] = []
    work: list[object] = [expression]
    while work:
        part = work.pop(0)
        if isinstance(part, nodes.Apply) and visibility.has_unseen_elements(part):
            found.append(text[part.start : part.end])
        if isinstance(part, nodes.Node):
            work += [value for _, value in nodes.members(part)]
        elif isinstance(part, tuple | list):
            work += part
        elif isinstance(part, dict):
            work += part.values()
    return found


LIST = "map (x: x + 1) [ 1 ]"


@pytest.mark.parametrize(
    "text",
    [
        f"builtins.foldl' (a: b: a + b) 0 ({LIST})",
        f"let l = {LIST}; in builtins.elemAt l 0",
        f"let l = {LIST}; in [ (builtins.head l) (builtins.length l) ]",
        f"builtins.all (x: x > 0) ({LIST})",
        f"builtins.toJSON ({LIST})",
        f'[ (builtins.concatStringsSep ", " (builtins.tail (map toString ({LIST})))) ]',
        f"let sum = l: builtins.foldl' builtins.add 0 l; in {{ a = sum ({LIST}); }}",
        f"(s: s.length s.list) {{ length = builtins.length; list = {LIST}; }}",
        f"let inherit (rec {{ l = {LIST}; n = builtins.head l; }}) n; in [ n ]",
        f"with {{ l = {LIST}; }}; [ (builtins.head l) ]",
        f"n: [ (builtins.head (builtins.sort (a: b: a < b) ({LIST} ++ [ 1 ]))) ]",
        f"if {LIST} == [ 2 ] then [ 1 ] else [ 2 ]",
        f"[ (builtins.tryEval (builtins.head ({LIST}))).value ]",
    ],
)
def test_lists_that_are_taken_apart_are_not_seen(text: str) -> None:
    assert LIST in unseen(text)


@pytest.mark.parametrize(
    "text",
    [
        LIST,
        f"[ ({LIST}) ]",
        f"n: {LIST}",
        f"{{ a.b = {LIST}; }}",
        f"let l = {LIST}; in builtins.tail l",
        f"let l = {LIST}; in builtins.filter (x: true) l",
        f"builtins.head [ ({LIST}) ]",
        f"builtins.foldl' (a: b: a ++ [ b ]) [ ] ({LIST})",
        f"builtins.foldl' (a: b: b) 0 (map (x: [ x ]) ({LIST}))",
        f"builtins.concatMap (x: [ x ]) ({LIST})",
        f"let f = l: [ (builtins.elemAt l 0) l ]; in f ({LIST})",
        f"let f = {{ l ? {LIST} }}: l; in f {{ }}",
        f"builtins.trace ({LIST}) 1",
        f"(import ./other.nix) ({LIST})",
        f"outside ({LIST})",
        f"{{ __functor = self: x: [ x ]; }} ({LIST})",
        f'{{ ${{"a"}} = {LIST}; }}.a',
        f'{{ a = {LIST}; }}.${{"a"}}',
        f"with {{ l = {LIST}; }}; with {{ m = 1; }}; [ l ]",
        f"builtins.attrValues {{ a = {LIST}; }}",
        f"builtins.mapAttrs (n: v: v) {{ a = {LIST}; }}",
        f"(builtins.partition (x: true) ({LIST})).right",
        f"(builtins.tryEval ({LIST})).value",
        f"builtins.seq 1 ({LIST})",
        f"let f = l: if builtins.length l < 2 then l else f (builtins.tail l); in f ({LIST})",
        f"{LIST} ++ [ 2 ]",
        f"({{ a = 1; }} // {{ b = {LIST}; }}).b",
    ],
)
def test_what_can_be_reached_is_seen(text: str) -> None:
    assert LIST not in unseen(text, "outside")


@pytest.mark.parametrize("deep", [10, 400])
def test_what_is_nested_deeply_is_not_followed(deep: int) -> None:
    text = "(x: x) (" * deep + f"builtins.length ({LIST})" + ")" * deep
    assert unseen(text) == ([LIST] if deep == 10 else [])


def _lists(random: Random, deep: int, names: tuple[str, ...] = ()) -> str:
    """A list of numbers, made in one of the ways in which programs make some."""
    if deep == 0:
        return random.choice(("[ 1 2 ]", "(builtins.genList (x: x) 3)", *names))
    inner = _lists(random, deep - 1, names)
    return random.choice(
        (
            f"(map (x: x * 2) {inner})",
            f"(map f {inner})",
            f"(builtins.genList (i: i + {random.randint(0, 2)}) {random.randint(0, 10)})",
            f"(builtins.filter (x: x > 1) {inner})",
            f"(builtins.sort (a: b: b < a) {inner})",
            f"({inner} ++ {_lists(random, deep - 1, names)})",
            f"(builtins.concatMap (x: [ x (x + 1) ]) {inner})",
            f"[ (builtins.foldl' (a: b: a + b) 0 {inner}) (builtins.length {inner}) ]",
            f"(let g = l: map (x: x) l; in g {inner})",
            f"{{ l = {inner}; }}.l",
        )
    )


def test_lists_are_shown_as_where_nothing_is_known_of_them() -> None:
    random = Random("seen")
    for _ in range(60):
        definitions = f"f = x: x + 1; xs = {_lists(random, 1)}; ys = builtins.tail ([ 0 ] ++ {_lists(random, 1)});"
        wants = random.choice(("xs", "builtins.deepSeq ys 1", "builtins.head (xs ++ [ 1 ])"))
        text = f"let {definitions} in builtins.seq ({wants}) ({_lists(random, 3, ('xs', 'ys'))} ++ xs)"
        assert _shown(text) == _shown(f"let __functor = null; in {text}")  # which is not followed


def _shown(text: str) -> str:
    return printed(force(Evaluator(SETTINGS, None, faithful=True).text(text, "/")))  # type: ignore[arg-type]  # as above
