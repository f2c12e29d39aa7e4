"""What happens as lines for programs: Nix's own internal JSON, which nix-output-monitor and others read.

    @nix {"action":"start","id":…,"level":3,"parent":0,"text":"building '…'","type":105,"fields":["…drv","",1,1]}
    @nix {"action":"result","id":…,"type":101,"fields":["a line of the log"]}
    @nix {"action":"stop","id":…}        @nix {"action":"msg","level":…,"msg":"…"}

C++: logging.cc (`JSONLogger`).
"""

from __future__ import annotations

import json
import sys

from lixeval.build.observer import BuildObserver
from lixeval.daemon import messages as m

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lixeval.build.plan import Plan
    from lixeval.errors import LixevalError
    from lixeval.formats.store_path import StorePath

_ERROR, _WARNING, _INFO = 0, 1, 3
"""Nix's levels."""


class InternalJson(BuildObserver):
    """Tells all of it, whatever the verbosity: whoever reads it chooses."""

    def __init__(self) -> None:
        self._count = 0
        self._activities: dict[str, int] = {}
        self._machines: dict[str, str] = {}
        self._all = 0
        self._done = self._failed = self._expected = 0

    def _write(self, **fields: object) -> None:
        print("@nix " + json.dumps(fields, sort_keys=True, separators=(",", ":")), file=sys.stderr, flush=True)

    def _start(self, key: str, kind: int, text: str, fields: Sequence[int | str] = ()) -> None:
        self._count += 1
        self._activities[key] = self._count
        self._write(
            action="start", id=self._count, level=_INFO, parent=self._all, text=text, type=kind, fields=list(fields)
        )

    def _stop(self, key: str) -> None:
        activity = self._activities.pop(key, None)
        if activity is not None:
            self._write(action="stop", id=activity)

    def _result(self, key: str, kind: int, fields: Sequence[int | str]) -> None:
        activity = self._activities.get(key)
        if activity is not None:
            self._write(action="result", id=activity, type=kind, fields=list(fields))

    def plan(self, plan: Plan) -> None:
        if not self._all and (plan.to_build or plan.to_fetch):
            self._start("builds", m.BUILDS, "")
        self.planned_more(plan)

    def planned_more(self, plan: Plan) -> None:
        self._expected = len(plan.to_build)
        self._tell_progress()

    def _tell_progress(self) -> None:
        running = len(self._activities) - 1
        self._result("builds", m.PROGRESS, (self._done, self._expected, max(0, running), self._failed))

    def fetching(self, path: str, size: int | None) -> None:
        self._start(path, m.COPY_PATH, f"copying path '{path}'", (path, "", "local"))

    def fetched_bytes(self, path: str, count: int) -> None:
        self._result(path, m.PROGRESS, (count, 0, 0, 0))

    def fetched(self, path: str, cache: str) -> None:
        self._stop(path)

    def placed(self, drv_path: StorePath, machine: str) -> None:
        self._machines[drv_path] = machine

    def moved(self, drv_path: StorePath) -> None:
        self._machines.pop(drv_path, None)
        self._stop(drv_path)

    def started(self, drv_path: StorePath, pid: int) -> None:
        machine = self._machines.get(drv_path, "")
        where = f" on '{machine}'" if machine else ""
        self._start(drv_path, m.BUILD, f"building '{drv_path}'{where}", (drv_path, machine, 1, 1))
        self._tell_progress()

    def log_line(self, drv_path: StorePath, line: str) -> None:
        self._result(drv_path, m.BUILD_LOG_LINE, (line,))

    def finished(self, drv_path: StorePath, seconds: float) -> None:
        self._done += 1
        self._stop(drv_path)
        self._tell_progress()

    def failed(self, drv_path: StorePath, error: LixevalError) -> None:
        self._failed += 1
        self._write(action="msg", level=_ERROR, msg=f"error: {error.message}")
        self._stop(drv_path)
        self._tell_progress()

    def message(self, text: str) -> None:
        level = _WARNING if text.startswith("warning") else _INFO
        self._write(action="msg", level=level, msg=text)
