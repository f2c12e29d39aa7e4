"""What a client adds to the store: paths, roots, signatures, logs.

What it sends is checked before it is registered: size, hash, content address, and of a derivation whether its outputs
are called as they must be, or one could be built in another's place.
"""

from __future__ import annotations

import os
import tempfile

from lixeval.daemon import protocol as p
from lixeval.daemon.client import Client, checked_path
from lixeval.daemon.values import path_info, read_path, read_path_info
from lixeval.daemon.wire import FrameReader, Reader, number, text
from lixeval.errors import FormatError, StoreError
from lixeval.formats import derivation as derivations
from lixeval.formats import hashes, nar, store_path
from lixeval.formats.byte_text import text_of
from lixeval.formats.nar_events import decode
from lixeval.store import garbage
from lixeval.store.path_info import PathInfo
from lixeval.substituters.trust import check_content
from lixeval.system.removing import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.formats.nar_events import Read
    from lixeval.formats.store_path import RealPath, StorePath

_MOST_IN_MEMORY = 32 << 20


def add_temp_root(client: Client) -> None:
    path = client.path()
    client.store.hold([path])
    client.say.last(number(1))


def add_indirect_root(client: Client) -> None:
    link = client.text(4096)
    if not link.startswith("/"):
        raise StoreError(f"'{link}' is no absolute path")
    garbage.add_indirect_root(client.store, link)
    client.say.last(number(1))


def ensure_path(client: Client) -> None:
    path = client.path()
    if not client.store.is_valid(path):
        client.engine.substitute([path], client.say)
        if not client.store.is_valid(path):
            raise StoreError(f"path '{path}' does not exist and cannot be created")
    client.say.last(number(1))


def add_to_store(client: Client) -> None:
    name, address = client.text(512), client.text(128)
    used, repair = client.paths(), client.number()
    frames = client.start_frames()
    client.refuse_repair(bool(repair))
    method, algorithm = _method(address)
    store_path.check_name(name)
    path = _added(client, name, method, algorithm, used, frames)
    client.say.last(text(path) + path_info(client.store.info(path)))


def _added(
    client: Client, name: str, method: str, algorithm: str, references: list[StorePath], frames: FrameReader
) -> StorePath:
    for path in references:
        client.store.info(path)
    if method == "text":
        contents = _all_of(frames, name)
        if name.endswith(".drv"):
            _check_derivation(client, name, contents)
        return client.store.add_text(name, text_of(contents), references)
    client.store.prepare()
    with tempfile.TemporaryDirectory(dir=client.store.real_store_dir, prefix="tmp-") as folder:
        place = f"{folder}/{name}"
        if method == "recursive":
            nar.restore(frames.read, place)
            client.end_frames("the NAR")
        else:
            with open(place, "xb") as file:
                while data := frames.read(1 << 16):
                    file.write(data)
        try:
            return client.store.add_path(place, name, method=method, algorithm=algorithm, references=references)
        finally:
            remove_tree(place)


def add_to_store_nar(client: Client) -> None:
    info = client.read(lambda reader: read_path_info(reader, read_path(reader)))
    repair, unchecked = client.number(), client.number()
    frames = client.start_frames()
    client.refuse_repair(bool(repair))

    def ended() -> None:
        client.end_frames(f"the NAR of '{info.path}'")

    add_nar(client, _believed(client, info), frames.read, ended, unchecked=bool(unchecked))
    client.say.last()


def add_multiple_to_store(client: Client) -> None:
    repair, unchecked = client.number(), client.number()
    frames = client.start_frames()
    client.refuse_repair(bool(repair))
    reader = Reader(_whole(frames))
    with client.store.batch():
        for _ in range(reader.count()):
            info = read_path_info(reader, read_path(reader))
            add_nar(client, _believed(client, info), reader.read, lambda: None, unchecked=bool(unchecked))
    client.end_frames("the list of paths")
    client.say.last()


def _believed(client: Client, info: PathInfo) -> PathInfo:
    """What is said of a path, but for what only this store can know."""
    return PathInfo(
        info.path,
        info.nar_hash,
        info.nar_size,
        info.references,
        info.deriver,
        0,
        info.ca,
        info.ultimate and client.trusted,
        info.signatures,
    )


def add_nar(client: Client, info: PathInfo, read: Read, ended: Callable[[], None], *, unchecked: bool) -> None:
    """Reads one NAR and makes it `info.path`; where that is valid already, the NAR is only read.

    `ended` is called behind the NAR, before anything is registered.
    """
    if not (unchecked and client.trusted):
        client.vouching.check(info)
    bounded = _bounded(read, info)
    is_read = False

    def unpack(destination: RealPath) -> None:
        from lixeval.store.placing import restore_checked

        nonlocal is_read
        is_read = True
        restore_checked(info, bounded, destination)
        ended()
        check_content(info, destination)
        if info.path.endswith(".drv"):
            with open(destination, "rb") as file:
                _check_derivation(client, store_path.parse(info.path).name, file.read())

    client.store.add_unpacked(info, unpack)
    if not is_read:  # valid already, perhaps since another client has sent it while we waited for its lock
        for _ in decode(bounded):
            pass
        ended()


def _check_derivation(client: Client, name: str, contents: bytes) -> None:
    """StoreError unless a text is a derivation whose outputs are called as they must be."""
    try:
        parsed = derivations.parse(contents)
        derivations.check_output_paths(name.removesuffix(".drv"), parsed, client.store.modulo_hash)
    except FormatError as error:
        raise StoreError(f"'{name}' is no derivation that can be added: {error.message}") from None


def add_signatures(client: Client) -> None:
    path, signatures = client.path(), client.texts()
    client.store.add_signatures(path, signatures)
    client.say.last(number(1))


def add_build_log(client: Client) -> None:
    base_name = client.text(512)
    frames = client.start_frames()
    if not client.trusted:
        raise StoreError("you are not privileged to add logs")
    drv_path = checked_path(f"{client.store.store_dir}/{base_name}")
    from bz2 import compress

    from lixeval.system.atomic import write_file

    log = compress(_all_of(frames, base_name))
    place = f"{client.store.log_root}/nix/var/log/nix/drvs/{base_name[:2]}/{drv_path.rpartition('/')[2][2:]}.bz2"
    os.makedirs(os.path.dirname(place), exist_ok=True)
    write_file(place, log, 0o644)
    client.say.last(number(1))


def _method(address: str) -> tuple[str, str]:
    """How to hash, of "text:sha256", "fixed:sha256", "fixed:r:sha256"; FormatError for what cannot be."""
    if address.startswith("text:"):
        method, algorithm = "text", address.removeprefix("text:")
        if algorithm != "sha256":
            raise StoreError(f"a text is hashed with sha256, not with '{algorithm}'")
    elif address.startswith("fixed:r:"):
        method, algorithm = "recursive", address.removeprefix("fixed:r:")
    elif address.startswith("fixed:"):
        method, algorithm = "flat", address.removeprefix("fixed:")
    else:
        raise StoreError(f"'{address}' is no way to hash that this daemon knows")
    return method, hashes.known_algorithm(algorithm)


def _whole(frames: FrameReader) -> Read:
    """`read` of a stream whose end in the middle is the sender's fault, and no end of the connection."""

    def read(size: int) -> bytes:
        data = frames.read(size)
        if size and not data:
            raise StoreError("the list of paths ends early")
        return data

    return read


def _bounded(read: Read, info: PathInfo) -> Read:
    """`read`, but what is more than the NAR may have is not there."""
    rest = info.nar_size

    def read_on(size: int) -> bytes:
        nonlocal rest
        if size > rest:
            size = rest
            if not size:
                raise StoreError(f"the NAR of '{info.path}' is longer than {info.nar_size} bytes")
        data = read(size)
        rest -= len(data)
        return data

    return read_on


def _all_of(frames: FrameReader, name: str) -> bytes:
    """A text; StoreError for one that is too large for memory."""
    pieces, size = [], 0
    while data := frames.read(1 << 16):
        size += len(data)
        if size > _MOST_IN_MEMORY:
            raise StoreError(f"'{name}' has more than {_MOST_IN_MEMORY} bytes, which no text has")
        pieces.append(data)
    return b"".join(pieces)


OPERATIONS: dict[int, Callable[[Client], None]] = {
    p.ADD_TEMP_ROOT: add_temp_root,
    p.ADD_INDIRECT_ROOT: add_indirect_root,
    p.ENSURE_PATH: ensure_path,
    p.ADD_TO_STORE: add_to_store,
    p.ADD_TO_STORE_NAR: add_to_store_nar,
    p.ADD_MULTIPLE_TO_STORE: add_multiple_to_store,
    p.ADD_SIGNATURES: add_signatures,
    p.ADD_BUILD_LOG: add_build_log,
}
