"""Submodules: what `.gitmodules` says of them, checked, since whoever wrote it may be anybody.

    [submodule "NAME"] path = PATH url = URL          every other key is left alone: `update = !command` runs nothing

Names and places that lead elsewhere and URLs that a program could take for an option are refused, as by `git fsck`
(CVE-2018-11235, CVE-2018-17456, CVE-2019-1387).  A URL that begins with `./` or `../` is relative to where the
repository itself came from.  One on this machine counts only in a repository on this machine (CVE-2022-39253).
Source: gitmodules(5), git's submodule-config.c.
"""

from __future__ import annotations

import posixpath

from lixeval.errors import EvalError
from lixeval.fetchers.git_names import problem_with
from lixeval.fetchers.git_program import settings_in
from lixeval.fetchers.input_urls import fixed_git_url
from lixeval.formats.byte_text import bytes_of
from lixeval.system.transport import is_file_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.fetchers.git_program import PrivateRepository

MOST_BYTES = 8 << 20
"""More than any `.gitmodules` has."""


def submodule_urls(private: PrivateRepository, content: bytes, shown: str) -> dict[str, str]:
    """Place to URL, as a `.gitmodules` of these bytes has them; `shown` is the repository for errors."""
    found: dict[str, dict[str, str]] = {}
    for name, value in settings_in(private, content):
        section, _, rest = name.partition(".")
        inner, _, key = rest.rpartition(".")
        if section == "submodule" and key in ("path", "url"):
            found.setdefault(inner, {})[key] = value
    urls: dict[str, str] = {}
    for name, keys in found.items():
        path, url = keys.get("path", ""), keys.get("url", "")
        if path and url:
            _check(name, path, url, shown)
            urls[path.strip("/")] = url
    return urls


def _check(name: str, path: str, url: str, shown: str) -> None:
    if not name or ".." in name.replace("\\", "/").split("/"):
        problem, rule = f"name '{name}'", "gitmodulesName"
    elif path.startswith("-") or any(problem_with(part) for part in bytes_of(path.strip("/")).split(b"/")):
        problem, rule = f"path '{path}'", "gitmodulesPath"
    elif url.startswith("-") or any(ord(character) < 0x20 for character in url):
        problem, rule = f"url '{url}'", "gitmodulesUrl"
    else:
        return
    raise EvalError(
        f"the Git repository '{shown}' is refused: its .gitmodules has a submodule of the {problem}",
        hint=f"git fsck calls this {rule}",
    )


def place_of_submodule(parent: str, url: str) -> str:
    """The URL of a submodule in a repository that came from the URL `parent`."""
    if not url.startswith(("./", "../")):
        return fixed_git_url(url)
    scheme, _, rest = parent.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host}{posixpath.normpath(f'/{path}/{url}')}"


def check_place(path: str, place: str, parent: str) -> None:
    """Refuses a submodule on this machine in a repository that is elsewhere."""
    if is_file_url(place) and not is_file_url(parent):
        raise EvalError(
            f"the submodule '{path}' of '{parent}' is at '{place}', on this machine",
            hint="a repository from elsewhere may not say what is read here",
        )
