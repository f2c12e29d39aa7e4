"""`getFlake`: a flake by reference, its inputs as its lock file says.

    reference -> tree -> flake.nix and its lock -> outputs (inputs // { self }) -> the flake

A flake is the set of its outputs, of what is known of its tree (`outPath`, `narHash`, `rev` …), and of `inputs`,
`outputs`, `sourceInfo` and `_type`.  Inputs are flakes likewise, each made when it is asked for; one with
`flake = false` is only what is known of its tree.  C++: call-flake.nix.
"""

from __future__ import annotations

from lixeval.errors import EvalError
from lixeval.fetchers.flake_inputs import FlakeFile, read_flake
from lixeval.fetchers.flake_locks import Lock, Locker, is_relative
from lixeval.fetchers.flake_references import reference_attributes
from lixeval.fetchers.flake_registries import looked_up
from lixeval.fetchers.input_urls import Input, checked, url_of
from lixeval.fetchers.trees import fetch_input, locked_input, tree_attributes
from lixeval.formats.store_path import STORE_DIR
from lixeval.runtime.arguments import forced_attrs
from lixeval.runtime.builtin import builtin
from lixeval.runtime.call import call1
from lixeval.runtime.operators import canonical_path
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.thunks import COMPUTE
from lixeval.runtime.values import ContextString, Delayed, Value
from lixeval.system.transport import local_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.environment.services import Services
    from lixeval.runtime.thunks import Cell


def bind(services: Services) -> tuple[Callable[..., Value], ...]:
    """The builtins of this module."""

    @builtin("getFlake", first_forced=True)
    def get_flake(reference: Delayed) -> Value:
        """A flake by its reference: its outputs, inputs and what is known of its tree.  Forces the reference.

        Inputs are those of its flake.lock; what that lacks is fetched, and the file is left as it is.

        >>> builtins.isFunction builtins.getFlake
        true
        """
        text = text_without_context(reference)
        given = reference_attributes(text)
        if services.settings.pure and not ({"narHash", "rev"} & given.keys()):
            raise EvalError(
                f"cannot call 'getFlake' on unlocked flake reference '{text}' (use --impure to override)",
                hint="a 'rev' or 'narHash' locks it",
            )
        direct = looked_up(services, given)
        info = _source_info(services, direct)
        folder = local_folder(direct)
        if folder is not None:
            services.texts.copies[info["outPath"].text] = folder
        directory = _below(info["outPath"].text, direct.get("dir"))
        flake = read_flake(services, directory, url_of(direct))
        return _Flakes(services, flake, info, directory, url_of(direct)).whole()

    return (get_flake,)


def local_folder(given: Input) -> str | None:
    """The user's own folder that a flake is copied from, as far as its files stand there as they are evaluated."""
    if given.get("rev") or given.get("ref"):
        return None
    url = str(given.get("url", ""))
    folder = local_path(url) if given["type"] == "git" and url.startswith("file:") else given.get("path")
    if given["type"] not in ("git", "path") or not isinstance(folder, str) or folder.startswith(STORE_DIR + "/"):
        return None
    return folder.rstrip("/")


def _source_info(services: Services, given: Input) -> dict[str, Value]:
    bare = checked({name: value for name, value in given.items() if name != "dir"})
    return tree_attributes(fetch_input(services, "fetchTree", bare, "source"), bare, fallback=False)


def _locked_info(services: Services, given: Input) -> dict[str, Value]:
    bare = checked({name: value for name, value in given.items() if name != "dir"})
    return tree_attributes(locked_input(services, bare), bare, fallback=False)


def _below(path: str, inner: object) -> str:
    return f"{path}/{inner}" if inner else path


class _Flakes:
    """The flakes of one lock, each a cell made once."""

    def __init__(self, services: Services, root: FlakeFile, info: dict[str, Value], directory: str, shown: str) -> None:
        self.services = services
        locker = Locker(services, root, directory)
        self.lock: Lock = locker.lock
        if locker.added:
            services.say(f"warning: not writing modified lock file of flake '{shown}':")
            for way in locker.added:
                services.say(f"• Added input '{'/'.join(way)}'")
        self._cells: dict[str, Cell] = {}
        self._trees: dict[str, tuple[dict[str, Value], str]] = {self.lock.root: (info, directory)}

    def whole(self) -> Value:
        cell = self._cell(self.lock.root)
        return cell[0](cell)

    def _cell(self, key: str) -> Cell:
        if key not in self._cells:
            self._cells[key] = [COMPUTE, lambda: self._flake(key)]
        return self._cells[key]

    def _tree(self, key: str) -> tuple[dict[str, Value], str]:
        """What is known of a node's tree, and the directory that is the flake."""
        if key not in self._trees:
            locked = self.lock.nodes[key].locked
            if is_relative(locked):
                info, around = self._tree(self.lock.at(self.lock.nodes[key].parent or ()))
                inside = _below(around, locked["path"])
                # C++ Nix does not tidy up the path where it follows a lock file.
                self._trees[key] = info, canonical_path(inside) if self.lock.nodes[key].is_new else inside
            else:
                info = _locked_info(self.services, locked)
                self._trees[key] = info, _below(info["outPath"].text, locked.get("dir"))
        return self._trees[key]

    def _flake(self, key: str) -> Value:
        node = self.lock.nodes[key]
        info, directory = self._tree(key)
        out_path = ContextString(directory, info["outPath"].context)
        if not node.is_flake:
            return {**info, "outPath": out_path}
        inputs: dict[str, Delayed] = {name: self._cell(self._resolved(step)) for name, step in node.inputs.items()}
        flake = read_flake(self.services, directory, url_of(node.locked) if node.locked else directory)
        outputs = forced_attrs(call1(flake.outputs, {**inputs, "self": self._cell(key)}))
        more = {"outPath": out_path, "inputs": inputs, "outputs": outputs, "sourceInfo": info, "_type": "flake"}
        return {**outputs, **info, **more}

    def _resolved(self, step: str | tuple[str, ...]) -> str:
        return step if isinstance(step, str) else self.lock.at(step)
