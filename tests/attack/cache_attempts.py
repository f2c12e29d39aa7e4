"""What binary caches have tried: to have something else taken for a store path, to get out of their own place, to fill
the disk or the memory, or never to come to an end.

Each gets a cache with a sound path `lib` in it and adds what it likes; it gives the path that is then wanted.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import zstandard

from lixeval.formats import store_path
from lixeval.formats.hashes import Hash
from lixeval.formats.nar_events import encode_file, framed
from lixeval.formats.store_path import StorePath
from tests.support.packed import STRANGER, Packed, path_called

HUGE = 1 << 26
FILE = encode_file(b"content\n")


@dataclass(frozen=True)
class Attempt:
    """`refused` is in the error or in a warning; `offered` says that only fetching shows what is wrong."""

    name: str
    make: Callable[[Packed], StorePath]
    refused: str
    offered: bool = False
    lies: dict[str, Any] = field(default_factory=dict)


def adding(name: str = "evil", **named: Any) -> Callable[[Packed], StorePath]:
    return lambda cache: cache.add(name, **named)


def packed(method: str, data: bytes, **named: Any) -> Callable[[Packed], StorePath]:
    """The file is what is described in all but what it unpacks to."""
    file_hash = Hash("sha256", sha256(data).digest())
    return adding(sent=data, file_hash=file_hash, file_size=len(data), compression=method, **named)


def without_nar(cache: Packed) -> StorePath:
    path = cache.add("evil")
    (cache.folder / "nar/evil.nar").unlink()
    return path


def nar_of(*tokens: bytes) -> bytes:
    return b"".join(map(framed, (b"nix-archive-1", *tokens)))


def tree(name: bytes) -> bytes:
    """The NAR of a folder with one file."""
    node = (b"(", b"type", b"regular", b"contents", b"evil", b")")
    return nar_of(b"(", b"type", b"directory", b"entry", b"(", b"name", name, b"node", *node, b")", b")")


def through_link() -> bytes:
    """A link that leads out, and a folder of the same name with a file in it."""
    link = (b"entry", b"(", b"name", b"a", b"node", b"(", b"type", b"symlink", b"target", b"/tmp", b")", b")")
    file = (b"(", b"type", b"regular", b"contents", b"evil", b")")
    inner = (b"(", b"type", b"directory", b"entry", b"(", b"name", b"x", b"node", *file, b")", b")")
    return nar_of(b"(", b"type", b"directory", *link, b"entry", b"(", b"name", b"a", b"node", *inner, b")", b")")


def other_path(cache: Packed) -> StorePath:
    """The digest of one path, the description of another."""
    cache.add("other")
    wanted = path_called("evil")
    cache.write(wanted, (cache.folder / f"{store_path.parse(path_called('other')).hash_part}.narinfo").read_text())
    return wanted


def text(content: str) -> Callable[[Packed], StorePath]:
    def make(cache: Packed) -> StorePath:
        cache.write(path_called("evil"), content)
        return path_called("evil")

    return make


def narinfo(**fields: str) -> Callable[[Packed], StorePath]:
    """A description whose fields are anything, a signature included."""
    usual = {"StorePath": path_called("evil"), "URL": "nar/evil.nar", "Compression": "none"}
    usual |= {"NarHash": f"sha256:{sha256(FILE).hexdigest()}", "NarSize": str(len(FILE)), "References": ""}
    return text("".join(f"{key}: {value}\n" for key, value in (usual | fields).items()))


def self_claimed(
    content: bytes, claimed: bytes, method: str, prefix: str, *, naming_itself: bool = False
) -> Callable[[Packed], StorePath]:
    """A path that is named by a content which is not what is sent; nobody has signed it."""
    hashed = encode_file(claimed) if method == "recursive" else claimed
    digest = Hash("sha256", sha256(hashed).digest())
    if method == "text":
        path = store_path.text_path("evil", digest, ())
    else:
        path = store_path.fixed_output_path("evil", method, digest, (), self_reference=naming_itself)
    references = (path,) if naming_itself else ()
    return adding(content=content, key=None, path=path, references=references, ca=prefix + digest.prefixed_nix32)


ZEROS = encode_file(bytes(HUGE))

ATTEMPTS = [
    # NARs
    Attempt("a longer NAR", adding(sent=FILE + b"x"), "more than", True),
    Attempt("a shorter NAR", adding(sent=FILE[:-8]), "bytes instead of", True),
    Attempt("another NAR of the same size", adding(sent=encode_file(b"evilevil")), "its hash is another", True),
    Attempt("an empty NAR", adding(sent=b""), "bytes instead of", True),
    Attempt("no NAR", without_nar, "No such", True),
    Attempt("another NAR, its file described", packed("none", encode_file(b"evilevil")), "hash mismatch", True),
    Attempt("a shorter NAR, its file described", packed("none", FILE[:-8]), "error", True),
    Attempt("a longer NAR, its file described", packed("none", FILE + b"more"), "longer than", True),
    Attempt("packed nonsense as xz", packed("xz", b"nonsense" * 9), "damaged", True),
    Attempt("packed nonsense as zstd", packed("zstd", b"nonsense" * 9), "damaged", True),
    Attempt("packed nonsense as gzip", packed("gzip", b"nonsense" * 9), "damaged", True),
    Attempt("packed nonsense as bzip2", packed("bzip2", b"nonsense" * 9), "damaged", True),
    Attempt("half an xz file", packed("xz", lzma.compress(FILE)[:-20]), "damaged", True),
    Attempt("half a zstd file", packed("zstd", zstandard.compress(FILE)[:-5]), "error", True),
    Attempt("half a gzip file", packed("gzip", gzip.compress(FILE)[:-12]), "error", True),
    Attempt("an xz bomb", packed("xz", lzma.compress(ZEROS)), "longer than", True),
    Attempt("a zstd bomb", packed("zstd", zstandard.compress(ZEROS)), "longer than", True),
    Attempt("a gzip bomb", packed("gzip", gzip.compress(ZEROS)), "longer than", True),
    Attempt("a bzip2 bomb", packed("bzip2", bz2.compress(ZEROS)), "longer than", True),
    Attempt("a bomb behind the NAR", packed("xz", lzma.compress(FILE + bytes(HUGE))), "longer than", True),
    Attempt(
        "no size of the file, and no end", adding(sent=bytes(HUGE), file_size=None, file_hash=None), "more than", True
    ),
    Attempt("a file named ..", adding(nar=tree(b"..")), "error", True),
    Attempt("a file named .", adding(nar=tree(b".")), "error", True),
    Attempt("a file with a slash in its name", adding(nar=tree(b"../../evil")), "error", True),
    Attempt("a file with an absolute name", adding(nar=tree(b"/tmp/evil")), "error", True),
    Attempt("a file without a name", adding(nar=tree(b"")), "error", True),
    Attempt("a file below a link", adding(nar=through_link()), "error", True),
    Attempt("no NAR at all, well described", adding(nar=b"<html>no</html>"), "error", True),
    Attempt("a way of packing that nobody knows", adding(compression="lzip"), "unknown compression", True),
    # Who says so
    Attempt("no signature", adding(key=None), "not signed"),
    Attempt("a stranger's signature", adding(key=STRANGER), "not signed"),
    Attempt("a signature that is none", narinfo(Sig="test-1:AAAA"), "not signed"),
    Attempt("a signature that is no text of one", narinfo(Sig="test-1"), "not signed"),
    Attempt("another size once signed", adding(after={"nar_size": 8}), "not signed"),
    Attempt("another hash once signed", adding(after={"nar_hash": Hash("sha256", bytes(32))}), "not signed"),
    Attempt("another reference once signed", adding(after={"references": (path_called("lib"),)}), "not signed"),
    Attempt("another path", other_path, "instead of"),
    Attempt("another name of the path", narinfo(StorePath=path_called("evil") + "x"), "instead of"),
    # Where it lies
    Attempt("a URL that leads up", adding(after={"url": "../secret"}), "leads out"),
    Attempt("a URL that leads up inside", adding(after={"url": "nar/../../secret"}), "leads out"),
    Attempt("a URL that leads up, escaped", adding(after={"url": "nar/%2e%2e/%2e%2e/secret"}), "leads out"),
    Attempt("an absolute path as URL", adding(after={"url": "/etc/passwd"}), "leads out"),
    Attempt("another server", adding(after={"url": "http://127.0.0.1:1/evil.nar"}), "leads out"),
    Attempt("another server without a scheme", adding(after={"url": "//127.0.0.1:1/evil.nar"}), "leads out"),
    Attempt("a file as URL", adding(after={"url": "file:///etc/passwd"}), "leads out"),
    Attempt("a URL with a fragment", adding(after={"url": "nar/evil.nar#x"}), "leads out"),
    Attempt("a URL with a control character", adding(after={"url": "nar/evil\r.nar"}), "leads out"),
    Attempt("an empty URL", narinfo(URL=""), "error"),
    # What it refers to
    Attempt("a reference that is no store path", narinfo(References="../../etc/passwd"), "corrupt"),
    Attempt("a reference outside the store", narinfo(References="/etc/passwd"), "corrupt"),
    Attempt("a reference without a name", narinfo(References=path_called("x")[11:43]), "corrupt"),
    Attempt("a deriver that leads out", narinfo(Deriver="../evil.drv"), "corrupt"),
    Attempt("a reference that is not there", adding(references=(path_called("gone"),)), ""),
    # What it claims to be
    Attempt("another tree's content address", self_claimed(b"evil", b"good", "recursive", "fixed:r:"), "ca hash", True),
    Attempt(
        "another tree's content address, naming itself",
        self_claimed(b"evil", b"good", "recursive", "fixed:r:", naming_itself=True),
        "ca hash",
        True,
    ),
    Attempt("another file's content address", self_claimed(b"evil", b"good", "flat", "fixed:"), "ca hash", True),
    Attempt("another text's content address", self_claimed(b"evil", b"good", "text", "text:"), "ca hash", True),
    Attempt("a content address of another path", adding(key=None, ca="fixed:r:sha256:" + "0" * 52), "not signed"),
    Attempt("a content address that is none", adding(key=None, ca="evil"), "not signed"),
    Attempt("a signed content address that is wrong", adding(ca="fixed:r:sha256:" + "0" * 52), "ca hash", True),
    Attempt("a signed content address that is none", adding(ca="evil"), "content address", True),
    # Nonsense
    Attempt("a page as narinfo", text("<!DOCTYPE html>\n<html>Not found</html>\n"), "corrupt"),
    Attempt("an empty narinfo", text(""), "corrupt"),
    Attempt("a narinfo of zeros", text("\0" * 5000), "corrupt"),
    Attempt("a size that is none", narinfo(NarSize="-1"), "corrupt"),
    Attempt("a size that is too large to be one", narinfo(NarSize="9" * 40), "corrupt"),
    Attempt("a size of nothing", narinfo(NarSize="0"), "NarSize"),
    Attempt("a hash that is none", narinfo(NarHash="sha256:evil"), "corrupt"),
    Attempt("a hash of another kind", narinfo(NarHash="md5:" + "0" * 32), "sha256"),
    Attempt("a size said twice", narinfo(NarSize="1\nNarSize: 2"), "corrupt"),
    Attempt("orders to the terminal", narinfo(StorePath="\x1b]0;evil\x07"), "corrupt"),
]
