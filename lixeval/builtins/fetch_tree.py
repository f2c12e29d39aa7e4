"""`fetchTree`, `fetchGit`, `fetchMercurial`: source trees by description; the trees are `fetchers.trees`'s.

C++: primops/fetchTree.cc.
"""

from __future__ import annotations

from lixeval.environment.coercion import coerced_place
from lixeval.errors import EvalError, NixTypeError
from lixeval.fetchers.input_urls import Input, NotAUrl, Url, attributes_of, checked, fixed_git_url
from lixeval.fetchers.trees import fetch_input, tree_attributes
from lixeval.runtime.builtin import builtin
from lixeval.runtime.faults import described
from lixeval.runtime.said import through
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.values import Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.environment.services import Services


@builtin("fetchTree")
def fetch_tree(arguments: Delayed, *, services: Services) -> Value:
    """Fetches a tree: a URL, or a set with `type` and what that type takes.  Forces the set's attributes.

    >>> builtins.isFunction fetchGit
    true
    """
    given = _resolved(services, _arguments(services, "fetchTree", arguments))
    return tree_attributes(fetch_input(services, "fetchTree", given, "source"), given, fallback=False)


@builtin("fetchGit")
def fetch_git(arguments: Delayed, *, services: Services) -> Value:
    """Fetches a tree from a Git repository: a URL or path, or a set of `url`, `ref`, `rev`, `name`, `submodules`,
    `shallow`, `allRefs`, `exportIgnore`.  Of a working directory without `ref` and `rev` the tracked files are
    taken as they are.

    Forces the attributes.

    >>> builtins.isFunction fetchGit
    true
    """
    given = _arguments(services, "fetchGit", arguments)
    name = str(given.pop("name", "source"))
    return tree_attributes(fetch_input(services, "fetchGit", given, name), given, fallback=True)


@builtin("fetchMercurial")
def fetch_mercurial(arguments: Delayed) -> Value:
    """Always an error: lixeval does not fetch from Mercurial repositories.

    Forces nothing.

    >>> builtins.isFunction fetchMercurial
    true
    """
    raise EvalError(
        "lixeval does not fetch from Mercurial repositories",
        hint="export the revision to a tarball or a directory and use that",
    )


def _arguments(services: Services, who: str, arguments: Delayed) -> Input:
    """The input that a call describes, checked."""
    if arguments.__class__ is list:
        arguments = arguments[0](arguments)
    is_git = who == "fetchGit"
    if arguments.__class__ is not dict:
        text, _ = coerced_place(arguments)
        if is_git:
            return checked({"type": "git", "url": fixed_git_url(text), "exportIgnore": True})
        if "flakes" not in services.settings.experimental:
            raise EvalError(f"passing a string argument to '{who}' requires the 'flakes' experimental feature")
        return _from_url(text)
    given = _attributes(who, arguments)
    if is_git:
        if not given.get("submodules"):
            given.setdefault("exportIgnore", True)
    elif given["type"] == "git":
        given.setdefault("shallow", True)
    if not is_git and "name" in given:
        raise EvalError(f"attribute 'name' isn’t supported in call to '{who}'", about=("name",))
    return checked(given)


def _resolved(services: Services, given: Input) -> Input:
    """The input that one by name stands for in the registries, which pure evaluation does not ask."""
    if given["type"] != "indirect" or services.settings.pure:
        return given
    from lixeval.fetchers.flake_registries import looked_up  # few trees are asked for by name

    found = looked_up(services, given)
    return checked({name: value for name, value in found.items() if name != "dir"})


def _from_url(text: str) -> Input:
    try:
        url = Url(text)
        found = attributes_of(url, tree=True)
    except NotAUrl as error:
        raise EvalError(str(error)) from None
    return checked(found)


def _attributes(who: str, arguments: dict[str, Delayed]) -> Input:
    """A set's attributes, forced: strings, paths, Booleans and numbers that are not negative."""
    given: Input = {}
    if who == "fetchGit":
        if "type" in arguments:
            raise EvalError("unexpected attribute 'type'", about=("type",))
        given["type"] = "git"
    elif "type" in arguments:
        given["type"] = text_without_context(arguments["type"])
    else:
        raise EvalError(f"attribute 'type' is missing in call to '{who}'")

    def take(names: Iterable[str]) -> None:
        for name in names:
            if name == "type":
                continue
            value = arguments[name]
            if value.__class__ is list:
                value = value[0](value)
            if value.__class__ is bool or value.__class__ is int:
                if value.__class__ is int and value < 0:
                    raise EvalError(f"negative value given for {who} attr {name}: {value}", about=(name,))
                given[name] = value
            elif described(value) in ("a string", "a path"):
                text, _ = coerced_place(value)
                given[name] = fixed_git_url(text) if who == "fetchGit" and name == "url" else text
            else:
                raise NixTypeError(
                    f"{who} argument '{name}' is {described(value)} while a string, Boolean or integer is expected"
                )

    through(arguments, take)
    return given
