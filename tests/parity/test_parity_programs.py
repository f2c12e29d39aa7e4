"""Random programs: the same for the same seed, all well formed, all of the language; and made small."""

from __future__ import annotations

import itertools
import re

from lixeval.builtins.table import INDEX
from lixeval.errors import LixevalError
from lixeval.parity.builtin_calls import SIGNATURES
from lixeval.parity.generate import programs
from lixeval.parity.mutations import damaged_programs, shorten
from lixeval.parity.shrinking import shrink
from lixeval.source import Source
from lixeval.syntax.parser import parse


def some(seed: int, count: int, size: int = 40) -> list[str]:
    return list(itertools.islice(programs(seed, size), count))


def test_a_seed_makes_the_same_programs() -> None:
    assert some(5, 20) == some(5, 20)
    assert some(5, 20) != some(6, 20)


def test_programs_are_well_formed() -> None:
    for text in some(1, 150):
        parse(Source("«string»", text, is_file=False))


def test_every_signature_names_a_builtin() -> None:
    assert {name for name, _, _ in SIGNATURES} <= INDEX.keys()


def test_constructs_and_builtins_occur() -> None:
    text = "\n".join(some(2, 1500, 80))
    constructs = (
        *(r"\brec \{", r"\bwith \{", r"\blet \{", "assert", r"\bif\b", r"inherit \(", r"inherit [a-z]", "''", "@args"),
        *(r"args@", r"\.\.\. ", r" \? ", r" or ", "//", r"\+\+", "->", "&&", r"\|\|", "!=", "__curPos", "__functor"),
        *(r"\$\{", "<nothing>", "throw", "<=", r"\(- "),
    )
    assert [pattern for pattern in constructs if not re.search(pattern, text)] == []
    assert sorted({name for name, _, _ in SIGNATURES if not re.search(rf"(builtins\.|__){name}[ )]", text)}) == []


def test_a_program_is_made_small() -> None:
    program = "let a = { x = [ 1 2 (builtins.div 6 (1 + 2)) ]; y = 5; }; in [ (a.x) a.y (x: x) ]"
    small = shrink(program, lambda texts: ["builtins.div" in text for text in texts])
    assert small == "builtins.div"


def test_bindings_and_elements_are_left_out() -> None:
    program = '{ a = 1; b = [ 1 "keep" { } ]; inherit (x) c; }'
    small = shrink(program, lambda texts: ["keep" in text and "{" in text for text in texts])
    assert small in ('{ b = "keep"; }', '{ b = [ "keep" ]; }', '[ "keep" { } ]')


def test_damaged_programs_are_the_same_for_a_seed_and_mostly_no_programs() -> None:
    texts = list(itertools.islice(damaged_programs(4), 100))
    assert texts == list(itertools.islice(damaged_programs(4), 100))
    good = sum(_parses(text) for text in texts)
    assert 5 < good < 80


def _parses(text: str) -> bool:
    try:
        parse(Source("«string»", text, is_file=False))
    except LixevalError:
        return False
    return True


def test_a_text_is_shortened() -> None:
    assert shorten("let a = [ 1 | 2 ]; in a", lambda texts: ["|" in text for text in texts]) == "|"
