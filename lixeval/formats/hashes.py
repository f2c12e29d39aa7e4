"""Digests with their algorithm, in every notation that Nix reads and writes.

    base16   sha256:e3b0c442…            hexadecimal
    nix32    sha256:0mdqa9w1p6cml…       see `nix32`
    base64   sha256:47DEQpj8HBSa…=
    SRI      sha256-47DEQpj8HBSa…=       always base 64, always with its algorithm

Without the algorithm in front a hash can only be told by its length; base16, nix32 and base64 of one digest have
different ones.  Hashes are where everything in Nix gets its name, so this module is on the path of each derivation:
it loads OpenSSL's digests at the first use and nothing else.

Nix manual, `convertHash`; C++: `Hash::parseAny`, `Hash::to_string`.
"""

from __future__ import annotations

import sys

from lixeval.errors import FormatError
from lixeval.formats import nix32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Any, Final, Protocol

    class Hasher(Protocol):
        """What `hasher` returns: one of hashlib's objects."""

        def update(self, data: bytes | bytearray | memoryview, /) -> None: ...
        def digest(self) -> bytes: ...


SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}
"""Bytes of a digest, by algorithm: the algorithms that Nix knows."""


class Hash:
    """A digest and the algorithm that made it; equal by value, usable as a key, never changed."""

    __slots__ = ("algorithm", "digest")

    def __init__(self, algorithm: str, digest: bytes) -> None:
        self.algorithm: Final = algorithm
        self.digest: Final = digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hash) and self.digest == other.digest and self.algorithm == other.algorithm

    def __hash__(self) -> int:
        return hash((self.algorithm, self.digest))

    def __repr__(self) -> str:
        return f"Hash({self.algorithm!r}, bytes.fromhex({self.digest.hex()!r}))"

    @property
    def base16(self) -> str:
        """Hexadecimal, no prefix."""
        return self.digest.hex()

    @property
    def nix32(self) -> str:
        """Nix's base 32, no prefix."""
        return nix32.encode(self.digest)

    @property
    def base64(self) -> str:
        """Base 64 with padding, no prefix."""
        from binascii import b2a_base64  # a shared library, and hardly ever wanted

        return b2a_base64(self.digest, newline=False).decode()

    @property
    def sri(self) -> str:
        """Subresource integrity: `sha256-<base64>`."""
        return f"{self.algorithm}-{self.base64}"

    @property
    def prefixed_base16(self) -> str:
        """`sha256:<base16>`, the form of the store's database."""
        return f"{self.algorithm}:{self.digest.hex()}"

    @property
    def prefixed_nix32(self) -> str:
        """`sha256:<nix32>`, the form of narinfo files."""
        return f"{self.algorithm}:{nix32.encode(self.digest)}"


def parse(text: str, algorithm: str | None = None) -> Hash:
    """A hash in any notation.

    `algorithm` is what is known from elsewhere (an `outputHashAlgo`): needed where the text names none, and a
    `FormatError` where the text names another.  Messages are those of Nix.
    """
    named, digits, is_sri = _split(text)
    if named is None and algorithm is None:
        raise FormatError(f"hash '{text}' does not include a type, nor is the type otherwise known from context")
    if named is not None and algorithm is not None and named != algorithm:
        raise FormatError(f"hash '{text}' should have type '{algorithm}'")
    return _decode(digits, known_algorithm(named or algorithm or ""), is_sri)


def parse_unprefixed(text: str, algorithm: str) -> Hash:
    """A hash without its algorithm, as .drv files have it; the notation follows from the length."""
    return _decode(text, known_algorithm(algorithm), is_sri=False)


def parse_sri(text: str) -> Hash:
    """A hash in SRI notation and no other."""
    named, digits, is_sri = _split(text)
    if named is None or not is_sri:
        raise FormatError(f"hash '{text}' is not SRI")
    return _decode(digits, known_algorithm(named), is_sri=True)


def known_algorithm(name: str) -> str:
    """`name`, if it is one of the algorithms; else Nix's complaint."""
    if name not in SIZES:
        raise FormatError(f"unknown hash algorithm '{name}', expect 'md5', 'sha1', 'sha256', or 'sha512'")
    return name


def _split(text: str) -> tuple[str | None, str, bool]:
    """The algorithm named in front, the rest, and whether they are joined as in SRI; a colon wins over a dash."""
    named, colon, digits = text.partition(":")
    if colon:
        return known_algorithm(named), digits, False
    named, dash, digits = text.partition("-")
    if dash:
        return known_algorithm(named), digits, True
    return None, text, False


def _decode(digits: str, algorithm: str, is_sri: bool) -> Hash:
    """The digest written as `digits`, its notation known from the length unless it is SRI."""
    size = SIZES[algorithm]
    length = len(digits)
    kind = "SRI"
    data: bytes | None
    if is_sri:
        data = _decode_base64(digits)
    elif length == 2 * size:
        kind, data = "base-16", _decode_base16(digits)
    elif length == nix32.encoded_length(size):
        kind, data = "base-32", _decode_nix32(digits)
    elif length == (size + 2) // 3 * 4:
        kind, data = "base-64", _decode_base64(digits)
    else:
        raise FormatError(f"hash '{digits}' has wrong length for hash algorithm '{algorithm}'")
    if data is None or len(data) != size:
        raise FormatError(f"invalid {kind} hash '{digits}'")
    return Hash(algorithm, data)


def _decode_base16(digits: str) -> bytes | None:
    if digits.strip("0123456789abcdefABCDEF"):
        return None
    return bytes.fromhex(digits)


def _decode_nix32(digits: str) -> bytes | None:
    try:
        return nix32.decode(digits)
    except FormatError:
        return None


_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _decode_base64(digits: str) -> bytes | None:
    """Base 64 as Nix reads it: line ends are skipped, the first `=` ends the text, left-over bits do not count."""
    significant = digits.partition("=")[0].replace("\n", "")
    if significant.strip(_BASE64):
        return None
    import binascii

    # The last, incomplete group of four is filled up; a single digit in it says nothing.
    whole = len(significant) // 4 * 4
    tail = significant[whole:]
    try:
        decoded = binascii.a2b_base64(significant[:whole])
        if len(tail) < 2:
            return decoded
        return decoded + binascii.a2b_base64(tail + "A" * (4 - len(tail)))[: len(tail) - 1]
    except binascii.Error:
        return None


def hasher(algorithm: str) -> Hasher:
    """A new digest to feed with `update`."""
    global _light
    import hashlib

    _light = None
    return hashlib.new(known_algorithm(algorithm), usedforsecurity=False)


def digest(algorithm: str, data: bytes) -> Hash:
    """The hash of `data`."""
    if algorithm == "sha256":
        return Hash(algorithm, sha256(data))
    hashing = hasher(algorithm)
    hashing.update(data)
    return Hash(algorithm, hashing.digest())


def digest_of_file(algorithm: str, file: IO[bytes]) -> Hash:
    """The hash of all that is left of a file."""
    hashing = hasher(algorithm)
    while data := file.read(1 << 20):
        hashing.update(data)
    return Hash(algorithm, hashing.digest())


def hexadecimal(algorithm: str, data: bytes) -> str:
    """The digits of the hash of `data` in base 16."""
    if algorithm == "sha256":
        return sha256(data).hex()
    import hashlib

    digits: str = getattr(hashlib, algorithm)(data, usedforsecurity=False).hexdigest()
    return digits


def sha256(data: bytes) -> bytes:
    """The bare digest that every store path is made of."""
    global _light, _light_bytes, _heavy
    if _heavy is None:
        _light_bytes -= len(data)
        if _light is not None and _light_bytes >= 0:
            return _light(data).digest()
        import hashlib

        _light, _heavy = None, hashlib.sha256
    found: bytes = _heavy(data, usedforsecurity=False).digest()
    return found


def _light_sha256() -> Callable[[bytes], Hasher] | None:
    """Python's own SHA-256, where this Python has it: slower than OpenSSL's, which takes 3 ms to load.  For a program
    that hashes some hundred texts.
    """
    try:
        module = __import__("_sha2" if sys.version_info >= (3, 12) else "_sha256")
    except ImportError:
        return None
    found: Callable[[bytes], Hasher] = module.sha256
    return found


_light: Callable[[bytes], Hasher] | None = _light_sha256()
_light_bytes = 1 << 18
"""So many bytes take it as long as OpenSSL's takes to be loaded."""
_heavy: Any = None
"""OpenSSL's, once it is loaded: an import statement takes as long as hashing a short text."""


def zero(algorithm: str) -> Hash:
    """The hash of all zero bytes, which Nix takes for an empty `outputHash`."""
    return Hash(algorithm, bytes(SIZES[known_algorithm(algorithm)]))


def compress(data: bytes, size: int = 20) -> bytes:
    """A digest folded to `size` bytes: byte i is xored into byte i mod size (C++: `compressHash`)."""
    number = int.from_bytes(data[:size], "little")
    for start in range(size, len(data), size):
        number ^= int.from_bytes(data[start : start + size], "little")
    return number.to_bytes(size, "little")
