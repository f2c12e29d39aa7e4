"""What is written for the user: a file or a folder appears under its name complete, or not at all (`system.atomic`).

What already stands under the name is replaced only if the caller says that it is of the kind he writes.  A folder is
filled beside the target.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator

from lixeval.errors import ImageError
from lixeval.system.atomic import UNFINISHED, beside, complete_file

_IN_THE_WAY = "move it away, or choose another name: it is not overwritten"


def _failure(path: str, error: OSError) -> ImageError:
    hint = None
    # Not every failure while writing is about the target: a blob that vanished names itself.
    named = error.filename if isinstance(error.filename, str) and not error.filename.endswith(UNFINISHED) else ""
    other = f"{named}: " if named and path not in named else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "nothing was left behind; free some space or choose another place"
    return ImageError(f"cannot write '{path}': {other}{error.strerror}", hint=hint)


def _target(path: str) -> str:
    """Where `path` leads: a symlink stays, what it points to is replaced."""
    return os.path.realpath(path) if os.path.islink(path) else os.path.abspath(path)


@contextlib.contextmanager
def replacing_file(path: str, is_ours: Callable[[str], bool], kind: str) -> Iterator[int]:
    """A descriptor to write to; when the block ends well, what was written stands under `path`.

    A regular file in the way is replaced if `is_ours(path)`, else ImageError says that it is not a `kind`.  Pipes and
    devices are written to as they are.  Errors of the operating system become ImageError.
    """
    target = _target(path)
    with failures_of(path):
        if _is_stream(target):
            with open(target, "wb", buffering=0) as stream:
                yield stream.fileno()
            return
        check_file(path, is_ours, kind)
        with complete_file(target) as fd:
            yield fd


@contextlib.contextmanager
def failures_of(path: str) -> Iterator[None]:
    """Errors of the operating system in the block become ImageErrors about writing `path`."""
    try:
        yield
    except OSError as error:
        raise _failure(path, error) from error


def _is_stream(target: str) -> bool:
    """Whether a pipe or a device stands there, which is written to and not replaced."""
    if not os.path.lexists(target):
        return False
    mode = os.stat(target).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def check_file(path: str, is_ours: Callable[[str], bool], kind: str) -> None:
    """Raise ImageError where `replacing_file` would refuse `path`: to be known before the work is done."""
    target = _target(path)
    if os.path.lexists(target) and not _is_stream(target) and not (os.path.isfile(target) and is_ours(target)):
        raise ImageError(f"'{path}' exists and is not {kind}", hint=_IN_THE_WAY)
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise ImageError(f"cannot write '{path}': the folder '{folder}' does not exist")


def reserve(fd: int, size: int) -> None:
    """Claim at least `size` bytes on the disk: a full disk is known before anything is written, and writing is faster.

    Does nothing where `fd` is a pipe or its file system cannot; raises OSError (ENOSPC) if there is not enough room.
    """
    if not size or not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(fd, 0, size)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENODEV, errno.ESPIPE, errno.EBADF, errno.ENOSYS):
            raise


class Occupied(Exception):
    """Somebody else has put a folder where a new one was to be."""


@contextlib.contextmanager
def new_folder(path: str) -> Iterator[str]:
    """An empty folder to fill; when the block ends well, it stands under `path`, where nothing was before, or an empty
    folder.  Raises Occupied where there is something by then.
    """
    with _filled(path) as (part, target):
        yield part
        try:
            os.rename(part, target)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise Occupied from error
            raise


@contextlib.contextmanager
def replacing_folder(path: str, is_ours: Callable[[str], bool], kind: str) -> Iterator[str]:
    """An empty folder to fill; when the block ends well, it stands under `path`, and what stood there is gone."""
    check_folder(path, is_ours, kind)
    with _filled(path) as (part, target):
        yield part
        _swap_in(part, target)


@contextlib.contextmanager
def _filled(path: str) -> Iterator[tuple[str, str]]:
    """An empty folder beside its target, and the target; it is gone when the block fails."""
    target = _target(path)
    part = beside(target)
    with failures_of(path):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.mkdir(part)
        try:
            yield part, target
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


def check_folder(path: str, is_ours: Callable[[str], bool], kind: str) -> bool:
    """Whether something of ours is there; raises ImageError for something that is not ours (an empty folder is
    nobody's).
    """
    target = _target(path)
    if not os.path.lexists(target):
        return False
    if os.path.isdir(target):
        if not os.listdir(target):
            return False
        if is_ours(target):
            return True
    raise ImageError(f"'{path}' exists and is not {kind}", hint=_IN_THE_WAY)


def _swap_in(part: str, target: str) -> None:
    """Put a folder in the place of another; of several that try at once the last one's stays."""
    while True:
        try:
            os.rename(part, target)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        old = beside(target)
        try:
            os.rename(target, old)
        except FileNotFoundError:
            continue
        try:
            os.rename(part, target)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                os.rename(old, target)
                raise
        finally:
            shutil.rmtree(old, ignore_errors=True)
