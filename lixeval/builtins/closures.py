"""`fetchClosure`: a store path with all it refers to, from a binary cache, while evaluating.

A path that is in the store already is taken from there.  Rewriting a path to one that is addressed by its contents is
not done: a `toPath` must be in the store, or in the cache.  C++: primops/fetchClosure.cc.
"""

from __future__ import annotations

from lixeval.environment.coercion import coerced_place
from lixeval.errors import EvalError
from lixeval.formats.store_path import is_store_path
from lixeval.runtime.arguments import forced_attrs
from lixeval.runtime.builtin import builtin
from lixeval.runtime.faults import expected
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.thunks import force
from lixeval.runtime.values import ContextString, Delayed, Value, sorted_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services


@builtin("fetchClosure")
def fetch_closure(arguments: Delayed, *, services: Services) -> Value:
    """The store path `fromPath` with its closure, from the binary cache `fromStore`.  Forces the set's attributes.

    `toPath` is what it becomes where it is addressed by its contents; `inputAddressed = true` takes it as it is.

    >>> builtins.isFunction builtins.fetchClosure
    true
    """
    given = _arguments(forced_attrs(arguments))
    wanted, cache = str(given.get("toPath") or given["fromPath"]), str(given["fromStore"])
    if not services.store.is_valid(wanted):
        services.machine.unrepeatable("a binary cache is not watched")
        services.fetch_closure(cache, wanted)
    _check_address(services, wanted, given)
    services.files.allow(wanted)
    return ContextString(wanted, frozenset((wanted,)))


def _check_address(services: Services, path: str, given: dict[str, str | bool]) -> None:
    """Whether a path is addressed as the call says: by its contents, or with `inputAddressed` not."""
    by_contents = services.store.content_address(path) is not None
    what = "toPath" if "toPath" in given else "fromPath"
    if by_contents and given["inputAddressed"]:
        raise EvalError(
            f"The '{what}' value '{path}' is content-addressed, but 'inputAddressed' is set.",
            hint="leave 'inputAddressed' out",
        )
    if not by_contents and not given["inputAddressed"]:
        raise EvalError(
            f"The '{what}' value '{path}' is input-addressed, but 'inputAddressed' is set to 'false' (default).",
            hint="add inputAddressed = true; it has to be signed then by a key in trusted-public-keys",
        )


def _arguments(attributes: dict[str, Delayed]) -> dict[str, str | bool]:
    given: dict[str, str | bool] = {"inputAddressed": False}
    for name in sorted_names(attributes):
        value = attributes[name]
        if name in ("fromPath", "toPath"):
            path, _ = coerced_place(value)
            if name == "toPath" and path == "":
                raise EvalError("an empty 'toPath' asks for a path to be rewritten, which lixeval does not do")
            if not is_store_path(path):
                raise EvalError(f"path '{path}' is not in the Nix store")
            given[name] = path
        elif name == "fromStore":
            given[name] = text_without_context(value)
        elif name == "inputAddressed":
            flag = force(value)
            if flag.__class__ is not bool:
                raise expected("a Boolean", flag)
            given[name] = flag
        else:
            raise EvalError(f"attribute '{name}' isn't supported in call to 'fetchClosure'", about=(name,))
    for name in ("fromPath", "fromStore"):
        if name not in given:
            raise EvalError(f"attribute '{name}' is missing in call to 'fetchClosure'")
    if given["inputAddressed"] and given.get("toPath", given["fromPath"]) != given["fromPath"]:
        raise EvalError("attribute 'toPath' is set to true but 'inputAddressed' is also set in 'fetchClosure'")
    if not str(given["fromStore"]).startswith(("http://", "https://")):
        raise EvalError("'fetchClosure' only supports http:// and https:// stores")
    return given
