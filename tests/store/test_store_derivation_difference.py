"""Where two derivations part: the deepest inputs that differ, and the fields that differ by themselves."""

from __future__ import annotations

from collections.abc import Callable

from lixeval.formats.derivation import Derivation, Output, unparse
from lixeval.formats.store_path import StorePath
from lixeval.store.reports.derivation_difference import Difference, FieldDifference, deepest_difference, differences

HASH = "0" * 31


def path(digit: str, name: str) -> StorePath:
    return StorePath(f"/nix/store/{digit}{HASH}-{name}")


def derivation(
    out: StorePath,
    inputs: dict[StorePath, tuple[str, ...]],
    arguments: tuple[str, ...] = ("-c", "true"),
    **environment: str,
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


def compared(left: dict[StorePath, Derivation], right: dict[StorePath, Derivation]) -> list[Difference]:
    """The first of each are compared; the others are what they refer to."""

    def read(derivations: dict[StorePath, Derivation]) -> Callable[[StorePath], bytes]:
        return lambda path: unparse(derivations[path])

    one, other = next(iter(left)), next(iter(right))
    found = list(differences(one, other, read(left), read(right)))
    assert deepest_difference(one, other, read(left), read(right)) == found[0]
    return found


def test_the_cause_is_found_below_and_what_follows_from_it_is_not_shown() -> None:
    (found,) = compared(
        {path("3", "top.drv"): TOP, path("1", "leaf.drv"): LEAF},
        {path("4", "top.drv"): OTHER_TOP, path("2", "leaf.drv"): OTHER_LEAF},
    )
    assert (found.left_path, found.right_path) == (path("1", "leaf.drv"), path("2", "leaf.drv"))
    assert found.fields == (FieldDifference("environment.flags", "-O2", "-O3"),)
    assert found.chain == (
        (path("3", "top.drv"), path("4", "top.drv")),
        (path("1", "leaf.drv"), path("2", "leaf.drv")),
    )


def test_the_same_path_is_no_difference() -> None:
    same = path("1", "leaf.drv")
    assert deepest_difference(same, same, lambda path: b"", lambda path: b"") is None


def test_every_cause_is_found_once() -> None:
    """Both ways from the top lead to the leaf; the top has a difference of its own too."""
    left = {
        path("3", "top.drv"): derivation(
            path("3", "top"), {path("5", "side.drv"): ("out",), path("1", "leaf.drv"): ("out",)}, tag="1"
        ),
        path("5", "side.drv"): derivation(path("5", "side"), {path("1", "leaf.drv"): ("out",)}, in_=path("1", "leaf")),
        path("1", "leaf.drv"): LEAF,
    }
    right = {
        path("4", "top.drv"): derivation(
            path("4", "top"), {path("6", "side.drv"): ("out",), path("2", "leaf.drv"): ("out",)}, tag="2"
        ),
        path("6", "side.drv"): derivation(path("6", "side"), {path("2", "leaf.drv"): ("out",)}, in_=path("2", "leaf")),
        path("2", "leaf.drv"): OTHER_LEAF,
    }
    found = compared(left, right)
    assert [difference.first.field for difference in found] == ["environment.flags", "environment.tag"]


def test_an_input_more_and_other_outputs_of_an_input() -> None:
    leaf = path("1", "leaf.drv")
    alone = derivation(path("5", "top"), {})
    (found,) = compared({path("5", "top.drv"): alone}, {path("3", "top.drv"): TOP, leaf: LEAF})
    assert found.first == FieldDifference("inputs.leaf.drv", None, leaf)
    assert found.first.shown() == ("(none)", leaf)
    more = derivation(path("5", "top"), {leaf: ("dev", "out")}, input=path("1", "leaf"))
    (found,) = compared({path("5", "top.drv"): more, leaf: LEAF}, {path("3", "top.drv"): TOP, leaf: LEAF})
    assert found.fields == (FieldDifference("inputs.leaf.drv", "dev out", "out"),)


def test_of_inputs_of_one_name_the_most_alike_are_a_pair() -> None:
    def sources(*revisions: str, digits: str) -> dict[StorePath, Derivation]:
        named = {
            path(digit, "source.drv"): derivation(path(digit, "source"), {}, rev=rev, url=rev[0])
            for digit, rev in zip(digits, revisions, strict=True)
        }
        top = derivation(path(digits[0], "top"), dict.fromkeys(named, ("out",)))
        return {path(digits[0], "top.drv"): top, **named}

    found = compared(sources("a1", "b1", digits="12"), sources("b2", "a2", digits="34"))
    assert [(one.first.left, one.first.right) for one in found] == [("a1", "a2"), ("b1", "b2")]


def test_a_source_that_differs_is_named_once() -> None:
    left, right = (
        Derivation({"out": Output(path(d, "x"))}, {}, (path(s, "run.sh"),), "s", path(s, "run.sh"), (), {"a": ""})
        for d, s in ("13", "24")
    )
    (found,) = compared({path("1", "x.drv"): left}, {path("2", "x.drv"): right})
    assert found.fields == (FieldDifference("sources.run.sh", path("3", "run.sh"), path("4", "run.sh")),)


def test_structured_attributes_one_by_one() -> None:
    left, right = (
        derivation(path(digit, "x"), {}, __json=f'{{"same":[1],"text":"{digit}","list":[1,{digit}]}}') for digit in "12"
    )
    (found,) = compared({path("1", "x.drv"): left}, {path("2", "x.drv"): right})
    assert found.fields == (
        FieldDifference("attributes.list", "[1, 1]", "[1, 2]"),
        FieldDifference("attributes.text", "1", "2"),
    )


def test_fields_in_the_order_of_the_file() -> None:
    changed = derivation(path("2", "leaf"), {}, ("-c", "false"), flags="-O3")
    (found,) = compared({path("1", "leaf.drv"): LEAF}, {path("2", "leaf.drv"): changed})
    assert [field.field for field in found.fields] == ["arguments.1", "environment.flags"]
    assert found.first == FieldDifference("arguments.1", "true", "false")


def test_only_the_names_differ() -> None:
    left, right = (derivation(path(digit, name), {}) for digit, name in ("1a", "2b"))
    (found,) = compared({path("1", "a.drv"): left}, {path("2", "b.drv"): right})
    assert found.fields == (FieldDifference("name", "a.drv", "b.drv"),)


def test_long_texts_are_cut_around_the_difference() -> None:
    left, right = (derivation(path(digit, "x"), {}, script="a" * 500 + digit + "b" * 500) for digit in "12")
    (found,) = compared({path("1", "x.drv"): left}, {path("2", "x.drv"): right})
    ours, theirs = found.first.shown()
    assert ours.replace("1", "2") == theirs
    assert ours.startswith("…a") and ours.endswith("b…")
    assert len(ours) < 130


def test_graphs_deeper_than_the_stack() -> None:
    def chain(digit: str) -> dict[StorePath, Derivation]:
        names = [StorePath(f"/nix/store/{number:031}{digit}-n{number}") for number in range(1500)]
        whole: dict[StorePath, Derivation] = {}
        for name, below in zip(names, [*names[1:], None], strict=True):
            if below is None:
                whole[StorePath(f"{name}.drv")] = derivation(name, {}, flags=digit)
            else:
                whole[StorePath(f"{name}.drv")] = derivation(name, {StorePath(f"{below}.drv"): ("out",)}, input=below)
        return whole

    (found,) = compared(chain("1"), chain("2"))
    assert len(found.chain) == 1500
    assert found.fields == (FieldDifference("environment.flags", "1", "2"),)
