"""The `git` input: from a URL and perhaps a reference or revision to a tree in the store.

    a working directory, no `ref` and no `rev`    its tracked files, changed or not     (`git_working_tree`)
    a repository on this machine otherwise        straight from it                      (`git_repository`)
    any other                                     through one in the cache folder       (`git_cache`)

Nothing that a repository says makes a program run; see `git_program`.  C++: libfetchers/git.cc.
"""

from __future__ import annotations

import os

from lixeval.environment.machine import Machine
from lixeval.errors import EvalError
from lixeval.fetchers.git_cache import fetched_commit, no_such_revision
from lixeval.fetchers.git_program import PROTOCOLS
from lixeval.fetchers.git_repository import Repository, read_plain_file
from lixeval.fetchers.git_submodules import MOST_BYTES, check_place, place_of_submodule, submodule_urls
from lixeval.fetchers.git_trees import write_commit, write_working_tree
from lixeval.fetchers.git_working_tree import WorkingTree
from lixeval.fetchers.input_urls import Input, fixed_git_url
from lixeval.formats.byte_text import bytes_of
from lixeval.system.transport import is_file_url, local_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services

NO_REVISION = "0" * 40
_MOST_NESTED = 50


def fetch_git(services: Services, given: Input, name: str) -> tuple[str, Input]:
    """The store path of a Git tree, and what is known of it."""
    from lixeval.system.scratch import Scratch

    if given.get("exportIgnore") and given.get("submodules"):
        raise EvalError("exportIgnore and submodules are not supported together yet")
    with Scratch("lixeval-git-") as directory:
        tree = os.path.join(directory, "tree")
        known = _Fetching(services, directory).fetch(given, tree)
        return services.store.add_path(tree, name), known


class _Fetching:
    """One input with its submodules; each repository gets a folder of its own below `temporary`."""

    def __init__(self, services: Services, temporary: str) -> None:
        self._services = services
        self._temporary = temporary
        self._count = 0

    def fetch(self, given: Input, destination: str, nested: int = 0) -> Input:
        """Writes the tree that is asked for to `destination`, which is not there yet; gives what is known of it."""
        if nested > _MOST_NESTED:
            raise EvalError(f"Git submodules are nested more than {_MOST_NESTED} deep")
        url = str(given["url"])
        check_protocol(url)
        if not is_file_url(url):
            repository, commit = fetched_commit(self._services, url, given, self._folder())
            with repository:
                _check_shallow(repository, given, url)
                return self._take_commit(repository, commit, url, given, destination, nested)
        place = self._place(url)
        if not self._services.settings.pure:
            self._services.files.check(place)
        # A revision says all, wherever the repository is; a reference and a working directory change.
        machine = Machine() if "rev" in given else self._services.machine
        with Repository(place, self._folder(), machine) as repository:
            if not repository.is_bare and "ref" not in given and "rev" not in given:
                return self._take_working_tree(repository, given, destination, nested)
            _check_shallow(repository, given, place)
            commit, reference = _commit_on_this_machine(self._services, repository, url, given)
            known = self._take_commit(repository, commit, url, given, destination, nested)
            return {**known, "ref": reference}

    def _place(self, url: str) -> str:
        """Where the repository of a file URL is."""
        path = local_path(url)
        if not os.path.isabs(path):
            self._services.machine.unrepeatable(f"'{url}' is relative to the current directory")
            self._services.say(
                f"warning: Fetching Git repository '{url}', which uses a path relative to the current directory. "
                "This is not supported and will stop working in a future release. See "
                "https://github.com/NixOS/nix/issues/12281 for details."
            )
        return os.path.abspath(path)

    def _folder(self) -> str:
        self._count += 1
        folder = os.path.join(self._temporary, str(self._count))
        os.mkdir(folder)
        return folder

    # Commits

    def _take_commit(
        self, repository: Repository, commit: str, url: str, given: Input, destination: str, nested: int
    ) -> Input:
        """Writes the tree of a commit."""
        tree, modified = repository.objects.tree_and_time(commit)
        submodules = write_commit(repository, tree, destination, export_ignore=bool(given.get("exportIgnore")))
        if submodules and given.get("submodules"):
            content = read_plain_file(f"{destination}/.gitmodules", MOST_BYTES) or b""
            urls = submodule_urls(repository.private, content, url)
            for path, revision in submodules.items():
                if path in urls:
                    place = place_of_submodule(_origin(repository, url), urls[path])
                    check_place(path, place, url)
                    inner: Input = {"type": "git", "url": place, "rev": revision, "submodules": True, "shallow": True}
                    self._fetch_into(inner, os.path.join(destination, path), nested)
        # A revision may be that of an annotated tag, as older versions of Nix wrote them into lock files.
        known: Input = {"rev": str(given.get("rev", commit)), "lastModified": modified}
        if not given.get("shallow"):
            known["revCount"] = repository.revision_count(commit)
        return known

    def _fetch_into(self, given: Input, place: str, nested: int) -> Input:
        """Writes a submodule in place of its empty folder, which has been made with all above it a moment ago."""
        os.rmdir(bytes_of(place))
        return self.fetch(given, place, nested + 1)

    # Working directories

    def _take_working_tree(self, repository: Repository, given: Input, destination: str, nested: int) -> Input:
        """Writes the tracked files of a working directory."""
        head = repository.head()
        working = WorkingTree(repository, head)
        try:
            submodules = self._submodules(repository, working) if given.get("submodules") else []
            write_working_tree(
                repository, working, destination, submodules, export_ignore=bool(given.get("exportIgnore"))
            )
        finally:
            working.close()
        dirty = working.is_dirty
        for path in submodules:
            place = f"{repository.directory}/{path}"
            inner: Input = {"type": "git", "url": _file_url(place), "submodules": True}
            known = self._fetch_into(inner, os.path.join(destination, path), nested)
            dirty = dirty or "rev" not in known
        return self._known(repository, head, dirty)

    def _submodules(self, repository: Repository, working: WorkingTree) -> list[str]:
        """The submodules that the working directory's .gitmodules names; each must be a repository, no link."""
        content = repository.read(f"{repository.directory}/.gitmodules", MOST_BYTES) or b""
        urls = submodule_urls(repository.private, content, repository.directory)
        found = [path for path in working.submodules if path in urls]
        for path in found:
            place = f"{repository.directory}/{path}"
            if not working.is_folder(path) or not os.path.lexists(bytes_of(f"{place}/.git")):
                raise EvalError(
                    f"the submodule '{path}' of '{repository.directory}' is not checked out",
                    hint=f"git -C '{repository.directory}' submodule update --init --recursive",
                )
        return found

    def _known(self, repository: Repository, head: str | None, dirty: bool) -> Input:
        modified = 0 if head is None else repository.objects.tree_and_time(head)[1]
        if dirty:
            if not self._services.settings.allow_dirty:
                raise EvalError(f"Git tree '{repository.directory}' is dirty", hint="commit it, or --allow-dirty")
            if self._services.settings.warn_dirty:
                self._services.say(f"warning: Git tree '{repository.directory}' is dirty")
            known: Input = {"lastModified": modified}
            if head is not None:
                known.update(dirtyRev=f"{head}-dirty", dirtyShortRev=f"{head[:7]}-dirty")
            return known
        known = {"rev": head or NO_REVISION, "lastModified": modified}
        known["revCount"] = 0 if head is None else repository.revision_count(head)
        reference = repository.head_name()
        return known if reference is None else {**known, "ref": reference}


def _commit_on_this_machine(services: Services, repository: Repository, url: str, given: Input) -> tuple[str, str]:
    """The commit that is asked for, and the reference that it is said to be on."""
    reference = str(given.get("ref") or repository.head_name() or "")
    if not reference:
        services.say(f"warning: could not read HEAD ref from repo at '{repository.directory}', using 'master'")
        reference = "master"
    if "rev" not in given:
        return repository.resolve(reference), reference
    commit = repository.objects.commit_of(str(given["rev"]))
    if commit is None:
        raise no_such_revision(str(given["rev"]), reference, url)
    return commit, reference


def _check_shallow(repository: Repository, given: Input, shown: str) -> None:
    if repository.is_shallow and not given.get("shallow"):
        raise EvalError(
            f"'{shown}' is a shallow Git repository, but shallow repositories are only allowed when "
            "`shallow = true;` is specified"
        )


def _origin(repository: Repository, url: str) -> str:
    """Where a repository came from, to which the URLs of its submodules are relative; else itself."""
    if not is_file_url(url):
        return url
    origin = repository.origin
    if origin is None:
        return _file_url(repository.directory)
    return _file_url(os.path.join(repository.directory, origin)) if origin.startswith(".") else fixed_git_url(origin)


def _file_url(path: str) -> str:
    from urllib.parse import quote

    return "file://" + quote(os.path.normpath(path), safe="-._~!$&'()*+,;=:@/", errors="surrogateescape")


def check_protocol(url: str) -> None:
    """Refuses what is fetched in no way that is on the list, and hosts that a program could take for an option.

    CVE-2015-7545 (ext::), CVE-2017-1000117 (ssh://-oProxyCommand=…), CVE-2020-5260 (a line end in a credential).
    """
    from urllib.parse import unquote

    scheme, _, rest = url.partition(":")
    if scheme not in PROTOCOLS or not (rest.startswith("//") or scheme == "file"):
        raise EvalError(
            f"cannot fetch the Git repository '{url}'", hint=f"lixeval fetches by {', '.join(sorted(PROTOCOLS))}"
        )
    authority = unquote(rest.removeprefix("//").partition("/")[0], errors="surrogateescape")
    host = authority.rpartition("@")[2]
    if authority.startswith("-") or host.startswith("-") or (scheme != "file" and not host):
        raise EvalError(f"cannot fetch the Git repository '{url}': it has a strange host '{host}'")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in unquote(rest, errors="surrogateescape")):
        raise EvalError("cannot fetch a Git repository whose URL has control characters in it")
