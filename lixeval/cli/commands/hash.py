"""`lixeval hash file|path|convert|to-base16|…`: hashes as `nix hash` prints them."""

from __future__ import annotations

import sys

from lixeval.cli.subcommand import at_least, read
from lixeval.errors import FormatError, SystemFailure, UsageError
from lixeval.formats import hashes
from lixeval.formats.hashes import Hash, digest_of_file, known_algorithm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.cli.subcommand import CommandLine


def of_file(arguments: list[str]) -> int:
    """The hash of the bytes of files."""
    line = read("hash file", arguments)
    at_least(line, "hash file", 1, "a file")
    algorithm = known_algorithm(line.texts.get("algorithm", "sha256"))
    for word in line.words:
        try:
            with open(word, "rb") as file:
                found = digest_of_file(algorithm, file)
        except OSError as error:
            raise SystemFailure(f"opening file '{word}': {error.strerror}") from None
        print(_shown(found, _form(line)))
    return 0


def of_path(arguments: list[str]) -> int:
    """The hash of the NARs of files and folders."""
    import os

    from lixeval.formats.nar import dump_hash

    line = read("hash path", arguments)
    at_least(line, "hash path", 1, "a path")
    algorithm = known_algorithm(line.texts.get("algorithm", "sha256"))
    for word in line.words:
        if not os.path.lexists(word):
            raise SystemFailure(f"path '{os.path.abspath(word)}' does not exist")
        print(_shown(dump_hash(word, algorithm)[0], _form(line)))
    return 0


def convert(arguments: list[str]) -> int:
    """Hashes in another notation."""
    line = read("hash convert", arguments)
    at_least(line, "hash convert", 1, "a hash")
    algorithm = line.texts.get("algorithm")
    if algorithm is not None:
        known_algorithm(algorithm)
    wanted, given = _format(line.texts.get("to", "sri")), line.texts.get("from")
    expected = _format(given) if given is not None else None
    for word in line.words:
        if expected is not None and not _is_written(word, expected, algorithm):
            raise UsageError(f"input hash '{word}' does not have the expected format for '--from {expected}'")
        print(_shown(hashes.parse(word, algorithm), wanted))
    return 0


def _is_written(text: str, form: str, algorithm: str | None) -> bool:
    """Whether a hash is written in a format, and without its algorithm unless that is sri."""
    if form == "sri":
        return "-" in text
    if ":" in text or "-" in text:
        return False
    try:
        return _shown(hashes.parse(text, algorithm), form) == text
    except FormatError as error:
        if algorithm is None:
            raise
        raise UsageError(f"input hash '{text}' does not have the expected format for '--from {form}'") from error


def to_base16(arguments: list[str]) -> int:
    """`lixeval hash to-base16`."""
    return _to("base16", arguments)


def to_base32(arguments: list[str]) -> int:
    """`lixeval hash to-base32`."""
    return _to("base32", arguments)


def to_base64(arguments: list[str]) -> int:
    """`lixeval hash to-base64`."""
    return _to("base64", arguments)


def to_sri(arguments: list[str]) -> int:
    """`lixeval hash to-sri`."""
    return _to("sri", arguments)


def _to(form: str, arguments: list[str]) -> int:
    line = read(f"hash to-{form}", arguments)
    at_least(line, f"hash to-{form}", 1, "a hash")
    algorithm = line.texts.get("algorithm")
    for word in line.words:
        print(_shown(hashes.parse(word, algorithm), "nix32" if form == "base32" else form))
    return 0


_FORMATS = ("base16", "nix32", "base64", "sri")


def _format(name: str) -> str:
    if name == "base32":
        print('warning: "base32" is a deprecated alias for hash format "nix32".', file=sys.stderr)
        return "nix32"
    if name not in _FORMATS:
        raise UsageError(f"unknown hash format '{name}', expect 'base16', 'base32', 'base64', or 'sri'")
    return name


def _form(line: CommandLine) -> str:
    """What --base16, --base32, --base64, --sri or --format says."""
    found = [form for form in _FORMATS if form in line.flags]
    if "format" in line.texts:
        found.append(_format(line.texts["format"]))
    if len(set(found)) > 1:
        raise UsageError(f"one format at a time, not {found[0]} and {found[1]}")
    return found[0] if found else "sri"


def _shown(hash: Hash, form: str) -> str:
    return {"base16": hash.base16, "nix32": hash.nix32, "base64": hash.base64, "sri": hash.sri}[form]
