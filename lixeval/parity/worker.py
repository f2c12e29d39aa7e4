"""One process of lixeval that answers requests, a line of JSON each, until its input ends.

    request   {"mode", "file" | "text", "directory", "attribute", "arguments", "search_path", "nix_path"}
    reply     {"status", "text"}                                               see `subjects.Outcome`

The first line is about the run: {"version", "system", "experimental", "store"}.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from lixeval.compiler.program import check_names
from lixeval.diagnostics import explained
from lixeval.environment.settings import Settings
from lixeval.environment.variables import search_path
from lixeval.errors import reason_of
from lixeval.evaluation.auto_call import Arguments, called_with, selected
from lixeval.evaluation.inputs import source_of, value_of
from lixeval.evaluation.targets import no_derivation, targets_of
from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.printing import printed, printed_strictly
from lixeval.runtime.thunks import force
from lixeval.runtime.values import Value
from lixeval.syntax.unparse import unparse
from lixeval.system.deep_stack import run_deep
from lixeval.system.directories import EMBEDDED


def main() -> None:
    """Answers until there are no more requests."""
    about = json.loads(sys.stdin.buffer.readline())
    # Results go where nothing else is printed to.
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin.buffer:
        reply = _answer(json.loads(line), about)
        replies.write(json.dumps(reply).encode("ascii") + b"\n")
        replies.flush()


def _answer(request: dict[str, Any], about: dict[str, Any]) -> dict[str, str]:
    """What comes of one request; every error is told, and one that is no Nix error is a crash."""
    try:
        return {"status": "value", "text": run_deep(lambda: _value(request, about))}
    except Exception as error:
        told = explained(error, frames=0)
        if told is None and isinstance(error, OSError):
            return {"status": "error", "text": reason_of(error)}
        if told is None:
            return {"status": "crash", "text": f"{type(error).__name__}: {error}"}
        return {"status": "error", "text": told.message}


def _value(request: dict[str, Any], about: dict[str, Any]) -> str:
    mode = request["mode"]
    os.chdir(request["directory"])
    if request["nix_path"] is not None:
        os.environ["NIX_PATH"] = request["nix_path"]
    workspace = _workspace(request, about)
    if mode == "parse":
        return _parsed(workspace, request)
    with workspace.store.batch():
        value = _selected(workspace, request)
        if mode == "drv":
            return _derivations(value)
        if mode == "lazy":
            return printed(force(value))
        return printed_strictly(value, workspace.evaluator.names_in_order)


def _workspace(request: dict[str, Any], about: dict[str, Any]) -> Workspace:
    mode = request["mode"]
    settings = Settings(
        system=about["system"],
        search_path=search_path(request["search_path"]),
        default_packages=EMBEDDED if mode == "drv" else None,
        write_store=mode == "drv",
        experimental=frozenset(about["experimental"]),
        nix_version=about["version"],
        original_nix2container=True,
    )
    return Workspace(settings, root=about["store"], faithful=mode in ("lazy", "parse"))


def _selected(workspace: Workspace, request: dict[str, Any]) -> Value:
    evaluator = workspace.evaluator
    directory = os.getcwd()
    if request["text"]:
        whole = evaluator.text(request["text"], directory)
    else:
        whole = value_of(evaluator, request["file"])
    arguments = Arguments(evaluator, [tuple(argument) for argument in request["arguments"]])
    if request["mode"] == "drv" or arguments.given:
        whole = called_with(whole, arguments)
    return selected(whole, request["attribute"], arguments)


def _derivations(value: Value) -> str:
    targets = targets_of(value)
    if not all(target.drv_path for target in targets):
        raise no_derivation()
    ends = ["" if target.output_name == "out" else f"!{target.output_name}" for target in targets]
    return "\n".join(target.drv_path + end for target, end in zip(targets, ends, strict=True))


def _parsed(workspace: Workspace, request: dict[str, Any]) -> str:
    evaluator = workspace.evaluator
    if request["text"]:
        source, directory = evaluator.source("«string»", request["text"]), os.getcwd()
    else:
        source, directory = source_of(evaluator, request["file"])
    expression = evaluator.parse(source)
    check_names(source, expression, evaluator.names())
    return unparse(expression, directory)


if __name__ == "__main__":
    main()
