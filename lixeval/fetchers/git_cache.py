"""Repositories that were fetched: bare ones of lixeval's own in the cache folder, one for each URL.

    CACHE/git/KEY             the objects, refs/fetched/HASH for each reference that was asked for, refs/all/ for all
    CACHE/git/KEY-shallow     the same without history
    CACHE/git/KEY.lock        held while something is fetched

The folder is used where nobody but the user (and root) can have put anything into it; a temporary one is otherwise.
A revision that is there is not fetched again; a reference is asked for each time, and what was fetched last is taken
where that fails.
"""

from __future__ import annotations

import os
import stat
from hashlib import sha256

from lixeval.errors import EvalError
from lixeval.fetchers.git_program import GitFailed, PrivateRepository
from lixeval.fetchers.git_repository import Repository, no_such_reference
from lixeval.formats.byte_text import bytes_of
from lixeval.system.machines import group, has_users, user
from lixeval.system.network import require_network, without_passwords

_ALL = "+refs/*:refs/all/*"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services
    from lixeval.fetchers.input_urls import Input


def fetched_commit(services: Services, url: str, given: Input, temporary: str) -> tuple[Repository, str]:
    """An open repository that has the commit that is asked for, and that commit."""
    key = sha256(bytes_of(url)).hexdigest()[:32] + ("-shallow" if given.get("shallow") else "")
    cache = services.settings.cache_directory
    folder = os.path.join(cache, "git") if cache is not None else None
    if folder is not None and not _make_private(folder):
        services.say(f"warning: '{folder}' is not used, since others can write there or to a folder above it")
        folder = None
    directory = os.path.join(folder if folder is not None else temporary, key)
    with _Locked(directory + ".lock"):
        private = PrivateRepository(directory)
        if "rev" in given:
            return _revision(services, private, url, given, temporary)
        return _reference(services, private, url, given, temporary)


def _revision(
    services: Services, private: PrivateRepository, url: str, given: Input, temporary: str
) -> tuple[Repository, str]:
    revision = str(given["rev"])
    repository = Repository(private.directory, temporary)
    if not repository.objects.kind(revision):
        repository.objects.close()
        try:
            _fetch(services, private, url, given, _ALL if given.get("allRefs") else revision)
        except GitFailed as error:
            if "not our ref" not in error.complaint:
                raise
            raise no_such_revision(revision, str(given.get("ref", "HEAD")), url) from None
        repository = Repository(private.directory, temporary)
    commit = repository.objects.commit_of(revision)
    if commit is None:
        repository.objects.close()
        raise no_such_revision(revision, str(given.get("ref", "HEAD")), url)
    return repository, commit


def _reference(
    services: Services, private: PrivateRepository, url: str, given: Input, temporary: str
) -> tuple[Repository, str]:
    reference = str(given.get("ref", "HEAD"))
    wanted = reference if reference == "HEAD" or reference.startswith("refs/") else f"refs/heads/{reference}"
    kept = [f"refs/fetched/{sha256(bytes_of(wanted)).hexdigest()[:32]}"]
    asked = f"+{wanted}:{kept[0]}"
    if given.get("allRefs") and reference != "HEAD":
        asked = _ALL
        names = [reference[5:]] if reference.startswith("refs/") else [f"tags/{reference}", f"heads/{reference}"]
        kept = [f"refs/all/{name}" for name in names]
    services.machine.unrepeatable("a repository is fetched, and said to be")
    try:
        _fetch(services, private, url, given, asked)
    except GitFailed as error:
        if "couldn't find remote ref" in error.complaint:
            hint = None if reference.startswith("refs/") else f"a tag is 'refs/tags/{reference}'"
            raise no_such_reference(reference, hint) from None
        if not any(os.path.exists(bytes_of(f"{private.directory}/{name}")) for name in kept):
            raise
        services.say(f"warning: {error.message}")
        what = without_passwords(f"could not update local clone of Git repository '{url}'")
        services.say(f"warning: {what}; continuing with the most recent version")
    repository = Repository(private.directory, temporary)
    for name in kept:
        commit = repository.known(name)
        if commit is not None:
            return repository, commit
    repository.objects.close()
    raise no_such_reference(reference)


def _fetch(services: Services, private: PrivateRepository, url: str, given: Input, *references: str) -> None:
    require_network(url)
    services.say(without_passwords(f"fetching Git repository '{url}'"))
    depth = ["--depth=1"] if given.get("shallow") else []
    options = ("--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", *depth)
    private.run_as_the_user("fetch", *options, "--end-of-options", url, *references)


def no_such_revision(revision: str, reference: str, url: str) -> EvalError:
    """The error where a repository has no such commit."""
    return EvalError(
        f"Cannot find Git revision '{revision}' in ref '{reference}' of repository '{url}'! Please make sure that the "
        "rev exists on the ref you've specified or add allRefs = true; to fetchGit."
    )


# The folder


def _make_private(folder: str) -> bool:
    """Makes the folder; whether nobody but the user and root can put something there."""
    try:
        os.makedirs(bytes_of(folder), mode=0o700, exist_ok=True)
    except OSError:
        return False
    return is_private(folder)


def is_private(folder: str) -> bool:
    """Whether a folder is the user's, no link, and neither others nor those above it let others put something there."""
    if not has_users():
        return True
    own = os.lstat(bytes_of(folder))
    if not stat.S_ISDIR(own.st_mode) or own.st_uid != user() or own.st_mode & 0o022:
        return False
    place = os.path.realpath(bytes_of(folder))
    while place != b"/":
        place = os.path.dirname(place)
        if not _is_safe_above(os.lstat(place)):
            return False
    return True


def _is_safe_above(status: os.stat_result) -> bool:
    if status.st_uid not in (0, user()):
        return False
    others = status.st_mode & 0o002 or (status.st_mode & 0o020 and status.st_gid != group())
    return not others or bool(status.st_mode & stat.S_ISVTX)


class _Locked:
    """A lock between processes, held while the block runs."""

    def __init__(self, path: str) -> None:
        self._path = bytes_of(path)

    def __enter__(self) -> None:
        import fcntl

        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)
