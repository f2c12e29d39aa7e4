"""What moves on a terminal, and tables on one of 80 columns: nothing is wider, nothing is lost."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Callable

import pytest

from lixeval.build.observer import BuildObserver
from lixeval.cli.options import Options
from lixeval.cli.output import terminal
from lixeval.cli.output.live import one_line
from lixeval.cli.output.progress import observer_for
from lixeval.formats.store_path import StorePath
from lixeval.source import Source, Span, excerpt
from tests.support.terminals import read_all

NAMES = [
    StorePath(f"/nix/store/{'0' * 32}-{name}.drv") for name in ("a-package-of-a-very-long-name-1.2.3-unstable", "short")
]
NOISE = "\x1b[31mCC\x1b[0m some/very/long/path/to/a/source/file.cc \x1b]0;title\x07" + "日本語" * 40


def on_a_terminal(body: Callable[[], None], columns: int) -> str:
    """What a forked process writes on a terminal of its own, so many columns wide."""
    child, master = pty.fork()
    if child == 0:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115 - pytest has put another one in its place
        os.environ["TERM"] = "xterm"
        fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        try:
            body()
            sys.stderr.flush()
        finally:
            os._exit(0)
    seen = read_all(master)
    os.waitpid(child, 0)
    os.close(master)
    return seen.decode()


def _build(observer: BuildObserver) -> None:
    observer.plan(_Plan())  # type: ignore[arg-type]  # all that is asked of it
    for name in NAMES:
        observer.started(name, 1)
        observer.log_line(name, NOISE)


class _Plan:
    to_build = NAMES
    to_fetch = ()


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def _width(line: str) -> int:
    from rich.cells import cell_len

    return cell_len(line)


@pytest.mark.parametrize("told", ["", "80", "200"])
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_lines_are_never_wider_than_the_terminal(columns: int, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever COLUMNS says, which a shell had from another window."""
    monkeypatch.setenv("COLUMNS", told)

    def body() -> None:
        _build(observer_for(Options()))
        terminal.clear()

    seen = _plain(on_a_terminal(body, columns))
    lines = [line for line in re.split(r"[\r\n]+", seen) if line]
    assert max(map(_width, lines)) < columns
    last = [line for line in lines if "a-package" in line][-1]
    assert "━" in last
    assert last.rstrip().endswith("0:00:00")
    if columns >= 80:
        assert "a-package-of-a-very-long-name" in last
        assert "CC some" in last


def test_what_stays_is_printed_when_nothing_moves_any_more() -> None:
    def body() -> None:
        _build(observer_for(Options()))
        terminal.clear()
        print("error: interrupted", file=sys.stderr)

    seen = on_a_terminal(body, 80)
    rest = seen[seen.rindex("error: interrupted") :]
    assert "━" not in rest
    assert "\x1b[2K" in seen  # what moved is wiped


def test_a_line_of_a_log_steers_nothing() -> None:
    assert one_line("\x1b[31mred\x1b[0m \x1b]0;title\x07\x07x\ty") == "red \\x07x" + " " * 2 + "y"
    assert one_line("10%\r20%\r30%") == "30%"
    assert len(one_line("x" * 100_000)) <= 400


@pytest.mark.parametrize(
    ("words", "shown"), [({}, False), ({"print_build_logs": True}, True), ({"verbosity": 1}, True)]
)
def test_logs_in_a_pipe(words: dict[str, object], shown: bool, capsys: pytest.CaptureFixture[str]) -> None:
    options = Options()
    for name, value in words.items():
        setattr(options, name, value)
    _build(observer_for(options))
    assert ("short> " in capsys.readouterr().err) is shown
    options.no_build_output = True
    _build(observer_for(options))
    assert "short> " not in capsys.readouterr().err


def test_carets_stand_below_wide_letters() -> None:
    """Letters of East Asia take two columns of a terminal, and three bytes of a source."""
    source = Source("«string»", '"日本é" + x')
    assert excerpt(Span(source, 1, 14, 1, 15)).splitlines() == ['     1| "日本é" + x', "      |           ^"]
    assert excerpt(Span(source, 1, 1, 1, 11)).splitlines()[1] == "      | ^^^^^^^"
