"""Values on their way from Nix to Python and back.  Store paths are recorded from nix-instantiate 2.26.3."""

from __future__ import annotations

import enum
import math
from collections import OrderedDict
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lixeval
from lixeval.library.values import to_nix, to_python

DERIVATION = 'derivation { name = "a"; system = "x"; builder = "b"; outputs = [ "out" "dev" ]; }'


class Colour(enum.StrEnum):
    RED = "red"


class Number(enum.IntEnum):
    THREE = 3


scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
texts = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]))
values = st.recursive(
    scalars | texts, lambda inner: st.lists(inner).map(tuple) | st.dictionaries(texts, inner), max_leaves=20
)


@given(values)
def test_what_goes_in_comes_out(value: Any) -> None:
    assert to_python(to_nix(value), lambda function: function()) == value


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([True, False, None], (True, False, None)),
        (b"bytes", "bytes"),
        ("no utf-8: \udcff", "no utf-8: \udcff"),
        (Colour.RED, "red"),
        (Number.THREE, 3),
        (OrderedDict(b=1, a=(2,)), {"a": (2,), "b": 1}),
        (-(2**63), -(2**63)),
        (PurePosixPath("/a/../b"), PurePosixPath("/b")),
    ],
)
def test_python_values_that_are_nix_values(given: Any, found: Any) -> None:
    assert lixeval.evaluate("x: x")(given) == found


def test_a_boolean_stays_one_and_nan_is_a_float() -> None:
    kinds = lixeval.evaluate("map builtins.typeOf")
    assert kinds([True, 1, Number.THREE, 1.0, math.nan, math.inf, b"", Colour.RED, None, Path(), {}, [], ()]) == (
        *("bool", "int", "int", "float", "float", "float", "string", "string", "null", "path", "set", "list", "list"),
    )


REFUSED: list[tuple[Any, str]] = [
    ({1}, "the argument is a Python set, which is no Nix value"),
    (frozenset(), "the argument is a Python frozenset, which is no Nix value"),
    (2**70, f"the argument is an integer that does not fit 64 bits: {2**70}"),
    (2**63, f"the argument is an integer that does not fit 64 bits: {2**63}"),
    (-(2**63) - 1, f"the argument is an integer that does not fit 64 bits: {-(2**63) - 1}"),
    (b"\xff", "the argument is bytes that are no UTF-8 text"),
    (bytearray(b"\x80"), "the argument is bytes that are no UTF-8 text"),
    ({1: 2}, "the argument has a key that is no str: 1"),
    ({"a": {None: 2}}, "the argument.a has a key that is no str: None"),
    ({"a\0": 2}, "the argument is a text with a NUL character"),
    ("a\0b", "the argument is a text with a NUL character"),
    ("\ud800", "the argument is a text with half of a surrogate pair"),
    ([1, {"a": [0, {2}]}], "the argument[1].a[1] is a Python set, which is no Nix value"),
    (1j, "the argument is a Python complex, which is no Nix value"),
    (range(3), "the argument is a Python range, which is no Nix value"),
    (len, "the argument is a Python builtin_function_or_method, which is no Nix value"),
    (iter(()), "the argument is a Python tuple_iterator, which is no Nix value"),
    (object, "the argument is a Python type, which is no Nix value"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED)
def test_python_values_that_are_none(value: Any, message: str, here: Path) -> None:
    with pytest.raises(lixeval.LixevalError) as raised:
        lixeval.evaluate("x: x")(value)
    assert raised.value.message == message
    (here / "f.nix").write_text("{ x }: x")
    with pytest.raises(lixeval.LixevalError) as raised:
        lixeval.load(here / "f.nix", {"x": value})
    assert raised.value.message == message.replace("the argument", "the argument x")


def test_python_values_that_contain_themselves_are_refused() -> None:
    whole: list[Any] = [1]
    whole.append({"again": whole})
    with pytest.raises(lixeval.LixevalError, match=r"the argument\[1\].again contains itself"):
        lixeval.evaluate("x: x")(whole)


def test_what_is_used_twice_is_one_object() -> None:
    twice = "let twice = x: { a = x; b = x; }; in builtins.foldl' (x: _: twice x) 1 (builtins.genList (x: x) 64)"
    found = lixeval.evaluate(twice)
    assert found["a"] is found["b"]
    shared: Any = 1
    for _ in range(64):
        shared = [shared, shared]
    found = lixeval.evaluate("x: x")(shared)
    assert found[0] is found[1]


def test_deep_values_go_both_ways() -> None:
    deep = lixeval.evaluate("builtins.foldl' (x: _: [ x ]) 1 (builtins.genList (x: x) 100000)")
    back = lixeval.evaluate("x: x")(deep)
    for _ in range(100_000):
        (deep,), (back,) = deep, back
    assert deep == back == 1


def test_a_derivation_is_an_object() -> None:
    found = lixeval.evaluate(f"{{ d = {DERIVATION}; }}")["d"]
    assert isinstance(found, lixeval.Derivation)
    assert (found.name, found.output_name) == ("a", "out")
    assert found.drv_path == "/nix/store/cd4d25i83nm3pkrp869vbjan20b52ivf-a.drv"
    out, dev = "/nix/store/mlfl4rh0hvn8x9n2a7p2a4l47271zq4j-a", "/nix/store/80cn8k6aqwl8jcb59d7galxp4i4cdz9d-a-dev"
    assert found.outputs == {"out": out, "dev": dev}
    assert found.out_path == str(found) == out
    assert (str(found.attributes["dev"]), found.attributes["dev"].output_name) == (dev, "dev")
    assert found.attributes["builder"] == "b"
    assert found == lixeval.evaluate(DERIVATION) != found.attributes["dev"]
    assert len({found, lixeval.evaluate(DERIVATION)}) == 1
    assert repr(found) == f"<derivation {found.drv_path}>"


def test_a_derivation_goes_back_as_it_is() -> None:
    session = lixeval.Session()
    found = session.evaluate(DERIVATION)
    again = session.evaluate('d: derivation { name = "b"; system = "x"; builder = d.dev; }')(found)
    assert str(again.attributes["builder"]) == found.outputs["dev"]
    assert session.evaluate("d: builtins.attrNames (builtins.getContext d.outPath)")(found) == (found.drv_path,)


def test_what_only_says_that_it_is_a_derivation() -> None:
    assert lixeval.evaluate('{ type = "derivation"; }') == {"type": "derivation"}
    one = lixeval.evaluate('{ type = "derivation"; name = "n"; drvPath = "/d"; outPath = "/o"; outputName = "doc"; }')
    assert (one.name, one.outputs) == ("n", {"doc": "/o"})


def test_the_attributes_of_a_derivation_are_evaluated_when_they_are_asked_for() -> None:
    found = lixeval.evaluate(f'({DERIVATION}) // {{ meta = throw "not asked for"; }}')
    assert "meta" in found.attributes
    with pytest.raises(lixeval.LixevalError, match="not asked for"):
        found.attributes["meta"]


@pytest.mark.parametrize("attribute", ["drvPath", "type"])
def test_a_derivation_that_cannot_be_is_an_error_at_once(attribute: str) -> None:
    with pytest.raises(lixeval.LixevalError, match="never"):
        lixeval.evaluate(f'({DERIVATION}) // {{ {attribute} = throw "never"; }}')


@pytest.mark.parametrize(
    "text",
    [
        "let x = { y = x; }; in x",
        "let x = { y = [ x ]; }; in x",
        "let x = [ x ]; in x",
        "let x = [ { y = x; } ]; in x",
        "rec { a = { inherit b; }; b = { inherit a; }; }",
        "let self = { name = 1; inherit self; f = x: self; }; in [ self self ]",
        "builtins",
        "import <nixpkgs> { } // { nope = 1; } == { }",
    ],
)
def test_cyclic_values_end(text: str) -> None:
    lixeval.evaluate(text)


def test_a_cyclic_value_can_be_walked() -> None:
    found = lixeval.evaluate("let x = { y = x; z = [ x 1 ]; }; in x")
    inner = found["y"]
    assert isinstance(inner, lixeval.AttributeSet)
    assert list(inner) == ["y", "z"] and len(inner) == 2 and "z" in inner and inner.get("none") is None
    assert inner["y"] == inner == inner["z"][0]["y"]
    assert isinstance(inner["z"], lixeval.List)
    assert (inner["z"][1], inner["z"][-1], inner["z"][1:], len(inner["z"])) == (1, 1, (1,), 2)
    assert (repr(inner), repr(inner["z"])) == ("<Nix set: y, z>", "<Nix list of 2>")
    with pytest.raises(KeyError):
        inner["none"]
    with pytest.raises(IndexError):
        inner["z"][2]
    assert lixeval.evaluate("x: x.y.y.z")(inner)[1] == 1


def test_what_has_no_end_and_no_cycle_is_an_error() -> None:
    with pytest.raises(lixeval.LixevalError, match="stack overflow"):
        lixeval.evaluate("let f = n: { a = f n; }; in f 0")


def test_lazy_values_evaluate_what_is_asked_for() -> None:
    found = lixeval.evaluate('{ a = throw "a"; b = [ (throw "b") 2 { c = throw "c"; } ]; d = null; }', lazy=True)
    assert (list(found), found["b"][1], list(found["b"][2]), found["d"]) == (["a", "b", "d"], 2, ["c"], None)
    for fails in (lambda: found["a"], lambda: found["b"][0], lambda: dict(found)):
        with pytest.raises(lixeval.LixevalError):
            fails()
    assert lixeval.evaluate("[ 1 { a = 2; } ]", lazy=True) == (1, {"a": 2})


def test_functions_are_called_with_python_values() -> None:
    assert lixeval.evaluate("x: y: [ x y ]")({"a": 1})([2]) == ({"a": 1}, (2,))
    identity = lixeval.evaluate("x: x")
    assert identity(identity)(3) == 3
    assert repr(identity) == "«lambda @ «string»:1:1»"
    assert lixeval.evaluate("builtins.map")(identity)([1]) == (1,)
    with pytest.raises(lixeval.LixevalError, match="attempt to call"):
        lixeval.evaluate("f: f 1")(2)
