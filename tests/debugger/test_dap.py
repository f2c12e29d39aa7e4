"""The debug adapter, spoken to over a process's standard input and output as an editor does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from lixeval.debugger.adapter import Adapter
from lixeval.debugger.messages import BrokenMessage, read, write

PROGRAM = """\
let
  x = 1 + 1;
  y = throw "never";
  set = { a = x * 10; b = y; };
  double = n: n * 2;
in
double set.a + builtins.break x
"""


class Editor:
    """A client: requests in order, events as they come."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "lixeval", "dap"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.events: list[dict[str, Any]] = []
        self.sent = 0

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The response to a request."""
        self.sent += 1
        assert self.process.stdin is not None
        write(self.process.stdin, {"seq": self.sent, "type": "request", "command": command, "arguments": arguments})
        while True:
            message = self._next()
            if message["type"] == "event":
                self.events.append(message)
            elif message["request_seq"] == self.sent:
                return message

    def wait(self, *names: str) -> dict[str, Any]:
        """The next event of one of these names."""
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["event"] in names:
                    return event
            message = self._next()
            assert message["type"] == "event"
            self.events.append(message)

    def launch(self, **arguments: Any) -> None:
        assert self.ask("initialize", adapterID="lixeval", linesStartAt1=True)["body"]["supportsStepBack"]
        self.wait("initialized")
        response = self.ask("launch", **arguments)
        assert response["success"], response

    def place(self) -> tuple[int, str]:
        """The line at which it stands, and the name of the innermost frame."""
        frame = self.ask("stackTrace", threadId=1)["body"]["stackFrames"][0]
        return frame["line"], frame["name"]

    def names(self, frame: int = -1) -> dict[str, str]:
        """The names of a frame, the outermost if none is named, and what they are shown as."""
        frames = self.ask("stackTrace", threadId=1)["body"]["stackFrames"]
        scope = self.ask("scopes", frameId=frames[frame]["id"])["body"]["scopes"][0]
        listed = self.ask("variables", variablesReference=scope["variablesReference"])["body"]["variables"]
        return {one["name"]: one["value"] for one in listed}

    def _next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        message = read(self.process.stdout)
        assert message is not None
        return message


@pytest.fixture
def editor() -> Iterator[Editor]:
    editor = Editor()
    yield editor
    assert editor.ask("disconnect")["success"]
    assert editor.process.wait(30) == 0


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "program.nix"
    path.write_text(PROGRAM)
    return os.fspath(path)


def test_it_stops_at_a_name_and_steps_both_ways(editor: Editor, program: str) -> None:
    editor.launch(program=program)
    assert editor.ask("setFunctionBreakpoints", breakpoints=[{"name": "x"}, {"name": "set.a"}])["success"]
    editor.ask("configurationDone")
    assert editor.wait("stopped")["body"]["reason"] == "breakpoint"
    assert editor.place()[0] == 7
    known = editor.names()
    assert (known["x"], known["y"], known["double"]) == ("_", "_", "«function double»")
    editor.ask("continue", threadId=1)
    assert editor.wait("stopped")["body"]["reason"] == "breakpoint"
    assert editor.place() == (2, "x")
    editor.ask("stepIn", threadId=1)
    editor.wait("stopped")
    assert editor.place() == (2, "x")
    editor.ask("stepOut", threadId=1)
    editor.wait("stopped")
    line, _ = editor.place()
    assert line != 2
    editor.ask("stepBack", threadId=1)
    editor.wait("stopped")
    assert editor.place()[0] == 2
    editor.ask("reverseContinue", threadId=1)
    assert editor.wait("stopped")["body"]["reason"] == "breakpoint"


def test_a_step_into_a_failure_says_so_and_what_it_is(editor: Editor) -> None:
    """The first is caught; each is told by its own words, not by those of the whole run."""
    editor.launch(expression='[ (builtins.tryEval (throw "caught")).success (1 + (throw "not")) ]', strict=True)
    assert editor.ask("setExceptionBreakpoints", filters=["failure"])["success"]
    editor.ask("configurationDone")
    texts = []
    while (event := editor.wait("stopped", "terminated"))["event"] == "stopped":
        if event["body"]["reason"] == "exception":
            texts.append(event["body"]["text"])
        editor.ask("stepIn", threadId=1)
    assert texts == ["caught", "not"]


def test_what_is_no_program_is_refused_with_its_place(editor: Editor) -> None:
    assert editor.ask("initialize", adapterID="lixeval")["success"]
    response = editor.ask("launch", expression="let a = 1; in a +\n nowhere")
    assert not response["success"]
    assert response["message"] == "error: undefined variable 'nowhere' at «string»:2:2  [E0201]"


def test_a_run_that_is_longer_than_its_record_says_so_and_gives_the_value(editor: Editor) -> None:
    editor.launch(expression="builtins.foldl' (a: b: a + b) 0 (builtins.genList (n: n) 100000)")
    editor.ask("configurationDone")
    told = [editor.wait("output")["body"]["output"], editor.wait("output")["body"]["output"]]
    assert told == ["the run is longer than what is recorded of it\n", "4999950000\n"]


def test_looking_forces_nothing_and_shows_what_is_known(editor: Editor, program: str) -> None:
    editor.launch(program=program)
    editor.ask("configurationDone")
    assert editor.wait("stopped")["body"]["reason"] == "breakpoint"  # builtins.break
    frames = editor.ask("stackTrace", threadId=1)["body"]["stackFrames"]
    known = editor.names()
    assert known["x"] == "2"
    assert known["y"] == "_"
    assert known["set"] == "{ a = 20; b = _; }"
    looked = editor.ask("evaluate", expression="set.a", frameId=frames[-1]["id"])
    assert looked["body"]["result"] == "20"
    assert editor.ask("evaluate", expression="y", frameId=frames[-1]["id"])["body"]["result"] == "_"
    refused = editor.ask("evaluate", expression="1 + 1")
    assert not refused["success"]
    assert "is not known here" in refused["message"]
    editor.ask("continue", threadId=1)
    assert editor.wait("output")["body"]["output"] == "42\n"
    editor.wait("terminated")
    editor.ask("continue", threadId=1)
    editor.ask("terminate")
    editor.ask("threads")
    assert not editor.events  # it ends once, and the value is told once


def test_lines_and_failures(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "fails.nix"
    file.write_text('let\n  boom = throw "no";\n  a = boom + 1;\nin\na\n')
    editor.launch(program=os.fspath(file))
    lines = editor.ask("setBreakpoints", source={"path": os.fspath(file)}, breakpoints=[{"line": 3}])
    assert lines["body"]["breakpoints"] == [{"verified": True, "line": 3}]
    editor.ask("setExceptionBreakpoints", filters=["failure"])
    editor.ask("configurationDone")
    assert editor.wait("stopped")["body"]["reason"] == "breakpoint"
    assert editor.place()[0] == 3
    editor.ask("stepIn", threadId=1)
    editor.wait("stopped")
    editor.ask("reverseContinue", threadId=1)
    editor.wait("stopped")
    editor.ask("continue", threadId=1)
    stopped = editor.wait("stopped")["body"]
    while stopped["reason"] != "exception":
        editor.ask("continue", threadId=1)
        stopped = editor.wait("stopped")["body"]
    assert stopped["text"] == "no"
    assert editor.place()[0] == 2
    editor.ask("continue", threadId=1)
    assert editor.wait("output")["body"] == {"category": "stderr", "output": "error: no\n"}


def test_what_is_wrong_is_answered_and_the_session_goes_on(editor: Editor, tmp_path: Path) -> None:
    assert not editor.ask("stackTrace", threadId=1)["success"]
    assert not editor.ask("launch", program=os.fspath(tmp_path / "missing.nix"))["success"]
    assert not editor.ask("launch")["success"]
    refused = editor.ask("launch", expression="1 +")
    assert not refused["success"]
    assert "unexpected end of file" in refused["message"]
    assert not editor.ask("dance")["success"]
    assert not editor.ask("setBreakpoints")["success"]
    assert editor.ask("launch", expression="1 + 1", stopOnEntry=True)["success"]
    editor.ask("configurationDone")
    assert editor.wait("stopped")["body"]["reason"] == "entry"
    source = editor.ask("stackTrace", threadId=1)["body"]["stackFrames"][0]["source"]
    assert editor.ask("source", source=source, sourceReference=source["sourceReference"])["body"]["content"] == "1 + 1"


def test_broken_messages_end_the_session() -> None:
    for bad in (
        b"Content-Length: 99999999999\r\n\r\n{}",
        b"Content-Length: x\r\n\r\n{}",
        b"Hello: 1\r\n\r\n",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 3\r\n\r\nxyz",
        b"Content-Length: 200000\r\n\r\n" + b"[" * 200000,
    ):
        with pytest.raises(BrokenMessage):
            read(BytesIO(bad))
        out = BytesIO()
        Adapter(BytesIO(bad), out).serve()
        assert b'"event": "output"' in out.getvalue()
    assert read(BytesIO(b"")) is None
    assert read(BytesIO(b"Content-Length: 5\r\n\r\n{}")) is None


MODULES = Path(os.environ.get("LIXEVAL_PYODIDE", "/nonexistent")).parent
NODE_CLIENT = """
import { createRequire } from "node:module";
const [modules, adapter, program] = process.argv.slice(2);
const { DebugClient } = createRequire(modules + "/")("@vscode/debugadapter-testsupport");
const client = new DebugClient(adapter, "dap", "nix", { shell: false });
await client.start();
const told = [];
await Promise.all([
  client.configurationSequence(),
  client.launch({ program, stopOnEntry: true }),
  client.waitForEvent("stopped"),
]);
told.push((await client.stackTraceRequest({ threadId: 1 })).body.stackFrames[0].line);
client.setFunctionBreakpointsRequest({ breakpoints: [{ name: "x" }] });
const [, stopped] = await Promise.all([client.continueRequest({ threadId: 1 }), client.waitForEvent("stopped")]);
told.push(stopped.body.reason);
const back = await Promise.all([client.stepBackRequest({ threadId: 1 }), client.waitForEvent("stopped")]);
told.push(back[1].body.reason);
await client.stop();
console.log(JSON.stringify(told));
process.exit(0);
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node")
@pytest.mark.skipif(
    not (MODULES / "@vscode/debugadapter-testsupport").is_dir(),
    reason="npm's @vscode/debugadapter-testsupport is not there",
)
def test_the_client_of_an_editor_understands_it(tmp_path: Path, program: str) -> None:
    starter = tmp_path / "adapter.cjs"
    starter.write_text(
        "const { spawn } = require('node:child_process');\n"
        f"spawn({json.dumps(sys.executable)}, ['-m', 'lixeval', 'dap'], {{ stdio: 'inherit' }});\n"
    )
    script = tmp_path / "client.mjs"
    script.write_text(NODE_CLIENT.replace('"dap"', '"' + os.fspath(starter) + '"'))
    done = subprocess.run(
        ["node", script, os.fspath(MODULES), "node", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.strip().endswith('[1,"breakpoint","step"]'), done.stdout + done.stderr[-2000:]
