"""`outputOf`: an output of a derivation that is named by a string, be it one that another derivation will make.

    "/nix/store/….drv" (context: that path)        the output's own path
    an output of a derivation (context: it)        a placeholder, which the build replaces

C++: primop `outputOf`, `EvalState::coerceToSingleDerivedPath`.
"""

from __future__ import annotations

from lixeval.errors import EvalError
from lixeval.formats import hashes, nix32, store_path
from lixeval.formats.store_path import StorePath
from lixeval.runtime.builtin import builtin
from lixeval.runtime.strings import text_and_context, text_without_context
from lixeval.runtime.values import ContextString, Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services


@builtin("outputOf")
def output_of(reference: Delayed, output: Delayed, *, services: Services) -> Value:
    """The output of a derivation given as a string: as its .drv path, or as the output of another derivation that
    will be a .drv file.  Forces both.

    >>> builtins.isFunction builtins.outputOf
    true
    """
    text, context = text_and_context(reference)
    if len(context) != 1:
        raise EvalError(
            f"string '{text}' has {len(context)} entries in its context. It should only have exactly one entry"
        )
    (element,) = context
    name = text_without_context(output)
    if element.startswith("="):
        raise EvalError(
            f"string '{text}' has a context which refers to a complete source and binary closure. "
            "This is not supported at this time"
        )
    if element.startswith("!"):
        return _of_output(element, name)
    return _of_derivation(services, StorePath(element), text, name)


def _of_derivation(services: Services, path: StorePath, text: str, name: str) -> Value:
    if text != path:
        raise EvalError(f"path string '{text}' has context with the different path '{path}'")
    if not services.store.is_valid(path):
        raise EvalError(f"path '{path}' is not a valid store path")
    derivation = services.store.read_derivation(path)
    if name not in derivation.outputs:
        raise EvalError(f"derivation '{path}' does not have output '{name}'")
    return ContextString(derivation.outputs[name].path, frozenset((f"!{name}!{path}",)))


def _of_output(element: str, name: str) -> Value:
    """An output of what an output will be: nothing is known of it, so a placeholder stands for its path."""
    short = nix32.encode(hashes.compress(_placeholder_digest(element), 20))
    made = hashes.digest("sha256", f"nix-computed-output:{short}:{name}".encode())
    return ContextString(f"/{made.nix32}", frozenset((f"!{name}{element}",)))


def _placeholder_digest(element: str) -> bytes:
    """The digest in the placeholder of the output `!NAME!….drv`, or of an output of an output, `!NAME!NAME!….drv`."""
    *names, path = element[1:].split("!")
    drv = store_path.parse(path)
    last = names.pop()
    stem = drv.name.removesuffix(".drv")
    whole = stem if last == "out" else f"{stem}-{last}"
    digest = hashes.digest("sha256", f"nix-upstream-output:{drv.hash_part}:{whole}".encode()).digest
    for name in reversed(names):
        short = nix32.encode(hashes.compress(digest, 20))
        digest = hashes.digest("sha256", f"nix-computed-output:{short}:{name}".encode()).digest
    return digest
