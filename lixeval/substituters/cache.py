"""One binary cache: what it says of itself and of store paths.

    nix-cache-info      StoreDir, Priority (50; less is asked first), WantMassQuery
    <digest>.narinfo    see `formats.narinfo`

What servers say is remembered in the user's own folder: descriptions for narinfo-cache-positive-ttl seconds, that there
is none for narinfo-cache-negative-ttl.  Folders are read each time.
"""

from __future__ import annotations

from time import time

from lixeval.errors import FormatError, StoreError
from lixeval.formats import narinfo, store_path
from lixeval.system.cache import Cache, digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lixeval.formats.narinfo import NarInfo
    from lixeval.formats.store_path import StorePath
    from lixeval.substituters.locations import Location

_MOST_BYTES = 4 << 20
"""Of a narinfo: some hundred bytes a reference."""
_DEFAULT_PRIORITY = 50
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%+=&?!@,")


class Memory:
    """What servers have said; lifetimes in seconds, `directory` None remembers nothing."""

    def __init__(self, directory: str | None, positive: int = 30 * 86400, negative: int = 3600) -> None:
        self.positive = positive
        self.negative = negative
        self._cache = Cache(directory, 1 << 17, 256 << 20, largest=_MOST_BYTES * 2, spread=True)

    def recall(self, url: str, name: str) -> tuple[bytes | None] | None:
        """What a server said (None: it has no such file) as a tuple of one; None where that is not known any more."""
        found = self._cache.load(_key(url, name))
        if found.__class__ is not tuple or len(found) != 2 or found[0].__class__ is not float:
            return None
        when, content = found
        if content is not None and content.__class__ is not bytes:
            return None
        lasts = self.negative if content is None else self.positive
        return (content,) if 0 <= time() - when < lasts else None

    def remember(self, url: str, name: str, content: bytes | None) -> None:
        """What a server says now."""
        self._cache.save(_key(url, name), (time(), content))

    def forget(self, url: str, name: str) -> None:
        """It was wrong: ask again next time."""
        self._cache.save(_key(url, name), (0.0, None))


def _key(url: str, name: str) -> str:
    return digest(f"{url}\0{name}".encode("utf-8", "surrogateescape")).hex()


class BinaryCache:
    """A cache at a location; `options` are those of its URL, `is_default` says that nobody has named it."""

    def __init__(
        self, location: Location, options: Mapping[str, str], memory: Memory | None, *, is_default: bool = False
    ) -> None:
        self.location = location
        self.url = location.url
        self.is_default = is_default
        self.is_trusted = options.get("trusted") in ("1", "true")
        self.priority = _DEFAULT_PRIORITY
        self._asked_priority = options.get("priority", "")
        self._memory = memory

    def open(self) -> None:
        """Reads what it says of itself; StoreError where it is no cache for this store, DownloadFailed where it cannot
        be asked.
        """
        content = self._read("nix-cache-info")
        if content is None:
            raise StoreError(f"'{self.url}' does not appear to be a binary cache")
        fields = dict(line.split(": ", 1) for line in content.decode("utf-8", "replace").split("\n") if ": " in line)
        directory = fields.get("StoreDir")
        if directory is None:
            self.forget("nix-cache-info")
            raise StoreError(f"'{self.url}' does not appear to be a binary cache")
        if directory.strip() != store_path.STORE_DIR:
            raise StoreError(
                f"binary cache '{self.url}' is for Nix stores with prefix '{directory.strip()}', "
                f"not '{store_path.STORE_DIR}'"
            )
        priority = self._asked_priority or fields.get("Priority", "").strip()
        if priority.isascii() and priority.isdecimal():
            self.priority = int(priority[:9])

    def info(self, path: StorePath) -> NarInfo | None:
        """The description of a store path, for exactly this path; None where it has none.

        Raises FormatError for one that is damaged or leads astray, DownloadFailed where the cache cannot be asked.
        """
        name = self._info_name(path)
        content = self._read(name)
        if content is None:
            return None
        try:
            found = narinfo.parse(content.decode("utf-8"))
            _check(found, path)
        except UnicodeDecodeError:
            self.forget(name)
            raise FormatError(f"'{self.url}/{name}' is no text") from None
        except FormatError as error:
            self.forget(name)
            raise FormatError(f"'{self.url}/{name}': {error.message}") from None
        return found

    def doubt(self, path: StorePath) -> None:
        """What it said of a path was wrong."""
        self.forget(self._info_name(path))

    def _info_name(self, path: StorePath) -> str:
        return f"{store_path.parse(path).hash_part}.narinfo"

    def forget(self, name: str) -> None:
        if self._memory is not None:
            self._memory.forget(self.url, name)

    def _read(self, name: str) -> bytes | None:
        if self._memory is None:
            return self.location.read(name, _MOST_BYTES)
        known = self._memory.recall(self.url, name)
        if known is not None and (known[0] is not None or name != "nix-cache-info"):
            return known[0]
        content = self.location.read(name, _MOST_BYTES)
        self._memory.remember(self.url, name, content)
        return content


def _check(info: NarInfo, path: StorePath) -> None:
    """FormatError unless a narinfo is for the path, and its NAR lies in the cache."""
    if info.path != path:
        raise FormatError(f"it describes '{info.path}' instead of '{path}'")
    parts = info.url.split("/")
    if any(part in ("", ".", "..") or not _NAME_CHARACTERS.issuperset(part) for part in parts) or "%2" in info.url:
        raise FormatError(f"its URL '{info.url}' leads out of the cache")
    if info.nar_hash.algorithm != "sha256":
        raise FormatError("its NarHash is no sha256")
    if info.nar_size == 0:
        raise FormatError("its NarSize is 0")
