"""A connection to a daemon, and every request that it can be sent: the client's end of the protocol.

    connect -> greeting -> request -> log loop -> answer -> request …

Many requests that only ask are sent together and answered together (`ask_all`): one round trip for a thousand paths.
A connection is used by one thread of one process.  Nothing that comes through it is believed: paths are store paths of
this store, hashes are checked by who unpacks.
"""

from __future__ import annotations

from lixeval.daemon import protocol as p
from lixeval.daemon.messages import DaemonRefused, Hearer, hear
from lixeval.daemon.values import (
    BuildResult,
    basic_derivation,
    path_info,
    read_build_result,
    read_optional_path,
    read_path,
    read_path_info,
    split_derived,
)
from lixeval.daemon.wire import FrameWriter, Reader, number, pairs, text, texts
from lixeval.errors import FormatError
from lixeval.formats.nar_events import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeVar

    from lixeval.daemon.channel import Channel
    from lixeval.formats.derivation import Derivation
    from lixeval.formats.store_path import StorePath
    from lixeval.store.path_info import PathInfo

    T = TypeVar("T")
    Dump = Callable[[Callable[[bytes], object]], object]
    """Writes a NAR to what it is given."""

_AT_ONCE = 1000
"""Questions that are under way at once."""


class Missing:
    """What it takes to make something valid, as a daemon sees it; sizes in bytes, packed and unpacked."""

    def __init__(
        self,
        to_build: list[StorePath],
        to_substitute: list[StorePath],
        unknown: list[StorePath],
        download_size: int,
        nar_size: int,
    ) -> None:
        self.to_build = to_build
        self.to_substitute = to_substitute
        self.unknown = unknown
        self.download_size = download_size
        self.nar_size = nar_size


class Connection:
    """Greets the daemon at the other end of `channel`; `hearer` hears what it says."""

    def __init__(self, channel: Channel, hearer: Hearer | None = None) -> None:
        self.channel = channel
        self.hearer = hearer or Hearer()
        self.round_trips = 0
        try:
            greeting = p.greet_server(channel)
            self.version, self.trust, self.nix_version = greeting.version, greeting.trust, greeting.nix_version
            self._until_last()
        except FormatError as error:
            raise channel.lost(f"'{channel.name}' does not answer as a Nix daemon ({error.message})") from None
        except BaseException:
            channel.close()
            raise

    def close(self) -> None:
        """Say goodbye."""
        self.channel.close()

    # Asking

    def _until_last(self) -> None:
        reader = self.channel.reader
        while hear(reader, self.hearer):
            pass

    def ask(self, operation: int, request: bytes = b"") -> Reader:
        """Sends a request and hears what the daemon has to say; the reader of its answer."""
        self.round_trips += 1
        self.channel.write(number(operation) + request)
        return self._answer()

    def _answer(self) -> Reader:
        try:
            self._until_last()
        except FormatError as error:
            raise self.broken(error) from None
        return self.channel.reader

    def broken(self, error: FormatError) -> Exception:
        """What came is not what the protocol says: there is no going on."""
        return self.channel.lost(f"the daemon at '{self.channel.name}' cannot be understood ({error.message})")

    def read(self, take: Callable[[Reader], T]) -> T:
        """What `take` makes of an answer."""
        try:
            return take(self.channel.reader)
        except FormatError as error:
            raise self.broken(error) from None

    def ask_all(self, requests: Sequence[bytes], take: Callable[[Reader], T]) -> list[T]:
        """Sends requests (operation and all) and takes an answer to each, many in one round trip.

        The first refusal is raised when all answers are here, so that the connection can be used again.
        """
        found: list[T] = []
        refused: Exception | None = None
        for start in range(0, len(requests), _AT_ONCE):
            group = requests[start : start + _AT_ONCE]
            self.round_trips += 1
            self.channel.write(b"".join(group))
            for _ in group:
                try:
                    self._answer()
                    found.append(self.read(take))
                except DaemonRefused as error:
                    refused = refused or error
        if refused is not None:
            raise refused
        return found

    def _framed(self, operation: int, request: bytes, write: Callable[[FrameWriter], object]) -> None:
        """A request that ends in a stream; what the daemon says against it meanwhile ends the stream."""
        self.round_trips += 1
        self.channel.write(number(operation) + request)
        frames = FrameWriter(self.channel.write, self._listen)
        try:
            write(frames)
            frames.end()
        except DaemonRefused:
            self.channel.write(number(0))  # it drains the stream, and is ready for the next request then
            raise
        except BaseException:
            self.channel.close()  # half a stream: what would follow could not be told from the rest of it
            raise

    def _listen(self) -> None:
        """Hears what has been said, between two frames."""
        try:
            while self.channel.has_more:
                if not hear(self.channel.reader, self.hearer):
                    raise FormatError("the daemon has answered before it had heard all")
        except FormatError as error:
            raise self.broken(error) from None

    # Questions

    def is_valid(self, path: StorePath) -> bool:
        """Whether a path is valid there."""
        self.ask(p.IS_VALID_PATH, text(path))
        return self.read(Reader.boolean)

    def hold_and_ask(self, paths: Sequence[StorePath]) -> list[bool]:
        """Lets no collector take the paths while this connection lasts, and tells of each whether it is valid."""
        requests = [
            request
            for path in paths
            for request in (number(p.ADD_TEMP_ROOT) + text(path), number(p.IS_VALID_PATH) + text(path))
        ]
        return [answer != 0 for answer in self.ask_all(requests, Reader.number)[1::2]]

    def valid_among(self, paths: Iterable[StorePath], *, substitute: bool = False) -> set[StorePath]:
        """Those of the paths that are valid there; with `substitute`, those that it can fetch become so first."""
        self.ask(p.QUERY_VALID_PATHS, texts(sorted(paths)) + number(substitute))
        return set(self._paths())

    def all_valid(self) -> list[StorePath]:
        """Every valid path, sorted."""
        self.ask(p.QUERY_ALL_VALID_PATHS)
        return sorted(self._paths())

    def infos(self, paths: Sequence[StorePath]) -> dict[StorePath, PathInfo]:
        """What is known of those of the paths that are valid there."""
        asked = iter(paths)

        def take(reader: Reader) -> PathInfo | None:
            path = next(asked)
            return read_path_info(reader, path) if reader.boolean() else None

        answers = self.ask_all([number(p.QUERY_PATH_INFO) + text(path) for path in paths], take)
        return {info.path: info for info in answers if info is not None}

    def referrers(self, paths: Sequence[StorePath]) -> list[list[StorePath]]:
        """What refers to each of the paths."""
        return self.ask_all([number(p.QUERY_REFERRERS) + text(path) for path in paths], _take_paths)

    def derivers(self, path: StorePath) -> list[StorePath]:
        """The valid derivations that have the path as an output, sorted."""
        self.ask(p.QUERY_VALID_DERIVERS, text(path))
        return sorted(self._paths())

    def path_from_hash_part(self, hash_part: str) -> StorePath | None:
        """The valid path with this digest."""
        self.ask(p.QUERY_PATH_FROM_HASH_PART, text(hash_part))
        return self.read(read_optional_path)

    def substitutable(self, paths: Iterable[StorePath]) -> set[StorePath]:
        """Those of the paths that the daemon could fetch."""
        self.ask(p.QUERY_SUBSTITUTABLE_PATHS, texts(sorted(paths)))
        return set(self._paths())

    def missing(self, wanted: Iterable[str]) -> Missing:
        """What it takes to make derived paths valid."""
        self.ask(p.QUERY_MISSING, texts(wanted))
        return self.read(
            lambda reader: Missing(
                _take_paths(reader), _take_paths(reader), _take_paths(reader), reader.number(), reader.number()
            )
        )

    def roots(self) -> list[tuple[str, StorePath]]:
        """The links that keep something alive, each with the path that it keeps."""
        self.ask(p.FIND_ROOTS)
        return self.read(lambda reader: reader.items(lambda: (reader.text(), read_path(reader))))

    def _paths(self) -> list[StorePath]:
        return self.read(_take_paths)

    # Changes

    def set_options(
        self,
        *,
        keep_failed: bool = False,
        keep_going: bool = False,
        fallback: bool = False,
        max_jobs: int = 1,
        max_silent_time: int = 0,
        cores: int = 0,
        substitute: bool = True,
        others: Mapping[str, str] | None = None,
    ) -> None:
        """How to build and to fetch from now on; an untrusted client is granted the harmless part of it."""
        numbers = (keep_failed, keep_going, fallback, 3, max_jobs, max_silent_time, 0, 0, 0, 0, cores, substitute)
        self.ask(p.SET_OPTIONS, b"".join(map(number, numbers)) + pairs((others or {}).items()))

    def hold(self, paths: Sequence[StorePath]) -> None:
        """Lets no collector take paths, valid or not, while this connection lasts."""
        self.ask_all([number(p.ADD_TEMP_ROOT) + text(path) for path in paths], Reader.number)

    def add_indirect_root(self, link: str) -> None:
        """Keeps what a link (to be, or there) leads to, as long as it is there."""
        self.ask(p.ADD_INDIRECT_ROOT, text(link))
        self.read(Reader.number)

    def add_signatures(self, path: StorePath, signatures: Iterable[str]) -> None:
        """Lets further keys vouch for a path."""
        self.ask(p.ADD_SIGNATURES, text(path) + texts(signatures))
        self.read(Reader.number)

    def add_nar(self, info: PathInfo, dump: Dump, *, check_signatures: bool = False, repair: bool = False) -> None:
        """Sends a path with its NAR; the daemon checks hash and size, and signatures unless this client is trusted."""
        request = text(info.path) + path_info(info) + number(repair) + number(not check_signatures)
        self._framed(p.ADD_TO_STORE_NAR, request, lambda frames: dump(frames.write))
        self._answer()

    def add_many(
        self,
        infos: Iterable[tuple[PathInfo, Dump]],
        count: int,
        *,
        check_signatures: bool = False,
        repair: bool = False,
    ) -> None:
        """Sends so many paths with their NARs in one request, each after what it refers to."""

        def write(frames: FrameWriter) -> None:
            frames.write(number(count))
            for info, dump in infos:
                frames.write(text(info.path) + path_info(info))
                dump(frames.write)

        self._framed(p.ADD_MULTIPLE_TO_STORE, number(repair) + number(not check_signatures), write)
        self._answer()

    def nar(self, path: StorePath, write: Callable[[bytes], object]) -> None:
        """Writes the NAR of a path, which must be valid: asked for another a daemon may just be gone."""
        self.ask(p.NAR_FROM_PATH, text(path))
        self.read(lambda reader: encode(decode(reader.read), write))

    def add_build_log(self, drv_path: StorePath, log: bytes) -> None:
        """Leaves a build's log there; only a trusted client may."""
        base_name = drv_path.rpartition("/")[2]
        self._framed(p.ADD_BUILD_LOG, text(base_name), lambda frames: frames.write(log))
        self._answer()
        self.read(Reader.number)

    # Building

    def build(self, wanted: Sequence[str], mode: int = 0) -> dict[str, BuildResult]:
        """Makes derived paths valid; what came of each.  `mode` 1 repairs, 2 builds again and compares.

        Before 1.34 there are no results: the first failure is raised as a refusal.
        """
        request = texts(wanted) + number(mode)
        if self.version < (1, 34):
            self.ask(p.BUILD_PATHS, request)
            self.read(Reader.number)
            return {}
        self.ask(p.BUILD_PATHS_WITH_RESULTS, request)

        def result() -> tuple[str, BuildResult]:
            derived = self.channel.reader.text()
            split_derived(derived)
            return derived, read_build_result(self.channel.reader, self.version)

        return self.read(lambda reader: dict(reader.items(result)))

    def build_derivation(
        self, drv_path: StorePath, derivation: Derivation, sources: Iterable[StorePath], mode: int = 0
    ) -> BuildResult:
        """Builds a derivation that need not be there, of `sources` that are."""
        self.ask(p.BUILD_DERIVATION, text(drv_path) + basic_derivation(derivation, sources) + number(mode))
        return self.read(lambda reader: read_build_result(reader, self.version))

    # Housekeeping

    def collect(
        self,
        action: int,
        paths: Iterable[StorePath] = (),
        *,
        ignore_liveness: bool = False,
        most_bytes: int = (1 << 64) - 1,
    ) -> tuple[list[StorePath], int]:
        """Collects garbage, or only says what is some; the paths, and how many bytes were freed."""
        request = number(action) + texts(sorted(paths)) + number(ignore_liveness) + number(most_bytes)
        self.ask(p.COLLECT_GARBAGE, request + number(0) * 3)

        def take(reader: Reader) -> tuple[list[StorePath], int]:
            collected = _take_paths(reader), reader.number()
            reader.number()
            return collected

        return self.read(take)

    def optimise(self) -> None:
        """Makes equal files one."""
        self.ask(p.OPTIMISE_STORE)
        self.read(Reader.number)

    def verify(self, *, contents: bool, repair: bool) -> bool:
        """Whether everything is as it should be; what is not, it says."""
        self.ask(p.VERIFY_STORE, number(contents) + number(repair))
        return not self.read(Reader.boolean)


def _take_paths(reader: Reader) -> list[StorePath]:
    return reader.items(lambda: read_path(reader))
