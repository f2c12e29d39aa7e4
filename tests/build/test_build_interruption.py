"""Ctrl-C, SIGTERM and kill -9 in the middle of builds: no builder goes on, nothing half made counts, nothing blocks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import lixeval
from lixeval.build.sandbox.isolation import choose
from lixeval.errors import BuildError
from lixeval.store.verify import verify

if TYPE_CHECKING:
    from tests.support.workshop import Workshop

# What the other process does: realise one derivation of the store, and say how that ended.
CHILD = """
import dataclasses, sys
from lixeval.build import preparation
from lixeval.build.sandbox.isolation import Isolation
from lixeval.store.local import LocalStore
from lixeval.build.realise import BuildSettings, Wanted, realise

root, build_directory, kind, *drv_paths = sys.argv[1:]
preparation.choose = lambda setting, *, diverted: Isolation[kind]
settings = BuildSettings(
    sandbox_paths={path: path + "?" for path in ("/bin", "/usr", "/lib", "/lib64")},
    build_directory=build_directory,
    system="x86_64-linux",
    max_jobs=4,
)
try:
    realise(LocalStore(root), [Wanted(path) for path in drv_paths], settings)
except KeyboardInterrupt:
    sys.exit("interrupted")
"""
# Recognisable in /proc: a duration that nobody else sleeps.
DURATION = "987.125"
SCRIPT = f"mkdir $out; echo half > $out/half; (sleep {DURATION} & sleep {DURATION}); echo > $out/whole"


def start(workshop: Workshop, kind: str, *drv_paths: str) -> subprocess.Popen[bytes]:
    """Start building in another process, and wait until the builders sleep."""
    source = str(Path(lixeval.__file__).parent.parent)
    arguments = [workshop.store.root, str(workshop.build_directory), kind, *drv_paths]
    workshop.store.flush()
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments],
        env={**os.environ, "PYTHONPATH": source},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_until(lambda: len(sleepers()) >= 2 * len(drv_paths) or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    return process


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this takes too long"
        time.sleep(0.01)


def sleepers(duration: str = DURATION) -> list[int]:
    """The processes that sleep for so many seconds."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0")[:2] == [b"sleep", duration.encode()]:
                    found.append(int(entry))
            except OSError:
                continue
    return found


def stray_children(process: subprocess.Popen[bytes]) -> list[str]:
    """Build processes that outlive their realiser: they have its command line."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != process.pid:
            try:
                if CHILD.encode() in Path(f"/proc/{entry}/cmdline").read_bytes():
                    found.append(entry)
            except OSError:
                continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_death_of_the_realiser(
    isolated_workshop: Workshop, number: signal.Signals, request: pytest.FixtureRequest
) -> None:
    workshop = isolated_workshop
    kind = request.node.callspec.params["isolated_workshop"].name
    drv_paths = [workshop.derivation(f"long-{index}", SCRIPT) for index in range(2)]
    process = start(workshop, kind, *drv_paths)
    process.send_signal(number)
    stderr = process.communicate(timeout=20)[1]
    if number != signal.SIGKILL:
        assert stderr == (b"interrupted\n" if number == signal.SIGINT else b"")
        assert process.returncode == (1 if number == signal.SIGINT else 128 + signal.SIGTERM)
        assert sleepers() == []
        assert workshop.leftovers() == []
    wait_until(lambda: not sleepers() and not stray_children(process))
    for drv_path in drv_paths:
        assert not workshop.store.is_valid(workshop.out(drv_path))
    stray = [name for name in workshop.leftovers() if not name.endswith(".lock")]
    assert stray == []
    # The next run is not held up by a lock, and does it all.
    again = workshop.derivation("long-0", SCRIPT.replace(DURATION, "0"))
    assert again != drv_paths[0]
    workshop.build(again)
    assert not [said for said in workshop.recorder.messages if "waiting for another process" in said]


def test_death_of_a_build_process(workshop: Workshop) -> None:
    """Killed from outside (for lack of memory, say): an error, and its builder goes with it."""
    drv_path = workshop.derivation("long", SCRIPT)

    def started(path: str, pid: int) -> None:
        wait_until(lambda: len(sleepers()) >= 2)
        os.kill(pid, signal.SIGKILL)

    workshop.recorder.started = started  # type: ignore[method-assign, assignment]  # only this one is to do something
    with pytest.raises(BuildError, match=r"the process that built '.*' died of signal 9"):
        workshop.build(drv_path)
    wait_until(lambda: not sleepers())
    # It could not clean up; the next build of the same derivation does.
    workshop.recorder = type(workshop.recorder)()
    assert any(name.endswith(".drv.chroot") for name in workshop.leftovers())
    with pytest.raises(BuildError, match="timed out"):
        workshop.build(drv_path, timeout=0.3)
    assert not any(name.endswith(".drv.chroot") for name in workshop.leftovers())


def test_remains_of_a_crash_are_replaced(workshop: Workshop) -> None:
    """A tree in the place of an output that was never registered: the rest of a crash between renaming and that."""
    drv_path = workshop.derivation("fresh", "echo whole > $out")
    remains = Path(workshop.store.real(workshop.out(drv_path)))
    remains.mkdir(parents=True)
    (remains / "half").write_text("half")
    remains.chmod(0o555)
    workshop.build(drv_path)
    assert workshop.read(drv_path) == "whole\n"
    assert verify(workshop.store, check_contents=True) == []


def test_interrupted_in_the_middle(workshop: Workshop) -> None:
    """KeyboardInterrupt from within the realiser's own process, at the worst of places: an observer."""
    drv_path = workshop.derivation("long", f"echo now; sleep {DURATION}")

    def log_line(path: str, line: str) -> None:
        raise KeyboardInterrupt

    workshop.recorder.log_line = log_line  # type: ignore[method-assign, assignment]  # only this one is to do something
    with pytest.raises(KeyboardInterrupt):
        workshop.build(drv_path)
    assert sleepers() == []
    assert workshop.leftovers() == []


def test_two_realisers_build_the_same_once(workshop: Workshop) -> None:
    drv_path = workshop.derivation("shared", "sleep 3.125; date +%s%N > $out")
    workshop.store.flush()
    source = str(Path(lixeval.__file__).parent.parent)
    kind = choose("required", diverted=True).name
    other = subprocess.Popen(
        [sys.executable, "-c", CHILD, workshop.store.root, str(workshop.build_directory), kind, drv_path],
        env={**os.environ, "PYTHONPATH": source},
    )
    # Not when the lock's file is there, for it is made before it is locked: when the builder sleeps.
    wait_until(lambda: len(sleepers("3.125")) > 0 or other.poll() is not None)
    assert workshop.build(drv_path).built == ()
    assert any("waiting for another process" in message for message in workshop.recorder.messages)
    assert workshop.store.is_valid(workshop.out(drv_path))
    assert other.wait(20) == 0
    assert workshop.leftovers() == []


DEEP = """
import _thread, sys
from lixeval.system.signals import ending_politely

def first() -> None:
    # Whoever imports `threading` first is taken for the main thread by it.
    import threading
    with ending_politely():
        print("in a thread", flush=True)
    done.release()

done = _thread.allocate_lock()
done.acquire()
_thread.start_new_thread(first, ())
done.acquire()
try:
    with ending_politely():
        import os, signal
        os.kill(os.getpid(), signal.SIGTERM)
finally:
    print("unwound", flush=True)
"""


def test_the_main_thread_unwinds_whoever_imported_threading() -> None:
    done = subprocess.run([sys.executable, "-c", DEEP], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "in a thread\nunwound\n"), done.stderr
