"""What was registered, kept beside the database: from this a lost or damaged one is made again.

    ROOT/nix/var/nix/db/registered      a line a registration, appended after it; the last line of a path counts
    line = "\\n" PATH TAB NAR-HASH TAB NAR-SIZE TAB TIME TAB DERIVER TAB CA TAB ULTIMATE TAB SIGNATURES TAB REFERENCES

Lists are separated by blanks; what is not known is empty.  Nobody believes a line that the files do not bear out (see
`rebuild`), so it is neither synced nor locked, and what cannot be written is left out.
"""

from __future__ import annotations

import os

from lixeval.errors import FormatError
from lixeval.formats import hashes
from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.formats.store_path import StorePath
from lixeval.store.path_info import PathInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


_NAME = "/registered"
_FIELDS = 9


def append(database_directory: str, infos: Iterable[PathInfo]) -> None:
    """Add the lines of paths that have become valid."""
    text = "".join("\n" + _line(info) for info in infos)
    try:
        descriptor = os.open(
            database_directory + _NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644
        )
        try:
            os.write(descriptor, bytes_of(text))  # in one piece, between those of others
        finally:
            os.close(descriptor)
    except OSError:
        return


def read(database_directory: str) -> dict[StorePath, PathInfo]:
    """The last sound line of each path."""
    try:
        with open(database_directory + _NAME, "rb") as file:
            lines = text_of(file.read()).split("\n")
    except FileNotFoundError:
        return {}
    found = {}
    for line in lines:
        info = _info(line)
        if info is not None:
            found[info.path] = info
    return found


def replace(database_directory: str, infos: Iterable[PathInfo]) -> None:
    """Keep the lines of these paths alone."""
    from lixeval.system.atomic import write_file

    write_file(database_directory + _NAME, bytes_of("".join("\n" + _line(info) for info in infos)), 0o644)


def size(database_directory: str) -> int:
    """Bytes of all lines."""
    try:
        return os.stat(database_directory + _NAME).st_size
    except OSError:
        return 0


def _line(info: PathInfo) -> str:
    return "\t".join(
        (
            *(info.path, info.nar_hash.prefixed_base16, str(info.nar_size), str(info.registration_time)),
            *(info.deriver or "", info.ca or "", "1" if info.ultimate else ""),
            *(" ".join(info.signatures), " ".join(info.references)),
        )
    )


def _info(line: str) -> PathInfo | None:
    fields = line.split("\t")
    if len(fields) != _FIELDS:
        return None
    path, nar_hash, nar_size, time, deriver, ca, ultimate, signatures, references = fields
    try:
        return PathInfo(
            StorePath(path),
            hashes.parse(nar_hash),
            int(nar_size),
            [StorePath(reference) for reference in references.split()],
            StorePath(deriver) if deriver else None,
            int(time),
            ca or None,
            bool(ultimate),
            signatures.split(),
        )
    except (FormatError, ValueError):
        return None
