"""narinfo files: what a binary cache says of a store path, and the signatures that vouch for it.

    narinfo = { key ": " value "\n" }

    StorePath: /nix/store/<digest>-<name>        References: base names, separated by blanks (may be empty)
    URL: where the compressed NAR is             Deriver: the base name of a .drv, or unknown-deriver
    Compression: xz, zstd, …, none; bzip2 if     Sig: a signature; the one key that may be repeated
      there is no such line                      CA: content address: text:…, fixed:…
    FileHash, FileSize: of the compressed NAR    NarHash, NarSize: of the NAR itself
    System: ignored

What is signed is the fingerprint: path, NAR hash and size and references, but not where the file lies or how it is
compressed.

Nix manual, "Binary Cache Store"; C++: nar-info.cc, `ValidPathInfo::fingerprint`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lixeval.errors import FormatError
from lixeval.formats import hashes, store_path
from lixeval.formats.hashes import Hash
from lixeval.formats.store_path import StorePath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lixeval.formats.keys import PublicKey, SecretKey


@dataclass(frozen=True, slots=True, kw_only=True)
class NarInfo:
    """One narinfo file; paths are full store paths, sizes bytes, `references` sorted."""

    path: StorePath
    url: str
    compression: str = "bzip2"
    file_hash: Hash | None = None
    file_size: int | None = None
    nar_hash: Hash
    nar_size: int
    references: tuple[StorePath, ...] = ()
    deriver: StorePath | None = None
    signatures: tuple[str, ...] = ()
    ca: str | None = None

    @property
    def fingerprint(self) -> str:
        """What signatures are made over."""
        return fingerprint(self.path, self.nar_hash, self.nar_size, self.references)

    def sign(self, key: SecretKey) -> NarInfo:
        """This narinfo with one signature more."""
        signature = key.sign(self.fingerprint.encode())
        return replace(self, signatures=(*(other for other in self.signatures if other != signature), signature))

    def verify(self, keys: Iterable[PublicKey]) -> bool:
        """Whether one of the keys has signed it."""
        return verify(self.fingerprint, self.signatures, keys)


def fingerprint(path: StorePath, nar_hash: Hash, nar_size: int, references: Sequence[StorePath]) -> str:
    """`1;path;hash;size;references`: what vouching for a store path means."""
    return f"1;{path};{nar_hash.prefixed_nix32};{nar_size};{','.join(sorted(references))}"


def verify(message: str, signatures: Sequence[str], keys: Iterable[PublicKey]) -> bool:
    """Whether one of the signatures is one of the keys' over `message`."""
    encoded = message.encode()
    return any(key.verify(encoded, signature) for key in keys for signature in signatures)


def parse(text: str) -> NarInfo:
    """The contents of a narinfo file; `FormatError` with the line number."""
    fields: dict[str, str] = {}
    signatures: list[str] = []
    *lines, rest = text.split("\n")
    if rest:
        raise FormatError(f"NAR info file is corrupt: line {len(lines) + 1} has no end")  # the file was cut off
    for number, line in enumerate(lines, 1):
        # An empty value may have lost its blank on the way.
        key, colon, value = line.partition(": ") if not line.endswith(":") else (line[:-1], ":", "")
        if not colon:
            raise FormatError(f"NAR info file is corrupt: line {number} is not 'key: value'")
        if key == "Sig":
            signatures.append(value)
        elif key in fields:
            raise FormatError(f"NAR info file is corrupt: line {number} gives '{key}' again")
        else:
            fields[key] = value
    try:
        return _from_fields(fields, tuple(signatures))
    except FormatError as error:
        raise FormatError(f"NAR info file is corrupt: {error}") from None


def _from_fields(fields: dict[str, str], signatures: tuple[str, ...]) -> NarInfo:
    for required in ("StorePath", "URL", "NarHash", "NarSize"):
        if required not in fields:
            raise FormatError(f"there is no '{required}'")
    deriver = fields.get("Deriver", "unknown-deriver")
    return NarInfo(
        path=store_path.checked(fields["StorePath"]),
        url=fields["URL"],
        compression=fields.get("Compression") or "bzip2",
        file_hash=_hash(fields["FileHash"]) if "FileHash" in fields else None,
        file_size=_size(fields["FileSize"]) if "FileSize" in fields else None,
        nar_hash=_hash(fields["NarHash"]),
        nar_size=_size(fields["NarSize"]),
        references=tuple(sorted(_full_path(name) for name in fields.get("References", "").split())),
        deriver=None if deriver == "unknown-deriver" else _full_path(deriver),
        signatures=signatures,
        ca=fields.get("CA") or None,
    )


def _full_path(base_name: str) -> StorePath:
    store_path.parse_base_name(base_name)
    return StorePath(f"{store_path.STORE_DIR}/{base_name}")


def _hash(text: str) -> Hash:
    return hashes.parse(text)


def _size(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise FormatError(f"'{text}' is no size")
    return int(text)


def unparse(info: NarInfo) -> str:
    """The narinfo file, its lines in Nix's order."""
    lines = [f"StorePath: {info.path}", f"URL: {info.url}", f"Compression: {info.compression}"]
    if info.file_hash is not None:
        lines.append(f"FileHash: {info.file_hash.prefixed_nix32}")
    if info.file_size is not None:
        lines.append(f"FileSize: {info.file_size}")
    lines += [f"NarHash: {info.nar_hash.prefixed_nix32}", f"NarSize: {info.nar_size}"]
    lines.append("References: " + " ".join(_base_name(path) for path in sorted(info.references)))
    if info.deriver is not None:
        lines.append(f"Deriver: {_base_name(info.deriver)}")
    lines += [f"Sig: {signature}" for signature in info.signatures]
    if info.ca is not None:
        lines.append(f"CA: {info.ca}")
    return "\n".join(lines) + "\n"


def _base_name(path: str) -> str:
    return path.rpartition("/")[2]
