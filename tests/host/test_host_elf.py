"""The ELF reader against this machine's own files and against damage."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.errors import FormatError
from lixeval.host.elf import read_elf


def own_python() -> str:
    return os.path.realpath(sys.executable)


def test_python_is_a_dynamic_program_of_this_machine() -> None:
    elf = read_elf(own_python())
    assert elf is not None
    assert elf.bits == 64
    if elf.interpreter is None:
        pytest.skip("this Python is a static program")
    assert elf.is_dynamic
    assert os.path.exists(elf.interpreter)
    assert any(name.startswith("libc.") for name in elf.needed)


def test_agrees_with_readelf() -> None:
    readelf = shutil.which("readelf")
    if readelf is None:
        pytest.skip("readelf (binutils) is not installed")
    elf = read_elf(own_python())
    assert elf is not None
    text = subprocess.run([readelf, "-dl", own_python()], capture_output=True, text=True, check=True).stdout
    needed = [line.split("[")[1].rstrip("]") for line in text.splitlines() if "(NEEDED)" in line]
    assert list(elf.needed) == needed
    if elf.interpreter is not None:
        assert f"[Requesting program interpreter: {elf.interpreter}]" in text


def test_what_is_not_elf(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    assert read_elf(str(script)) is None
    (tmp_path / "empty").write_bytes(b"")
    assert read_elf(str(tmp_path / "empty")) is None


@pytest.mark.parametrize("length", [5, 40, 64, 100, 500])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, length: int) -> None:
    damaged = tmp_path / "damaged"
    with open(own_python(), "rb") as file:
        damaged.write_bytes(file.read(length))
    with pytest.raises(FormatError, match="damaged"):
        read_elf(str(damaged))


def handmade(runpath: bool) -> bytes:
    """A little-endian 32 bit library: one PT_LOAD over everything, a dynamic section, a string table."""
    import struct

    strings = b"\0libfoo.so.1\0libme.so\0$ORIGIN/../x:/opt/y\0"
    table = 52 + 2 * 32
    text = table + 6 * 8
    tags = [(1, 1), (14, 13), (29 if runpath else 15, 22), (5, 0x1000 + text), (10, len(strings)), (0, 0)]
    header = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 3, 3, 1, 0, 52, 0, 0, 52, 32, 2, 0, 0, 0)
    size = text + len(strings)
    load = struct.pack("<IIIIIIII", 1, 0, 0x1000, 0x1000, size, size, 4, 4096)
    dynamic = struct.pack("<IIIIIIII", 2, table, 0x1000 + table, 0, 48, 48, 4, 4)
    return header + load + dynamic + b"".join(struct.pack("<iI", *tag) for tag in tags) + strings


@pytest.mark.parametrize("runpath", [True, False])
def test_needed_and_search_path_of_a_32_bit_library(tmp_path: Path, runpath: bool) -> None:
    path = tmp_path / "lib.so"
    path.write_bytes(handmade(runpath))
    elf = read_elf(str(path))
    assert elf is not None
    assert (elf.bits, elf.machine, elf.interpreter) == (32, 3, None)
    assert elf.needed == ("libfoo.so.1",)
    assert elf.search == ("$ORIGIN/../x", "/opt/y")
