"""What a request of a client is answered with: its parts as they are read, where the answer goes, what it may do."""

from __future__ import annotations

from lixeval.daemon import protocol as p
from lixeval.daemon.messages import Speaker
from lixeval.daemon.values import read_path, split_derived
from lixeval.daemon.wire import EndOfStream, FrameReader, Reader
from lixeval.errors import FormatError, StoreError
from lixeval.formats import store_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, TypeVar

    from lixeval.daemon.channel import Channel
    from lixeval.daemon.copying import Vouching
    from lixeval.daemon.engine import Engine
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore

    T = TypeVar("T")


class Misunderstood(StoreError):
    """A request that ends the conversation."""


class Client:
    """One client at the other end of `channel`; `trusted` is what it may do, `vouching` whose signatures count."""

    def __init__(
        self, channel: Channel, store: LocalStore, engine: Engine, vouching: Vouching, *, trusted: bool
    ) -> None:
        self.channel = channel
        self.store = store
        self.engine = engine
        self.vouching: Final = vouching
        self.trusted: Final = trusted
        self.version = p.SERVED
        self.say: Final = Speaker(channel.write)
        self.frames: FrameReader | None = None
        self._reader = channel.reader

    def read(self, take: Callable[[Reader], T]) -> T:
        """A part of the request; Misunderstood where it is faulty, since what follows cannot be told apart."""
        try:
            return take(self._reader)
        except EndOfStream:
            raise
        except FormatError as error:
            raise Misunderstood(error.message) from None

    def path(self) -> StorePath:
        return self.read(read_path)

    def text(self, most: int = 1 << 26) -> str:
        return self.read(lambda reader: reader.text(most))

    def number(self) -> int:
        return self.read(Reader.number)

    def texts(self) -> list[str]:
        return self.read(Reader.texts)

    def paths(self) -> list[StorePath]:
        return self.read(lambda reader: reader.items(lambda: read_path(reader)))

    def derived(self) -> list[str]:
        """Derived paths, `PATH` or `PATH!OUTPUTS`."""

        def derived(reader: Reader) -> str:
            one = reader.text()
            split_derived(one)
            return one

        return self.read(lambda reader: reader.items(lambda: derived(reader)))

    def start_frames(self) -> FrameReader:
        """What follows the parts of some requests; it is read to its end even where the request is refused."""
        self.frames = FrameReader(self._reader)
        return self.frames

    def end_frames(self, what: str) -> None:
        """Nothing may follow in a stream that was read."""
        assert self.frames is not None
        if self.frames.drain():
            raise StoreError(f"{what} is longer than it was said to be")

    def refuse_repair(self, repair: bool) -> None:
        """StoreError where the client may not have something made anew."""
        if repair and not self.trusted:
            raise StoreError("repairing is not allowed because you are not in 'trusted-users'")


def checked_path(path: str) -> StorePath:
    """`path` if it is one of a store's; StoreError for any other text."""
    if not path.startswith(store_path.STORE_DIR + "/") or not store_path.is_store_path(path):
        raise StoreError(f"path '{path}' is not in the Nix store")
    return path
