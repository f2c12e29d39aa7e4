"""What a build's process tells the realiser, through a pipe: a JSON object a line.

{"builder": pid}                       the builder runs
{"unsandboxed": reason}                a builder inside lixeval runs without its sandbox
{"kept": path}                         the build directory was kept
{"outputs": [info …]}                  these paths are in place and are to be registered
{"error": {kind, message, hint}}       the build failed; `kind` is the exception's name, or "bug"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from lixeval import errors
from lixeval.errors import BuildError, LixevalError, no_room_hint, reason_of
from lixeval.formats import hashes
from lixeval.formats.store_path import StorePath
from lixeval.store.path_info import PathInfo


class BuilderBug(RuntimeError):
    """The code that should have built has a bug; `report` is its traceback."""

    def __init__(self, drv_path: StorePath, report: str) -> None:
        super().__init__(f"while building '{drv_path}':\n{report}")
        self.report = report


class MachineFailed(BuildError):
    """A remote builder could not build something, or would not; one that `is_gone` can build nothing else either."""

    def __init__(self, message: str, *, is_gone: bool = True) -> None:
        super().__init__(message)
        self.is_gone = is_gone


Report: TypeAlias = Callable[[dict[str, Any]], None]


def outputs_report(infos: list[PathInfo]) -> dict[str, Any]:
    """The report that paths are to be registered."""
    return {"outputs": [_info_to_json(info) for info in infos]}


def _info_to_json(info: PathInfo) -> dict[str, Any]:
    return {
        "path": info.path,
        "hash": info.nar_hash.prefixed_base16,
        "size": info.nar_size,
        "references": info.references,
        "deriver": info.deriver,
        "ca": info.ca,
        "ultimate": info.ultimate,
        "signatures": info.signatures,
    }


def info_from_json(described: Mapping[str, Any]) -> PathInfo:
    """A path to register, from a report."""
    return PathInfo(
        path=described["path"],
        nar_hash=hashes.parse(described["hash"]),
        nar_size=described["size"],
        references=described["references"],
        deriver=described["deriver"],
        ca=described["ca"],
        ultimate=described["ultimate"],
        signatures=described["signatures"],
    )


def error_report(error: Exception) -> dict[str, Any]:
    """The report that the build failed."""
    hint = error.hint if isinstance(error, LixevalError) else no_room_hint(error)
    gone = isinstance(error, MachineFailed) and error.is_gone
    return {"error": {"kind": type(error).__name__, "message": reason_of(error), "hint": hint, "gone": gone}}


def bug_report(traceback: str) -> dict[str, Any]:
    """The report that the code that should have built has a bug."""
    return {"error": {"kind": "bug", "message": traceback, "hint": None}}


def error_from_json(described: Mapping[str, Any], drv_path: StorePath) -> BuildError:
    """The failure of a build, from a report; raises BuilderBug for a bug of ours or of a builtin builder."""
    message, hint = described["message"], described["hint"]
    if described["kind"] == "bug":
        raise BuilderBug(drv_path, message)
    if described["kind"] == MachineFailed.__name__:
        return MachineFailed(message, is_gone=described["gone"])
    kind = getattr(errors, described["kind"], None)
    if isinstance(kind, type) and issubclass(kind, BuildError):
        return kind(message, drv_path=drv_path, hint=hint)
    return BuildError(f"building '{drv_path}' failed: {message}", drv_path=drv_path, hint=hint)
