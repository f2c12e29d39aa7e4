"""What the REPL does with derivations: builds, links, logs, shells."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lixeval.errors import EvalError

if TYPE_CHECKING:
    from lixeval.evaluation.workspace import Workspace
    from lixeval.formats.store_path import StorePath


def build(
    workspace: Workspace, drv_paths: Sequence[StorePath], link: Callable[[str, StorePath], str] | None = None
) -> str:
    """Builds derivations and tells of their outputs; `link` makes a link to each, and says which."""
    from lixeval.build.plan import Wanted

    lines: list[str] = []
    for drv_path in drv_paths:
        outputs = workspace.store.read_derivation(drv_path).outputs
        results = workspace.realise([Wanted(drv_path, tuple(outputs))])
        lines += ["", "This derivation produced the following outputs:"]
        for name in sorted(outputs):
            path = results.outputs[drv_path][name]
            lines.append(f"  {name if link is None else link(name, path)} -> {path}")
    return "\n".join(lines) + "\n"


def build_linked(workspace: Workspace, drv_paths: Sequence[StorePath]) -> str:
    """The same, with links in this folder that keep the outputs."""
    from lixeval.evaluation.targets import make_root

    def link(name: str, path: StorePath) -> str:
        make_root(workspace.store, os.path.abspath(f"repl-result-{name}"), path)
        return f"./repl-result-{name}"

    return build(workspace, drv_paths, link)


def logs(workspace: Workspace, drv_paths: Sequence[StorePath]) -> str:
    """The logs that are kept of derivations' builds."""
    from lixeval.build.log import read_log

    texts: list[str] = []
    for drv_path in drv_paths:
        log = read_log(workspace.store, drv_path)
        if log is None:
            raise EvalError(f"build log of '{drv_path}' is not available", hint=":b EXPR builds it")
        texts.append(log.decode("utf-8", "replace"))
    return "".join(texts)


def shell(workspace: Workspace, command: str, drv_paths: Sequence[StorePath]) -> str:
    """`lixeval shell` or `develop` in a process of its own; the session goes on when it ends."""
    words = [sys.executable, "-m", "lixeval", command, *drv_paths]
    workspace.store.flush()
    subprocess.run([*words, "--store", workspace.store.root or "/"], check=False)
    return ""
