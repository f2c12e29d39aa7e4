"""The kernel, spoken to by Jupyter's own client."""

from __future__ import annotations

import html
import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lixeval.cli import main
from lixeval.cli.notebook.answers import NotebookSession
from tests.repl.record_answers import RECORDED
from tests.repl.repl_inputs import INPUTS
from tests.repl.test_repl_as_in_nix import OTHERWISE
from tests.support.collections_seen import Looks
from tests.system.test_system_long_lived import ROUNDS, VALUE, cycles, lets_go

manager = pytest.importorskip("jupyter_client.manager", reason="jupyter_client is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed (extra 'notebook')")

SECONDS = 90


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("jupyter")
    before = dict(os.environ)
    os.environ |= {"JUPYTER_DATA_DIR": os.fspath(folder), "LIXEVAL_STORE": os.fspath(folder / "store")}
    assert main(["kernel", "install"]) == 0
    kernel, client = manager.start_new_kernel(kernel_name="lixeval", startup_timeout=SECONDS)
    client.kernel = kernel
    yield client
    client.stop_channels()
    kernel.shutdown_kernel(now=True)
    os.environ.clear()
    os.environ.update(before)


def run(client: Any, code: str) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """The reply to a cell, and what it showed."""
    shown: list[tuple[str, dict[str, Any]]] = []
    reply = client.execute_interactive(
        code, timeout=SECONDS, output_hook=lambda message: shown.append((message["msg_type"], message["content"]))
    )
    return reply["content"], [one for one in shown if one[0] not in ("status", "execute_input")]


def test_cells_share_variables_and_may_have_several_lines(client: Any) -> None:
    assert run(client, "x = 20")[1] == []
    reply, shown = run(client, "y = x + 1\nx + y")
    assert reply["status"] == "ok"
    assert shown == [("stream", {"name": "stdout", "text": "41\n"})]
    assert run(client, "let\n  a = 1;\nin\nx\n+ a")[1] == [("stream", {"name": "stdout", "text": "21\n"})]
    assert run(client, "")[0]["status"] == "ok"


def test_cells_are_answered_as_at_the_prompt_of_nix(client: Any) -> None:
    """What real Nix's REPL has said to the same lines, one after the other; errors have their place, with a caret."""
    assert len(INPUTS) > 80
    recorded = json.loads(RECORDED.read_text()) | OTHERWISE
    wrong = {}
    run(client, ":r")
    for code in INPUTS:
        reply, shown = run(client, code)
        text = "".join(content["text"] for kind, content in shown if kind == "stream")
        answer = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", text).split("\n") if line.strip()]
        if reply["status"] == "error":
            answer = ["error"]
            place = "\n".join(reply["traceback"])
            assert "^" in place or reply["ename"] == "UsageError", (code, place)
        if answer != recorded[code]:
            wrong[code] = answer
    assert wrong == {}


def test_a_cell_that_never_ends_is_interrupted(client: Any) -> None:
    endless = "let l = builtins.genList (x: x) 99999; in builtins.foldl' (a: b: builtins.foldl' (c: d: c + d) a l) 0 l"
    threading.Timer(2, client.kernel.interrupt_kernel).start()
    reply, shown = run(client, f"{endless}\n1")
    assert (reply["status"], reply["ename"]) == ("error", "KeyboardInterrupt")
    assert [kind for kind, _ in shown] == ["error"]
    assert run(client, "1 + 1")[1] == [("stream", {"name": "stdout", "text": "2\n"})]


def test_commands_and_what_evaluation_says(client: Any) -> None:
    assert run(client, ":t 1 + 1")[1] == [("stream", {"name": "stdout", "text": "an integer\n"})]
    shown = run(client, 'builtins.trace "here" 1')[1]
    assert ("stream", {"name": "stderr", "text": "trace: here\n"}) in shown


def test_errors_have_their_place_and_the_kernel_goes_on(client: Any) -> None:
    reply, shown = run(client, "1 + 1\n{ a = 1; }.b\n3")
    assert (reply["status"], reply["ename"]) == ("error", "MissingAttribute")
    assert shown[0] == ("stream", {"name": "stdout", "text": "2\n"})
    assert shown[1][0] == "error"
    assert any("^" in line for line in shown[1][1]["traceback"])
    assert run(client, "2")[0]["status"] == "ok"


def test_steps_know_the_variables_of_the_notebook(client: Any) -> None:
    run(client, "base = 20\nadd = n: n + base")
    [(_, content)] = run(client, ":steps add 1")[1]
    assert content["data"]["text/plain"].endswith(" steps")
    assert '"outcome":{"value":21}' in html.unescape(content["data"]["text/html"]).replace(" ", "")


def test_steps_are_a_page(client: Any) -> None:
    [(kind, content)] = run(client, ":steps let x = 1 + 1; in x * x")[1]
    assert kind == "display_data"
    assert content["data"]["text/html"].startswith('<iframe sandbox="allow-scripts" srcdoc=')
    assert content["data"]["text/plain"].endswith(" steps")


def test_completion_and_documentation(client: Any) -> None:
    client.complete("builtins.concatS", 16)
    content = client.get_shell_msg(timeout=SECONDS)["content"]
    assert content["matches"] == ["builtins.concatStringsSep"]
    assert content["cursor_start"] == 0
    client.complete(":ste", 4)
    assert client.get_shell_msg(timeout=SECONDS)["content"]["matches"] == [":steps"]
    client.inspect("builtins.map", 12)
    found = client.get_shell_msg(timeout=SECONDS)["content"]
    assert "Synopsis: builtins.map" in found["data"]["text/plain"]
    client.is_complete("let x = 1;")
    assert client.get_shell_msg(timeout=SECONDS)["content"]["status"] == "incomplete"


def test_cells_let_go_of_what_nobody_can_reach(client: Any, tmp_path: Path) -> None:
    looks = Looks(tmp_path)
    kernel, own = manager.start_new_kernel(
        kernel_name="lixeval", startup_timeout=SECONDS, env=os.environ | looks.environment
    )
    try:
        for _ in range(ROUNDS):
            assert run(own, cycles())[1] == [("stream", {"name": "stdout", "text": f"{VALUE}\n"})]
    finally:
        own.stop_channels()
        kernel.shutdown_kernel(now=True)
    lets_go(looks)


def test_install_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kernel", "install", "--prefix", os.fspath(tmp_path)]) == 0
    folder = Path(capsys.readouterr().out.strip())
    assert folder == tmp_path / "share/jupyter/kernels/lixeval"
    made = json.loads((folder / "kernel.json").read_text())
    assert made["argv"][0] == sys.executable
    assert main(["kernel", "start"]) == 1


def test_a_cell_that_is_interrupted_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIXEVAL_STORE", os.fspath(tmp_path))
    session = NotebookSession(lambda text: None)

    def interrupted(line: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(session._session, "answer", interrupted)
    assert [answered.error for answered in session.answers("1")] == [
        ("KeyboardInterrupt", "interrupted", "error: interrupted")
    ]
