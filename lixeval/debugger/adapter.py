"""The requests of an editor, answered: `lixeval dap` speaks this over its standard input and output.

    {"command": "launch", "arguments": {"program": "/abs/file.nix", "stopOnEntry": true}}

`launch` takes `program` or `expression`, `cwd`, `strict` (evaluates all of the value) and `stopOnEntry`.  The program
runs once, recorded, when it is launched; from then on the editor goes to and fro in the record.
Source: Debug Adapter Protocol 1.70.
"""

from __future__ import annotations

import os
from typing import IO, Any

from lixeval.debugger.messages import BrokenMessage, read, write
from lixeval.debugger.replay import Breaks, Replay
from lixeval.debugger.variables import Variables
from lixeval.environment.machine import content_of
from lixeval.environment.settings import Settings
from lixeval.errors import EvalError, LixevalError, UsageError
from lixeval.source import Source
from lixeval.system.directories import EMBEDDED
from lixeval.system.machines import current_system
from lixeval.teach.record import story
from lixeval.teach.values import REST, Bounds

THREAD = 1
CAPABILITIES = {
    "supportsConfigurationDoneRequest": True,
    "supportsFunctionBreakpoints": True,
    "supportsStepBack": True,
    "supportsEvaluateForHovers": True,
    "supportsTerminateRequest": True,
    "exceptionBreakpointFilters": [{"filter": "failure", "label": "Failures", "default": True}],
}


class Adapter:
    """One session with one editor."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._sent = 0
        self._replay: Replay | None = None
        self._variables: Variables | None = None
        self._breaks = Breaks()
        self._stop_on_entry = False
        self._first_line = self._first_column = 1
        self._ended = False
        self._has_terminated = False

    def serve(self) -> None:
        """Answers until the editor leaves."""
        while not self._ended:
            try:
                message = read(self._incoming)
            except BrokenMessage as error:
                self._event("output", {"category": "important", "output": f"the editor sent {error}\n"})
                return
            if message is None:
                return
            if message.get("type") == "request":
                self._answer(message)

    def _answer(self, request: dict[str, Any]) -> None:
        command = str(request.get("command"))
        given = request.get("arguments")
        arguments: dict[str, Any] = given if isinstance(given, dict) else {}
        handler = getattr(self, f"_on_{command}", None)
        after = None
        try:
            if handler is None:
                raise UsageError(f"'{command}' is not supported")
            body, after = handler(arguments)
        except LixevalError as error:
            self._respond(request, None, error.render())
            return
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            self._respond(request, None, f"'{command}' cannot be answered: {error!r}")
            return
        self._respond(request, body, None)
        if after is not None:
            after()

    def _respond(self, request: dict[str, Any], body: Any, failure: str | None) -> None:
        message = {"type": "response", "request_seq": request.get("seq", 0), "command": request.get("command")}
        message |= {"success": failure is None}
        if failure is not None:
            message |= {
                "message": failure,
                "body": {"error": {"id": 1, "format": "{text}", "variables": {"text": failure}}},
            }
        elif body is not None:
            message["body"] = body
        self._send(message)

    def _event(self, name: str, body: dict[str, Any] | None = None) -> None:
        self._send({"type": "event", "event": name} | ({} if body is None else {"body": body}))

    def _send(self, message: dict[str, Any]) -> None:
        self._sent += 1
        write(self._outgoing, {"seq": self._sent, **message})

    # Beginning and end

    def _on_initialize(self, arguments: dict[str, Any]) -> Any:
        self._first_line = 1 if arguments.get("linesStartAt1", True) else 0
        self._first_column = 1 if arguments.get("columnsStartAt1", True) else 0
        return CAPABILITIES, lambda: self._event("initialized")

    def _on_launch(self, arguments: dict[str, Any]) -> Any:
        self._stop_on_entry = bool(arguments.get("stopOnEntry"))
        directory = str(arguments.get("cwd") or os.getcwd())
        settings = Settings(current_system(), default_packages=EMBEDDED, write_store=False)
        strict, bounds = bool(arguments.get("strict")), Bounds(rest=REST)
        if "program" in arguments:
            path = os.path.abspath(os.path.join(directory, str(arguments["program"])))
            text = _text_of(path)
            folder = os.path.dirname(path)
            record = story(text, name=path, directory=folder, settings=settings, strict=strict, bounds=bounds)
        elif "expression" in arguments:
            text = str(arguments["expression"])
            record = story(text, directory=directory, settings=settings, strict=strict, bounds=bounds)
        else:
            raise UsageError("launch needs a program or an expression", hint='"program": "${file}"')
        if not record["steps"]:
            raise _refusal(record)
        self._replay = Replay(record)
        self._variables = Variables(self._replay)
        return None, None

    def _on_configurationDone(self, arguments: dict[str, Any]) -> Any:
        return None, self._begin

    def _begin(self) -> None:
        if self._replay is None:
            return
        first = self._replay.reason(self._replay.at, self._breaks)
        if self._stop_on_entry or first:
            self._stopped("entry" if self._stop_on_entry else first)
        else:
            self._continue(back=False)

    def _on_disconnect(self, arguments: dict[str, Any]) -> Any:
        self._ended = True
        return None, None

    def _on_terminate(self, arguments: dict[str, Any]) -> Any:
        return None, self._terminated

    # Breaks

    def _on_setBreakpoints(self, arguments: dict[str, Any]) -> Any:
        path = os.path.abspath(str(arguments["source"]["path"]))
        lines = [int(one["line"]) for one in arguments.get("breakpoints") or ()]
        self._breaks.lines[path] = {line + 1 - self._first_line for line in lines}
        return {"breakpoints": [{"verified": True, "line": line} for line in lines]}, None

    def _on_setFunctionBreakpoints(self, arguments: dict[str, Any]) -> Any:
        names = [str(one["name"]) for one in arguments.get("breakpoints") or ()]
        self._breaks.names = set(names)
        return {"breakpoints": [{"verified": True} for _ in names]}, None

    def _on_setExceptionBreakpoints(self, arguments: dict[str, Any]) -> Any:
        self._breaks.failures = "failure" in (arguments.get("filters") or ())
        return None, None

    # Ways

    def _on_continue(self, arguments: dict[str, Any]) -> Any:
        _, way = self._going(lambda: self._continue(back=False))
        return {"allThreadsContinued": True}, way

    def _on_reverseContinue(self, arguments: dict[str, Any]) -> Any:
        return self._going(lambda: self._continue(back=True))

    def _on_next(self, arguments: dict[str, Any]) -> Any:
        return self._going(lambda: self._moved(self._run().step_over))

    def _on_stepIn(self, arguments: dict[str, Any]) -> Any:
        return self._going(lambda: self._moved(self._run().step_in))

    def _on_stepOut(self, arguments: dict[str, Any]) -> Any:
        return self._going(lambda: self._moved(self._run().step_out))

    def _on_stepBack(self, arguments: dict[str, Any]) -> Any:
        return self._going(lambda: self._moved(self._run().step_back))

    def _on_pause(self, arguments: dict[str, Any]) -> Any:
        return self._going(lambda: self._stopped("pause"))

    def _going(self, way: Any) -> Any:
        """The answer to who wants to go on; UsageError where there is no run."""
        self._run()
        return None, way

    def _moved(self, way: Any) -> None:
        way()
        run = self._run()
        if run.is_over:
            self._end()
        else:
            self._stopped("exception" if run.reason(run.at, self._breaks) == "exception" else "step")

    def _continue(self, *, back: bool) -> None:
        why = self._run().continue_to(self._breaks, back=back)
        self._end() if why == "end" else self._stopped(why)

    def _end(self) -> None:
        """The run is over: its value is told."""
        if self._has_terminated:
            return
        replay = self._run()
        outcome = replay.record["outcome"]
        if "stopped" in outcome:
            self._event("output", {"category": "console", "output": "the run is longer than what is recorded of it\n"})
        if "error" in outcome:
            self._event("output", {"category": "stderr", "output": f"error: {outcome['error']['message']}\n"})
        else:
            self._event("output", {"category": "stdout", "output": f"{replay.heap.text(outcome['value'])}\n"})
        self._terminated()

    def _terminated(self) -> None:
        """Tells the editor that the run is over: once, whoever ends it."""
        if not self._has_terminated:
            self._has_terminated = True
            self._event("terminated")

    def _stopped(self, reason: str) -> None:
        self._known().forget()
        body: dict[str, Any] = {"reason": reason, "threadId": THREAD, "allThreadsStopped": True}
        if reason == "exception":
            body["text"] = self._run().failure()
        self._event("stopped", body)

    # Looking

    def _on_threads(self, arguments: dict[str, Any]) -> Any:
        return {"threads": [{"id": THREAD, "name": "evaluation"}]}, None

    def _on_stackTrace(self, arguments: dict[str, Any]) -> Any:
        replay = self._run()
        frames = list(replay.frames())
        places = [replay.where(replay.at) if not replay.is_over else None, *map(self._asked_at, frames)]
        shown = [self._frame(frame, place) for frame, place in zip(frames, places, strict=False)]
        first = int(arguments.get("startFrame") or 0)
        count = int(arguments.get("levels") or 0) or len(shown)
        return {"stackFrames": shown[first : first + count], "totalFrames": len(shown)}, None

    def _on_scopes(self, arguments: dict[str, Any]) -> Any:
        frame = int(arguments["frameId"])
        known = self._known().in_frame(frame)
        reference = self._known().reference(known)
        return {"scopes": [{"name": "Names", "variablesReference": reference, "expensive": False}]}, None

    def _on_variables(self, arguments: dict[str, Any]) -> Any:
        return {"variables": self._known().listed(int(arguments["variablesReference"]))}, None

    def _on_evaluate(self, arguments: dict[str, Any]) -> Any:
        """A name is looked at; nothing is evaluated, so that looking changes nothing."""
        name = str(arguments["expression"]).strip()
        frames = list(self._run().frames())
        frame = arguments.get("frameId")
        if frame in frames:
            frames = frames[frames.index(frame) :]
        try:
            shown = self._known().variable(name, self._known().named(name, frames))
        except KeyError:
            raise UsageError(
                f"'{name}' is not known here", hint="names can be looked at, and nothing is evaluated"
            ) from None
        return {"result": shown["value"], "variablesReference": shown["variablesReference"]}, None

    def _on_source(self, arguments: dict[str, Any]) -> Any:
        number = int(arguments.get("sourceReference") or arguments["source"]["sourceReference"]) - 1
        return {"content": self._run().record["sources"][number]["text"] or "", "mimeType": "text/x-nix"}, None

    def _frame(self, frame: int, place: list[Any] | None) -> dict[str, Any]:
        """One of the protocol's stack frames; its id is its step."""
        shown: dict[str, Any] = {"id": frame, "name": self._name(frame), "line": 0, "column": 0}
        if place is None or place[0] is None:
            return shown
        replay = self._run()
        line, column = replay.line_and_column(place[0], place[1])
        shown |= {"line": line - 1 + self._first_line, "column": column - 1 + self._first_column}
        if len(place) > 2:
            end_line, end_column = replay.line_and_column(place[0], place[2])
            shown |= {"endLine": end_line - 1 + self._first_line, "endColumn": end_column - 1 + self._first_column}
        name = replay.record["sources"][place[0]]["name"]
        if name.startswith("/") and os.path.isfile(name):
            shown["source"] = {"name": os.path.basename(name), "path": name}
        else:
            shown["source"] = {"name": name, "sourceReference": place[0] + 1}
        return shown

    def _asked_at(self, frame: int) -> list[Any] | None:
        """Where a frame was asked for: the expression around it."""
        by = self._run().steps[frame].get("by")
        return None if by is None else self._run().where(by)

    def _name(self, frame: int) -> str:
        replay = self._run()
        step = replay.steps[frame]
        if "cell" in step:
            cell = replay.record["cells"][step["cell"]]
            return str(cell.get("name") or cell["kind"])
        return f"builtins.{step['builtin']}" if "builtin" in step else "function"

    def _run(self) -> Replay:
        if self._replay is None:
            raise UsageError("nothing was launched")
        return self._replay

    def _known(self) -> Variables:
        if self._variables is None:
            raise UsageError("nothing was launched")
        return self._variables


def _refusal(record: dict[str, Any]) -> EvalError:
    """The error of a program that is refused before anything of it is evaluated, with its place."""
    error = record["outcome"]["error"]
    where = error.get("where")
    place = ""
    if where:
        source = record["sources"][where[0]]
        line, column = Source(source["name"], source["text"] or "").line_and_column(where[1])
        place = f" at {source['name']}:{line}:{column}"
    return EvalError(f"{error['message']}{place}", code=error["code"], hint=error.get("hint"))


def _text_of(path: str) -> str:
    try:
        return content_of(path)[1].decode("utf-8", "surrogateescape")
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}") from None
