"""What real Nix and lixeval make of pages: values, messages and places of errors, lines of `trace`.

Both read the same files.  Real Nix needs a process for each, since what it prints of one that fails is not told apart
from the next; one shell runs them all.  lixeval's command runs in a fork of this process, one page after the other: a
crash or an endless loop costs the pages behind it a new fork.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lixeval.parity.subjects import message_of
from tests.support import real_nix

SECONDS = 10
MODES = {"strict": ("--eval", "--strict"), "json": ("--eval", "--strict", "--json"), "lazy": ("--eval",)}
_PLACE = re.compile(r" at (?:/\S*?([^/\s]+\.nix)|\S+):(\d+):(\d+):?$", re.MULTILINE)


class Seen(NamedTuple):
    """What came of a page: "value" and its text or "error" and its message; the lines of `trace`; the places of the
    error, the first of which is the one to be named ("LINE:COLUMN").
    """

    status: str
    text: str
    traces: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


def of_nix(files: Sequence[Path], mode: str) -> list[Seen]:
    """What real Nix makes of the files, which lie in one folder."""
    if not files:
        return []
    words = shlex.join(("nix-instantiate", *MODES[mode], "--show-trace"))
    each = f'timeout {SECONDS} {words} "$i" >"$i.out" 2>"$i.err"; echo $? >"$i.code"'
    script = f'for i in "$@"; do {each}; done'
    subprocess.run([*real_nix.prefix(), "sh", "-c", script, "sh", *map(str, files)], check=True)
    return [_seen(*(_text(f"{file}.{part}") for part in ("code", "out", "err"))) for file in files]


def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8", errors="surrogateescape")


def of_lixeval(files: Sequence[Path], mode: str) -> list[Seen]:
    """What lixeval makes of them."""
    found: list[Seen] = []
    while len(found) < len(files):
        found += _in_fork(files[len(found) :], mode)
    return found


def _in_fork(files: Sequence[Path], mode: str) -> list[Seen]:
    """What comes of the first of the files, as many as the fork lived through and the one that ended it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with open(writing, "w", encoding="ascii") as answers:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            for file in files:
                signal.alarm(SECONDS)
                print(json.dumps(_by_command(file, mode)), file=answers, flush=True)
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="ascii") as answers:
        found = [_seen(*json.loads(line)) for line in answers]
    _, status = os.waitpid(child, 0)
    if status:
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
        found.append(Seen("timeout" if killed else "crash", f"the process ended with {status}"))
    return found


def _by_command(file: Path, mode: str) -> tuple[str, str, str]:
    from lixeval.cli import main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([*MODES[mode], "--no-eval-cache", "--show-trace", str(file)])
    return str(code), out.getvalue(), err.getvalue()


def _seen(code: str, out: str, err: str) -> Seen:
    traces = tuple(re.findall(r"^trace: .*", err, re.MULTILINE))
    if code.strip() == "0":
        return Seen("value", out.rstrip("\n"), traces)
    if code.strip() == "124":
        return Seen("timeout", "")
    if "Traceback" in err or code.strip() != "1":
        return Seen("crash", err)
    places = tuple(f"{line}:{column}" for _, line, column in _PLACE.findall(err))
    ours = re.search(r"^error: ((?:.|\n)*?)  \[E\d{4}\]$", err, re.MULTILINE)
    message = message_of(err) if ours is None else " ".join(line.strip() for line in ours[1].split("\n"))
    return Seen("error", message, traces, places)


def differences(nix: Seen, own: Seen) -> list[str]:
    """In what two runs of a page differ.

    lixeval chooses the place to name first by rules of its own: there is to be one.
    """
    if nix.status == "timeout" or nix == own:
        return []
    if nix.status != own.status:
        return ["status"]
    found = []
    if nix.status == "value" and nix.text != own.text:
        found.append("value")
    if nix.status == "error" and _told(nix.text) != _told(own.text):
        found.append("message")
    if nix.traces != own.traces:
        found.append("traces")
    if bool(own.places) < bool(nix.places):
        found.append("place")
    return found


def _told(message: str) -> str:
    """A message without the value that it quotes: how much of that is evaluated is nobody's business."""
    return re.sub(r"(: |')[\[{].*", "", message)
