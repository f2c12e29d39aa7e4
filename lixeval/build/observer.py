"""Who watches builds: a progress display, a plain log, a test.

The realiser calls these methods, always in its own process and thread.  Each does nothing here, so that a watcher
says only what it is interested in.
"""

from __future__ import annotations

from lixeval.substituters.observer import FetchObserver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.build.plan import Plan
    from lixeval.errors import LixevalError
    from lixeval.formats.store_path import StorePath


class BuildObserver(FetchObserver):
    """Watches one call of `realise`; subclass it."""

    def plan(self, plan: Plan) -> None:
        """What is going to be built is known; called once, before everything else."""

    def planned_more(self, plan: Plan) -> None:
        """More is to be built than was said; `plan` has all of it in `to_build`, what is done included."""

    def placed(self, drv_path: StorePath, machine: str) -> None:
        """A build that starts now does so on another machine."""

    def moved(self, drv_path: StorePath) -> None:
        """A build that has started there will start anew, elsewhere."""

    def started(self, drv_path: StorePath, pid: int) -> None:
        """A build has started; `pid` is the process in charge of it."""

    def log_line(self, drv_path: StorePath, line: str) -> None:
        """The builder has written a line."""

    def finished(self, drv_path: StorePath, seconds: float) -> None:
        """A build has succeeded, its outputs are registered."""

    def failed(self, drv_path: StorePath, error: LixevalError) -> None:
        """A build has failed."""

    def isolated(self, how: str) -> None:
        """How builders are kept apart from the machine; told again by each run of builds that needs to know."""

    def message(self, text: str) -> None:
        """Something worth a line: a lock that is waited for, a directory that is kept."""
