"""Files and texts that evaluation puts into the store: `path`, `filterSource`, `toFile`.

Each gives a string that depends on what was stored.  With `write_store` off only the path is computed.
"""

from __future__ import annotations

from lixeval.environment.coercion import coerced_path, realise_context
from lixeval.environment.files import base_name
from lixeval.errors import EvalError, FormatError
from lixeval.formats import hashes, store_path
from lixeval.formats.byte_text import bytes_of
from lixeval.formats.store_path import STORE_DIR, StorePath
from lixeval.runtime.arguments import forced_attrs, forced_function
from lixeval.runtime.builtin import builtin
from lixeval.runtime.call import call2
from lixeval.runtime.faults import expected
from lixeval.runtime.operators import BOOLEAN
from lixeval.runtime.said import through
from lixeval.runtime.strings import make_string, text_and_context, text_without_context
from lixeval.runtime.values import ContextString, Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lixeval.environment.services import Services
    from lixeval.formats.hashes import Hash


@builtin("path")
def path_(arguments: Delayed, *, services: Services) -> Value:
    """Copies `path` to the store, as `arguments` say.

    `name` is the name it gets (by default the path's own), `filter` is called with path and type of everything
    below it, `recursive` false stores the bytes of one file, `sha256` is the hash that the result must have.
    Forces the set and each of its attributes.

    >>> builtins.path { path = builtins.toFile "greeting" "hello"; name = "a"; recursive = false; }
    "/nix/store/yn0imyg01yh7hbz09bq44znz672ny7a8-a"
    """
    given = forced_attrs(arguments)

    def described(keys: Iterable[str]) -> tuple[str, frozenset[str], str, Value, str, Hash | None]:
        path, context, name, method = "", frozenset[str](), "", "recursive"
        function: Value = None
        wanted: Hash | None = None
        for key in keys:
            value = given[key]
            if key == "path":
                path, context = coerced_path(value)
            elif key == "name":
                name = text_without_context(value)
            elif key == "filter":
                function = forced_function(value)
            elif key == "recursive":
                method = "recursive" if BOOLEAN(value[0](value) if value.__class__ is list else value) else "flat"
            elif key == "sha256":
                from lixeval.builtins.hashing import hash_or_zero

                wanted = hash_or_zero(text_without_context(value), "sha256", services.say)
            else:
                raise EvalError(f"unsupported argument '{key}' to 'builtins.path'", about=(key,))
        return path, context, name, function, method, wanted

    path, context, name, function, method, wanted = through(given, described)
    if not path:
        raise EvalError("missing required 'path' attribute in the first argument to 'builtins.path'")
    return _add(services, path, context, name or base_name(path), function, method, wanted)


@builtin("filterSource")
def filter_source(function: Delayed, source: Delayed, *, services: Services) -> Value:
    """Copies a path to the store without what `function` (called with path and type) answers false to.

    Forces the path, then the function, which is called for everything below the path, directories before what
    they contain.

    >>> builtins.filterSource (path: type: false) (builtins.toFile "greeting" "hello")
    "/nix/store/fxnsqlz6h4h6vak6a66lwz04icndbbrn-5akl8zsmda0yrr63v4khwgskih2g2hsh-greeting"
    """
    path, context = coerced_path(source)
    return _add(services, path, context, base_name(path), forced_function(function), "recursive", None)


@builtin("toFile")
def to_file(name: Delayed, contents: Delayed, *, services: Services) -> Value:
    """Stores a text as a file; the text may mention other files of the store, but no outputs of derivations.

    Forces the name, the text.

    >>> builtins.toFile "greeting" "hello"
    "/nix/store/5akl8zsmda0yrr63v4khwgskih2g2hsh-greeting"
    """
    called = text_without_context(name)
    text, context = text_and_context(contents)
    references = [StorePath(element) for element in sorted(context)]
    for element in references:
        if element[0] in "!=":
            shown = element.replace(STORE_DIR + "/", "")
            raise EvalError(
                f"files created by builtins.toFile may not reference derivations, but {called} references {shown}"
            )
    try:
        if services.settings.write_store:
            path = services.store.add_text(called, text, references)
        else:
            path = store_path.text_path(called, hashes.digest("sha256", bytes_of(text)), references)
    except FormatError as error:
        raise EvalError(error.message) from None
    services.files.allow(path)
    return ContextString(path, frozenset((path,)))


def _add(
    services: Services,
    path: str,
    context: frozenset[str],
    name: str,
    function: Value,
    method: str,
    wanted: Hash | None,
) -> Value:
    """C++'s `addPath`: the store path of a filtered copy, checked against the hash that was asked for."""
    references: tuple[StorePath, ...] = ()
    if context:
        realise_context(services, context)
    if wanted is not None and path.startswith(STORE_DIR + "/"):
        references = _references_around(services, path)
    accept = None if function is None else _path_filter(function)
    try:
        fixed = None if wanted is None else store_path.fixed_output_path(name, method, wanted, references)
        if fixed is not None and services.store.is_valid(fixed):
            services.files.allow(fixed)
            return ContextString(fixed, frozenset((fixed,)))
        added = services.files.add(path, name, method=method, filter=accept)
    except FormatError as error:
        raise EvalError(error.message) from None
    if fixed is not None and fixed != added:
        raise EvalError(f"store path mismatch in (possibly filtered) path added from '{path}'")
    return make_string(added, (added,))


def _references_around(services: Services, path: str) -> tuple[StorePath, ...]:
    """What the store object that holds `path` refers to; nothing where it is not known."""
    try:
        inside, _ = store_path.split(path)
    except FormatError:
        return ()
    if services.store.is_valid(inside):
        return tuple(services.store.references(inside))
    services.machine.unrepeatable(f"'{inside}' is not valid yet")
    return ()


def _path_filter(function: Value) -> Callable[[str, str], bool]:
    def accept(path: str, kind: str) -> bool:
        answer = call2(function, path, kind)
        if answer.__class__ is not bool:
            raise expected("a Boolean", answer)
        return bool(answer)

    return accept
