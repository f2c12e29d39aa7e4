"""Store paths: their grammar, and how their digests come about.

    store path   = /nix/store/ digest "-" name
    digest       = 32 characters of nix32: 160 bits, folded from a sha256 over the fingerprint
    fingerprint  = type ":sha256:" base16 of an inner digest ":/nix/store:" name
    type         = "text" {":" reference}                        a text such as a .drv; inner: its contents
                 | "source" {":" reference} [":self"]            a tree by the hash of its NAR
                 | "output:" output name                         an output; inner: the derivation's hash, or, for a
                                                                 fixed one, of "fixed:out:" method algorithm ":" …
    name         = 1 to 211 characters of A-Z a-z 0-9 + - . _ ? =, not "." or ".." (nor these before a first "-")

Nix manual, "Complete Store Path Calculation"; C++: `StoreDirConfig::makeStorePath`, `makeFixedOutputPath`.
"""

from __future__ import annotations

from lixeval.errors import FormatError
from lixeval.formats import nix32
from lixeval.formats.byte_text import bytes_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Final, NewType, TypeGuard

    from lixeval.formats.hashes import Hash

    StorePath = NewType("StorePath", str)
    """The name of an object in the store, /nix/store/<digest>-<name>, wherever the store's files lie."""

    RealPath = NewType("RealPath", str)
    """A place on the disk where a store path lies, or will: below the store's root, which is rarely the machine's.

    What touches files of a store asks for one, so that nobody opens a path by the name that it has in Nix.
    """
else:
    StorePath = RealPath = str

STORE_DIR = "/nix/store"
_PREFIX = STORE_DIR + "/"
DIGEST_LENGTH = 32
MAX_NAME_LENGTH = 211
_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyz-0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZ_+?="


class Parts:
    """The two parts of a store path: `hash_part` (32 characters) and `name`."""

    __slots__ = ("hash_part", "name")

    def __init__(self, hash_part: str, name: str) -> None:
        self.hash_part: Final = hash_part
        self.name: Final = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parts) and self.base_name == other.base_name

    def __hash__(self) -> int:
        return hash(self.base_name)

    def __repr__(self) -> str:
        return f"Parts({self.hash_part!r}, {self.name!r})"

    @property
    def base_name(self) -> str:
        """What narinfo files and directory listings show."""
        return f"{self.hash_part}-{self.name}"


def check_name(name: str) -> None:
    """Raise `FormatError`, in Nix's words, unless `name` may be the name of a store path."""
    if not name:
        raise FormatError("name must not be empty")
    if len(name) > MAX_NAME_LENGTH:
        raise FormatError(f"name '{name}' must be no longer than {MAX_NAME_LENGTH} characters")
    if name[0] == ".":
        first, dash, _ = name.partition("-")
        if first in (".", ".."):
            reason = f": first dash-separated component must not be '{first}'" if dash else ""
            raise FormatError(f"name '{name}' is not valid{reason}")
    if name.strip(_NAME_CHARACTERS):
        # Nix looks at bytes, so a character outside ASCII is shown by its first byte.
        position = next(i for i, character in enumerate(name) if character not in _NAME_CHARACTERS)
        illegal = text_of(bytes_of(name[position])[:1])
        raise FormatError(f"name '{name}' contains illegal character '{illegal}'")


def parse(path: str) -> Parts:
    """The parts of a store path; `FormatError` where it is none (a path below one is none either)."""
    if not path.startswith(_PREFIX) or len(path) == len(_PREFIX):
        raise FormatError(f"path '{path}' is not in the Nix store")
    return parse_base_name(path[len(_PREFIX) :])


def parse_base_name(base_name: str) -> Parts:
    """The parts of `<digest>-<name>`."""
    if len(base_name) < DIGEST_LENGTH + 1:
        raise FormatError(f"'{base_name}' is too short to be a valid store path")
    hash_part = base_name[:DIGEST_LENGTH]
    if hash_part.strip(nix32.ALPHABET):
        illegal = next(character for character in hash_part if character not in nix32.ALPHABET)
        raise FormatError(f"store path '{base_name}' contains illegal base-32 character '{illegal}'")
    name = base_name[DIGEST_LENGTH + 1 :]
    if base_name[DIGEST_LENGTH] != "-":
        raise FormatError(f"path '{base_name}' is not a valid store path: its digest is not followed by a dash")
    _check_name_of(base_name, name)
    return Parts(hash_part, name)


def checked(path: str) -> StorePath:
    """`path` itself, which is a store path; `FormatError` where it is none."""
    parse(path)
    return StorePath(path)


def is_store_path(path: str) -> TypeGuard[StorePath]:
    """Whether `path` is exactly one store path."""
    try:
        parse(path)
    except FormatError:
        return False
    return True


def split(path: str) -> tuple[StorePath, str]:
    """A path in the store as (store path, rest); the rest is empty or begins with a slash."""
    if not path.startswith(_PREFIX):
        raise FormatError(f"path '{path}' is not in the Nix store")
    slash = path.find("/", len(_PREFIX))
    store_path, rest = (path, "") if slash < 0 else (path[:slash], path[slash:])
    return checked(store_path), rest


def _check_name_of(base_name: str, name: str) -> None:
    try:
        check_name(name)
    except FormatError as error:
        raise FormatError(f"path '{base_name}' is not a valid store path: {error.message}") from None


_hashing: Any = None


def _hashes() -> Any:
    """The module of hashes: who only asks for names does without, and an import statement takes as long as a digest."""
    global _hashing
    if _hashing is None:
        from lixeval.formats import hashes as _hashing
    return _hashing


def make_store_path(kind: str, inner: Hash, name: str) -> StorePath:
    """The path that follows from a type, an inner hash and a name; everything else here ends in this."""
    digest = _hashes().compress(_hashes().sha256(bytes_of(fingerprint(kind, inner, name))))
    base_name = f"{nix32.encode(digest)}-{name}"
    _check_name_of(base_name, name)
    return StorePath(_PREFIX + base_name)


def fingerprint(kind: str, inner: Hash, name: str) -> str:
    """The text that a store path is the hash of."""
    return f"{kind}:{inner.algorithm}:{inner.digest.hex()}:{STORE_DIR}:{name}"


def _with_references(kind: str, references: Iterable[str], self_reference: bool = False) -> str:
    return ":".join([kind, *sorted(set(references)), *(["self"] if self_reference else [])])


def text_path(name: str, contents_hash: Hash, references: Iterable[StorePath] = ()) -> StorePath:
    """The path of a text (`builtins.toFile`, a .drv) by the sha256 of its contents and what it refers to."""
    if contents_hash.algorithm != "sha256":
        raise FormatError(f"the text '{name}' must be addressed by sha256, not {contents_hash.algorithm}")
    return make_store_path(_with_references("text", references), contents_hash, name)


METHOD_PREFIXES = {"flat": "", "recursive": "r:", "text": "text:", "git": "git:"}
"""How a fixed output's ingestion method is written before its algorithm."""


def fixed_output_path(
    name: str, method: str, content: Hash, references: Iterable[StorePath] = (), self_reference: bool = False
) -> StorePath:
    """The path of content known by its own hash.

    `method` says what was hashed: "flat" a file's bytes, "recursive" the NAR, "text" a file's bytes that may refer
    to other paths, "git" a git tree.  Only "text" and "recursive" with sha256 may have references.
    """
    if method == "text":
        return text_path(name, content, references)
    if method == "git" and content.algorithm != "sha1":
        raise FormatError("Git file ingestion must use SHA-1 hash")
    if method == "recursive" and content.algorithm == "sha256":
        return make_store_path(_with_references("source", references, self_reference), content, name)
    if self_reference or any(True for _ in references):
        raise FormatError(
            f"fixed output derivation '{name}' is not allowed to refer to other store paths",
            hint="you may need the 'unsafeDiscardReferences' derivation attribute",
        )
    inner = f"fixed:out:{METHOD_PREFIXES[method]}{content.prefixed_base16}:"
    return make_store_path("output:out", _hashes().digest("sha256", inner.encode()), name)


def output_name(drv_name: str, output: str) -> str:
    """The name of an output's path: the derivation's for "out", with a suffix for any other."""
    return drv_name if output == "out" else f"{drv_name}-{output}"


def output_path(drv_hash: Hash, output: str, drv_name: str) -> StorePath:
    """The path of an input-addressed output, by its derivation's hash modulo fixed outputs."""
    return make_store_path(f"output:{output}", drv_hash, output_name(drv_name, output))


def downstream_placeholder(drv_path: StorePath, output: str) -> str:
    """What stands for an output's path in the derivations that use it, before it has been built and has one."""
    drv = parse(drv_path)
    text = f"nix-upstream-output:{drv.hash_part}:{output_name(drv.name.removesuffix('.drv'), output)}"
    return _placeholder(text)


def placeholder(output: str) -> str:
    """What `builtins.placeholder` gives: a text that the builder's input has in place of the output's path."""
    return _placeholder(f"nix-output:{output}")


def _placeholder(text: str) -> str:
    return "/" + nix32.encode(_hashes().sha256(bytes_of(text)))
