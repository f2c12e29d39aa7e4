"""`fetchClosure`: a store path with all it refers to, from a binary cache, while evaluating.

    toPath           `fromPath` under the name that follows from its contents: nobody has to sign it
    inputAddressed   `fromPath` as it is: a trusted key must have signed it
    neither          `fromPath`, which must be addressed by its contents

What is in the store already is taken from there.  Restricted evaluation asks the caches of `allowed-uris` alone, where
C++ Nix would ask any.  C++: primops/fetchClosure.cc.
"""

from __future__ import annotations

from lixeval.environment.coercion import coerced_place
from lixeval.errors import EvalError
from lixeval.fetchers.urls import check_uri
from lixeval.formats.store_path import StorePath, is_store_path
from lixeval.runtime.arguments import forced_attrs
from lixeval.runtime.builtin import builtin
from lixeval.runtime.faults import expected
from lixeval.runtime.said import through
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.thunks import force
from lixeval.runtime.values import ContextString, Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.environment.services import Services


@builtin("fetchClosure")
def fetch_closure(arguments: Delayed, *, services: Services) -> Value:
    """The store path `fromPath` with its closure, from the binary cache `fromStore`.  Forces the set's attributes.

    `toPath` is what it becomes where it is addressed by its contents, and is given; "" has its name told by an error.
    `inputAddressed = true` takes the path as it is.

    >>> builtins.isFunction builtins.fetchClosure
    true
    """
    given = _arguments(forced_attrs(arguments))
    check_uri(services, str(given["fromStore"]))
    cache, source, target = str(given["fromStore"]), StorePath(str(given["fromPath"])), given.get("toPath")
    wanted = source if target is None else StorePath(str(target))
    if not wanted or not services.store.is_valid(wanted):
        services.machine.unrepeatable("a binary cache is not watched")
        found = services.fetch_closure(cache, source, target is not None)
        if found != wanted:
            _refuse(source, found, wanted)
    _check_address(services, wanted, given)
    services.files.allow(wanted)
    return ContextString(wanted, frozenset((wanted,)))


def _refuse(source: str, found: str, wanted: str) -> None:
    yielded = f"rewriting '{source}' to content-addressed form yielded '{found}'"
    if wanted:
        raise EvalError(f"{yielded}, while '{wanted}' was expected")
    raise EvalError(yielded, hint="Use this value for the 'toPath' attribute passed to 'fetchClosure'")


def _check_address(services: Services, path: StorePath, given: dict[str, str | bool]) -> None:
    """Whether a path is addressed as the call says: by its contents, or with `inputAddressed` not."""
    by_contents = services.store.content_address(path) is not None
    if by_contents and given["inputAddressed"]:
        raise EvalError(
            f"The store object referred to by 'fromPath' at '{path}' is not input-addressed, but 'inputAddressed' is "
            "set to 'true'.",
            hint="Remove the 'inputAddressed' attribute (it defaults to 'false') to expect 'fromPath' to be "
            "content-addressed",
        )
    if not by_contents and "toPath" in given:
        raise EvalError(
            f"The 'toPath' value '{path}' is input-addressed, so it can't possibly be the result of rewriting to a "
            "content-addressed path.",
            hint="Set 'toPath' to an empty string to make lixeval report the correct content-addressed path.",
        )
    if not by_contents and not given["inputAddressed"]:
        raise EvalError(
            f"The 'fromPath' value '{path}' is input-addressed, but 'inputAddressed' is set to 'false' (default).",
            hint="add inputAddressed = true; it has to be signed then by a key in trusted-public-keys",
        )


def _arguments(attributes: dict[str, Delayed]) -> dict[str, str | bool]:
    given: dict[str, str | bool] = {"inputAddressed": False}

    def take(names: Iterable[str]) -> None:
        for name in names:
            value = attributes[name]
            if name in ("fromPath", "toPath"):
                given[name] = _path(name, value)
            elif name == "fromStore":
                given[name] = text_without_context(value)
            elif name == "inputAddressed":
                flag = force(value)
                if flag.__class__ is not bool:
                    raise expected("a Boolean", flag)
                given[name] = flag
            else:
                raise EvalError(f"attribute '{name}' isn't supported in call to 'fetchClosure'", about=(name,))

    through(attributes, take)
    if "fromPath" not in given:
        raise EvalError("attribute 'fromPath' is missing in call to 'fetchClosure'")
    if given["inputAddressed"] and "toPath" in given:
        raise EvalError(
            "attribute 'inputAddressed' is set to true, but 'toPath' is also set. Please remove one of them"
        )
    if "fromStore" not in given:
        raise EvalError("attribute 'fromStore' is missing in call to 'fetchClosure'")
    if not str(given["fromStore"]).startswith(("http://", "https://")):
        raise EvalError("'fetchClosure' only supports http:// and https:// stores")
    if "?" in str(given["fromStore"]):
        raise EvalError(f"'fetchClosure' does not support URL query parameters (in '{given['fromStore']}')")
    return given


def _path(name: str, value: Delayed) -> str:
    """A store path; "" as `toPath` asks which it is."""
    if name == "toPath" and force(value) == "":
        return ""
    path, _ = coerced_place(value)
    if not is_store_path(path):
        raise EvalError(f"path '{path}' is not in the Nix store")
    return path
