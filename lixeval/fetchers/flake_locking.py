"""From a flake's inputs and its old lock to a new lock.

An input whose `original` is what flake.nix says is taken from the old lock with everything below it; its own flake.nix
is looked at only where the lock may lack something.  Any other is fetched, and locked by what its own flake.nix and
flake.lock say.  C++: `lockFlake` in flake/flake.cc.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from time import gmtime, strftime

from lixeval.errors import EvalError
from lixeval.fetchers.flake_inputs import FlakeFile, InputSpec, placed, read_flake
from lixeval.fetchers.flake_locks import MAX_INPUTS, Lock, Node, Way, check_hashes, is_locked, is_relative, parse_lock
from lixeval.fetchers.flake_registries import looked_up
from lixeval.fetchers.input_urls import Input, checked, url_of
from lixeval.fetchers.trees import Fetched, fetch_input
from lixeval.runtime.operators import canonical_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lixeval.environment.services import Services


@dataclass(slots=True)
class LockFlags:
    """How a lock file is made and what becomes of it.

    `overrides` go before what flake.nix says, `updates` are locked anew, `registry` has entries that go before those
    of all registries.  Unlocked inputs are fetched unless `allow_unlocked` is False.  `heed` takes the flake's
    nixConfig before anything is locked.
    """

    overrides: dict[Way, Input] = field(default_factory=dict)
    updates: set[Way] = field(default_factory=set)
    registry: list[tuple[Input, Input, bool]] = field(default_factory=list)
    recreate: bool = False
    update: bool = True
    write: bool = True
    commit: bool = False
    use_registries: bool = True
    allow_unlocked: bool = True
    fail_on_unlocked: bool = False
    reference_file: str | None = None
    output_file: str | None = None
    heed: Callable[[dict[str, str]], None] | None = None


class _Override:
    """What an input is to be instead, and whose saying that is: `directory` and `parent` are the speaker's."""

    __slots__ = ("directory", "parent", "spec")

    def __init__(self, spec: InputSpec, directory: str, parent: Way | None) -> None:
        self.spec = spec
        self.directory = directory
        self.parent = parent


class Trees:
    """The trees fetched while one flake is locked, each once."""

    def __init__(self, services: Services, flags: LockFlags) -> None:
        self.services = services
        self.flags = flags
        self._known: dict[str, tuple[Fetched, Input, Input]] = {}

    def fetched(self, reference: Input) -> tuple[Fetched, Input, Input]:
        """The tree that a reference stands for now, what it was looked up as, and the attributes that lock it."""
        key = repr(sorted(reference.items()))
        if key not in self._known:
            if reference["type"] == "indirect" and not self.flags.use_registries:
                raise EvalError(
                    f"'{url_of(reference)}' is an indirect flake reference, but registry lookups are not allowed"
                )
            resolved = looked_up(self.services, reference, self.flags.registry)
            bare = {name: value for name, value in resolved.items() if name != "dir"}
            tree = fetch_input(self.services, "fetchTree", checked(bare), "source", unlocked=True)
            locked = {**tree.known, "narHash": tree.nar_hash}
            if resolved.get("dir"):
                locked["dir"] = resolved["dir"]
            if resolved["type"] not in ("git", "hg"):
                locked.pop("ref", None)
            self._known[key] = tree, resolved, locked
        return self._known[key]

    def flake(self, reference: Input, way: Way) -> tuple[FlakeFile, Input]:
        """The flake.nix of what a reference stands for, and the attributes that lock it."""
        tree, resolved, locked = self.fetched(reference)
        return read_flake(self.services, inside(tree.path, resolved), url_of(resolved), way), locked


def inside(path: str, reference: Input) -> str:
    """The directory in a tree that a reference means; as in Nix its `..` end at the top of the tree."""
    directory = str(reference.get("dir") or "")
    if ".." in directory.split("/"):
        return f"{path}{canonical_path(f'/{directory}')}".rstrip("/")
    return f"{path}/{directory}" if directory else path


def read_lock(services: Services, directory: str) -> Lock:
    """The flake.lock in a directory of the store; an empty one where there is none."""
    path = canonical_path(f"{directory}/flake.lock")
    kind = services.files.kind(path)
    if kind is None:
        return Lock()
    if kind == "symlink":
        raise EvalError(f"path '{path}' is a symlink", hint="a lock file is a file: remove the link")
    shown = path
    for copy, folder in services.texts.copies.items():
        if path.startswith(copy + "/"):
            shown = folder + path.removeprefix(copy)
    return parsed_lock(services, services.files.read(path), shown)


def parsed_lock(services: Services, data: bytes, shown: str) -> Lock:
    """What a lock file says; `shown` is its path in errors."""
    return parse_lock(data.decode("utf-8", "replace"), shown, dirty=services.settings.allow_dirty_locks)


class Locker:
    """Makes the new lock of one flake; `lock` is called once."""

    def __init__(self, trees: Trees, flags: LockFlags) -> None:
        self._trees = trees
        self._services = trees.services
        self._flags = flags
        self._overrides: dict[Way, _Override] = {}
        self._used: set[Way] = set()
        self._unseen = set(flags.updates)
        self._around: list[Input] = []
        self._count = 0

    def lock(self, flake: FlakeFile, old: Lock) -> Lock:
        """The new lock of a flake."""
        flags = self._flags
        for way, reference in flags.overrides.items():
            self._overrides[way] = _Override(InputSpec(reference), flake.directory, None)
        new = Lock(Node(directory=flake.directory))
        old_root = None if flags.recreate else old.root
        self._add(flake.inputs, new.root, (), old_root, (), flake.directory, trusts_lock=False)
        for way, reference in sorted(flags.overrides.items()):
            if way not in self._used:
                self._warn(f"the flag '--override-input {_shown(way)} {url_of(reference)}' does not match any input")
        for way in sorted(self._unseen):
            self._warn(f"'{_shown(way)}' does not match any input of this flake")
        new.check()
        return new

    def _warn(self, text: str) -> None:
        self._services.say(f"warning: {text}")

    def _add(
        self,
        specs: dict[str, InputSpec],
        node: Node,
        way: Way,
        old: Node | None,
        follows_prefix: Way,
        directory: str,
        *,
        trusts_lock: bool,
    ) -> None:
        """Locks the inputs of `node`, which lies at `way`; `old` is where locks are copied from.

        What `old` follows is named from `follows_prefix`.
        """
        for name, spec in sorted(specs.items()):
            for inner, override in sorted(spec.overrides.items()):
                self._overrides.setdefault((*way, name, inner), _Override(override, directory, way))
        for overridden in sorted(self._overrides):
            if overridden[:-1] == way and overridden[-1] not in specs:
                name = overridden[-1]
                self._warn(f"input '{_shown(way)}' has an override for a non-existent input '{name}'")
        for name, spec in sorted(specs.items()):
            self._add_input(name, spec, node, (*way, name), old, follows_prefix, directory, trusts_lock)

    def _add_input(
        self,
        name: str,
        written: InputSpec,
        node: Node,
        way: Way,
        old: Node | None,
        follows_prefix: Way,
        directory: str,
        trusts_lock: bool,
    ) -> None:
        override = self._overrides.get(way)
        spec = written
        if override is not None:
            self._used.add(way)
            spec = InputSpec(override.spec.reference, written.is_flake, override.spec.follows, override.spec.overrides)
        if spec.follows is not None:
            node.inputs[name] = spec.follows
            return
        self._count += 1
        if self._count > MAX_INPUTS:
            raise EvalError(f"a flake has more than {MAX_INPUTS} inputs")
        assert spec.reference is not None
        parent: Way | None = None
        if is_relative(spec.reference):
            parent = way[:-1] if override is None else override.parent
        around = directory if override is None else override.directory
        self._unseen.discard(way)
        known = old.inputs.get(name) if old is not None and way not in self._flags.updates else None
        old_lock = known if isinstance(known, Node) else None
        if (
            old_lock is not None
            and old_lock.original == spec.reference
            and old_lock.parent == parent
            and way not in self._flags.overrides
        ):
            self._keep(name, node, way, old_lock, spec, follows_prefix, directory, around, trusts_lock)
        else:
            self._lock_anew(name, written, node, way, old_lock, spec, follows_prefix, around, parent)

    def _keep(
        self,
        name: str,
        node: Node,
        way: Way,
        old: Node,
        spec: InputSpec,
        follows_prefix: Way,
        directory: str,
        around: str,
        trusts_lock: bool,
    ) -> None:
        """Copies an input from the old lock; what is below it too, unless something there is to change."""
        child = Node(old.locked, old.original, {}, old.is_flake, old.parent)
        node.inputs[name] = child
        below = any(len(update) > len(way) and update[: len(way)] == way for update in self._flags.updates)
        specs = None if below else self._locked_specs(way, old, follows_prefix, trusts_lock)
        if specs is not None:
            self._add(specs, child, way, old, follows_prefix, directory, trusts_lock=True)
            return
        flake, _ = self._flake(old.locked, spec, way, around)
        child.directory = flake.directory
        self._add(flake.inputs, child, way, old, follows_prefix, flake.directory, trusts_lock=False)

    def _locked_specs(self, way: Way, old: Node, follows_prefix: Way, trusts_lock: bool) -> dict[str, InputSpec] | None:
        """The inputs of a flake as the old lock has them; None if an override that it tells of is there no more."""
        specs: dict[str, InputSpec] = {}
        for name, step in sorted(old.inputs.items()):
            if isinstance(step, Node):
                specs[name] = InputSpec(step.original, step.is_flake)
            elif not trusts_lock and (*way, name) not in self._overrides:
                return None
            else:
                specs[name] = InputSpec(follows=follows_prefix + step)
        return specs

    @contextlib.contextmanager
    def _blaming(self, written: InputSpec) -> Iterator[None]:
        """What cannot be had of an input is a matter of the line that asks for it."""
        try:
            yield
        except EvalError as error:
            raise placed(self._services, written.place, error) from None

    def _flake(self, reference: Input, spec: InputSpec, way: Way, around: str) -> tuple[FlakeFile, Input]:
        assert spec.reference is not None
        if is_relative(spec.reference):
            place = canonical_path(f"{around}/{spec.reference['path']}")
            return read_flake(self._services, inside(place, reference), url_of(reference), way), reference
        return self._trees.flake(reference, way)

    def _lock_anew(
        self,
        name: str,
        written: InputSpec,
        node: Node,
        way: Way,
        old: Node | None,
        spec: InputSpec,
        follows_prefix: Way,
        around: str,
        parent: Way | None,
    ) -> None:
        """Fetches an input, and locks what is below it."""
        reference = spec.reference
        assert reference is not None
        if not self._flags.allow_unlocked and not is_locked(reference) and not is_relative(reference):
            raise EvalError(f"cannot update unlocked flake input '{_shown(way)}' in pure mode")
        with self._blaming(written):
            check_hashes(reference)
        # An override is sticky: it stays while flake.nix says what it said.
        original = written.reference if written.reference and way in self._flags.overrides else reference
        child = Node({}, original, {}, spec.is_flake, parent)
        if not spec.is_flake:
            if is_relative(reference):
                child.locked = reference
                child.directory = canonical_path(f"{around}/{reference['path']}")
            else:
                with self._blaming(written):
                    tree, _, child.locked = self._trees.fetched(reference)
                child.directory = tree.path
            node.inputs[name] = child
            return
        with self._blaming(written):
            flake, child.locked = self._flake(reference, spec, way, around)
        child.directory = flake.directory
        node.inputs[name] = child
        if reference in self._around:
            raise EvalError(f"found circular import of flake '{url_of(reference)}'")
        self._around.append(reference)
        source = old if old is not None else read_lock(self._services, flake.directory).root
        prefix = follows_prefix if old is not None else way
        self._add(flake.inputs, child, way, source, prefix, flake.directory, trusts_lock=False)
        self._around.pop()


def _shown(way: Way) -> str:
    return "/".join(way)


# What has changed

_MOST_CHANGES = 1000


def difference(old: Lock, new: Lock) -> str:
    """The inputs that were added, removed and updated, in Nix's words; of many the first."""
    before, after = dict(old.all_inputs()), dict(new.all_inputs())
    lines: list[str] = []
    for way in sorted({*before, *after}):
        if way not in before:
            lines.append(f"• Added input '{_shown(way)}':\n    {_described(after[way])}\n")
        elif way not in after:
            lines.append(f"• Removed input '{_shown(way)}'\n")
        elif not _same(before[way], after[way]):
            lines.append(
                f"• Updated input '{_shown(way)}':\n    {_described(before[way])}\n  → {_described(after[way])}\n"
            )
    if len(lines) > _MOST_CHANGES:
        lines[_MOST_CHANGES:] = [f"… and {len(lines) - _MOST_CHANGES} more\n"]
    return "".join(lines)


def _same(one: Node | Way, other: Node | Way) -> bool:
    if isinstance(one, Node) and isinstance(other, Node):
        return one.locked == other.locked
    return one == other


def _described(step: Node | Way) -> str:
    if not isinstance(step, Node):
        return f"follows '{_shown(step)}'"
    text = f"'{url_of(step.locked)}'"
    if "lastModified" in step.locked:
        text += f" ({strftime('%Y-%m-%d', gmtime(int(step.locked['lastModified'])))})"
    return text
