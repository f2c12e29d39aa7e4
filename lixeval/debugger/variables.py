"""What is known at a step, as trees that open: forms of values by number, `_` for what nobody has asked for.

Looking never forces: a thunk that is not evaluated at this step has no children and no value.
"""

from __future__ import annotations

from lixeval.debugger.replay import Replay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEPTH = 2
"""How deep a value is shown on its own line."""

MOST = 500
"""So many children of one value are listed."""


class Variables:
    """References that hold until the run stands elsewhere."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._opened: list[list[tuple[str, Any]]] = []

    def forget(self) -> None:
        """The run stands elsewhere."""
        self._opened.clear()

    def reference(self, named: list[tuple[str, Any]]) -> int:
        """A number under which these can be asked for."""
        self._opened.append(named)
        return len(self._opened)

    def listed(self, reference: int) -> list[dict[str, Any]]:
        """What a reference holds, as the protocol's variables."""
        if not 0 < reference <= len(self._opened):
            return []
        return [self.variable(name, form) for name, form in self._opened[reference - 1][:MOST]]

    def variable(self, name: str, form: Any) -> dict[str, Any]:
        """One of the protocol's variables."""
        children = self._children(form)
        shown = {"name": name, "value": self.text(form), "evaluateName": name}
        return shown | {"variablesReference": self.reference(children) if children else 0}

    def text(self, form: Any) -> str:
        """A form in one line."""
        return self._replay.heap.text(form, DEPTH)

    def in_frame(self, frame: int) -> list[tuple[str, Any]]:
        """What a frame's own steps have named so far: thunks that were put off in it, and names that were looked up."""
        steps, cells = self._replay.steps, self._replay.record["cells"]
        found: dict[str, Any] = {}
        end = min(self._replay.at, steps[frame].get("end", self._replay.at))
        for number in range(frame, end):
            step = steps[number]
            if step["event"] == "make" and self._replay.frame_around(number) == frame:
                name = cells[step["cell"]].get("name")
                if name is not None and cells[step["cell"]]["kind"] != "element":
                    found[name] = {"cell": step["cell"]}
            elif step["event"] == "look-up" and self._is_known_in(number, frame):
                found.setdefault(step["name"], step["value"])
        if steps[frame]["event"] == "call":
            for number, form in enumerate(steps[frame].get("arguments", ()), 1):
                name = cells[form["cell"]].get("name") if isinstance(form, dict) and "cell" in form else None
                found.setdefault(name or f"argument {number}", form)
        return list(found.items())

    def _is_known_in(self, number: int, frame: int) -> bool:
        """Whether a name was looked up by a frame itself, and its value is known by now."""
        step = self._replay.steps[number]
        if step["scope"] == "builtin" or "value" not in step or step.get("end", number) > self._replay.at:
            return False
        return self._replay.frame_around(number) == frame

    def named(self, name: str, frames: list[int]) -> Any:
        """What a name is in the innermost of frames that knows it; raises KeyError."""
        first, *rest = name.split(".")
        for frame in frames:
            for known, form in self.in_frame(frame):
                if known == first:
                    return self._selected(form, rest)
        raise KeyError(name)

    def _selected(self, form: Any, path: list[str]) -> Any:
        for part in path:
            group = self._replay.heap.group(form)
            if group is None or "set" not in group:
                raise KeyError(part)
            form = group["set"][part]
        return form

    def _children(self, form: Any) -> list[tuple[str, Any]]:
        group = self._replay.heap.group(form)
        if group is None:
            return []
        if "set" in group:
            return list(group["set"].items())
        return [(str(number), one) for number, one in enumerate(group["list"])]
