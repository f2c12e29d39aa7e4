"""Writing flake.lock where a flake is the user's own folder, and telling git of it.

The file is complete or not there.  In a repository it is added with `git add --intent-to-add`, so that the flake has it
from then on; --commit-lock-file commits it (see `git_tracking`).  C++: `lockFlake`, `putFile` in git.cc.
"""

from __future__ import annotations

import os
import subprocess

from lixeval.errors import EvalError, SystemFailure
from lixeval.fetchers.flake_locking import LockFlags, Trees, difference, inside
from lixeval.fetchers.flakes import LockedFlake, folder_of, locked_flake, read_top
from lixeval.fetchers.git_tracking import git_in
from lixeval.fetchers.input_urls import Input, url_of
from lixeval.system.atomic import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services


def locked_and_written(services: Services, given: Input, flags: LockFlags, *, summary: str = "") -> LockedFlake:
    """A flake, its lock file written if it has to be and may be; `summary` is the first line of a commit."""
    flake = locked_flake(services, given, flags)
    if not flags.write or (flake.lock.document() == flake.old.document() and flags.output_file is None):
        return flake
    shown = url_of(given)
    folder = _folder(given)
    if folder is None and flags.output_file is None:
        raise EvalError(f"cannot write modified lock file of flake '{shown}' (use '--no-write-lock-file' to ignore)")
    unlocked = flake.lock.unlocked(dirty=services.settings.allow_dirty_locks)
    if unlocked is not None:
        text = f"ill not write lock file of flake '{shown}' because it has an unlocked input ('{url_of(unlocked)}')"
        if flags.fail_on_unlocked:
            raise EvalError(f"W{text}", hint="commit what is changed in it")
        if services.settings.warn_dirty:
            services.say(f"warning: w{text}")
        return flake
    if not flags.update:
        raise EvalError(
            f"flake '{shown}' requires lock file changes but they're not allowed due to '--no-update-lock-file'"
        )
    services.machine.unrepeatable("a lock file was written")
    if flags.output_file is not None:
        if flags.commit:
            raise EvalError("'--commit-lock-file' and '--output-lock-file' are incompatible")
        _write(flags.output_file, flake)
        return flake
    assert folder is not None
    _put(services, folder, given, flake, flags, summary)
    again = _read_again(services, given, flags, was_dirty="rev" not in flake.locked)
    if flags.commit and again.locked.get("rev") and again.locked.get("rev") != flake.locked.get("rev"):
        services.say(f"warning: committed new revision '{again.locked['rev']}'")
    again.old, again.lock = flake.old, flake.lock
    again.lock.root.directory = again.file.directory
    return again


def _folder(given: Input) -> str | None:
    """Where the lock file is written: as in Nix to a working tree though another commit is read, and to no bare one."""
    folder = folder_of(given)
    return folder if given["type"] != "git" or os.path.lexists(f"{folder}/.git") else None


def _read_again(services: Services, given: Input, flags: LockFlags, *, was_dirty: bool) -> LockedFlake:
    """The flake with its new lock file; that this file alone makes a tree dirty needs no warning."""
    settings = services.settings
    before, settings.warn_dirty = settings.warn_dirty, settings.warn_dirty and was_dirty
    try:
        return read_top(services, given, Trees(services, flags))
    finally:
        settings.warn_dirty = before


def _put(services: Services, folder: str, given: Input, flake: LockedFlake, flags: LockFlags, summary: str) -> None:
    """Writes the lock file into the user's folder, and says what changed."""
    path = f"{inside(folder, given)}/flake.lock"
    inner = path.removeprefix(f"{folder}/")
    _check_place(path, folder)
    changes = difference(flake.old, flake.lock)
    was_there = os.path.lexists(path)
    if not was_there:
        said = f"creating lock file '\"{path}\"': \n{changes}"
    elif changes:
        said = f"updating lock file '\"{path}\"':\n{changes}"
    else:
        said = f"updating lock file '\"{path}\"'"
    for line in f"warning: {said}".rstrip("\n").split("\n"):
        services.say(line)
    _write(path, flake)
    if given["type"] != "git" or not os.path.lexists(f"{folder}/.git"):
        return
    if _git(folder, "check-ignore", "--quiet", "--", inner).returncode == 0:
        return
    _checked(_git(folder, "add", "--intent-to-add", "--", inner))
    if flags.commit:
        first = summary or f"{inner}: {'Update' if was_there else 'Add'}"
        message = f"{first}\n\nFlake lock file updates:\n\n{changes}"
        _checked(_git(folder, "commit", "-F", "-", "--", inner, given=message))


def _check_place(path: str, folder: str) -> None:
    """Whoever has made the folder may have put links there: none of them is followed to a file elsewhere."""
    directory, top = os.path.realpath(os.path.dirname(path)), os.path.realpath(folder)
    if os.path.commonpath((directory, top)) != top:
        raise EvalError(f"'{os.path.dirname(path)}' leads out of the flake's folder: no lock file is written there")
    if os.path.islink(path):
        raise EvalError(f"'{path}' is a symbolic link", hint="a lock file is a file: remove the link")


def _write(path: str, flake: LockedFlake) -> None:
    try:
        write_file(os.path.realpath(path), flake.lock.text().encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise SystemFailure(f"writing file '{path}': {error.strerror}") from None


def _git(folder: str, *words: str, given: str = "") -> subprocess.CompletedProcess[bytes]:
    try:
        return git_in(folder, *words, given=given)
    except FileNotFoundError:
        raise EvalError(
            f"the lock file was written to '{folder}', but there is no git to tell of it", hint="git add flake.lock"
        ) from None


def _checked(done: subprocess.CompletedProcess[bytes]) -> None:
    if done.returncode:
        complaint = done.stderr.decode("utf-8", "replace").strip()
        raise EvalError(f"git failed: {complaint or f'exit code {done.returncode}'}")
