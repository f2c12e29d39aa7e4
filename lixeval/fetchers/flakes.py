"""A flake by reference, its inputs as its lock file says.

    reference -> tree -> flake.nix and its lock (`locked_flake`) -> outputs (inputs // { self }) -> the flake

A flake is the set of its outputs, of what is known of its tree (`outPath`, `narHash`, `rev` …), and of `inputs`,
`outputs`, `sourceInfo` and `_type`.  Inputs are flakes likewise, each made when it is asked for; one with
`flake = false` is only what is known of its tree.  C++: call-flake.nix.
"""

from __future__ import annotations

import os

from lixeval.fetchers.flake_inputs import FlakeFile, read_flake
from lixeval.fetchers.flake_locking import Locker, LockFlags, Trees, difference, inside, parsed_lock, read_lock
from lixeval.fetchers.flake_locks import Lock, Node, Way, is_relative
from lixeval.fetchers.flake_references import reference_attributes
from lixeval.fetchers.input_urls import Input, checked, url_of
from lixeval.fetchers.trees import Fetched, locked_input, tree_attributes
from lixeval.formats.store_path import STORE_DIR
from lixeval.runtime.arguments import forced_attrs
from lixeval.runtime.call import call1
from lixeval.runtime.thunks import COMPUTE
from lixeval.runtime.values import ContextString, Delayed, Value
from lixeval.system.transport import is_file_url, local_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services
    from lixeval.runtime.thunks import Cell


class LockedFlake:
    """A flake with its lock: `original` as it was asked for, `resolved` as registries have it, `locked` as it is.

    `old` is the lock as it was before, `has_changed` says that the new one could not be written.
    """

    __slots__ = ("file", "has_changed", "lock", "locked", "old", "original", "resolved", "tree")

    def __init__(self, original: Input, resolved: Input, locked: Input, tree: Fetched, file: FlakeFile) -> None:
        self.original = original
        self.resolved = resolved
        self.locked = locked
        self.tree = tree
        self.file = file
        self.old = Lock()
        self.lock = Lock()
        self.has_changed = False


def read_top(services: Services, given: Input, trees: Trees) -> LockedFlake:
    """The flake that a reference stands for, without its lock."""
    tree, resolved, locked = trees.fetched(given)
    folder = local_folder(resolved)
    if folder is not None:
        services.texts.copies[tree.path] = folder
    file = read_flake(services, inside(tree.path, resolved), url_of(resolved))
    return LockedFlake(given, resolved, locked, tree, file)


def locked_flake(services: Services, given: Input, flags: LockFlags) -> LockedFlake:
    """A flake and its lock; what that should be written, and whether it can be, is the caller's concern."""
    trees = Trees(services, flags)
    flake = read_top(services, given, trees)
    if flags.heed is not None:
        flags.heed(flake.file.config)
    if flags.reference_file is not None:
        flake.old = _lock_in(services, flags.reference_file)
    else:
        flake.old = read_lock(services, flake.file.directory)
    flake.lock = Locker(trees, flags).lock(flake.file, flake.old)
    if not flags.write and flake.lock.document() != flake.old.document():
        flake.has_changed = True
        changes = difference(flake.old, flake.lock).rstrip("\n")
        for line in f"warning: not writing modified lock file of flake '{url_of(given)}':\n{changes}".split("\n"):
            services.say(line)
    return flake


def _lock_in(services: Services, path: str) -> Lock:
    """The lock in a file of the machine; an empty one where there is none, as with a flake's own."""
    place = os.path.abspath(path)
    if not services.machine.is_there(place):
        return Lock()
    return parsed_lock(services, services.machine.read(place), path)


def tree_of_reference(services: Services, text: str) -> str:
    """The store path of the tree that a flake reference leads to, for the search path; its `dir` does not matter."""
    return Trees(services, LockFlags(update=False, write=False)).fetched(reference_attributes(text))[0].path


def local_folder(given: Input) -> str | None:
    """The user's own folder that a flake is copied from, as far as its files stand there as they are evaluated."""
    return None if given.get("rev") or given.get("ref") else folder_of(given)


def folder_of(given: Input) -> str | None:
    """The user's own folder that a flake comes from, whichever commit of it is meant."""
    url = str(given.get("url", ""))
    folder = local_path(url) if given["type"] == "git" and is_file_url(url) else given.get("path")
    if given["type"] not in ("git", "path") or not isinstance(folder, str) or folder.startswith(STORE_DIR + "/"):
        return None
    return folder.rstrip("/")


def _locked_info(services: Services, given: Input) -> dict[str, Value]:
    bare = checked({name: value for name, value in given.items() if name != "dir"})
    return tree_attributes(locked_input(services, bare), bare, fallback=False)


def flake_value(services: Services, flake: LockedFlake) -> Value:
    """The flake as evaluation sees it."""
    return _Flakes(services, flake).whole()


class _Flakes:
    """The flakes of one lock, each a cell made once."""

    def __init__(self, services: Services, flake: LockedFlake) -> None:
        self.services = services
        self.lock = flake.lock
        info = tree_attributes(flake.tree, flake.resolved, fallback=False, has_changed=flake.has_changed)
        self._cells: dict[int, Cell] = {}
        self._known: dict[Way, Node] = {}
        self._trees: dict[int, tuple[dict[str, Value], str]] = {id(self.lock.root): (info, flake.file.directory)}

    def whole(self) -> Value:
        cell = self._cell(self.lock.root)
        return cell[0](cell)

    def _cell(self, node: Node) -> Cell:
        if id(node) not in self._cells:
            self._cells[id(node)] = [COMPUTE, lambda: self._flake(node)]
        return self._cells[id(node)]

    def _tree(self, node: Node) -> tuple[dict[str, Value], str]:
        """What is known of a node's tree, and the directory that is the flake."""
        if id(node) not in self._trees:
            if is_relative(node.locked):
                info, around = self._tree(self.lock.at(node.parent or ()))
                directory = inside(f"{around}/{node.locked['path']}", node.locked)
            else:
                info = _locked_info(self.services, node.locked)
                directory = inside(info["outPath"].text, node.locked)
            # C++ Nix does not tidy up the path where it follows a lock file.
            self._trees[id(node)] = info, node.directory or directory
        return self._trees[id(node)]

    def _flake(self, node: Node) -> Value:
        info, directory = self._tree(node)
        out_path = ContextString(directory, info["outPath"].context)
        if not node.is_flake:
            return {**info, "outPath": out_path}
        steps = node.sorted_inputs()
        inputs: dict[str, Delayed] = {name: self._cell(self._resolved(step)) for name, step in steps}
        flake = read_flake(self.services, directory, url_of(node.locked) if node.locked else directory)
        outputs = forced_attrs(call1(flake.outputs, {**inputs, "self": self._cell(node)}))
        more = {"outPath": out_path, "inputs": inputs, "outputs": outputs, "sourceInfo": info, "_type": "flake"}
        return {**outputs, **info, **more}

    def _resolved(self, step: Node | tuple[str, ...]) -> Node:
        return step if isinstance(step, Node) else self.lock.at(step, self._known)
