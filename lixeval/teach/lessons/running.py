"""A program evaluated for somebody who watches: its value or its error, and what it said meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field

from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.printing import printed_strictly
from lixeval.source import Source
from lixeval.system.directories import EMBEDDED
from lixeval.teach.attempts import attempt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.evaluation.limits import Limits

SYSTEM = "x86_64-linux"
"""What lessons and pages evaluate for, wherever they are read: their paths must be the same everywhere."""


@dataclass
class Ran:
    """`value` as nix-instantiate --eval --strict prints it, or the `error`; `said` are the lines of trace and warn."""

    value: str | None = None
    error: LixevalError | None = None
    said: list[str] = field(default_factory=list)


def settings() -> Settings:
    """Those under which lessons and pages evaluate; nothing is written to a store."""
    return Settings(SYSTEM, default_packages=EMBEDDED, write_store=False)


def run(path: str, text: str, shown: str = "", limits: Limits | None = None) -> Ran:
    """Evaluates a text as the file of this path, which need not be there; paths in it are relative to its folder.

    Errors call it `shown`, if that is given; what takes more than the limits is an error.
    """
    ran = Ran()
    workspace = Workspace(settings(), root=None, say=ran.said.append, faithful=True, limits=limits)
    directory = path.rpartition("/")[0] or "/"
    evaluator = workspace.evaluator
    source = Source(path, text)
    source.shown = shown or path

    def body() -> str:
        return printed_strictly(evaluator.value(source, directory), evaluator.names_in_order)

    ran.value, ran.error = attempt(workspace, body)
    return ran
