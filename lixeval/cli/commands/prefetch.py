"""`lixeval prefetch-url URL` and `lixeval prefetch-git URL`: what a fetcher will want to know, and the thing itself.

Printed as nix-prefetch-url and nixpkgs' nix-prefetch-git print it: the hash in nix32; a JSON object.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC

from lixeval.cli.subcommand import at_least, read
from lixeval.cli.workspace import open_workspace
from lixeval.errors import LixevalError, StoreError, SystemFailure, UsageError
from lixeval.formats import hashes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.cli.subcommand import CommandLine
    from lixeval.evaluation.workspace import Workspace
    from lixeval.formats.hashes import Hash
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore


def of_url(arguments: list[str]) -> int:
    """Downloads a file (or, with --unpack, a tree) to the store; prints its hash."""
    line = read("prefetch-url", arguments)
    at_least(line, "prefetch-url", 1, "a URL")
    if len(line.words) > 2:
        raise UsageError(f"lixeval prefetch-url takes a URL and a hash, and '{line.words[2]}' is neither")
    algorithm = hashes.known_algorithm(line.texts.get("algorithm", "sha256"))
    expected = hashes.parse(line.words[1], algorithm) if len(line.words) > 1 else None
    line.options.tarball_ttl = 0
    workspace = open_workspace(line.options, write_store=True)
    path, found = _downloaded(line, workspace, algorithm)
    if expected is not None and found != expected:
        raise StoreError(
            f"hash mismatch for '{line.words[0]}'", hint=f"expected {expected.sri}, but it has {found.sri}"
        )
    print_path = "print-path" in line.flags or bool(os.environ.get("PRINT_PATH"))
    if not print_path and not line.options.quiet:
        print(f"path is '{path}'", file=sys.stderr)
    print(found.base16 if algorithm == "md5" else found.nix32)
    if print_path:
        print(path)
    return 0


def _downloaded(line: CommandLine, workspace: Workspace, algorithm: str) -> tuple[str, Hash]:
    from lixeval.fetchers.urls import fetched, resolved_url

    url = resolved_url(line.words[0])
    name = line.texts.get("name") or _name(url)
    unpacked = "unpack" in line.flags
    method = "recursive" if unpacked else "flat"
    path, _ = fetched(workspace.evaluator.services, url, name, unpacked=unpacked, method=method)
    store = workspace.store
    if "executable" in line.flags and not unpacked:
        method, path = "recursive", _as_program(store, path, name, algorithm)
    elif algorithm != "sha256":
        path = store.add_path(store.real(path), name, method=method, algorithm=algorithm)
    store.flush()
    real = store.real(path)
    if method == "flat":
        with open(real, "rb") as file:
            return path, hashes.digest_of_file(algorithm, file)
    from lixeval.formats.nar import dump_hash

    return path, dump_hash(real, algorithm)[0]


def _as_program(store: LocalStore, path: str, name: str, algorithm: str) -> StorePath:
    """The same file with the bit that makes it a program."""
    import shutil

    from lixeval.system.scratch import Scratch

    with Scratch("lixeval-prefetch-") as folder:
        program = f"{folder}/program"
        shutil.copyfile(store.real(path), program)
        os.chmod(program, 0o755)
        return store.add_path(program, name, method="recursive", algorithm=algorithm)


def _name(url: str) -> str:
    from urllib.parse import unquote

    name = unquote(url.partition("#")[0].partition("?")[0].rstrip("/").rpartition("/")[2])
    if not name:
        raise UsageError(f"cannot figure out file name for '{url}'", hint="say it with --name")
    return name


def of_git(arguments: list[str]) -> int:
    """Fetches a revision of a repository to the store; prints what fetchgit takes."""
    import json

    line = read("prefetch-git", arguments)
    words = [*([line.texts["url"]] if "url" in line.texts else []), *line.words]
    if not words:
        raise UsageError("lixeval prefetch-git needs the URL of a repository", hint="lixeval prefetch-git --help")
    url, *rest = words
    # HEAD and not the working tree, which may have more than was committed.
    rev = line.texts.get("rev") or (rest[0] if rest else "HEAD")
    found = _revision(line, url, rev)
    told = {
        "url": url,
        "rev": found["rev"],
        "date": found["date"],
        "path": found["path"],
        "sha256": hashes.parse(found["hash"]).nix32,
        "hash": found["hash"],
        "fetchLFS": False,
        "fetchSubmodules": "submodules" in line.flags,
        "deepClone": False,
        "fetchTags": False,
        "leaveDotGit": False,
        "rootDir": "",
    }
    print(json.dumps(told, indent=2))
    return 0


_FETCH = """{ url, rev, ref, name, submodules }: builtins.fetchGit (
  { inherit url name submodules; exportIgnore = false; }
  // (if rev == "" then { } else { inherit rev; allRefs = true; })
  // (if ref == "" then { } else { inherit ref; }))"""


def _revision(line: CommandLine, url: str, rev: str) -> dict[str, str]:
    """The revision, fetched: `rev`, `date`, store `path`, `hash`."""
    from datetime import datetime

    from lixeval.runtime.call import call1
    from lixeval.runtime.strings import text_of
    from lixeval.runtime.thunks import force
    from lixeval.system.deep_stack import run_deep

    workspace = open_workspace(line.options, write_store=True)
    given = _given(line, url, rev)

    def body() -> dict[str, str]:
        tree = force(call1(workspace.evaluator.text(_FETCH, "/"), given))
        when = datetime.fromtimestamp(force(tree["lastModified"]), UTC)
        path, sri = text_of(tree["outPath"]), text_of(tree["narHash"])
        return {"rev": text_of(tree["rev"]), "date": when.isoformat(), "path": path, "hash": sri}

    try:
        with workspace.store.batch():
            return run_deep(body)
    except LixevalError as error:
        # Its place would be in an expression that the user has not written.
        raise SystemFailure(f"cannot fetch '{url}': {error.message}", hint=error.hint) from None


def _given(line: CommandLine, url: str, rev: str) -> dict[str, Any]:
    """What fetchGit is asked for."""
    if "://" not in url and ":" not in url and not os.path.isdir(url):
        raise SystemFailure(f"'{url}' is no folder and no URL")
    is_revision = len(rev) == 40 and all(digit in "0123456789abcdef" for digit in rev)
    source = os.path.abspath(url) if os.path.isdir(url) else url
    base = url.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git")
    return {
        "url": f"file://{source}" if source.startswith("/") else source,
        "rev": rev if is_revision else "",
        "ref": "" if is_revision else rev.removeprefix("refs/heads/"),
        "name": line.texts.get("name") or (f"{base}-{rev[:7]}" if is_revision else base),
        "submodules": "submodules" in line.flags,
    }
