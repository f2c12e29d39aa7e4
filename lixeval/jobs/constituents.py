"""Aggregates, as Hydra has them: derivations that stand for several others, which they may name by their attributes.

    { _hydraAggregate = true; constituents = [ drv "name-of-another-attribute" … ]; }

Names are known when everything is evaluated; then an aggregate gets those that it names as inputs, which makes it
another derivation.  C++: nix-eval-jobs' constituents.cc.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from lixeval.errors import EvalError, StoreError
from lixeval.formats import derivation as derivations
from lixeval.formats.derivation import UNKNOWN, Derivation, Output
from lixeval.formats.store_path import StorePath
from lixeval.runtime.faults import expected
from lixeval.runtime.strings import interpolate
from lixeval.runtime.thunks import force
from lixeval.runtime.values import ContextString
from lixeval.system.graphs import dependencies_first

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lixeval.runtime.values import Delayed
    from lixeval.store.local import LocalStore

    Record = dict[str, object]


def constituents_of(value: Mapping[str, Delayed], copy_to_store: Callable[[str], str]) -> dict[str, object]:
    """The fields of an attribute's record; empty lists for what is no aggregate."""
    if "_hydraAggregate" not in value or not _flag(value["_hydraAggregate"]):
        return {"constituents": [], "namedConstituents": [], "globConstituents": False}
    if "constituents" not in value:
        raise EvalError("derivation must have a 'constituents' attribute")
    listed = force(value["constituents"])
    if listed.__class__ is not tuple:
        raise expected("a list", listed)
    drv_paths: list[StorePath] = []
    names: list[str] = []
    for one in listed:
        member = force(one)
        if member.__class__ is str:
            names.append(member)
        elif member.__class__ is ContextString:
            names.append(member.text)
        whole = interpolate(member, copy_to_store)
        context = whole.context if whole.__class__ is ContextString else ()
        drv_paths += [StorePath(element.split("!", 2)[2]) for element in context if element.startswith("!")]
    globs = "_hydraGlobConstituents" in value and _flag(value["_hydraGlobConstituents"])
    return {
        "constituents": sorted(set(drv_paths)),
        "namedConstituents": names,
        "globConstituents": globs,
    }


def _flag(value: Delayed) -> bool:
    flag = force(value)
    if flag.__class__ is not bool:
        raise expected("a Boolean", flag)
    return flag


def resolved(records: Mapping[str, Record], store: LocalStore) -> list[Record]:
    """The records of those that name others, made anew; with an `error` where one that is named cannot be."""
    members: dict[str, list[str]] = {}
    broken: dict[str, dict[str, str]] = {}
    for attr, record in records.items():
        if record.get("namedConstituents"):
            members[attr], broken[attr] = _named(attr, record, records)
    edges = [(attr, other) for attr, others in members.items() for other in others if other in members]
    try:
        order = dependencies_first(members, edges)
    except StoreError:
        for attr in members:
            records[attr]["error"] = "Dependency cycle between aggregates: " + ", ".join(sorted(members))
        return [records[attr] for attr in sorted(members)]
    for attr in order:
        record = records[attr]
        if broken[attr]:
            record["error"] = "".join(f"{name}: {reason}\n" for name, reason in broken[attr].items())
        else:
            _rewrite(record, [records[name] for name in members[attr]], store)
        record.pop("namedConstituents", None)
    return [records[attr] for attr in order]


def _named(attr: str, record: Record, records: Mapping[str, Record]) -> tuple[list[str], dict[str, str]]:
    """The attributes that an aggregate names, and why some cannot be."""
    found: list[str] = []
    broken: dict[str, str] = {}
    for name in record["namedConstituents"]:  # type: ignore[attr-defined]
        if name in records:
            matches = [name]
        elif record.get("globConstituents"):
            matches = [other for other in records if other != attr and fnmatchcase(other, name)]
            if not matches:
                broken[name] = "constituent glob pattern had no matches"
        else:
            matches = []
            broken[name] = "does not exist"
        for match in matches:
            if "error" in records[match]:
                broken[match] = str(records[match]["error"])
            else:
                found.append(match)
    return sorted(set(found)), broken


def _rewrite(record: Record, members: list[Record], store: LocalStore) -> None:
    """Gives an aggregate the derivations of others as inputs."""
    drv_path = StorePath(str(record["drvPath"]))
    old = store.read_derivation(drv_path)
    inputs = dict(old.input_derivations)
    paths = list(record["constituents"])  # type: ignore[call-overload]
    for member in members:
        member_path = StorePath(str(member["drvPath"]))
        first = min(store.read_derivation(member_path).outputs)
        inputs[member_path] = tuple(sorted({*inputs.get(member_path, ()), first}))
        paths.append(member_path)
    outputs = {name: Output(UNKNOWN, output.hash_algorithm, output.hash) for name, output in old.outputs.items()}
    environment = {name: ("" if name in outputs else text) for name, text in old.environment.items()}
    blank = Derivation(outputs, inputs, old.input_sources, old.platform, old.builder, old.arguments, environment)
    name = drv_path.rpartition("/")[2][33:].removesuffix(".drv")
    completed = derivations.complete(name, blank, store.modulo_hash)
    store.add_completed(completed)
    record["constituents"] = paths
    record["drvPath"] = completed.drv_path
    record["outputs"] = {name: output.path for name, output in completed.derivation.outputs.items()}
