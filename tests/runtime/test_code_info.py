"""What compiled code says of itself (`runtime.code_info`): written by the compiler, read by everybody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lixeval
from lixeval.runtime import code_info, traits
from lixeval.runtime.call import call1
from lixeval.runtime.values import curried

PACKAGE = Path(lixeval.__file__).parent


def function(name: str, arguments: str, words: str) -> object:
    space: dict[str, object] = {}
    exec(f"def {name}({arguments}):\n {words!r}\n return None", space)
    return space[name]


def test_a_function_is_described_as_it_was_written() -> None:
    words = code_info.description([(3, 4), (5, 6)], 90, traits.COUNTS)
    made = function("add_7", "x_1, y_2", words)
    assert code_info.head_of(made.__code__) == (3, 4)  # type: ignore[attr-defined]
    assert traits.trait_of(made) == traits.COUNTS
    assert code_info.bound_name("add_7") == "add"
    assert code_info.kind_of(made.__code__) == "function"  # type: ignore[attr-defined]
    assert code_info.extent_of(made.__code__) is None  # type: ignore[attr-defined]
    assert code_info.written_place(curried(2, made))[1] == "3:4"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        code_info.thunk_name("T_ROOT_3", 10, 25),
        code_info.thunk_name("T_L4_90_Select_12", 10, 25),
        code_info.piece_name(10, 25),
        code_info.piece_name(10, 25, "AttributeSet"),
    ],
)
def test_a_thunk_knows_its_extent(name: str) -> None:
    made = function(name, code_info.CELL, "")
    assert code_info.kind_of(made.__code__) == "thunk"  # type: ignore[attr-defined]
    assert code_info.extent_of(made.__code__) == (10, 25)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["T_1_2_3_9", "L10_25_9", "ROOT_4"])
def test_a_function_of_such_a_name_is_no_thunk(name: str) -> None:
    made = function(name, "x_1", code_info.description([(1, 1)], 9, ""))
    assert code_info.kind_of(made.__code__) == "function"  # type: ignore[attr-defined]
    assert code_info.extent_of(made.__code__) is None  # type: ignore[attr-defined]


def test_arguments_are_told_from_formals() -> None:
    formals = (("a", True, ("/f.nix", 1, 5)), ("b", False, "nowhere"))
    row = code_info.written_formals(formals)
    made = function("f_1", f"x_1, args_2, formals={row}, ellipsis=True", "1:1 1:4")
    assert code_info.argument_names(made.__code__) == ("x_1", "args_2")  # type: ignore[attr-defined]
    assert code_info.formals_of(made) == formals
    assert code_info.takes_more(made)
    assert code_info.arguments_taken(curried(2, made)) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [1, 2])
def test_a_function_that_has_arguments_tells_of_the_next(given: int) -> None:
    words = code_info.description([(1, 1), (1, 4), (1, 7)], 12, "")
    value = curried(3, function("f_1", "x_1, y_2, z_3", words))  # type: ignore[arg-type]
    for _ in range(given):
        value = call1(value, 0)
    assert code_info.arguments_taken(value) == given
    assert code_info.next_parameter(value) == "xyz"[given]
    assert code_info.written_place(value)[1] == ("1:4", "1:7")[given - 1]


def test_nobody_else_reads_or_writes_it() -> None:
    """No other module looks at docstrings, defaults or code names of compiled code."""
    fields = re.compile(r"__defaults__|co_consts|\bNIX_SOURCE\b|\bT_\.\*")
    found = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.name != "code_info.py" and fields.search(path.read_text())
    ]
    assert found == []
