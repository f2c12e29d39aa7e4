"""The deepest derivation that differs, and its first field that does."""

from __future__ import annotations

from lixeval.formats.derivation import Derivation, Output, unparse
from lixeval.parity.derivation_difference import FieldDifference, deepest_difference

HASH = "0" * 31


def path(digit: str, name: str) -> str:
    return f"/nix/store/{digit}{HASH}-{name}"


def derivation(
    out: str, inputs: dict[str, tuple[str, ...]], arguments: tuple[str, ...] = ("-c", "true"), **environment: str
) -> Derivation:
    return Derivation(
        outputs={"out": Output(out)},
        input_derivations=inputs,
        input_sources=(),
        platform="x86_64-linux",
        builder="/bin/sh",
        arguments=arguments,
        environment={"out": out, **environment},
    )


LEAF = derivation(path("1", "leaf"), {}, flags="-O2")
OTHER_LEAF = derivation(path("2", "leaf"), {}, flags="-O3")
TOP = derivation(path("3", "top"), {path("1", "leaf.drv"): ("out",)}, input=path("1", "leaf"))
OTHER_TOP = derivation(path("4", "top"), {path("2", "leaf.drv"): ("out",)}, input=path("2", "leaf"))


def compared(left: dict[str, Derivation], right: dict[str, Derivation]) -> FieldDifference | None:
    """The first of each are compared; the others are what they refer to."""
    return deepest_difference(
        next(iter(left)), next(iter(right)), lambda path: unparse(left[path]), lambda path: unparse(right[path])
    )


def test_the_cause_is_found_below() -> None:
    found = compared(
        {path("3", "top.drv"): TOP, path("1", "leaf.drv"): LEAF},
        {path("4", "top.drv"): OTHER_TOP, path("2", "leaf.drv"): OTHER_LEAF},
    )
    assert found == FieldDifference(path("1", "leaf.drv"), path("2", "leaf.drv"), "environment.flags", "-O2", "-O3")


def test_the_same_path_is_no_difference() -> None:
    same = path("1", "leaf.drv")
    assert deepest_difference(same, same, lambda path: b"", lambda path: b"") is None


def test_an_input_more_is_a_field_of_its_own() -> None:
    alone = derivation(path("5", "top"), {})
    found = compared({path("5", "top.drv"): alone}, {path("3", "top.drv"): TOP})
    assert found is not None
    assert (found.field, found.left, found.right) == (f"inputs.{path('1', 'leaf.drv')}", "(absent)", "out")


def test_fields_in_the_order_of_the_file() -> None:
    changed = derivation(path("2", "leaf"), {}, ("-c", "false"), flags="-O3")
    found = compared({path("1", "leaf.drv"): LEAF}, {path("2", "leaf.drv"): changed})
    assert found is not None
    assert (found.field, found.left, found.right) == ("arguments.1", "true", "false")


def test_only_the_names_differ() -> None:
    found = compared({path("1", "a.drv"): LEAF}, {path("2", "b.drv"): LEAF})
    assert found is not None
    assert found.field == "name"


def test_long_texts_are_cut_around_the_difference() -> None:
    left, right = (derivation(path("1", "x"), {}, script="a" * 500 + digit + "b" * 500) for digit in "12")
    found = compared({path("1", "x.drv"): left}, {path("2", "x.drv"): right})
    assert found is not None
    assert found.left.replace("1", "2") == found.right
    assert len(found.left) < 120
