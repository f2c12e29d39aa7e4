"""Tarballs and zip files unpacked for `fetchTarball`, whatever they contain.

Members land below the destination only: their names are taken as absolute paths there and made canonical, nothing is
written through a symbolic link, and of the metadata only the executable bit stays, as a NAR has no more.  An archive
that holds a single directory stands for that directory.  C++: `unpackTarfileToSink`, `dereferenceSingletonDirectory`.
"""

from __future__ import annotations

import os

from lixeval.errors import EvalError
from lixeval.runtime.operators import canonical_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tarfile
    from typing import IO, Any

MOST_BYTES = 64 << 30
MOST_TIMES = 2000
EVEN_IF_SMALL = 1 << 30
"""What an archive may become: so many bytes, or so many times its own size and a GiB; gzip gets to a thousand times."""
MOST_DEEP = 500
_CHUNK = 1 << 20
_MOST_LINK_BYTES = 4095
_ZSTANDARD_MARK = b"\x28\xb5\x2f\xfd"


def unpack(archive: str, destination: str) -> tuple[str, int]:
    """Unpacks the archive file into the new directory `destination`.

    Gives the directory that the archive stands for, and the time of its newest member in seconds since 1970.

    Raises EvalError for what is no archive, is damaged, or would leave the destination.
    """
    import tarfile
    import zipfile
    import zlib
    from lzma import LZMAError

    os.mkdir(destination)
    try:
        if zipfile.is_zipfile(archive):
            modified = _unpack_zip(archive, destination)
        else:
            modified = _unpack_tar(archive, destination)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, LZMAError, zlib.error, ValueError) as error:
        raise EvalError(f"Failed to open archive ({error})") from None
    except OSError as error:
        raise EvalError(f"Failed to unpack archive ({error.strerror or error})") from None
    entries = os.listdir(destination)
    if len(entries) == 1:
        only = os.path.join(destination, entries[0])
        if os.path.isdir(only) and not os.path.islink(only):
            return only, modified
    return destination, modified


def _unpack_tar(archive: str, destination: str) -> int:
    modified = 0
    room = _Room(archive)
    with open(archive, "rb") as file:
        compressed = file.read(4) == _ZSTANDARD_MARK
        file.seek(0)
        source = _decompressed(file) if compressed else file
        with _opened_tar(source, "r|" if compressed else "r:*") as members:
            for member in members:
                room.take(member.name, member.size)
                _write_member(members, member, destination)
                modified = max(modified, _seconds(member.mtime))
    return modified


class _Room:
    """How much an archive may still become: what unpacks beyond reason is refused before it is written."""

    def __init__(self, archive: str) -> None:
        size = os.stat(archive).st_size
        self._rest = min(MOST_BYTES, MOST_TIMES * size + EVEN_IF_SMALL)

    def take(self, name: str, size: int) -> None:
        """Counts a member of that size, and the file system's own needs for it."""
        self._rest -= size + 512
        if size < 0 or self._rest < 0:
            raise EvalError(f"the archive unpacks beyond reason: '{name}' alone has {size} bytes")


def _seconds(time: float) -> int:
    """A member's time; 0 for what is no time."""
    return int(time) if 0 <= time < 1 << 40 else 0


def _opened_tar(file: IO[bytes], mode: str) -> tarfile.TarFile:
    import tarfile

    class Header(tarfile.TarInfo):
        """The header of a member; tarfile itself takes a damaged one for the end of the archive."""

        @classmethod
        def fromtarfile(cls, archive: tarfile.TarFile) -> Header:
            try:
                return super().fromtarfile(archive)
            except tarfile.HeaderError as error:
                if type(error).__name__ in ("EmptyHeaderError", "EOFHeaderError"):
                    raise
                raise tarfile.ReadError(f"Damaged tar archive: {error}") from None

    try:
        options: dict[str, Any] = {"mode": mode, "errorlevel": 2, "tarinfo": Header}
        return tarfile.open(fileobj=file, **options)
    except tarfile.ReadError:
        raise EvalError("Failed to open archive (Unrecognized archive format)") from None


def _decompressed(file: IO[bytes]) -> IO[bytes]:
    try:
        import zstandard
    except ImportError:
        raise EvalError(
            "Failed to open archive (it is compressed with zstd)",
            hint="install the Python package 'zstandard'",
        ) from None
    return zstandard.ZstdDecompressor().stream_reader(file)


def _write_member(members: tarfile.TarFile, member: tarfile.TarInfo, destination: str) -> None:
    path = _place(destination, member.name)
    if member.isdir():
        _make_directories(destination, path)
    elif member.issym():
        _make_room(destination, path)
        os.symlink(member.linkname, path)
    elif member.islnk():
        _copy_link(destination, _place(destination, member.linkname), path, member.name)
    elif member.isreg():
        content = members.extractfile(member)
        assert content is not None
        _write_file(destination, path, content, bool(member.mode & 0o100))
    else:
        raise EvalError(f"file '{member.name}' has an unsupported type")


def _unpack_zip(archive: str, destination: str) -> int:
    import stat
    import time
    import zipfile

    modified = 0
    room = _Room(archive)
    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            path = _place(destination, member.filename)
            room.take(member.filename, member.file_size)
            mode = member.external_attr >> 16
            modified = max(modified, int(time.mktime((*member.date_time, 0, 0, -1))))
            if member.is_dir():
                _make_directories(destination, path)
            elif stat.S_ISLNK(mode):
                _make_room(destination, path)
                if member.file_size > _MOST_LINK_BYTES:
                    raise EvalError(f"the link '{member.filename}' in the archive is too long")
                os.symlink(members.read(member).decode("utf-8", "surrogateescape"), path)
            else:
                with members.open(member) as content:
                    _write_file(destination, path, content, bool(mode & 0o100))
    return modified


def _place(destination: str, name: str) -> str:
    """Where a member goes: never outside of the destination, whatever its name is."""
    path = canonical_path("/" + name).rstrip("/")
    if path.count("/") > MOST_DEEP:
        raise EvalError(f"the archive has folders more than {MOST_DEEP} deep")
    return destination + path


def _make_directories(destination: str, path: str) -> None:
    """Makes a directory and those above it, up to the destination; none of them may be anything else already."""
    if path == destination:
        return
    missing: list[str] = []
    while path != destination:
        if os.path.islink(path) or (os.path.lexists(path) and not os.path.isdir(path)):
            raise EvalError(f"the archive has entries below '{path[len(destination) :]}', which is not a directory")
        if not os.path.isdir(path):
            missing.append(path)
        path = os.path.dirname(path)
    for path in reversed(missing):
        os.mkdir(path)


def _make_room(destination: str, path: str) -> None:
    """The directory for a file; an earlier member of the same name gives way."""
    if path == destination:
        raise EvalError("the archive has an entry without a name")
    _make_directories(destination, os.path.dirname(path))
    if os.path.lexists(path):
        if os.path.isdir(path) and not os.path.islink(path):
            raise EvalError(f"the archive has both a directory and a file '{path[len(destination) :]}'")
        os.unlink(path)


def _write_file(destination: str, path: str, content: IO[bytes], executable: bool) -> None:
    _make_room(destination, path)
    with open(path, "xb") as target:
        while chunk := content.read(_CHUNK):
            target.write(chunk)
    os.chmod(path, 0o755 if executable else 0o644)


def _copy_link(destination: str, source: str, path: str, name: str) -> None:
    """A hard link becomes a copy of the file that it links to."""
    from shutil import copyfile, copymode

    _make_directories(destination, os.path.dirname(source))
    if os.path.islink(source) or not os.path.isfile(source):
        raise EvalError(f"'{name}' is linked to a file that is not in the archive")
    _make_room(destination, path)
    copyfile(source, path)
    copymode(source, path)
