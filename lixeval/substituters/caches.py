"""All caches of one run: which closures they have, in which order they are asked.

A path is offered only if everything that it refers to is valid, or offered too: a closure is asked for level by level,
each level at once.  Of each path the first trusted description counts, by the caches' priority.

A cache that cannot be asked is left alone for the rest of the run, after one warning.  The default cache, which nobody
has named, is only asked for what this machine has not made up itself, and keeps silent where it cannot be reached.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from lixeval.errors import FormatError, StoreError, UsageError
from lixeval.formats.keys import PublicKey
from lixeval.substituters.cache import BinaryCache, Memory
from lixeval.substituters.locations import Folder, location_of, split_options
from lixeval.substituters.trust import is_trusted
from lixeval.system.transport import Connections, DownloadFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence, Set

    from lixeval.formats.narinfo import NarInfo
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore
    from lixeval.system.transport import Patience


class Asking:
    """What the settings say: see nix.conf(5) for each.

    `default` is the URL, if any, that nobody has named; `connections` bounds requests at once, `jobs` downloads.
    """

    def __init__(
        self,
        urls: Sequence[str],
        keys: Sequence[str],
        *,
        default: str | None = None,
        require_signatures: bool = True,
        connections: int = 25,
        jobs: int = 16,
        patience: Patience | None = None,
        directory: str | None = None,
        positive: int = 30 * 86400,
        negative: int = 3600,
    ) -> None:
        self.urls = tuple(urls)
        self.keys = tuple(keys)
        self.default = default
        self.require_signatures = require_signatures
        self.connections = min(connections or 64, 64)
        self.jobs = max(1, min(jobs, self.connections))
        self.patience = patience
        self.directory = directory
        self.positive = positive
        self.negative = negative


class Offer:
    """A path that a cache has: its description, and the caches that say the same of it, the first to be asked first."""

    __slots__ = ("caches", "info")

    def __init__(self, info: NarInfo, cache: BinaryCache) -> None:
        self.info = info
        self.caches = [cache]


class Caches:
    """The caches of one run, for one store; nothing is asked before something is wanted."""

    def __init__(self, store: LocalStore, asking: Asking, say: Callable[[str], None]) -> None:
        self.store = store
        self.asking = asking
        self.connections = Connections(asking.patience, asking.connections)
        self._say = say
        self._told: set[str] = set()
        self._keys: list[PublicKey] | None = None
        self._named: list[BinaryCache] | None = None
        self._default: list[BinaryCache] | None = None
        self._offers: dict[tuple[StorePath, bool], Offer | None] = {}

    # What the planner asks

    def available(self, paths: Iterable[StorePath], of_this_machine: Set[StorePath] = frozenset()) -> set[StorePath]:
        """Those of the paths that can be fetched with all that they refer to.

        Paths `of_this_machine` are only sought in caches that somebody has named.
        """
        wanted = list(dict.fromkeys(paths))
        own = [path for path in wanted if path in of_this_machine]
        found = self._whole([path for path in wanted if path not in of_this_machine], named_only=False)
        return found | self._whole(own, named_only=True)

    def missing(self, paths: Iterable[StorePath]) -> list[NarInfo]:
        """What has to be fetched so that paths that are available become valid: each after what it refers to."""
        return [offer.info for offer in self.needed(paths).values()]

    def close(self) -> None:
        """Lets the connections go."""
        self.connections.close()

    # Closures

    def _is_there(self, path: StorePath) -> bool:
        """Whether a path is not needed from any cache."""
        return self.store.is_valid(path)

    def needed(self, paths: Iterable[StorePath]) -> dict[StorePath, Offer]:
        """The offers of all paths of the closure that are not valid; each after what it refers to."""
        from lixeval.system.graphs import dependencies_first

        found: dict[StorePath, Offer] = {}
        pending = list(paths)
        while pending:
            path = pending.pop()
            offer = self._offers.get((path, False)) or self._offers.get((path, True))
            if path in found or self._is_there(path) or offer is None:
                continue
            found[path] = offer
            pending += offer.info.references
        edges = [(path, other) for path, offer in found.items() for other in offer.info.references if other in found]
        return {path: found[path] for path in dependencies_first(set(found), edges)}

    def _whole(self, paths: list[StorePath], *, named_only: bool) -> set[StorePath]:
        """Those of the paths whose closures are complete."""
        if not paths or not self._caches(named_only):
            return set()
        seen: set[StorePath] = set()
        level = paths
        while level:
            seen.update(level)
            self._ask(level, named_only)
            offers = [self._offers[(path, named_only)] for path in level]
            following = {ref for offer in offers if offer is not None for ref in offer.info.references}
            level = sorted(path for path in following - seen if not self._is_there(path))
        broken = {path for path in seen if self._offers[(path, named_only)] is None}
        users: dict[StorePath, list[StorePath]] = {}
        for path in seen - broken:
            offer = self._offers[(path, named_only)]
            assert offer is not None
            for reference in offer.info.references:
                users.setdefault(reference, []).append(path)
        pending = list(broken)
        while pending:
            for user in users.get(pending.pop(), ()):
                if user not in broken:
                    broken.add(user)
                    pending.append(user)
        return set(paths) - broken

    def _ask(self, paths: Iterable[StorePath], named_only: bool) -> None:
        """Finds out about each of the paths, many at once."""
        unknown = [path for path in paths if (path, named_only) not in self._offers]
        found: dict[StorePath, Offer | None] = dict.fromkeys(unknown)
        for cache in self._caches(named_only):
            # A cache that comes later is asked for what the others have not; for what they fail to send, later.
            rest = [path for path in unknown if found[path] is None]
            for path, info in zip(rest, self._infos(cache, rest), strict=True):
                if info is not None:
                    found[path] = Offer(info, cache)
        self._offers.update({(path, named_only): offer for path, offer in found.items()})

    def alternatives(self, path: StorePath, offer: Offer) -> Iterable[tuple[BinaryCache, NarInfo]]:
        """Where to fetch a path, one after the other: the first has offered it, others are asked when it has failed."""
        yield offer.caches[0], offer.info
        for cache in self._caches(named_only=(path, False) not in self._offers):
            if cache is not offer.caches[0]:
                info = self._info(cache, path)
                if info is not None and set(info.references) <= set(offer.info.references):
                    yield cache, info

    def _infos(self, cache: BinaryCache, paths: Sequence[StorePath]) -> list[NarInfo | None]:
        if not paths:
            return []
        if isinstance(cache.location, Folder) or len(paths) == 1:
            return [self._info(cache, path) for path in paths]
        with ThreadPoolExecutor(min(len(paths), self.asking.connections)) as threads:
            return list(threads.map(lambda path: self._info(cache, path), paths))

    def _info(self, cache: BinaryCache, path: StorePath) -> NarInfo | None:
        """What a cache says of a path, if it may be believed."""
        if cache not in (self._named or ()) and cache not in (self._default or ()):
            return None  # it has been switched off
        try:
            info = cache.info(path)
        except DownloadFailed as error:
            self._switch_off(cache, error.message)
            return None
        except FormatError as error:
            self.warn(error.message)
            return None
        if info is None:
            return None
        if self.asking.require_signatures and not cache.is_trusted and not is_trusted(info, self.keys):
            self.warn(
                f"ignoring substitute for '{path}' from '{cache.url}', as it's not signed by any of the keys in "
                "'trusted-public-keys'"
            )
            return None
        return info

    # The caches

    @property
    def keys(self) -> list[PublicKey]:
        """The trusted keys; UsageError for one that is none."""
        if self._keys is None:
            try:
                self._keys = [PublicKey.parse(text) for text in self.asking.keys]
            except FormatError as error:
                raise UsageError(f"trusted-public-keys: {error.message}") from None
        return self._keys

    def _caches(self, named_only: bool) -> list[BinaryCache]:
        """The caches that can be asked, the best first."""
        if self._named is None:
            urls = [url for url in self.asking.urls if url != self.asking.default]
            self._named = [cache for cache in map(self._opened, dict.fromkeys(urls)) if cache is not None]
        if self._default is None and not named_only:
            self._default = self._open_default()
        together = [*self._named, *(() if named_only else self._default or ())]
        return sorted(together, key=lambda cache: cache.priority)

    def _open_default(self) -> list[BinaryCache]:
        from lixeval.substituters.reachable import is_reachable

        url = self.asking.default
        if url is None or not is_reachable(url, self.asking.directory):
            return []
        cache = self._opened(url)
        return [] if cache is None else [cache]

    def _opened(self, url: str) -> BinaryCache | None:
        base, options = split_options(url)
        location = location_of(base, self.connections)
        memory = None
        if not isinstance(location, Folder) and self.asking.directory is not None:
            directory = os.path.join(self.asking.directory, "narinfo")
            memory = Memory(directory, self.asking.positive, self.asking.negative)
        cache = BinaryCache(location, options, memory, is_default=url == self.asking.default)
        try:
            cache.open()
        except (DownloadFailed, StoreError) as error:
            if not cache.is_default:
                self.warn(f"{error.message}; it is not asked")
            return None
        return cache

    def _switch_off(self, cache: BinaryCache, reason: str) -> None:
        for caches in (self._named, self._default):
            if caches is not None and cache in caches:
                caches.remove(cache)
                if not cache.is_default:
                    self.warn(f"{reason}; '{cache.url}' is not asked any more")

    def warn(self, text: str) -> None:
        """Says something once."""
        if text not in self._told:
            self._told.add(text)
            self._say(f"warning: {text}")
