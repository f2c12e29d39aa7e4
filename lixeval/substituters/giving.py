"""Store paths brought to a binary cache: packed, described, signed.

    file://DIR | http(s)://HOST/…, with options: compression (xz), compression-level, secret-key (a file)

Each path goes there with all that it refers to, unless the cache has it: NARs in parallel, then their narinfos,
references first, so that a cache never describes what it does not have.  A server takes files by PUT.

C++: `BinaryCacheStore::addToStoreCommon`.
"""

from __future__ import annotations

import io
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256

from lixeval.errors import FormatError, StoreError, SystemFailure, UsageError
from lixeval.formats import nar, narinfo, store_path
from lixeval.formats.hashes import Hash
from lixeval.formats.keys import SecretKey
from lixeval.formats.narinfo import NarInfo
from lixeval.substituters import compression
from lixeval.substituters.cache import BinaryCache
from lixeval.substituters.locations import location_of, split_options
from lixeval.system.transport import Connections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore
    from lixeval.store.path_info import PathInfo
    from lixeval.system.transport import Patience

CACHE_INFO = "StoreDir: /nix/store\n"
_JOBS = 4


def secret_key(file: str) -> SecretKey:
    """The key in a file; FormatError where it has something else."""
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            return SecretKey.parse(opened.read(1 << 16))
    except OSError as error:
        raise SystemFailure(f"cannot read the secret key '{file}': {error.strerror}") from None
    except FormatError as error:
        raise FormatError(f"'{file}': {error.message}", hint="lixeval store generate-key makes one") from None


def _level(text: str, url: str) -> int | None:
    """How hard to pack; -1 is Nix's word for what is usual."""
    if text == "-1":
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise UsageError(f"'{url}': compression-level is no number: '{text}'")
    return int(text)


def described(info: PathInfo, url: str) -> NarInfo:
    """What a narinfo says of a valid path whose NAR is at `url`, not packed."""
    return NarInfo(
        path=info.path,
        url=url,
        compression="none",
        nar_hash=info.nar_hash,
        nar_size=info.nar_size,
        references=info.references,
        deriver=info.deriver,
        signatures=info.signatures,
        ca=info.ca,
    )


class Giving:
    """A cache that is written to."""

    def __init__(self, store: LocalStore, url: str, patience: Patience | None = None) -> None:
        base, options = split_options(url)
        self._store = store
        self._connections = Connections(patience)
        self._location = location_of(base, self._connections)
        self._cache = BinaryCache(self._location, options, None)
        self._method = options.get("compression", "xz")
        self._level = _level(options.get("compression-level", "-1"), url)
        self._key = secret_key(options["secret-key"]) if options.get("secret-key") else None
        compression.packer(self._method, self._level)
        unknown = set(options) - {"compression", "compression-level", "secret-key", "priority", "trusted"}
        if unknown:
            raise UsageError(f"'{url}': no cache has an option '{min(unknown)}'")

    def give(self, paths: Iterable[StorePath], tell: Callable[[str], None]) -> int:
        """Brings valid paths and their closures there; how many were not there.  `tell` hears of each."""
        if self._location.read("nix-cache-info", 1 << 16) is None:
            self._write("nix-cache-info", CACHE_INFO.encode())
        self._cache.open()
        wanted = self._store.topological(self._store.closure(paths))
        infos = self._store.infos(wanted)
        with ThreadPoolExecutor(_JOBS) as threads:
            absent = [path for path, there in zip(wanted, threads.map(self._has, wanted), strict=True) if not there]
            for path, info in zip(absent, threads.map(lambda path: self._packed(infos[path]), absent), strict=True):
                self._write(f"{store_path.parse(path).hash_part}.narinfo", narinfo.unparse(info).encode())
                tell(path)
        self._connections.close()
        return len(absent)

    def _has(self, path: StorePath) -> bool:
        return self._cache.info(path) is not None

    def _write(self, name: str, content: bytes) -> None:
        self._location.write(name, io.BytesIO(content), len(content))

    def _packed(self, info: PathInfo) -> NarInfo:
        """The description of a path whose NAR is in the cache now; StoreError where its files are damaged."""
        try:
            return self._packed_and_sent(info)
        except OSError as error:
            reason, where = error.strerror or str(error), error.filename or f"in {tempfile.gettempdir()}"
            raise SystemFailure(
                f"cannot pack '{info.path}' for '{self._location.url}': {reason} ({where})",
                hint="what is packed lies in TMPDIR until it is sent",
            ) from None

    def _packed_and_sent(self, info: PathInfo) -> NarInfo:
        packing = compression.packer(self._method, self._level)
        hashing, packed_hash = nar.HashingWriter(), sha256()
        with tempfile.TemporaryFile() as packed:

            def write(data: bytes) -> None:
                hashing.write(data)
                keep(packing.compress(data))

            def keep(data: bytes) -> None:
                packed_hash.update(data)
                packed.write(data)

            nar.dump(self._store.real(info.path), write)
            keep(packing.flush())
            found, size = hashing.result()
            if found != info.nar_hash or size != info.nar_size:
                raise StoreError(
                    f"path '{info.path}' has been modified: its hash is not what the store says",
                    hint="lixeval store repair makes it again",
                )
            file_hash, file_size = Hash("sha256", packed_hash.digest()), packed.tell()
            url = f"nar/{file_hash.nix32}.nar{compression.SUFFIXES[self._method]}"
            packed.seek(0)
            self._location.write(url, packed, file_size)
        whole = replace(described(info, url), compression=self._method, file_hash=file_hash, file_size=file_size)
        return whole if self._key is None else whole.sign(self._key)
