"""What transfers show: one line a blob in a pipe, bars on a terminal, both with what became of everything."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Callable

import pytest

from lixeval.cli.options import Options
from lixeval.cli.output import transfers
from lixeval.formats import sizes
from lixeval.oci.registry.observer import TransferObserver
from tests.support.terminals import read_all

A, B, C = ("sha256:" + letter * 64 for letter in "abc")


def play(observer: TransferObserver) -> None:
    observer.packing(C, 50_000_000)
    observer.advanced(C, 50_000_000)
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
        "packing cccccccccccc (47.7 MiB)",
        "cccccccccccc packed (47.7 MiB)",
        "HTTP status 503; trying again",
        "bbbbbbbbbbbb there already (12 B)",
        "aaaaaaaaaaaa uploaded (1.2 MiB)",
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
    assert "2 blobs: 1 there already, 1 uploaded (1.2 MiB)" in seen


def on_a_terminal(body: Callable[[], None]) -> str:
    """What a forked process writes on a terminal of its own."""
    child, terminal = pty.fork()
    if child == 0:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115 - pytest has put another one in its place
        try:
            body()
        finally:
            os._exit(0)
    seen = read_all(terminal)
    os.waitpid(child, 0)
    os.close(terminal)
    return seen.decode()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1024, "1.0 KiB"),
        (1_048_524, "1023.9 KiB"),
        (1_048_575, "1.0 MiB"),
        (5 << 40, "5.0 TiB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert sizes.size(count) == text


@pytest.mark.parametrize(
    ("done", "total", "text"), [(0, 12, "0/12 B"), (512, 2048, "0.5/2.0 KiB"), (1 << 20, 12 << 20, "1.0/12.0 MiB")]
)
def test_progress(done: int, total: int, text: str) -> None:
    assert sizes.progress(done, total) == text
