"""What transfers show: one line a blob in a pipe, bars on a terminal, both with what became of everything."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Callable

import pytest

from lixeval.cli.options import Options
from lixeval.cli.output import transfers

A, B, C = ("sha256:" + letter * 64 for letter in "abc")


def play(observer: transfers.TransferObserver) -> None:
    observer.started(C, 5_000_000)
    observer.advanced(C, 5_000_000)
    observer.finished(C, "packed")
    observer.started(A, 1_234_567)
    observer.started(B, 12)
    observer.advanced(A, 600_000)
    observer.message("HTTP status 503; trying again")
    observer.finished(B, "there already")
    observer.advanced(A, 1_234_567)
    observer.finished(A, "uploaded")


def test_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    shown = transfers.transfers_for(Options())
    play(shown.observer)
    shown.close()
    assert capsys.readouterr().err.splitlines() == [
        "cccccccccccc packed (5.0 MB)",
        "HTTP status 503; trying again",
        "bbbbbbbbbbbb there already (12 B)",
        "aaaaaaaaaaaa uploaded (1.2 MB)",
    ]


def test_quietly(capsys: pytest.CaptureFixture[str]) -> None:
    options = Options()
    options.quiet = True
    shown = transfers.transfers_for(options)
    play(shown.observer)
    shown.close()
    assert capsys.readouterr().err == ""


def test_on_a_terminal() -> None:
    def body() -> None:
        os.environ["TERM"] = "xterm"
        shown = transfers.transfers_for(Options())
        play(shown.observer)
        shown.close()
        sys.stderr.flush()

    seen = on_a_terminal(body)
    assert "HTTP status 503; trying again" in seen
    assert "2 blobs: 1 there already, 1 uploaded (1.2 MB)" in seen


def on_a_terminal(body: Callable[[], None]) -> str:
    """What a forked process writes on a terminal of its own."""
    child, terminal = pty.fork()
    if child == 0:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115 - pytest has put another one in its place
        try:
            body()
        finally:
            os._exit(0)
    seen = b""
    try:
        while data := os.read(terminal, 1 << 16):
            seen += data
    except OSError:
        pass  # Linux says so at the end
    os.waitpid(child, 0)
    os.close(terminal)
    return seen.decode()


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (5 * 10**12, "5.0 TB")],
)
def test_sizes(size: int, text: str) -> None:
    assert transfers.readable(size) == text
