"""Plans: what is missing, in which order, and what others could provide."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterable, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.build.builders.builder import BuildContext
from lixeval.build.realise import Wanted, plan, realise
from lixeval.errors import BuildError, StoreError
from lixeval.formats import nar
from lixeval.formats.derivation import UNKNOWN, Derivation, Output
from lixeval.formats.hashes import Hash
from lixeval.formats.narinfo import NarInfo
from lixeval.formats.store_path import StorePath
from lixeval.store.path_info import PathInfo
from lixeval.store.verify import verify
from lixeval.substituters.observer import FetchObserver
from tests.support.written import add_derivation

if TYPE_CHECKING:
    from tests.support.workshop import Workshop


@pytest.fixture
def workshop(make_workshop: Callable[..., Workshop]) -> Workshop:
    """These tests build with builtin builders or not at all, so they run everywhere."""
    return make_workshop()


def write(context: BuildContext) -> None:
    """A builder whose outputs refer to all inputs."""
    for name, path in context.outputs.items():
        Path(path).write_text(f"{name} of {context.drv_path}: {' '.join(context.input_closure)}")


BUILDERS = {"write": write}


def graph(workshop: Workshop, edges: dict[str, list[str]]) -> dict[str, StorePath]:
    """Derivations by name, each with the named ones as its inputs; those must come first."""
    drv_paths: dict[str, StorePath] = {}
    for name, needs in edges.items():
        inputs = {drv_paths[need]: ("out",) for need in needs}
        drv_paths[name] = workshop.derivation(name, builder="builtin:write", inputs=inputs)
    return drv_paths


def test_order_and_dependencies(workshop: Workshop) -> None:
    drv = graph(workshop, {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"], "unrelated": []})
    planned = plan(workshop.store, [Wanted(drv["d"])])
    assert set(planned.to_build) == {drv[name] for name in "abcd"}
    for drv_path, needs in planned.dependencies.items():
        assert all(planned.to_build.index(need) < planned.to_build.index(drv_path) for need in needs)
    assert planned.dependencies[drv["d"]] == tuple(sorted([drv["b"], drv["c"]]))
    assert planned.outputs == {drv["d"]: {"out": workshop.out(drv["d"])}}
    assert (planned.already_valid, planned.unknown, planned.to_substitute) == ((), (), ())


def test_only_what_is_missing(workshop: Workshop) -> None:
    drv = graph(workshop, {"a": [], "b": ["a"], "c": ["b"], "d": ["c", "a"]})
    workshop.build(drv["b"], builtin_builders=BUILDERS)
    planned = plan(workshop.store, [Wanted(drv["d"])])
    assert planned.to_build == (drv["c"], drv["d"])
    assert set(planned.already_valid) == {workshop.out(drv["a"]), workshop.out(drv["b"])}
    workshop.build(drv["d"], builtin_builders=BUILDERS)
    complete = plan(workshop.store, [Wanted(drv["d"])])
    assert (complete.to_build, complete.already_valid) == ((), (workshop.out(drv["d"]),))


def test_below_a_valid_output_nothing_matters(workshop: Workshop) -> None:
    """As in Nix, a valid path needs no derivation: what it was built with may be gone."""
    drv = graph(workshop, {"a": [], "b": ["a"]})
    marker = workshop.derivation("plain", builder="builtin:plain", inputs={drv["a"]: ("out",)})

    def plain(context: BuildContext) -> None:
        Path(context.outputs["out"]).write_text("refers to nothing")

    workshop.build(marker, builtin_builders={**BUILDERS, "plain": plain})
    workshop.store.forget(workshop.out(drv["a"]))
    assert plan(workshop.store, [Wanted(marker)]).to_build == ()
    assert plan(workshop.store, [Wanted(drv["b"])]).to_build == (drv["a"], drv["b"])


def test_check_builds_what_is_valid_but_not_its_inputs(workshop: Workshop) -> None:
    drv = graph(workshop, {"a": [], "b": ["a"]})
    workshop.build(drv["b"], builtin_builders=BUILDERS)
    assert plan(workshop.store, [Wanted(drv["b"])], check=True).to_build == (drv["b"],)


def test_deep_and_wide_graphs(workshop: Workshop) -> None:
    rng = random.Random(1)
    names = [f"n{number}" for number in range(60)]
    edges = {name: rng.sample(names[:index], min(index, 4)) for index, name in enumerate(names)}
    with workshop.store.batch():
        drv = graph(workshop, edges)
        chain = graph(workshop, {f"c{n}": [f"c{n - 1}"] if n else [] for n in range(300)})
    planned = plan(workshop.store, [Wanted(path) for path in drv.values()])
    positions = {drv_path: index for index, drv_path in enumerate(planned.to_build)}
    assert len(positions) == 60
    for name, needs in edges.items():
        assert all(positions[drv[need]] < positions[drv[name]] for need in needs)
    assert plan(workshop.store, [Wanted(chain["c299"])]).to_build == tuple(chain.values())


class Shop:
    """A substituter that has some paths, and writes them as a binary cache would."""

    def __init__(self, workshop: Workshop, paths: Sequence[StorePath], broken: bool = False) -> None:
        self.workshop = workshop
        self.paths = set(paths)
        self.broken = broken
        self.asked: list[list[str]] = []

    def available(self, paths: Iterable[StorePath], of_this_machine: Set[StorePath] = frozenset()) -> set[StorePath]:
        self.asked.append(list(paths))
        return self.paths & set(paths)

    def missing(self, paths: Iterable[StorePath]) -> Sequence[NarInfo]:
        return [NarInfo(path=path, url="", nar_hash=Hash("sha256", bytes(32)), nar_size=1) for path in paths]

    def substitute(self, paths: Sequence[StorePath], observer: FetchObserver) -> None:
        if self.broken:
            raise StoreError("the shop is closed")
        for path in paths:
            real = Path(self.workshop.store.real(path))
            real.write_text("from the shop")
            real.chmod(0o444)
            self.workshop.store.register([PathInfo(path, *nar.dump_hash(str(real)))])


def test_what_others_have_is_not_built(workshop: Workshop) -> None:
    drv = graph(workshop, {"a": [], "b": ["a"], "c": ["b"]})
    shop = Shop(workshop, [workshop.out(drv["b"])])
    planned = plan(workshop.store, [Wanted(drv["c"])], substituter=shop)
    assert (planned.to_build, planned.to_substitute) == ((drv["c"],), (workshop.out(drv["b"]),))
    assert shop.asked == [[workshop.out(drv["c"])], [workshop.out(drv["b"])]], "one question a level"
    results = realise(workshop.store, [Wanted(drv["c"])], workshop.settings, None, BUILDERS, shop)
    assert results.built == (drv["c"],)
    assert workshop.read(drv["b"]) == "from the shop"


def test_fallback(workshop: Workshop) -> None:
    drv = graph(workshop, {"a": []})
    shop = Shop(workshop, [workshop.out(drv["a"])], broken=True)
    with pytest.raises(StoreError, match="the shop is closed"):
        realise(workshop.store, [Wanted(drv["a"])], workshop.settings, None, BUILDERS, shop)
    settings = dataclasses.replace(workshop.settings, fallback=True)
    results = realise(workshop.store, [Wanted(drv["a"])], settings, workshop.recorder, BUILDERS, shop)
    assert results.built == (drv["a"],)
    assert workshop.recorder.messages == ["warning: the shop is closed; building instead"]


def test_unbuildable_is_told_before_anything_is_built(workshop: Workshop) -> None:
    """A .drv file that is there but not registered (half a copy of a store, say) counts for nothing."""
    drv = graph(workshop, {"a": [], "b": ["a"]})
    stranger = workshop.store.real(drv["a"])
    text = Path(stranger).read_bytes()
    workshop.store.forget(drv["b"], drv["a"])
    Path(stranger).write_bytes(text)
    with pytest.raises(StoreError, match=f"don't know how to build these paths:\n  {drv['a']}"):
        workshop.build(drv["a"], builtin_builders=BUILDERS)


def test_derivation_without_known_paths(workshop: Workshop) -> None:
    floating = Derivation(
        {"out": Output(UNKNOWN, "r:sha256", "")}, {}, (), "builtin", "builtin:write", (), {"name": "f"}
    )
    drv_path = add_derivation(workshop.store, "floating", floating)
    with pytest.raises(StoreError, match="is not known before it is built"):
        workshop.build(drv_path, builtin_builders=BUILDERS)


def test_many_small_builds(workshop: Workshop) -> None:
    """Many small builds in one go, all registered with the right references."""
    with workshop.store.batch():
        drv = graph(workshop, {f"n{n}": [f"n{n - 7}"] if n >= 7 else [] for n in range(60)})
    results = workshop.build(*drv.values(), builtin_builders=BUILDERS, max_jobs=3)
    assert len(results.built) == 60
    out = workshop.out(drv["n59"])
    assert workshop.store.references(out) == sorted(workshop.out(drv[f"n{n}"]) for n in range(3, 59, 7))
    assert verify(workshop.store, check_contents=True) == []


def test_failure_of_an_input_names_the_input(workshop: Workshop) -> None:
    bad = workshop.derivation("bad", builder="builtin:bad")
    needs = workshop.derivation("needs", builder="builtin:write", inputs={bad: ("out",)})

    def fail(context: BuildContext) -> None:
        raise BuildError("not today")

    with pytest.raises(BuildError, match="not today") as caught:
        workshop.build(needs, builtin_builders={**BUILDERS, "bad": fail})
    assert caught.value.drv_path == bad
