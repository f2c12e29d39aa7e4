"""What is to be said of one attribute: a derivation, the names below it, or why it cannot be evaluated.

    attr       the path, joined by dots; names with dots in quotes
    attrPath   the names
    name, system, drvPath, outputs            of a derivation; outputs maps names to store paths
    inputDrvs, meta                           where asked for
    cacheStatus, isCached, neededBuilds, neededSubstitutes      "local", "cached" or "notBuilt", and what is needed
    imageName, imageTag                       of an image, where asked for
    constituents, namedConstituents, globConstituents           of an aggregate of Hydra's: derivations, names of others
    attrs      names to go on with            of a set that says `recurseForDerivations = true`, and of the root
    error      the message

The keys are those of nix-eval-jobs (worker.cc, drv.cc); what counts as a derivation and how its parts are read is
C++'s `PackageInfo` in get-drvs.cc.
"""

from __future__ import annotations

from lixeval.diagnostics import explained, message_of, report
from lixeval.errors import EvalError
from lixeval.evaluation.auto_call import called_with, selected_by_names
from lixeval.evaluation.targets import is_derivation
from lixeval.formats.store_path import StorePath
from lixeval.runtime.faults import expected
from lixeval.runtime.strings import interpolate, text_of, text_without_context
from lixeval.runtime.thunks import force
from lixeval.runtime.values import ContextString, Delayed, Value, sorted_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.evaluation.auto_call import Arguments
    from lixeval.evaluation.workspace import Workspace

    Record = dict[str, object]


class Recorder:
    """Makes the records of the attributes below one root."""

    def __init__(
        self,
        workspace: Workspace,
        root: Value,
        arguments: Arguments,
        *,
        force_recurse: bool = False,
        with_meta: bool = False,
        with_inputs: bool = False,
        with_cache_status: bool = False,
        with_constituents: bool = False,
        with_images: bool = False,
        show_trace: bool = False,
    ) -> None:
        self.workspace = workspace
        self.root = root
        self.arguments = arguments
        self.force_recurse = force_recurse
        self.with_meta = with_meta
        self.with_inputs = with_inputs
        self.with_cache_status = with_cache_status
        self.with_constituents = with_constituents
        self.with_images = with_images
        self.show_trace = show_trace
        self.afresh: Callable[[], Recorder | None] = lambda: None
        """Where something is known from before: makes what is asked for attributes that fail with that."""
        self.finished: Callable[[], None] = lambda: None
        """To be called by a worker when it has no more to do."""
        self._other: Recorder | None = None

    def prepare(self) -> None:
        """Evaluates what most of a package set needs, its `stdenv`: once, before there are workers."""
        with self.workspace.store.batch():
            names = self.record([]).get("attrs")
            if isinstance(names, list) and "stdenv" in names:
                self.record(["stdenv"])

    def record(self, names: list[str]) -> Record:
        """The record of the attribute at a path; errors of evaluation are in it, those of lixeval's own are raised."""
        attr = joined(names)
        found: Record = {"attr": attr, "attrPath": names}
        try:
            value = called_with(selected_by_names(self.root, names, attr, self.arguments), self.arguments)
            found.update(self._described(value, at_root=not names))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            self._other = self._other or self.afresh()
            if self._other is not None:
                return self._other.record(names)
            if not isinstance(error, Exception):
                raise
            found["error"] = self._error(error)
        return found

    def _error(self, error: Exception) -> str:
        """What is said of an error; one that is a bug is raised again."""
        if not self.show_trace:
            message = message_of(error)
        else:
            nix_error = explained(error)
            message = None if nix_error is None else report(nix_error, show_trace=True)
        if message is None:
            raise error
        return message

    def _described(self, value: Value, *, at_root: bool) -> Record:
        if is_derivation(value):
            return self._derivation(value)
        return {"attrs": self._names_below(value, at_root) if value.__class__ is dict else []}

    def _names_below(self, value: dict[str, Delayed], at_root: bool) -> list[str]:
        recurse = self.force_recurse or at_root
        if "recurseForDerivations" in value and not self.force_recurse:
            flag = force(value["recurseForDerivations"])
            if flag.__class__ is not bool:
                raise expected("a Boolean", flag)
            recurse = flag
        return sorted_names(value) if recurse else []

    def _derivation(self, value: dict[str, Delayed]) -> Record:
        if "name" not in value:
            raise EvalError("derivation name missing")
        found: Record = {"name": text_without_context(value["name"]), "outputs": self._outputs(value)}
        if "drvPath" not in value:
            raise EvalError("derivation does not contain a 'drvPath' attribute")
        drv_path = found["drvPath"] = self._store_path(value["drvPath"])
        found["system"] = text_without_context(value["system"]) if "system" in value else "unknown"
        if self.with_meta:
            found["meta"] = self._meta(value)
        if self.with_inputs:
            inputs = self.workspace.store.read_derivation(drv_path).input_derivations
            found["inputDrvs"] = {path: list(outputs) for path, outputs in inputs.items()}
        if self.with_cache_status:
            from lixeval.jobs.cache_status import cache_status

            outputs = [path for path in found["outputs"].values() if path]  # type: ignore[attr-defined]
            found.update(cache_status(self.workspace, drv_path, outputs))
        if self.with_images and "imageName" in value and "imageTag" in value:
            found |= {name: text_without_context(value[name]) for name in ("imageName", "imageTag")}
        if self.with_constituents:
            from lixeval.jobs.constituents import constituents_of

            found.update(constituents_of(value, self.workspace.evaluator.services.copy_to_store))
        return found

    def _outputs(self, value: dict[str, Delayed]) -> dict[str, str]:
        """Output names to paths; a name that the set has no attribute for is left out, as C++ does."""
        if "outputs" not in value:
            return {"out": self._store_path(value["outPath"])} if "outPath" in value else {}
        names = force(value["outputs"])
        if names.__class__ is not tuple:
            raise expected("a list", names)
        found: dict[str, str] = {}
        for name in map(text_without_context, names):
            if name not in value:
                continue
            output = force(value[name])
            if output.__class__ is not dict:
                raise expected("a set", output)
            if "outPath" in output:
                found[name] = self._store_path(output["outPath"])
        return found

    def _store_path(self, value: Delayed) -> StorePath:
        return StorePath(text_of(interpolate(force(value), self.workspace.evaluator.services.copy_to_store)))

    def _meta(self, value: dict[str, Delayed]) -> dict[str, object]:
        """Those members of `meta` that are plain data."""
        import json

        from lixeval.builtins.json import to_json

        meta = force(value["meta"]) if "meta" in value else {}
        if meta.__class__ is not dict:
            raise expected("a set", meta)
        copy_to_store = self.workspace.evaluator.services.copy_to_store
        plain = [name for name in sorted_names(meta) if is_plain(meta[name])]
        return {name: json.loads(to_json(meta[name], copy_to_store)[0]) for name in plain}


def is_plain(value: Delayed) -> bool:
    """Whether a value is a number, a Boolean, a string, or lists and sets of those; no derivation, no null."""
    pending = [value]
    while pending:
        one = force(pending.pop())
        if one.__class__ is tuple:
            pending += one
        elif one.__class__ is dict:
            if "outPath" in one:
                return False
            pending += one.values()
        elif one.__class__ not in (int, float, bool, str, ContextString):
            return False
    return True


def joined(names: list[str]) -> str:
    """An attribute path as text."""
    return ".".join([f'"{name}"' if "." in name else name for name in names])
