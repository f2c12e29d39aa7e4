"""An evaluation for somebody who is told how it ends: its value or its error."""

from __future__ import annotations

from lixeval.diagnostics import explained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from lixeval.errors import LixevalError
    from lixeval.evaluation.workspace import Workspace

    T = TypeVar("T")


def attempt(workspace: Workspace, body: Callable[[], T]) -> tuple[T | None, LixevalError | None]:
    """What `body` gives in a workspace of its own, which is closed, or its error; nothing is raised but for bugs."""
    try:
        return workspace.evaluate(body), None
    except Exception as failure:
        error = explained(failure)
        if error is None:
            raise
        return None, error
    finally:
        workspace.store.close()
