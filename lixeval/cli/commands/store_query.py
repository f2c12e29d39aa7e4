"""`lixeval store query` and `lixeval store path-info`: questions to the store's database.

Printed as `nix-store --query` and `nix path-info` print it, line by line and in the same order.
"""

from __future__ import annotations

import json

from lixeval.cli.installables import open_store, store_path_of
from lixeval.cli.subcommand import at_least, read
from lixeval.errors import StoreError, UsageError
from lixeval.formats.sizes import nix_size
from lixeval.system.graphs import in_nix_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from lixeval.cli.subcommand import CommandLine
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore
    from lixeval.store.path_info import PathInfo

_MANNERS = {"use-output", "include-outputs"}
"""What is no question, but says how one is meant."""


def query(arguments: list[str]) -> int:
    """`lixeval store query`."""
    line = read("store query", arguments)
    asked = sorted(line.flags - _MANNERS) + list(line.texts)
    if len(asked) > 1:
        raise UsageError(
            f"one question at a time, not '{asked[0]}' and '{asked[1]}'", hint="lixeval store query --help"
        )
    at_least(line, "store query", 1, "a store path to ask about")
    store = open_store(line.options)
    for text in _Query(store, line).answer(asked[0] if asked else "outputs"):
        print(text)
    return 0


class _Query:
    """The questions, each a method of that name; an answer is lines."""

    def __init__(self, store: LocalStore, line: CommandLine) -> None:
        self.store = store
        self.line = line
        self.named = [store_path_of(store, word) for word in line.words]

    def answer(self, question: str) -> Iterable[str]:
        answers: dict[str, Callable[[], Iterable[str]]] = {
            "outputs": lambda: self._each(self._outputs),
            "requisites": self._requisites,
            "references": lambda: self._sorted(self._each(lambda path: self.store.info(path).references)),
            "referrers": lambda: self._sorted(self._each(self.store.referrers)),
            "referrers-closure": lambda: self._sorted(self._referrers_closure(self._subjects())),
            "deriver": lambda: [self.store.info(path).deriver or "unknown-deriver" for path in self.named],
            "valid-derivers": lambda: self._sorted(self._valid_derivers()),
            "binding": self._bindings,
            "hash": lambda: [info.nar_hash.prefixed_nix32 for info in self._infos()],
            "size": lambda: [str(info.nar_size) for info in self._infos()],
            "tree": lambda: _graphs().tree(self.store, self.named),
            "graph": lambda: _graphs().dot(self.store, self._subjects()),
            "graphml": lambda: _graphs().graphml(self.store, self._subjects()),
            "resolve": lambda: self.named,
            "roots": self._roots,
        }
        return answers[question]()

    def _subjects(self) -> list[StorePath]:
        """The paths that are meant: with --use-output those that the derivations among them make."""
        if "use-output" not in self.line.flags:
            return self.named
        return [path for named in self.named for path in self._outputs(named)]

    def _infos(self) -> list[PathInfo]:
        return [self.store.info(path) for path in self._subjects()]

    def _each(self, ask: Callable[[StorePath], Iterable[StorePath]]) -> Iterator[StorePath]:
        subjects = self.named if ask == self._outputs else self._subjects()
        return (found for path in subjects for found in ask(path))

    def _outputs(self, path: StorePath) -> list[StorePath]:
        if not path.endswith(".drv"):
            return [path]
        outputs = self.store.read_derivation(path).outputs.values()
        if not all(output.path for output in outputs):
            raise StoreError(f"the output paths of '{path}' are not known before it is built")
        return sorted(output.path for output in outputs)

    def _sorted(self, paths: Iterable[StorePath]) -> list[StorePath]:
        wanted = set(paths)
        return in_nix_order(wanted, self.store.database.edges(wanted))

    def _requisites(self) -> list[StorePath]:
        found = set(self.store.closure(self._subjects()))
        if "include-outputs" in self.line.flags:
            todo = found
            while todo:
                made = {path for drv_path in todo if drv_path.endswith(".drv") for path in self._outputs(drv_path)}
                todo = set(self.store.closure(path for path in made if self.store.is_valid(path))) - found
                found |= todo
        return self._sorted(found)

    def _referrers_closure(self, paths: Iterable[StorePath]) -> set[StorePath]:
        self.store.flush()
        return self.store.database.closure(paths, reverse=True)

    def _valid_derivers(self) -> Iterator[StorePath]:
        for path in self.named:
            yield from self.store.database.derivers(path)

    def _bindings(self) -> Iterator[str]:
        name = self.line.texts["binding"]
        for path in self.named:
            drv_path = path if path.endswith(".drv") else self.store.info(path).deriver
            if drv_path is None:
                raise StoreError(f"deriver of path '{path}' is not known")
            environment = self.store.read_derivation(drv_path).environment
            if name not in environment:
                raise StoreError(f"derivation '{drv_path}' has no environment binding named '{name}'")
            yield environment[name]

    def _roots(self) -> Iterator[str]:
        from lixeval.daemon.collecting import roots

        kept_by = self._referrers_closure(self._subjects())
        # As Nix does by default, a path keeps the derivation that made it alive.
        for path in list(kept_by):
            if path.endswith(".drv"):
                kept_by |= self._referrers_closure(self._made_by(path))
        for link, target in roots(self.store):
            if target in kept_by:
                yield f"{link} -> {target}"

    def _made_by(self, drv_path: StorePath) -> list[StorePath]:
        return [path for path in self._outputs(drv_path) if self.store.is_valid(path)]


def _graphs() -> Any:
    from lixeval.store.reports import reference_graphs

    return reference_graphs


def path_info(arguments: list[str]) -> int:
    """`lixeval store path-info`."""
    line = read("store path-info", arguments)
    at_least(line, "store path-info", 1, "a store path")
    store = open_store(line.options)
    paths = [store_path_of(store, word) for word in line.words]
    if "recursive" in line.flags:
        paths = store.closure(paths)
    if "json" in line.flags:
        known = store.infos(paths)
        shown = {path: _as_json(store, known.get(path), line) for path in paths}
        print(json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
        return 0
    _print_infos(store, in_nix_order(paths, store.database.edges(paths)), line)
    return 0


def _as_json(store: LocalStore, info: PathInfo | None, line: CommandLine) -> dict[str, Any] | None:
    if info is None:
        return None
    shown: dict[str, Any] = {
        "ca": info.ca,
        "deriver": info.deriver,
        "narHash": info.nar_hash.sri,
        "narSize": info.nar_size,
        "references": list(info.references),
        "registrationTime": info.registration_time,
        "signatures": sorted(info.signatures),
        "ultimate": info.ultimate,
    }
    if "closure-size" in line.flags:
        shown["closureSize"] = _closure_size(store, info.path)
    return shown


def _print_infos(store: LocalStore, paths: list[StorePath], line: CommandLine) -> None:
    width = max(map(len, paths))
    columns = line.flags & {"size", "closure-size", "sigs"}
    show = nix_size if "human" in line.flags else "{:11d}".format
    for path in paths:
        info = store.info(path)
        text = path.ljust(width) if columns else path
        if "size" in line.flags:
            text += "\t" + show(info.nar_size)
        if "closure-size" in line.flags:
            text += "\t" + show(_closure_size(store, path))
        if "sigs" in line.flags:
            marks = ["ultimate"] if info.ultimate else []
            marks += [f"ca:{info.ca}"] if info.ca else []
            text += "\t" + " ".join([*marks, *sorted(info.signatures)])
        print(text)


def _closure_size(store: LocalStore, path: StorePath) -> int:
    return sum(info.nar_size for info in store.infos(store.closure([path])).values())
