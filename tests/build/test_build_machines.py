"""Slots of remote builders: taken once, and free again as soon as their build is over."""

from __future__ import annotations

import os
from pathlib import Path

from lixeval.build.machines import Machines, parse

LINE = "unix:///nowhere x86_64-linux - 1 1"


def test_a_slot_is_taken_once(tmp_path: Path) -> None:
    first, second = (Machines(parse(LINE, "x86_64-linux"), str(tmp_path)) for _ in range(2))
    suiting = first.suiting("x86_64-linux", frozenset())
    slot = first.take(suiting)
    assert slot is not None
    assert second.take(suiting) is None
    slot.release()
    second.look()
    assert second.take(suiting) is not None


def test_a_slot_is_free_while_a_build_begun_later_still_runs(tmp_path: Path) -> None:
    """The process of that build has inherited the slot's descriptor, as every process that is forked."""
    machines = Machines(parse(LINE, "x86_64-linux"), str(tmp_path))
    suiting = machines.suiting("x86_64-linux", frozenset())
    slot = machines.take(suiting)
    assert slot is not None
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(write)
        os.read(read, 1)  # until the test is over
        os._exit(0)
    os.close(read)
    try:
        slot.release()
        machines.look()
        assert machines.have_room
        assert machines.take(suiting) is not None
    finally:
        os.close(write)
        os.waitpid(child, 0)
