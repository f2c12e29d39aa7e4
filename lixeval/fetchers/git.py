"""The `git` input: from a URL and perhaps a reference or revision to a tree in the store.

    a working directory, no `ref` and no `rev`    its tracked files, changed or not
    a repository on this machine otherwise        straight from it
    any other                                     through a bare repository in the cache folder, one for each URL

A revision that is in the cache is not fetched again; a reference is asked for each time.  C++: libfetchers/git.cc.
"""

from __future__ import annotations

import os
from hashlib import sha256

from lixeval.errors import EvalError
from lixeval.fetchers.git_trees import Repository
from lixeval.fetchers.input_urls import Input, fixed_git_url
from lixeval.runtime.operators import canonical_path
from lixeval.system.transport import local_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services


def fetch_git(services: Services, given: Input, name: str) -> tuple[str, Input]:
    """The store path of a Git tree, and what is known of it."""
    from tempfile import TemporaryDirectory

    url = fixed_git_url(str(given["url"]))
    local = local_path(url) if url.startswith("file://") else None
    if local is not None or "rev" not in given:
        services.machine.unrepeatable(f"the repository '{url}' is not watched")
    if local is not None:
        if not services.settings.pure:
            services.files.check(local)
        if not any(os.path.exists(os.path.join(local, name)) for name in (".git", "HEAD")):
            raise EvalError(f"'{local}' is not a Git repository")
    with TemporaryDirectory(prefix="lixeval-git-") as directory:
        tree = os.path.join(directory, "tree")
        os.mkdir(tree)
        is_working_copy = local is not None and os.path.exists(os.path.join(local, ".git"))
        if local is not None and is_working_copy and "ref" not in given and "rev" not in given:
            known = _take_working_directory(services, Repository(local), given, tree)
        else:
            known = _take_commit(services, url, local, given, tree, directory)
        return services.store.add_path(tree, name), known


def _take_working_directory(services: Services, repository: Repository, given: Input, tree: str) -> Input:
    """Writes the tracked files of a working directory."""
    head = repository.head()
    dirty = head is None or repository.is_dirty()
    if dirty and not services.settings.allow_dirty:
        raise EvalError(f"Git tree '{repository.directory}' is dirty", hint="commit it, or --allow-dirty")
    repository.write_working_tree(
        tree, export_ignore=bool(given.get("exportIgnore")), submodules=bool(given.get("submodules"))
    )
    modified = 0 if head is None else repository.last_modified(head)
    if not dirty and head is not None:
        return {"rev": head, "revCount": repository.revision_count(head), "lastModified": modified}
    if services.settings.warn_dirty:
        services.say(f"warning: Git tree '{repository.directory}' is dirty")
    if head is None:
        return {"lastModified": modified}
    return {"dirtyRev": f"{head}-dirty", "dirtyShortRev": f"{head[:7]}-dirty", "lastModified": modified}


def _take_commit(services: Services, url: str, local: str | None, given: Input, tree: str, temporary: str) -> Input:
    """Writes the tree of a commit, found by revision or reference."""
    if local is not None:
        repository = Repository(local)
        revision = str(given["rev"]) if "rev" in given else repository.resolve(str(given.get("ref", "HEAD")))
    else:
        repository, revision = _fetched_commit(services, url, given, temporary)
    if not repository.has(revision):
        raise EvalError(f"Git revision '{revision}' does not exist in repository '{url}'")
    submodules = repository.write_commit(revision, tree, export_ignore=bool(given.get("exportIgnore")))
    if submodules and given.get("submodules"):
        _take_submodules(services, url, repository, revision, submodules, tree, temporary)
    known: Input = {"rev": revision, "lastModified": repository.last_modified(revision)}
    if not given.get("shallow"):
        known["revCount"] = repository.revision_count(revision)
    return known


def _fetched_commit(services: Services, url: str, given: Input, temporary: str) -> tuple[Repository, str]:
    """The bare repository that has the commit that is asked for, and its revision."""
    cache = services.settings.cache_directory
    key = sha256(url.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    directory = os.path.join(cache if cache is not None else temporary, "git", key)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    repository = Repository(directory)
    if not os.path.exists(os.path.join(directory, "HEAD")):
        repository.run("init", "--quiet", "--bare", ".")
    revision = str(given["rev"]) if "rev" in given else None
    if revision is not None and repository.has(revision):
        return repository, revision
    services.machine.unrepeatable("a repository is fetched, and said to be")
    services.say(f"fetching Git repository '{url}'")
    shallow = ["--depth=1"] if given.get("shallow") else []
    repository.run("fetch", "--quiet", "--force", "--no-tags", *shallow, "--", url, _wanted(given, revision))
    if revision is None:
        asked = _wanted({**given, "allRefs": False}, None)
        revision = repository.resolve(asked if given.get("allRefs") and asked != "HEAD" else "FETCH_HEAD")
    return repository, revision


def _wanted(given: Input, revision: str | None) -> str:
    """What to ask the other side for."""
    if given.get("allRefs"):
        return "refs/*:refs/*"
    if revision is not None:
        return revision
    reference = str(given.get("ref", "HEAD"))
    return reference if reference == "HEAD" or reference.startswith("refs/") else f"refs/heads/{reference}"


def _take_submodules(
    services: Services,
    url: str,
    repository: Repository,
    revision: str,
    submodules: dict[str, str],
    tree: str,
    temporary: str,
) -> None:
    """Writes the trees of submodules, and of theirs, into their directories."""
    urls = repository.submodule_urls(revision)
    for path, wanted in submodules.items():
        if path not in urls:
            raise EvalError(f"submodule '{path}' of '{url}' has no URL in .gitmodules")
        place = urls[path]
        place = _beside(url, place) if place.startswith(("./", "../")) else fixed_git_url(place)
        local = local_path(place) if place.startswith("file://") else None
        given: Input = {"type": "git", "url": place, "rev": wanted, "submodules": True, "shallow": True}
        _take_commit(services, place, local, given, os.path.join(tree, path), temporary)


def _beside(url: str, relative: str) -> str:
    """The URL of a submodule that is given relative to its parent's."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host}{canonical_path(f'/{path}/{relative}')}"
