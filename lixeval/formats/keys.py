"""The ed25519 keys that sign store paths, and their signatures, as texts.

    key       = name ":" base64          32 bytes for a public key; for a secret one 64, the seed and the public key
    signature = name ":" base64          64 bytes

The name says which key made a signature ("cache.example.org-1").  The arithmetic is `cryptography`'s, loaded when
something is signed or verified: most runs do neither.

Nix manual, `nix key`; C++: signature/local-keys.cc.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass

from lixeval.errors import FormatError


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who is trusted: `name` and the 32 bytes of the key."""

    name: str
    key: bytes

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """A key as `trusted-public-keys` lists it."""
        name, key = _parse(text, "public key", 32)
        return cls(name, key)

    def __str__(self) -> str:
        return _unparse(self.name, self.key)

    def verify(self, message: bytes, signature: str) -> bool:
        """Whether `signature` is this key's, over `message`; False for a malformed one."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            name, value = _parse(signature, "signature", 64)
            if name != self.name:
                return False
            Ed25519PublicKey.from_public_bytes(self.key).verify(value, message)
        except (FormatError, InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class SecretKey:
    """Who signs: `name` and the 32 bytes of the seed.  It shows neither in a traceback nor in a log."""

    name: str
    seed: bytes

    @classmethod
    def parse(cls, text: str) -> SecretKey:
        """A key as `nix key generate-secret` prints it; `FormatError` where its two halves do not belong together."""
        name, value = _parse(text.strip(), "secret key", 64)
        secret = cls(name, value[:32])
        if secret.public_key().key != value[32:]:
            raise FormatError(f"secret key '{name}' is corrupt: its public half does not match")
        return secret

    @classmethod
    def generate(cls, name: str) -> SecretKey:
        """A new key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    def reveal(self) -> str:
        """The key as a text: what a key file holds."""
        return _unparse(self.name, self.seed + self.public_key().key)

    def public_key(self) -> PublicKey:
        """The half to hand out."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return PublicKey(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def sign(self, message: bytes) -> str:
        """The signature over `message`, with the key's name."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return _unparse(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).sign(message))


def _parse(text: str, what: str, size: int) -> tuple[str, bytes]:
    """Name and bytes; the text itself is not repeated in the error, since it may be a secret."""
    name, colon, digits = text.partition(":")
    if not name or not colon or not digits:
        raise FormatError(f"{what} is corrupt: it should be a name, a colon and base 64")
    try:
        value = a2b_base64(digits.encode("ascii"), strict_mode=True)
    except (Base64Error, UnicodeEncodeError):
        raise FormatError(f"{what} '{name}' is corrupt: what follows the colon is not base 64") from None
    if len(value) != size:
        raise FormatError(f"{what} '{name}' is not valid: it has {len(value)} bytes instead of {size}")
    return name, value


def _unparse(name: str, value: bytes) -> str:
    return f"{name}:{b2a_base64(value, newline=False).decode()}"
