"""The dynamic part of an ELF file: what it needs from others and who loads it.

A program taken from the host runs elsewhere only if its loader (PT_INTERP) and every library it names (DT_NEEDED) come
along.  This reader answers exactly that, from a handful of small reads; nothing else of the file is looked at.  First
step from "the host has this package" to "these store paths must be in its closure".

    file     = ehdr … phdr[e_phnum] …                    32 or 64 bit, little or big endian (e_ident[4], e_ident[5])
    phdr     = PT_LOAD (1)    maps file offsets to virtual addresses
             | PT_DYNAMIC (2) an array of (tag, value), ended by DT_NULL
             | PT_INTERP (3)  the loader's path, NUL terminated
    dynamic  = NEEDED 1, STRTAB 5, STRSZ 10, SONAME 14, RPATH 15, RUNPATH 29: values are offsets into STRTAB,
               whose own value is a virtual address

Source: System V ABI, "Object Files" and "Program Loading and Dynamic Linking".
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from lixeval.errors import FormatError

MAGIC = b"\x7fELF"
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_RPATH, _DT_RUNPATH = 1, 5, 10, 15, 29
_MAX_TABLE = 64 << 20
"""Tables larger than this are damage, not programs; refusing them keeps a broken file from eating the memory."""


@dataclass(frozen=True, slots=True)
class Elf:
    """What the dynamic loader would want to know.

    `bits` is 32 or 64; `machine` the e_machine number (62 = x86-64, 183 = AArch64); `interpreter` the PT_INTERP path or
    None; `search` the directories of DT_RUNPATH, or of DT_RPATH where there is no DT_RUNPATH, `$ORIGIN` unexpanded.
    A file without a dynamic section (static program, object file) has `is_dynamic` False.
    """

    bits: int
    machine: int
    is_dynamic: bool
    interpreter: str | None = None
    needed: tuple[str, ...] = ()
    search: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Segment:
    kind: int
    offset: int
    address: int
    size: int


def read_elf(path: str) -> Elf | None:
    """The `Elf` of the file at `path`; None if it is not ELF.  Raises FormatError for a file that is damaged."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        header = os.pread(descriptor, 64, 0)
        if header[:4] != MAGIC:
            return None
        try:
            return _read(descriptor, header)
        except (struct.error, IndexError) as error:
            raise FormatError(f"the ELF file '{path}' is damaged: {error}") from error
    finally:
        os.close(descriptor)


def _read(descriptor: int, header: bytes) -> Elf:
    is_64 = header[4] == 2
    order = "<" if header[5] == 1 else ">"
    machine = struct.unpack_from(order + "H", header, 18)[0]
    segments = _segments(descriptor, header, order, is_64)
    interpreter: str | None = None
    dynamic: _Segment | None = None
    for segment in segments:
        if segment.kind == _PT_INTERP:
            interpreter = os.fsdecode(_pread(descriptor, segment.size, segment.offset).split(b"\0", 1)[0])
        elif segment.kind == _PT_DYNAMIC:
            dynamic = segment
    bits = 64 if is_64 else 32
    if dynamic is None:
        return Elf(bits, machine, False, interpreter)
    tags = _dynamic_tags(_pread(descriptor, dynamic.size, dynamic.offset), order, is_64)
    text = _string_table(descriptor, segments, tags)

    def string(offset: int) -> str:
        return os.fsdecode(text[offset : text.index(b"\0", offset)]) if 0 <= offset < len(text) else ""

    search = next((tags[tag] for tag in (_DT_RUNPATH, _DT_RPATH) if tags.get(tag)), [])
    return Elf(
        bits,
        machine,
        True,
        interpreter,
        needed=tuple(string(offset) for offset in tags.get(_DT_NEEDED, [])),
        search=tuple(entry for offset in search for entry in string(offset).split(":") if entry),
    )


def _segments(descriptor: int, header: bytes, order: str, is_64: bool) -> list[_Segment]:
    if is_64:
        table_offset = struct.unpack_from(order + "Q", header, 32)[0]
        entry_size, count = struct.unpack_from(order + "HH", header, 54)
    else:
        table_offset = struct.unpack_from(order + "I", header, 28)[0]
        entry_size, count = struct.unpack_from(order + "HH", header, 42)
    table = _pread(descriptor, entry_size * count, table_offset)
    segments: list[_Segment] = []
    for index in range(count):
        if is_64:
            kind, _, offset, address, _, size = struct.unpack_from(order + "IIQQQQ", table, index * entry_size)
        else:
            kind, offset, address, _, size = struct.unpack_from(order + "IIIII", table, index * entry_size)
        segments.append(_Segment(kind, offset, address, size))
    return segments


def _dynamic_tags(table: bytes, order: str, is_64: bool) -> dict[int, list[int]]:
    tags: dict[int, list[int]] = {}
    for tag, value in struct.iter_unpack(order + ("qQ" if is_64 else "iI"), table):
        if tag == 0:
            break
        tags.setdefault(tag, []).append(value)
    return tags


def _string_table(descriptor: int, segments: list[_Segment], tags: dict[int, list[int]]) -> bytes:
    if _DT_STRTAB not in tags:
        return b""
    address = tags[_DT_STRTAB][0]
    size = tags.get(_DT_STRSZ, [0])[0]
    for segment in segments:
        if segment.kind == _PT_LOAD and segment.address <= address < segment.address + segment.size:
            return _pread(descriptor, size, address - segment.address + segment.offset)
    raise struct.error("the string table lies in no segment")


def _pread(descriptor: int, size: int, offset: int) -> bytes:
    if size > _MAX_TABLE:
        raise struct.error(f"a table of {size} bytes")
    data = os.pread(descriptor, size, offset)
    if len(data) != size:
        raise struct.error("it is cut short")
    return data
