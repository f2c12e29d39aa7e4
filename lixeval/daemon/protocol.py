"""The worker protocol: versions, numbers of its requests, and how the two ends greet each other.

    client  0x6e697863  version                                  version = major << 8 | minor
    server  0x6478696f  version                                  both go on with the smaller
    both    a set of feature names, the client's first           from 1.38
    client  0 (cpu affinity)  0 (reserve space)
    server  the text of its Nix's version (1.33)  trust (1.35)   0 unknown, 1 trusted, 2 not
    server  log … LAST

lixeval speaks 1.32 to 1.38 to others, none of the features, and answers 1.35 itself: what Nix and Lix have in common.
"""

from __future__ import annotations

from lixeval.daemon.channel import Channel
from lixeval.daemon.wire import number, text, texts
from lixeval.errors import StoreError

CLIENT_MAGIC = 0x6E697863
SERVER_MAGIC = 0x6478696F

OLDEST = (1, 32)
NEWEST = (1, 38)
"""What lixeval speaks as a client."""
SERVED = (1, 35)
"""And as a daemon."""

IS_VALID_PATH = 1
QUERY_REFERRERS = 6
ADD_TO_STORE = 7
BUILD_PATHS = 9
ENSURE_PATH = 10
ADD_TEMP_ROOT = 11
ADD_INDIRECT_ROOT = 12
FIND_ROOTS = 14
SET_OPTIONS = 19
SYNC_WITH_COLLECTOR = 21
COLLECT_GARBAGE = 20
QUERY_ALL_VALID_PATHS = 23
QUERY_PATH_INFO = 26
QUERY_PATH_FROM_HASH_PART = 29
QUERY_SUBSTITUTABLE_PATH_INFOS = 30
QUERY_VALID_PATHS = 31
QUERY_SUBSTITUTABLE_PATHS = 32
QUERY_VALID_DERIVERS = 33
OPTIMISE_STORE = 34
VERIFY_STORE = 35
BUILD_DERIVATION = 36
ADD_SIGNATURES = 37
NAR_FROM_PATH = 38
ADD_TO_STORE_NAR = 39
QUERY_MISSING = 40
QUERY_DERIVATION_OUTPUT_MAP = 41
ADD_MULTIPLE_TO_STORE = 44
ADD_BUILD_LOG = 45
BUILD_PATHS_WITH_RESULTS = 46

TRUSTED, NOT_TRUSTED = 1, 2

ONLY_LIVE, ONLY_DEAD, DELETE_DEAD, DELETE_SPECIFIC = range(4)
"""What a collector of garbage is asked to do."""


class Greeting:
    """What the ends have agreed on: the `version`, and what the server said of itself (`trust` as on the wire)."""

    __slots__ = ("nix_version", "trust", "version")

    def __init__(self, version: tuple[int, int], nix_version: str = "", trust: int = 0) -> None:
        self.version = version
        self.nix_version = nix_version
        self.trust = trust


def greet_server(channel: Channel) -> Greeting:
    """The client's part, up to the log loop that ends the greeting; StoreError where the two do not understand."""
    reader = channel.reader
    channel.write(number(CLIENT_MAGIC) + number(_encoded(NEWEST)))
    if reader.number() != SERVER_MAGIC:
        raise StoreError(f"'{channel.name}' does not answer as a Nix daemon")
    theirs = _decoded(reader.number())
    version = min(theirs, NEWEST)
    if theirs[0] != 1 or version < OLDEST:
        raise StoreError(
            f"the daemon at '{channel.name}' speaks version {theirs[0]}.{theirs[1]} of the worker protocol, and "
            f"lixeval {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}",
            hint="Nix 2.4 and newer speak those",
        )
    if version >= (1, 38):
        channel.write(texts(()))
        reader.texts()
    channel.write(number(0) + number(0))
    nix_version = reader.text(1 << 12) if version >= (1, 33) else ""
    trust = reader.number() if version >= (1, 35) else 0
    return Greeting(version, nix_version, trust)


def greet_client(channel: Channel, trust: int, own_version: str) -> Greeting:
    """The server's part, up to the log loop; StoreError for a client that cannot be understood."""
    reader = channel.reader
    if reader.number() != CLIENT_MAGIC:
        raise StoreError("this is no client of a Nix daemon")
    channel.write(number(SERVER_MAGIC) + number(_encoded(SERVED)))
    theirs = _decoded(reader.number())
    version = min(theirs, SERVED)
    if theirs[0] != 1 or version < OLDEST:
        raise StoreError(
            f"version {theirs[0]}.{theirs[1]} of the worker protocol is too old: {OLDEST[0]}.{OLDEST[1]} is needed"
        )
    if reader.number():
        reader.number()  # on which processor to run, which nobody minds
    reader.number()
    answer = text(own_version) if version >= (1, 33) else b""
    if version >= (1, 35):
        answer += number(trust)
    channel.write(answer)
    return Greeting(version, trust=trust)


def _encoded(version: tuple[int, int]) -> int:
    return version[0] << 8 | version[1]


def _decoded(value: int) -> tuple[int, int]:
    return value >> 8, value & 0xFF
