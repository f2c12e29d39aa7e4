"""Lock files of flakes: which tree each input is.

    flake.lock = { version = 7 (or 5, 6), root = KEY, nodes.KEY = Node }
    Node       = { inputs.NAME = KEY | [ NAME… from the root ], locked = attributes, original = attributes,
                   flake = false if only the tree is wanted, parent = [ NAME… ] where `locked` is a relative path }

An input whose `original` is what flake.nix says is taken from the lock file with everything below it.  Any other is
fetched, and locked by what its own flake.nix and flake.lock say; that is kept in memory and never written.
C++: flake/lockfile.cc, `lockFlake`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from lixeval.errors import EvalError
from lixeval.fetchers.flake_inputs import FlakeFile, InputSpec, read_flake
from lixeval.fetchers.flake_registries import looked_up
from lixeval.fetchers.input_urls import Input, checked, url_of
from lixeval.fetchers.trees import Fetched, fetch_input
from lixeval.runtime.operators import canonical_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.environment.services import Services

Way = tuple[str, ...]
"""Names of inputs, each one of the one before; the first is one of the root."""

_MAX_INPUTS = 10_000


@dataclass(slots=True)
class Node:
    """One locked input; `inputs` holds keys of nodes, or ways from the root for those that follow others.

    `is_new` says that it stands in no lock file.
    """

    locked: Input = field(default_factory=dict)
    original: Input = field(default_factory=dict)
    inputs: dict[str, str | Way] = field(default_factory=dict)
    is_flake: bool = True
    parent: Way | None = None
    is_new: bool = False


@dataclass(slots=True)
class Lock:
    """The nodes by their keys."""

    nodes: dict[str, Node]
    root: str

    def at(self, way: Way, start: str | None = None) -> str:
        """The key of the node that a way leads to."""
        key = start or self.root
        rest = list(reversed(way))
        for _ in range(_MAX_INPUTS):
            if not rest:
                return key
            name = rest.pop()
            step = self.nodes[key].inputs.get(name)
            if step is None:
                raise EvalError(f"an input of the flake follows a non-existent input '{'/'.join(way)}'")
            if isinstance(step, str):
                key = step
            else:
                key = self.root
                rest += reversed(step)
        raise EvalError(f"the inputs of a flake follow one another in a circle at '{'/'.join(way)}'")


def parse_lock(text: str, path: str) -> Lock:
    """A flake.lock; EvalError where it is none, whatever else it is."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise EvalError(f"lock file '{path}' is broken: {error}") from None
    except RecursionError:
        raise EvalError(f"lock file '{path}' is broken: it is nested too deep") from None
    try:
        version = _of(document, dict, "the lock file").get("version", 0)
        if _of(version, int, "its 'version'") not in (5, 6, 7):
            hint = "a newer Nix wrote it" if version > 7 else None
            raise EvalError(f"lock file '{path}' has unsupported version {version}", hint=hint)
        root = _of(document.get("root"), str, "its 'root'")
        given = _of(document.get("nodes", {}), dict, "its 'nodes'")
        nodes = {key: _node(key, node, key == root) for key, node in given.items()}
        nodes.setdefault(root, Node())
    except _Broken as error:
        raise EvalError(f"lock file '{path}' is broken: {error}") from None
    for node in nodes.values():
        for step in node.inputs.values():
            if isinstance(step, str) and step not in nodes:
                raise EvalError(f"lock file '{path}' references missing node '{step}'")
            if step == root:
                raise EvalError(f"lock file '{path}' contains cycle to root node")
    return Lock(nodes, root)


class _Broken(Exception):
    """What is not as a lock file has it."""


_KINDS = {dict: "an object", list: "a list", str: "a string", int: "an integer", bool: "a Boolean"}


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _of(value: object, kind: type, what: str) -> Any:
    """`value`, which must be of that kind; `what` names it for the error."""
    if value.__class__ is not kind:
        found = _KINDS.get(value.__class__, "null" if value is None else "a number")
        raise _Broken(f"{what} is {found}, not {_KINDS[kind]}")
    return value


def _node(key: str, node: object, is_root: bool) -> Node:
    what = f"the node '{key}'"
    given = _of(node, dict, what)
    inputs = _of(given.get("inputs", {}), dict, f"the 'inputs' of {what}")
    parent = given.get("parent")
    locked, original = (_attributes(given, name, what, is_root) for name in ("locked", "original"))
    if (
        not is_root
        and not is_relative(locked)
        and locked.get("type") in _LOCKED_BY
        and _LOCKED_BY[locked["type"]] not in locked
    ):
        raise _Broken(
            f"{what} is not locked: {json.dumps(locked, sort_keys=True)} has no '{_LOCKED_BY[str(locked['type'])]}'"
        )
    return Node(
        locked,
        original,
        {
            name: step if isinstance(step, str) else _names(step, f"the input '{name}' of {what}")
            for name, step in inputs.items()
        },
        _of(given.get("flake", True), bool, f"the 'flake' of {what}"),
        None if parent is None else _names(parent, f"the 'parent' of {what}"),
    )


_LOCKED_BY: dict[object, str] = {
    **dict.fromkeys(("path", "tarball", "file"), "narHash"),
    **dict.fromkeys(("git", "github", "gitlab", "sourcehut", "hg"), "rev"),
}
"""The attribute that says which tree an input of each type is."""

_TEXTS = frozenset(("type", "dir", "host", "id", "narHash", "owner", "path", "ref", "repo", "rev", "url"))


def _attributes(node: dict[str, object], name: str, what: str, is_root: bool) -> Input:
    if name not in node:
        if is_root:
            return {}
        raise _Broken(f"{what} has no '{name}'")
    found: Input = {}
    for key, value in _of(node[name], dict, f"the '{name}' of {what}").items():
        if not isinstance(value, (str, bool, int)) or (isinstance(value, int) and not 0 <= value < 1 << 63):
            raise _Broken(f"'{key}' in the '{name}' of {what} is neither a string nor a Boolean nor a natural number")
        found[key] = value if key not in _TEXTS else _of(value, str, f"'{key}' in the '{name}' of {what}")
    return found


def _names(steps: object, what: str) -> Way:
    return tuple(_of(step, str, f"a name in {what}") for step in _of(steps, list, what))


def is_relative(locked: Input) -> bool:
    """Whether an input lies in the tree of the flake that names it."""
    return locked.get("type") == "path" and not str(locked.get("path", "")).startswith("/")


class Locker:
    """The lock of one flake, made of its lock file and of what that lacks, which `added` lists."""

    def __init__(self, services: Services, flake: FlakeFile, directory: str) -> None:
        self.services = services
        self.lock = Lock({"root": Node()}, "root")
        self.added: list[Way] = []
        self._around: list[str] = [canonical_path(directory)]
        old = self._file(directory)
        root = old.root if old is not None else ""
        self._add_inputs(self.lock.root, (), flake.inputs, old, root, {}, directory)

    def _file(self, directory: str) -> Lock | None:
        path = canonical_path(f"{directory}/flake.lock")
        if self.services.files.kind(path) is None:
            return None
        return parse_lock(self.services.files.read(path).decode("utf-8", "replace"), path)

    def _add_inputs(
        self,
        key: str,
        way: Way,
        specs: dict[str, InputSpec],
        old: Lock | None,
        old_key: str,
        overrides: dict[Way, InputSpec],
        directory: str,
    ) -> None:
        """Locks the inputs of the node `key`, which lies at `way`; `old` is the lock file, `old_key` its key."""
        for name, spec in specs.items():
            for inner, override in _overrides(spec, (name,)):
                overrides.setdefault(way + inner, _from_root(override, way))
        for name, written in specs.items():
            here = (*way, name)
            spec = overrides.get(here) or _from_root(written, way)
            if spec.follows is not None:
                self.lock.nodes[key].inputs[name] = spec.follows
                continue
            known = old.nodes[old_key].inputs.get(name) if old is not None else None
            if old is not None and isinstance(known, str) and old.nodes[known].original == spec.reference:
                self.lock.nodes[key].inputs[name] = self._copy(old, known, name)
            else:
                self.lock.nodes[key].inputs[name] = self._fetch(name, here, spec, overrides, directory, way)

    def _key(self, name: str) -> str:
        key, number = name, 1
        while key in self.lock.nodes:
            number += 1
            key = f"{name}_{number}"
        return key

    def _copy(self, old: Lock, old_key: str, name: str) -> str:
        """A node of the lock file with all below it.  Ways in it start from the same root."""
        copied: dict[str, str] = {}
        work = [(old_key, name)]
        while work:
            source, wanted = work.pop()
            if source in copied:
                continue
            key = copied[source] = self._key(wanted)
            node = old.nodes[source]
            self.lock.nodes[key] = Node(node.locked, node.original, dict(node.inputs), node.is_flake, node.parent)
            work += [(step, inner) for inner, step in node.inputs.items() if isinstance(step, str)]
        for key in copied.values():
            inputs = self.lock.nodes[key].inputs
            self.lock.nodes[key].inputs = {
                n: copied[step] if isinstance(step, str) else step for n, step in inputs.items()
            }
        return copied[old_key]

    def _fetch(
        self, name: str, here: Way, spec: InputSpec, overrides: dict[Way, InputSpec], directory: str, parent: Way
    ) -> str:
        assert spec.reference is not None
        if len(self.lock.nodes) > _MAX_INPUTS:
            raise EvalError(f"a flake has more than {_MAX_INPUTS} inputs")
        self.added.append(here)
        key = self._key(name)
        node = self.lock.nodes[key] = Node(spec.reference, spec.reference, {}, spec.is_flake, is_new=True)
        if is_relative(spec.reference):
            node.parent = parent
            inside = f"{directory}/{spec.reference['path']}"
        else:
            tree, node.locked = fetched_reference(self.services, spec.reference)
            inside = tree.path + (f"/{node.locked['dir']}" if node.locked.get("dir") else "")
        if spec.is_flake:
            place = canonical_path(inside)
            if place in self._around:
                raise EvalError(f"found circular import of flake '{url_of(spec.reference)}'")
            self._around.append(place)
            flake = read_flake(self.services, inside, url_of(node.locked))
            old = self._file(inside)
            self._add_inputs(key, here, flake.inputs, old, old.root if old else "", overrides, inside)
            self._around.pop()
        return key


def fetched_reference(services: Services, reference: Input) -> tuple[Fetched, Input]:
    """The tree that a reference stands for now, and the attributes that lock it."""
    if services.settings.pure and "narHash" not in reference:
        raise EvalError(f"in pure evaluation mode, the input '{url_of(reference)}' must be locked")
    direct = looked_up(services, reference)
    bare = {name: value for name, value in direct.items() if name != "dir"}
    tree = fetch_input(services, "fetchTree", checked(bare), "source")
    locked = {**direct, **tree.known, "narHash": tree.nar_hash}
    locked.pop("ref", None)
    return tree, locked


def _overrides(spec: InputSpec, way: Way) -> list[tuple[Way, InputSpec]]:
    """What an input overrides further in, all depths."""
    found: list[tuple[Way, InputSpec]] = []
    for name, inner in spec.overrides.items():
        found.append(((*way, name), inner))
        found += _overrides(inner, (*way, name))
    return found


def _from_root(spec: InputSpec, way: Way) -> InputSpec:
    """A spec that stands in the flake at `way`, with what it follows named from the root."""
    if spec.follows is None or not way:
        return spec
    return InputSpec(spec.reference, spec.is_flake, way + spec.follows, spec.overrides)
