"""Lock files of flakes: which tree each input is.

    flake.lock = { version = 7 (or 5, 6), root = KEY, nodes.KEY = Node }
    Node       = { inputs.NAME = KEY | [ NAME… from the root ], locked = attributes, original = attributes,
                   flake = false if only the tree is wanted, parent = [ NAME… ] where `locked` is a relative path }

`parse_lock` reads one, `Lock.text` writes one to the byte as Nix does; what is between is in `flake_locking`.
C++: flake/lockfile.cc.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from lixeval.errors import EvalError
from lixeval.fetchers.input_urls import Input, nar_hash_of, revision_of
from lixeval.formats.json_reading import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

Way = tuple[str, ...]
"""Names of inputs, each one of the one before; the first is one of the root."""

MAX_INPUTS = 10_000


@dataclass(slots=True, eq=False)
class Node:
    """One locked input; `inputs` holds nodes, or ways from the root for those that follow others.

    `directory` is where its flake is in the store, for one that was looked at while locking.
    """

    locked: Input = field(default_factory=dict)
    original: Input = field(default_factory=dict)
    inputs: dict[str, Node | Way] = field(default_factory=dict)
    is_flake: bool = True
    parent: Way | None = None
    directory: str | None = None

    def sorted_inputs(self) -> list[tuple[str, Node | Way]]:
        """The inputs in the order of their names."""
        return sorted(self.inputs.items(), key=lambda one: one[0].encode("utf-8", "surrogateescape"))


@dataclass(slots=True)
class Lock:
    """A graph of nodes, known by its root."""

    root: Node = field(default_factory=Node)

    def find(self, way: Way, known: dict[Way, Node] | None = None) -> Node | None:
        """The node that a way leads to.

        Who asks for many ways, and changes nothing meanwhile, has what was found `known`: of inputs that follow one
        another in a chain each is gone through once.
        """
        node = None if known is None else self._find_linear(way, known)
        return self._find(way, {}) if node is None else node

    def _find(self, way: Way, visited: dict[Way, None]) -> Node | None:
        if way in visited:
            before = list(visited)
            shown = " -> ".join("/".join(one) for one in [*before[before.index(way) :], way])
            raise EvalError(f"follow cycle detected: [{shown}]")
        visited[way] = None
        node: Node | None = self.root
        for name in way:
            step = node.inputs.get(name) if node is not None else None
            if step is None:
                return None
            node = step if isinstance(step, Node) else self._find(step, visited)
        return node

    def _find_linear(self, way: Way, known: dict[Way, Node]) -> Node | None:
        """What `find` finds, remembered in `known`, where no way has two inputs that follow others; else None.

        Of two in one way C++ Nix may say that they are a cycle, by what both of them lead through.
        """
        begun: dict[Way, int] = {}
        while way not in known:
            if way in begun:
                return None
            node, following = self._along(self.root, way, 0)
            if following is None:
                if node is None:
                    return None
                known[way] = node
                break
            at, step = following
            begun[way] = at
            way = step
        node = known[way]
        for other, at in reversed(begun.items()):
            node, following = self._along(node, other, at + 1)
            if node is None or following is not None:
                return None
            known[other] = node
        return node

    def _along(self, node: Node, way: Way, start: int) -> tuple[Node | None, tuple[int, Way] | None]:
        """Where a way leads from a node and its step at `start` on; with the first step that follows another way."""
        for number in range(start, len(way)):
            step = node.inputs.get(way[number])
            if step is None:
                return None, None
            if not isinstance(step, Node):
                return None, (number, step)
            node = step
        return node, None

    def at(self, way: Way, known: dict[Way, Node] | None = None) -> Node:
        """The node that a way leads to, as `find` finds it; EvalError where there is none."""
        node = self.find(way, known)
        if node is None:
            raise EvalError(f"an input of the flake follows a non-existent input '{'/'.join(way)}'")
        return node

    def all_inputs(self) -> Iterator[tuple[Way, Node | Way]]:
        """Every input with its way, what follows others as the way that it follows; shared nodes are gone into once.

        The ways of a chain are as long together as its length squared: who keeps few of them needs little memory.
        """
        done: set[int] = set()
        work: list[tuple[Way, Node]] = [((), self.root)]
        while work:
            way, node = work.pop()
            if id(node) in done:
                continue
            done.add(id(node))
            below: list[tuple[Way, Node]] = []
            for name, step in node.sorted_inputs():
                yield (*way, name), step
                if isinstance(step, Node):
                    below.append(((*way, name), step))
            work += reversed(below)

    def check(self) -> None:
        """EvalError where an input follows what is not there."""
        following = ((way, step) for way, step in self.all_inputs() if isinstance(step, tuple) and step)
        known: dict[Way, Node] = {}
        for way, step in sorted(following):
            if self.find(step, known) is None:
                raise EvalError(f"input '{'/'.join(way)}' follows a non-existent input '{'/'.join(step)}'")

    def unlocked(self, *, dirty: bool) -> Input | None:
        """What an input is locked to that does not say which tree it is; `dirty` says that its NAR hash will do."""
        found = (
            (way, step.locked)
            for way, step in self.all_inputs()
            if isinstance(step, Node) and not is_relative(step.locked) and not is_locked(step.locked, dirty=dirty)
        )
        first = min(found, key=lambda one: one[0], default=None)
        return None if first is None else first[1]

    def document(self) -> dict[str, Any]:
        """What is written, as plain data."""
        nodes: dict[str, dict[str, object]] = {}
        return {"nodes": nodes, "root": self._dump("root", self.root, nodes, {}, {}), "version": 7}

    def _dump(
        self,
        name: str,
        node: Node,
        nodes: dict[str, dict[str, object]],
        keys: dict[int, str],
        numbers: dict[str, int],
    ) -> str:
        """Adds a node and those below it, each under its input's name, numbered where that is taken; the key.

        `numbers` says of a name how far it is taken.
        """
        if id(node) in keys:
            return keys[id(node)]
        key, number = name, numbers.get(name, 1)
        while key in nodes:
            number += 1
            key = f"{name}_{number}"
        numbers[name] = number
        keys[id(node)] = key
        found: dict[str, object] = {}
        nodes[key] = found
        if node.inputs:
            inputs: dict[str, object] = {}
            for inner, step in node.sorted_inputs():
                inputs[inner] = self._dump(inner, step, nodes, keys, numbers) if isinstance(step, Node) else list(step)
            found["inputs"] = inputs
        if node is not self.root:
            found["original"] = node.original
            found["locked"] = node.locked
            if not node.is_flake:
                found["flake"] = False
            if node.parent is not None:
                found["parent"] = list(node.parent)
        return key

    def text(self) -> str:
        """The lock file."""
        return json.dumps(self.document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def parse_lock(text: str, path: str, *, dirty: bool = False) -> Lock:
    """A flake.lock; EvalError where it is none, whatever else it is.  `dirty` as for `is_locked`."""
    try:
        document = parse_json(text)
    except EvalError as error:
        raise EvalError(f"lock file '{path}' is broken: {error.message}") from None
    try:
        version = _of(document, dict, "the lock file").get("version", 0)
        if _of(version, int, "its 'version'") not in (5, 6, 7):
            hint = "a newer Nix wrote it" if version > 7 else None
            raise EvalError(f"lock file '{path}' has unsupported version {version}", hint=hint)
        root = _of(document.get("root"), str, "its 'root'")
        given = _of(document.get("nodes", {}), dict, "its 'nodes'")
        if len(given) > MAX_INPUTS + 1:
            raise _Broken(f"it has more than {MAX_INPUTS} inputs")
        nodes = {key: _node(key, node, key == root, dirty) for key, node in given.items()}
        nodes.setdefault(root, Node())
        steps = {key: _steps(key, given.get(key, {})) for key in nodes}
    except _Broken as error:
        raise EvalError(f"lock file '{path}' is broken: {error}") from None
    for key, node in nodes.items():
        for name, step in steps[key].items():
            if isinstance(step, str) and step not in nodes:
                raise EvalError(f"lock file '{path}' references missing node '{step}'")
            if step == root:
                raise EvalError(f"lock file '{path}' contains cycle to root node")
            node.inputs[name] = nodes[step] if isinstance(step, str) else step
    return Lock(nodes[root])


class _Broken(Exception):
    """What is not as a lock file has it."""


_KINDS = {dict: "an object", tuple: "a list", str: "a string", int: "an integer", bool: "a Boolean"}


def _of(value: object, kind: type, what: str) -> Any:
    """`value`, which must be of that kind; `what` names it for the error."""
    if value.__class__ is not kind:
        found = _KINDS.get(value.__class__, "null" if value is None else "a number")
        raise _Broken(f"{what} is {found}, not {_KINDS[kind]}")
    return value


def _node(key: str, node: object, is_root: bool, dirty: bool) -> Node:
    what = f"the node '{key}'"
    given = _of(node, dict, what)
    parent = given.get("parent")
    locked, original = (_attributes(given, name, what, is_root) for name in ("locked", "original"))
    if (
        not is_root
        and not is_relative(locked)
        and locked.get("type") in _LOCKED_BY
        and _LOCKED_BY[locked["type"]] not in locked
        and not (dirty and "narHash" in locked)
    ):
        missing = f"has no '{_LOCKED_BY[locked['type']]}'"
        if "narHash" in locked:
            missing += ": --allow-dirty-locks takes its NAR hash instead"
        raise _Broken(f"{what} is not locked: {json.dumps(locked, sort_keys=True)} {missing}")
    try:
        check_hashes(locked)
    except EvalError as error:
        raise _Broken(f"{what} is not locked: {error.message}") from None
    return Node(
        locked,
        original,
        {},
        _of(given.get("flake", True), bool, f"the 'flake' of {what}"),
        None if parent is None else _names(parent, f"the 'parent' of {what}"),
    )


def _steps(key: str, node: dict[str, object]) -> dict[str, str | Way]:
    """The inputs of a node: keys, or ways from the root."""
    inputs = _of(node.get("inputs", {}), dict, f"the 'inputs' of the node '{key}'")
    return {
        name: step if isinstance(step, str) else _names(step, f"the input '{name}' of the node '{key}'")
        for name, step in inputs.items()
    }


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
    return tuple(_of(step, str, f"a name in {what}") for step in _of(steps, tuple, what))


def is_relative(locked: Input) -> bool:
    """Whether an input lies in the tree of the flake that names it."""
    return locked.get("type") == "path" and not str(locked.get("path", "")).startswith("/")


def check_hashes(locked: Input) -> None:
    """EvalError unless what says which tree an input is can be read, also where nobody fetches the tree."""
    if "narHash" in locked and _LOCKED_BY.get(locked.get("type")) == "narHash":
        nar_hash_of(locked)
    if "rev" in locked:
        revision_of(locked)


def is_locked(locked: Input, *, dirty: bool = False) -> bool:
    """Whether attributes say which tree an input is: by their type's own, or, if `dirty`, by a NAR hash."""
    if dirty and "narHash" in locked:
        return True
    needed = _LOCKED_BY.get(locked.get("type"))
    return needed is not None and needed in locked and locked[needed] != "0" * 40
