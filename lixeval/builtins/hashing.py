"""Hashes of strings, and their notations (manual, "Built-in Functions": `hashString`, `convertHash`).

The digests and notations themselves are `formats.hashes`; what that finds wrong becomes an error of evaluation here.
"""

from __future__ import annotations

from lixeval.errors import EvalError, FormatError
from lixeval.formats import hashes
from lixeval.runtime.arguments import attribute, forced_attrs
from lixeval.runtime.builtin import builtin
from lixeval.runtime.strings import text_of, text_without_context
from lixeval.runtime.values import Delayed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.formats.hashes import Hash

_FORMATS: dict[str, Callable[[hashes.Hash], str]] = {
    "base16": lambda digest: digest.base16,
    "base32": lambda digest: digest.nix32,
    "nix32": lambda digest: digest.nix32,
    "base64": lambda digest: digest.base64,
    "sri": lambda digest: digest.sri,
}


@builtin("hashString")
def hash_string(algorithm: Delayed, text: Delayed) -> str:
    """The hash of a string's bytes in hexadecimal, by "md5", "sha1", "sha256" or "sha512".  Forces both; the string's
    context is dropped.

    >>> builtins.hashString "md5" "a"
    "0cc175b9c0f1b6a831c399e269772661"
    """
    name = algorithm if algorithm.__class__ is str else text_without_context(algorithm)
    if name not in hashes.SIZES:
        _algorithm(name)
    if text.__class__ is not str:
        text = text_of(text)
    return hashes.hexadecimal(name, text.encode("utf-8", "surrogateescape"))


def _algorithm(name: str) -> str:
    try:
        return hashes.known_algorithm(name)
    except FormatError as error:
        raise EvalError(error.message, about=(name,)) from None


@builtin("convertHash")
def convert_hash(arguments: Delayed, *, say: Callable[[str], None]) -> str:
    """A hash in another notation.

    Takes `hash` in any notation, `hashAlgo` unless the hash names its algorithm, and `toHashFormat`: "base16",
    "nix32", "base64" or "sri".  Forces the set and these three.

    >>> builtins.convertHash { hash = "md5-DMF1ucDxtqgxw5niaXcmYQ=="; toHashFormat = "base16"; }
    "0cc175b9c0f1b6a831c399e269772661"
    """
    arguments = forced_attrs(arguments)
    text = text_without_context(attribute(arguments, "hash"))
    algorithm = None
    if "hashAlgo" in arguments:
        algorithm = _algorithm(text_without_context(arguments["hashAlgo"]))
    notation = text_without_context(attribute(arguments, "toHashFormat"))
    if notation not in _FORMATS:
        raise EvalError(
            f"unknown hash format '{notation}', expect 'base16', 'base32', 'base64', or 'sri'",
            about=("toHashFormat",),
        )
    if notation == "base32":
        say('warning: "base32" is a deprecated alias for hash format "nix32".')
    try:
        digest = hashes.parse(text, algorithm)
    except FormatError as error:
        raise EvalError(error.message, about=("hash",)) from None
    return _FORMATS[notation](digest)


def hash_or_zero(text: str, algorithm: str | None, say: Callable[[str], None]) -> Hash:
    """A declared hash; an empty text is the zero hash, with a warning, as people write who look for the right one."""
    try:
        if text:
            return hashes.parse(text, algorithm)
        if algorithm is None:
            raise FormatError("empty hash requires explicit hash algorithm")
    except FormatError as error:
        raise EvalError(error.message, about=(text,)) from None
    zero = hashes.zero(algorithm)
    say(f"warning: found empty hash, assuming '{zero.sri}'")
    return zero
