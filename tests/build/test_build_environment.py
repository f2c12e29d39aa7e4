"""What builders are given, byte for byte what real Nix 2.26 gives them: golden files, recorded by record.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.build.sandbox.isolation import Isolation, trial, why_not
from lixeval.build.structured_attrs import to_json, to_shell
from lixeval.errors import BuildError
from lixeval.formats import derivation as derivations
from lixeval.formats import hashes
from tests.support.written import add_derivation

if TYPE_CHECKING:
    from lixeval.formats.store_path import StorePath
    from tests.support.workshop import Workshop

GOLDEN = Path(__file__).parent / "golden"


def add_golden(workshop: Workshop, name: str) -> StorePath:
    """Put a recorded derivation and all that it needs into the store; its path must come out as real Nix's did."""
    drv = derivations.parse((GOLDEN / f"{name}.drv").read_bytes())
    if any(path.endswith("-source") for path in drv.input_sources):
        assert workshop.store.add_text("source", "text") in drv.input_sources
    for needed in [*drv.input_derivations, *(path for path in drv.input_sources if path.endswith(".drv"))]:
        assert add_golden(workshop, needed.partition("-")[2].removesuffix(".drv")) == needed
    return add_derivation(workshop.store, name, drv)


@pytest.mark.parametrize("name", ["environment", "graph"])
def test_output_is_what_nix_builds(workshop: Workshop, name: str) -> None:
    drv_path = add_golden(workshop, name)
    workshop.build(drv_path)
    assert workshop.read(drv_path) == (GOLDEN / name / "out").read_text()


def test_environment_in_every_sandbox(isolated_workshop: Workshop) -> None:
    drv_path = add_golden(isolated_workshop, "environment")
    isolated_workshop.build(drv_path)
    got, expected = isolated_workshop.read(drv_path), (GOLDEN / "environment/out").read_text()
    assert sorted(got.splitlines()) == sorted(expected.splitlines())


def test_fixed_output_sees_impure_variables_of_the_caller(workshop: Workshop) -> None:
    drv_path = add_golden(workshop, "fixed")
    workshop.build(drv_path, inherited={"LIXEVAL_IMPURE": "of the caller", "PATH": "/not/given"})
    assert workshop.recorder.lines == (GOLDEN / "fixed/log").read_text().splitlines()
    declared = hashes.parse("0c3071418e6356e614898c84ed064ca95e88551bc0811b534bdf1952ecdae534", "sha256")
    assert workshop.store.info(workshop.out(drv_path)).ca == f"fixed:{declared.prefixed_nix32}"


def test_structured_attributes(workshop: Workshop) -> None:
    drv_path = add_golden(workshop, "structured")
    workshop.build(drv_path)
    assert workshop.read(drv_path, "out") == (GOLDEN / "structured/out").read_text()
    assert workshop.read(drv_path, "dev") == (GOLDEN / "structured/dev").read_text()


def test_surroundings(workshop: Workshop) -> None:
    """Who the builder is and what it sees; the tools' own directories and kvm depend on the machine."""
    if (reason := why_not(Isolation.NAMESPACES)) is not None:
        pytest.skip(f"only namespaces of our own are exactly like Nix's: {reason}")
    if trial(Isolation.NAMESPACES).foreign_proc:
        pytest.skip("this container lets nobody mount a /proc or set a host name")
    drv_path = add_golden(workshop, "surroundings")
    workshop.build(drv_path)
    depends = {"kvm", "lib64", "lib", "usr", "bin"}
    got = [line for line in workshop.read(drv_path).splitlines() if line not in depends]
    expected = [line for line in (GOLDEN / "surroundings/out").read_text().splitlines() if line not in depends]
    assert got == expected


def test_plain_graph_refuses_what_is_no_input(workshop: Workshop) -> None:
    stranger = workshop.store.add_text("stranger", "x")
    drv_path = workshop.derivation("graph", "echo > $out", environment={"exportReferencesGraph": f"g {stranger}"})
    with pytest.raises(BuildError, match=f"cannot export references of path '{stranger}' because it is not in the"):
        workshop.build(drv_path)


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("only-one", "odd number of tokens in 'exportReferencesGraph': 'only-one'"),
        ("a/b /nix/store/x", "invalid file name 'a/b' in 'exportReferencesGraph'"),
        ("name /etc/passwd", "'exportReferencesGraph' contains a non-store path '/etc/passwd'"),
    ],
)
def test_senseless_graphs(workshop: Workshop, attribute: str, message: str) -> None:
    drv_path = workshop.derivation("graph", "echo > $out", environment={"exportReferencesGraph": attribute})
    with pytest.raises(BuildError, match="^" + message):
        workshop.build(drv_path)


def test_shell_skips_what_bash_cannot_hold() -> None:
    attributes = {"a b": 1, "x": 1.5, "l": [1, {}], "m": {"k": []}, "ok": [], "e": {}, "half": 0.5, "neg": -2.0}
    assert to_shell(attributes) == "declare -A e=()\ndeclare neg=-2\ndeclare -a ok=()\n"


def test_json_is_compact_sorted_and_unescaped() -> None:
    assert to_json({"b": "ä\u0001\n/", "a": [1, 2.0, None]}) == '{"a":[1,2.0,null],"b":"ä\\u0001\\n/"}'
