"""Paths and files: `readFile`, `readDir`, `pathExists`, … (manual, "Built-in Functions").

What reads a file first has its argument's string context built, so that an expression may read what a derivation
makes.  Everything goes through `services.files`, which keeps pure and restricted evaluation inside their bounds.
`source_paths` has the builtins that put files into the store.
"""

from __future__ import annotations

import os

from lixeval.environment.coercion import coerced_path, coerced_place, realised_path
from lixeval.environment.files import EMBEDDED_PREFIX, base_name
from lixeval.errors import AccessForbidden, EvalError, FormatError
from lixeval.formats import store_path
from lixeval.formats.store_path import STORE_DIR
from lixeval.runtime.builtin import builtin
from lixeval.runtime.strings import make_string, text_without_context
from lixeval.runtime.values import ContextString, Delayed, Path, Value, sorted_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.machine import Machine
    from lixeval.environment.services import Services
    from lixeval.environment.settings import Settings


@builtin("baseNameOf")
def base_name_of(value: Delayed) -> Value:
    """The last component of a path or string, as a string with the argument's context; one final slash is ignored.

    Forces the argument.

    >>> map baseNameOf [ "a/b" "a/b/" "a/b//" /a/b "/" ]
    [ "b" "b" "" "b" "" ]
    """
    text, context = coerced_place(value)
    if text.startswith(EMBEDDED_PREFIX):
        return base_name(text)
    if len(text) > 1 and text.endswith("/"):
        text = text[:-1]
    return make_string(text.rpartition("/")[2], context)


@builtin("dirOf")
def dir_of(value: Delayed) -> Value:
    """What stands before the last slash: of a path a path, of a string a string ("." where there is no slash).

    Forces the argument.

    >>> [ (dirOf "a/b") (dirOf "a") (dirOf "/a") (dirOf "a//b") (dirOf /a/b) (dirOf /a) ]
    [ "a" "." "/" "a" /a / ]
    """
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is Path:
        return Path(value.text.rpartition("/")[0] or "/")
    text, context = coerced_place(value)
    before, slash, after = text.rpartition("/")
    if not slash:
        return make_string(".", context)
    parent = before.rstrip("/")
    if not parent:
        # Of slashes alone all are kept: such a path is a root of its own.
        parent = "/" if after else text
    return make_string(parent, context)


@builtin("placeholder")
def placeholder(output: Delayed) -> str:
    """A string that the builder finds replaced by the path of one of its own outputs.

    Forces the name.

    >>> builtins.placeholder "out"
    "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9"
    """
    return store_path.placeholder(text_without_context(output))


@builtin("toPath")
def to_path(value: Delayed) -> Value:
    """An absolute path as a string, without `.`, `..` and doubled slashes (deprecated: `/. + "/path"` gives a path).

    Forces the text.

    >>> builtins.toPath "/a/../b//c"
    "/b/c"
    """
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is Path:
        # One in the home may hold dots, which C++ Nix leaves.
        return value.text
    return make_string(*coerced_path(value))


@builtin("pathExists")
def path_exists(value: Delayed, *, services: Services) -> bool:
    """Whether a path exists; a string that ends in a slash asks for a directory. What may not be seen is not there.

    >>> [ (builtins.pathExists /.) (builtins.pathExists "/nonexistent/a") ]
    [ true false ]
    """
    if value.__class__ is list:
        value = value[0](value)
    text = value.text if value.__class__ is ContextString else value
    as_directory = text.__class__ is str and text.endswith(("/", "/.")) and len(text) > 1
    path = realised_path(services, value)
    try:
        return services.files.exists(path, as_directory=as_directory)
    except AccessForbidden:
        return False


@builtin("readFile")
def read_file(value: Delayed, *, services: Services) -> Value:
    """The contents of a file as a string; of a file in the store with the references that stand in the text.

    Forces the path.

    >>> builtins.readFile (builtins.toFile "greeting" "hello")
    "hello"
    """
    path = realised_path(services, value)
    data = services.files.read(path)
    if b"\0" in data:
        raise EvalError(f"the contents of the file '{path}' cannot be represented as a Nix string")
    text = data.decode("utf-8", "surrogateescape")
    if path.startswith("/nix/store/"):
        return make_string(text, _mentioned(services, path, text))
    return text


@builtin("readDir")
def read_dir(value: Delayed, *, services: Services) -> Value:
    """The entries of a directory, each with its type: "regular", "directory", "symlink" or "unknown".

    Forces the path.

    >>> builtins.typeOf (builtins.readDir /.)
    "set"
    """
    # The system has an order of its own, on each disk another.
    found = services.files.list(realised_path(services, value))
    return {name: found[name] for name in sorted_names(found)}


@builtin("readFileType")
def read_file_type(value: Delayed, *, services: Services) -> str:
    """The type of a file: "regular", "directory", "symlink" or "unknown"; links are not followed.

    Forces the path.

    >>> builtins.readFileType /.
    "directory"
    """
    path = realised_path(services, value)
    files = services.files
    files.check(path)
    above = os.path.dirname(path)
    while len(above) > 1:
        if files.kind(above) == "symlink":
            raise EvalError(f"path '{above}' is a symlink")
        above = os.path.dirname(above)
    kind = files.kind(path)
    if kind is None:
        raise EvalError(f"path '{path}' does not exist", about=(path,))
    return kind


@builtin("hashFile")
def hash_file(algorithm: Delayed, value: Delayed, *, services: Services) -> str:
    """The hash of a file's contents in base 16; the algorithm is md5, sha1, sha256 or sha512.

    Forces the algorithm, the path.

    >>> builtins.hashFile "md5" (builtins.toFile "greeting" "hello")
    "5d41402abc4b2a76b9719d911017c592"
    """
    from lixeval.formats import hashes

    name = text_without_context(algorithm)
    try:
        hashes.known_algorithm(name)
    except FormatError as error:
        raise EvalError(error.message) from None
    return hashes.digest(name, services.files.read(realised_path(services, value))).base16


@builtin("getEnv")
def get_env(name: Delayed, *, machine: Machine, settings: Settings) -> str:
    """The value of an environment variable; empty where it is not set, and in pure and restricted evaluation.

    Forces the name.

    >>> builtins.getEnv "LIXEVAL_NO_SUCH_VARIABLE"
    ""
    """
    text = text_without_context(name)
    if settings.pure or settings.restricted:
        return ""
    return machine.variable(text)


@builtin("storePath")
def store_path_(value: Delayed, *, services: Services) -> Value:
    """A path that is in the store already, as a string that depends on it (`"${path}"` would copy it again).

    Links that lead into the store are followed; a link that is itself a store path is kept.

    Forces the path.

    >>> builtins.storePath (builtins.toFile "greeting" "hello")
    "/nix/store/5akl8zsmda0yrr63v4khwgskih2g2hsh-greeting"
    """
    if services.settings.pure:
        raise EvalError("'builtins.storePath' is not allowed in pure evaluation mode")
    path, context = coerced_path(value)
    if not store_path.is_store_path(path):
        path = services.files.resolve(path)
    try:
        if not path.startswith(STORE_DIR + "/"):
            raise FormatError(f"path '{path}' is not in the Nix store")
        inside, _ = store_path.split(path)
    except FormatError as error:
        raise EvalError(error.message) from None
    if services.settings.write_store and not services.store.is_valid(inside):
        raise EvalError(f"path '{inside}' does not exist and cannot be created")
    return make_string(path, context | {inside})


def _mentioned(services: Services, path: str, text: str) -> list[str]:
    """Those references of the store object around `path` whose hash part stands in `text`."""
    try:
        inside, _ = store_path.split(path)
    except FormatError:
        return []
    if not services.store.is_valid(inside):
        services.machine.unrepeatable(f"'{inside}' is not valid yet")
        return []
    start = len(STORE_DIR) + 1
    return [
        reference
        for reference in services.store.references(inside)
        if reference[start : start + store_path.DIGEST_LENGTH] in text
    ]
