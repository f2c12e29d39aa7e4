"""Words of `lixeval WORD` that name no Nix file: finished images, derivations, and what was meant for a command.

FLAKE[#ATTRIBUTE]       a flake, see `is_flake`
FILE#ATTRIBUTE          a Nix file and what of it; a file whose name has a # in it is that file
/nix/store/….drv[!OUT]  a derivation, which is built
IMAGE                   an archive, a layout, docker://…: it is inspected
"""

from __future__ import annotations

import os

from lixeval.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


_TRANSPORTS = (
    *("docker", "oci", "oci-archive", "docker-archive", "dir"),
    *("containers-storage", "docker-daemon"),
)
_MAGIC = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh")
"""How gzip, zstd, xz and bzip2 files begin."""

OTHER_WORDS = {
    "push": "lixeval copy IMAGE docker://HOST/NAME:TAG, or lixeval FILE --to docker://HOST/NAME:TAG",
    "pull": "pullImage in a Nix file; lixeval inspect docker://HOST/NAME:TAG looks at one",
    "load": "lixeval FILE --to containers-storage:, or podman load -i ARCHIVE",
    "build": "lixeval FILE builds it",
    "instantiate": "lixeval --instantiate FILE",
    "parse": "lixeval --parse FILE",
    "show-config": "lixeval config show",
    "path-info": "lixeval store path-info",
    "why-depends": "lixeval why",
    "derivation": "lixeval show-derivation",
    "collect-garbage": "lixeval store gc",
}
"""What others call what is here."""


def split_attribute(word: str) -> tuple[str, str | None]:
    """FILE#ATTRIBUTE; a file whose name has a # in it is that file."""
    file, mark, attribute = word.rpartition("#")
    return (word, None) if not mark or os.path.lexists(word) else (file or ".", attribute)


_FLAKE_SCHEMES = (
    *("path:", "github:", "gitlab:", "sourcehut:", "git:", "git+", "hg+", "flake:"),
    *("tarball+", "file+"),
)


def is_flake(word: str) -> bool:
    """Whether a word means a flake, and not a file: by its scheme, as a folder, or as NAME#ATTRIBUTE.

    A folder with a default.nix is a file, as for nix-build.  One without either is looked for a flake above it where
    the word is `.`, or has a # in it.
    """
    if word in ("", "-") or word.startswith("<"):
        return False
    if os.path.lexists(word) and word not in (".", "./"):
        return os.path.exists(f"{word}/flake.nix") and not os.path.exists(f"{word}/default.nix")
    place, mark, _ = word.partition("#")
    if place.startswith(_FLAKE_SCHEMES):
        return True
    place = place.partition("?")[0]
    if not mark and not os.path.lexists(place):
        place = place.rpartition("^")[0] or place
    place = place or "."
    if os.path.isdir(place):
        return not os.path.exists(f"{place}/default.nix") and _is_in_flake(os.path.abspath(place))
    if os.path.lexists(place):
        return bool(mark) and os.path.basename(place) == "flake.nix"
    name = place.partition("/")[0].replace("-", "").replace("_", "")
    return bool(mark) and not place.endswith(".nix") and name.isascii() and name.isalnum() and name[0].isalpha()


def _is_in_flake(path: str) -> bool:
    from lixeval.fetchers.flake_words import folder_above

    return folder_above(path) is not None


def is_image(word: str) -> bool:
    """Whether a word names a finished image: by transport, as an archive, as a layout's folder."""
    if word.endswith((".nix", ".drv")) or (word.startswith("<") and word.endswith(">")):
        return False
    transport, colon, _ = word.partition(":")
    if colon and transport in _TRANSPORTS and not os.path.lexists(word):
        return True
    if os.path.isdir(word):
        is_nix = os.path.exists(f"{word}/default.nix") or os.path.exists(f"{word}/flake.nix")
        return not is_nix and any(
            os.path.exists(f"{word}/{name}") for name in ("oci-layout", "index.json", "manifest.json")
        )
    if not os.path.isfile(word):
        return False
    try:
        with open(word, "rb") as file:
            head = file.read(512)
    except OSError:
        return False
    return head.startswith(_MAGIC) or head[257:262] == b"ustar"


def require(words: Sequence[str]) -> None:
    """Raise UsageError for a word that is neither file nor command, with the command that may have been meant."""
    for word in words:
        if not word.replace("-", "").isalnum() or not word[0].isalpha() or os.path.lexists(word):
            continue
        hint = _meant(word)
        raise UsageError(f"there is no file '{word}', and no command of that name", hint=hint)


def _meant(word: str) -> str:
    from difflib import get_close_matches

    from lixeval.cli.command_table import COMMANDS

    names = [command.name for command in COMMANDS if command.name]
    if word in OTHER_WORDS:
        return OTHER_WORDS[word]
    below = [name for name in names if name.endswith(f" {word}")]
    near = below or get_close_matches(word, names, 1, 0.7)
    if near:
        return f"did you mean 'lixeval {near[0]}'?"
    return "lixeval --help lists the commands"
