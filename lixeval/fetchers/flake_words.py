"""Flake references as people type them: relative to a folder, with an attribute behind `#` and outputs behind `^`.

    word = REFERENCE [ "#" ATTRIBUTE ] [ "^" OUTPUT { "," OUTPUT } | "^*" ]

A path means the flake in that folder, or in the nearest one above it within the Git repository or file system; where it
lies in a Git repository, the reference is to the repository, with `dir` for the folder in it.  C++: flake/flakeref.cc.
"""

from __future__ import annotations

import os
import re

from lixeval.errors import EvalError
from lixeval.fetchers.flake_references import NAMED
from lixeval.fetchers.input_urls import Input, NotAUrl, Url, attributes_of, decoded, decoded_query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_OUTPUTS = re.compile(r"(.*)\^(\*|[a-zA-Z_][a-zA-Z0-9_-]*(?:,[a-zA-Z_][a-zA-Z0-9_-]*)*)", re.DOTALL)
_PATH = re.compile(r"([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)


def split_outputs(word: str) -> tuple[str, tuple[str, ...]]:
    """A word without the outputs behind `^`, and these; ("*",) for all, () where it names none."""
    match = _OUTPUTS.fullmatch(word)
    return (word, ()) if match is None else (match[1], tuple(match[2].split(",")))


def typed_reference(
    text: str, base: str, say: Callable[[str], None], *, may_be_missing: bool = False
) -> tuple[Input, str]:
    """The attributes of a reference and the fragment behind it; relative paths are relative to `base`.

    `may_be_missing` says that there need be no flake.nix.
    """
    match = NAMED.fullmatch(text)
    try:
        url = Url(f"flake:{match[1]}" if match else text)
        fragment = decoded(match[2] or "") if match else url.fragment
        url.fragment = ""
        if url.scheme in ("path", "git+file") and not url.path.startswith("/") and not url.has_authority:
            url.path = os.path.normpath(os.path.join(base, url.path))
        return _with_directory(url), fragment
    except NotAUrl:
        return _typed_path(text, base, say, may_be_missing)


def _with_directory(url: Url) -> Input:
    directory = url.query.pop("dir", "")
    found = attributes_of(url, tree=True)
    return {**found, "dir": directory} if directory else found


def _typed_path(text: str, base: str, say: Callable[[str], None], may_be_missing: bool) -> tuple[Input, str]:
    match = _PATH.fullmatch(text)
    assert match is not None
    path = os.path.normpath(os.path.join(base, match[1]))
    query = decoded_query(match[2] or "")
    fragment = decoded(match[3] or "")
    folder = _flake_folder(path, say, may_be_missing)
    url = Url("path:")
    url.text, url.query = text, query
    root, inner = folder, ""
    while root != "/":
        if os.path.lexists(f"{root}/.git"):
            if inner and "dir" in query:
                raise EvalError(f"flake URL '{text}' has an inconsistent 'dir' parameter")
            if inner:
                query["dir"] = inner
            if os.path.lexists(f"{root}/.git/shallow"):
                query["shallow"] = "1"
            url.scheme, url.has_authority, url.path = "git+file", True, root
            return _with_directory(url), fragment
        inner = os.path.basename(root) + (f"/{inner}" if inner else "")
        root = os.path.dirname(root)
    url.path = folder
    return _with_directory(url), fragment


def _flake_folder(path: str, say: Callable[[str], None], may_be_missing: bool) -> str:
    """The folder of the flake that a path means."""
    if not os.path.lexists(path):
        raise EvalError(f"path '{path}' does not exist", hint="a flake is a folder with a flake.nix")
    if os.path.islink(path) or not os.path.isdir(path):
        if os.path.basename(path) != "flake.nix":
            raise EvalError(f"path '{path}' is not a flake (because it's not a directory)")
        say(
            f"warning: Path '{path}' should point at the directory containing the 'flake.nix' file, not the file "
            f"itself. Pretending that you meant '{os.path.dirname(path)}'"
        )
        path = os.path.dirname(path)
    if may_be_missing or os.path.lexists(f"{path}/flake.nix"):
        return path
    say(f"path '{path}' does not contain a 'flake.nix', searching up")
    found = folder_above(path)
    if found is None:
        raise EvalError(
            f"path '{path}' is not part of a flake (neither it nor its parent directories contain a 'flake.nix' file)",
            hint="lixeval flake init makes one",
        )
    return found


def folder_above(path: str) -> str | None:
    """The folder of the flake.nix that is nearest above a path, within the Git repository and the file system."""
    device = os.lstat(path).st_dev
    while path != "/":
        if os.path.lexists(f"{path}/flake.nix"):
            return path
        if os.path.lexists(f"{path}/.git") or os.lstat(path).st_dev != device:
            return None
        path = os.path.dirname(path)
    return None
