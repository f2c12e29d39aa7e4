"""The daemon's end of the protocol: one client's requests, answered from a local store.

    greeting -> { request -> [what happens meanwhile] -> LAST answer | ERROR } until the client is gone

Untrusted clients may ask everything, build what is in the store and add what names itself by its content, or is signed
by a trusted key.  What they send is checked before it is registered: size, hash, content address, and of a derivation
whether its outputs are called as they must be, or one could be built in another's place.

C++: daemon.cc (`performOp`).
"""

from __future__ import annotations

import os
import tempfile

from lixeval import __version__
from lixeval.daemon import protocol as p
from lixeval.daemon.channel import ConnectionLost
from lixeval.daemon.copying import Vouching
from lixeval.daemon.messages import Speaker
from lixeval.daemon.values import (
    build_result,
    path_info,
    read_basic_derivation,
    read_path,
    read_path_info,
    split_derived,
)
from lixeval.daemon.wire import EndOfStream, FrameReader, Reader, number, text, texts
from lixeval.errors import FormatError, LixevalError, StoreError
from lixeval.formats import derivation as derivations
from lixeval.formats import hashes, nar, store_path
from lixeval.formats.byte_text import text_of
from lixeval.formats.nar_events import decode
from lixeval.store import canonical, garbage
from lixeval.store.path_info import PathInfo
from lixeval.substituters.trust import check_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, TypeVar

    from lixeval.daemon.channel import Channel
    from lixeval.daemon.engine import Engine
    from lixeval.daemon.values import BuildResult
    from lixeval.formats.nar_events import Read
    from lixeval.store.local import LocalStore

    T = TypeVar("T")

_MOST_IN_MEMORY = 32 << 20


class Served:
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
        self._reader = channel.reader
        self._say = Speaker(channel.write)
        self._frames: FrameReader | None = None

    def run(self) -> None:
        """Answers until the client has gone."""
        try:
            self._run()
        except ConnectionLost:
            return

    def _run(self) -> None:
        try:
            greeting = p.greet_client(
                self.channel, p.TRUSTED if self.trusted else p.NOT_TRUSTED, f"2.18.0 (lixeval {__version__})"
            )
        except EndOfStream:
            return
        except LixevalError as error:
            self._say.error(error.message)
            return
        self.version = greeting.version
        self._say.last()
        while True:
            try:
                operation = self._reader.number()
            except EndOfStream:
                return
            if not self._answer(operation):
                return

    def _answer(self, operation: int) -> bool:
        """One request; False where the client cannot be understood any more."""
        perform = _OPERATIONS.get(operation)
        if perform is None:
            self._say.error(f"operation {operation} is none that this daemon has")
            return False
        self._frames = None
        try:
            perform(self)
        except EndOfStream:
            return False
        except _Misunderstood as error:
            self._say.error(f"the request cannot be understood: {error.message}")
            return False
        except ConnectionLost:
            raise
        except (LixevalError, OSError) as error:
            if self._frames is not None:
                self._frames.drain()
            self._say.error(_said(error))
        return True

    # What is read of requests: a fault in it means that what follows cannot be told apart

    def _read(self, take: Callable[[Reader], T]) -> T:
        try:
            return take(self._reader)
        except EndOfStream:
            raise
        except FormatError as error:
            raise _Misunderstood(error.message) from None

    def _path(self) -> str:
        return self._read(read_path)

    def _text(self, most: int = 1 << 26) -> str:
        return self._read(lambda reader: reader.text(most))

    def _number(self) -> int:
        return self._read(Reader.number)

    def _texts(self) -> list[str]:
        return self._read(Reader.texts)

    def _paths(self) -> list[str]:
        return self._read(lambda reader: reader.items(lambda: read_path(reader)))

    def _derived(self) -> list[str]:
        def derived(reader: Reader) -> str:
            one = reader.text()
            split_derived(one)
            return one

        return self._read(lambda reader: reader.items(lambda: derived(reader)))

    def _start_frames(self) -> FrameReader:
        self._frames = FrameReader(self._reader)
        return self._frames

    def _end_frames(self, what: str) -> None:
        """Nothing may follow in a stream that was read."""
        assert self._frames is not None
        if self._frames.drain():
            raise StoreError(f"{what} is longer than it was said to be")

    # Questions

    def is_valid_path(self) -> None:
        path = self._path()
        self._say.last(number(self.store.is_valid(path)))

    def query_referrers(self) -> None:
        path = self._path()
        self._say.last(texts(self.store.referrers(path)))

    def query_all_valid_paths(self) -> None:
        self._say.last(texts(self.store.all_paths()))

    def query_path_info(self) -> None:
        path = self._path()
        info = self.store.infos([path]).get(path)
        self._say.last(number(0) if info is None else number(1) + path_info(info))

    def query_path_from_hash_part(self) -> None:
        hash_part = self._text(64)
        if len(hash_part) != 32 or hash_part.strip("0123456789abcdfghijklmnpqrsvwxyz"):
            raise StoreError(f"'{hash_part}' is no hash of a store path")
        self._say.last(text(self.store.path_from_hash_part(hash_part) or ""))

    def query_valid_paths(self) -> None:
        paths, substitute = self._paths(), self._number()
        if substitute:
            self.engine.substitute([path for path in paths if not self.store.is_valid(path)], self._say)
        self._say.last(texts(sorted(self.store.database.valid_among(paths))))

    def query_substitutable_paths(self) -> None:
        paths = self._paths()
        self._say.last(texts(sorted(self.engine.substitutable(paths))))

    def query_substitutable_path_infos(self) -> None:
        paths = [checked_path(path) for path in self._read(Reader.pairs)]
        found = self.engine.substitutable(paths)
        entries = [
            text(path) + text(deriver) + texts(references) + number(packed) + number(size)
            for path, (deriver, references, packed, size) in sorted(found.items())
        ]
        self._say.last(number(len(entries)) + b"".join(entries))

    def query_valid_derivers(self) -> None:
        path = self._path()
        self.store.flush()
        self._say.last(texts(self.store.database.derivers(path)))

    def query_derivation_output_map(self) -> None:
        path = self._path()
        self.store.info(path)
        outputs = sorted(self.store.query_deriver_outputs(path).items())
        self._say.last(number(len(outputs)) + b"".join(text(name) + text(made) for name, made in outputs))

    def query_missing(self) -> None:
        wanted = self._derived()
        missing = self.engine.missing(wanted)
        lists = texts(missing.to_build) + texts(missing.to_substitute) + texts(missing.unknown)
        self._say.last(lists + number(missing.download_size) + number(missing.nar_size))

    def find_roots(self) -> None:
        roots = garbage.roots(self.store)
        # Where others keep what is nobody's business, as Nix has it.
        shown = [(link if self.trusted else "{censored}", path) for link, path in roots]
        self._say.last(number(len(shown)) + b"".join(text(link) + text(path) for link, path in shown))

    def nar_from_path(self) -> None:
        path = self._path()
        self.store.info(path)
        self._say.last()
        nar.dump(self.store.real(path), self.channel.write)

    # Additions

    def add_temp_root(self) -> None:
        path = self._path()
        self.store.hold([path])
        self._say.last(number(1))

    def add_indirect_root(self) -> None:
        link = self._text(4096)
        if not link.startswith("/"):
            raise StoreError(f"'{link}' is no absolute path")
        garbage.add_indirect_root(self.store, link)
        self._say.last(number(1))

    def ensure_path(self) -> None:
        path = self._path()
        if not self.store.is_valid(path):
            self.engine.substitute([path], self._say)
            if not self.store.is_valid(path):
                raise StoreError(f"path '{path}' does not exist and cannot be created")
        self._say.last(number(1))

    def add_to_store(self) -> None:
        name, address = self._text(512), self._text(128)
        used, repair = self._paths(), self._number()
        frames = self._start_frames()
        self._refuse_repair(bool(repair))
        method, algorithm = _method(address)
        store_path.check_name(name)
        path = self._added(name, method, algorithm, used, frames)
        self._say.last(text(path) + path_info(self.store.info(path)))

    def _added(self, name: str, method: str, algorithm: str, references: list[str], frames: FrameReader) -> str:
        for path in references:
            self.store.info(path)
        if method == "text":
            contents = _all_of(frames, name)
            if name.endswith(".drv"):
                self._check_derivation(name, contents)
            return self.store.add_text(name, text_of(contents), references)
        self.store.prepare()
        with tempfile.TemporaryDirectory(dir=self.store.real_store_dir, prefix="tmp-") as folder:
            place = f"{folder}/{name}"
            if method == "recursive":
                nar.restore(frames.read, place)
                self._end_frames("the NAR")
            else:
                with open(place, "xb") as file:
                    while data := frames.read(1 << 16):
                        file.write(data)
            try:
                return self.store.add_path(place, name, method=method, algorithm=algorithm, references=references)
            finally:
                canonical.remove_tree(place)

    def add_to_store_nar(self) -> None:
        info = self._read(lambda reader: read_path_info(reader, read_path(reader)))
        repair, unchecked = self._number(), self._number()
        frames = self._start_frames()
        self._refuse_repair(bool(repair))

        def ended() -> None:
            self._end_frames(f"the NAR of '{info.path}'")

        self._add_nar(self._believed(info), frames.read, ended, unchecked=bool(unchecked))
        self._say.last()

    def add_multiple_to_store(self) -> None:
        repair, unchecked = self._number(), self._number()
        frames = self._start_frames()
        self._refuse_repair(bool(repair))
        reader = Reader(_whole(frames))
        with self.store.batch():
            for _ in range(reader.count()):
                info = read_path_info(reader, read_path(reader))
                self._add_nar(self._believed(info), reader.read, lambda: None, unchecked=bool(unchecked))
        self._end_frames("the list of paths")
        self._say.last()

    def _believed(self, info: PathInfo) -> PathInfo:
        """What is said of a path, but for what only this store can know."""
        return PathInfo(
            info.path,
            info.nar_hash,
            info.nar_size,
            info.references,
            info.deriver,
            0,
            info.ca,
            info.ultimate and self.trusted,
            info.signatures,
        )

    def _add_nar(self, info: PathInfo, read: Read, ended: Callable[[], None], *, unchecked: bool) -> None:
        """Reads one NAR and makes it `info.path`; where that is valid already, the NAR is only read.

        `ended` is called behind the NAR, before anything is registered.
        """
        if not (unchecked and self.trusted):
            self.vouching.check(info)
        bounded = _bounded(read, info)
        is_read = False

        def unpack(destination: str) -> None:
            from lixeval.store.placing import restore_checked

            nonlocal is_read
            is_read = True
            restore_checked(info, bounded, destination)
            ended()
            check_content(info, destination)
            if info.path.endswith(".drv"):
                with open(destination, "rb") as file:
                    self._check_derivation(store_path.parse(info.path).name, file.read())

        self.store.add_unpacked(info, unpack)
        if not is_read:  # valid already, perhaps since another client has sent it while we waited for its lock
            for _ in decode(bounded):
                pass
            ended()

    def _check_derivation(self, name: str, contents: bytes) -> None:
        """StoreError unless a text is a derivation whose outputs are called as they must be."""
        try:
            parsed = derivations.parse(contents)
            derivations.check_output_paths(name.removesuffix(".drv"), parsed, self.store.modulo_hash)
        except FormatError as error:
            raise StoreError(f"'{name}' is no derivation that can be added: {error.message}") from None

    def _refuse_repair(self, repair: bool) -> None:
        if repair and not self.trusted:
            raise StoreError("repairing is not allowed because you are not in 'trusted-users'")

    def add_signatures(self) -> None:
        path, signatures = self._path(), self._texts()
        self.store.add_signatures(path, signatures)
        self._say.last(number(1))

    def add_build_log(self) -> None:
        base_name = self._text(512)
        frames = self._start_frames()
        if not self.trusted:
            raise StoreError("you are not privileged to add logs")
        drv_path = checked_path(f"{self.store.store_dir}/{base_name}")
        from bz2 import compress

        from lixeval.system.atomic import write_file

        log = compress(_all_of(frames, base_name))
        place = f"{self.store.log_root}/nix/var/log/nix/drvs/{base_name[:2]}/{drv_path.rpartition('/')[2][2:]}.bz2"
        os.makedirs(os.path.dirname(place), exist_ok=True)
        write_file(place, log, 0o644)
        self._say.last(number(1))

    # Building

    def set_options(self) -> None:
        numbers = [self._number() for _ in range(12)]
        others = self._read(Reader.pairs)
        for warning in self.engine.set_options(numbers, others, trusted=self.trusted):
            self._say.line(f"warning: {warning}")
        self._say.last()

    def build_paths(self) -> None:
        wanted, mode = self._derived(), self._number()
        self._refuse_repair(mode == 1)
        results = self.engine.build(wanted, mode, self._say)
        for result in results.values():
            if not result.is_success:
                raise StoreError(result.message)
        self._say.last(number(1))

    def build_paths_with_results(self) -> None:
        wanted, mode = self._derived(), self._number()
        self._refuse_repair(mode == 1)
        results = self.engine.build(wanted, mode, self._say)
        answer = [text(derived) + self._result(derived, result) for derived, result in results.items()]
        self._say.last(number(len(answer)) + b"".join(answer))

    def _result(self, derived: str, result: BuildResult) -> bytes:
        drv_path = split_derived(derived)[0]

        def key(output: str) -> str:
            return f"sha256:{self.store.modulo_hash(drv_path).hash.base16}!{output}"

        return build_result(result, self.version, key)

    def build_derivation(self) -> None:
        drv_path = self._path()
        derivation, mode = self._read(read_basic_derivation), self._number()
        self._refuse_repair(mode == 1)
        if not self.trusted:
            if derivation.fixed_output is None:
                raise StoreError("you are not privileged to build input-addressed derivations")
            derivations.check_output_paths(
                store_path.parse(drv_path).name.removesuffix(".drv"), derivation, self.store.modulo_hash
            )
        for path in derivation.input_sources:
            self.store.info(path)
        result = self.engine.build_derivation(drv_path, derivation, mode, self._say)
        modulo = derivations.hash_modulo(derivation, self.store.modulo_hash)
        self._say.last(build_result(result, self.version, lambda output: f"sha256:{modulo.hash.base16}!{output}"))

    # Housekeeping

    def collect_garbage(self) -> None:
        action, wanted = self._number(), self._paths()
        ignore_liveness, most = self._number(), self._number()
        for _ in range(3):
            self._number()
        if ignore_liveness:
            raise StoreError("you are not allowed to ignore liveness")
        if action == p.ONLY_LIVE:
            found, size = sorted(garbage.alive(self.store)), 0
        elif action == p.ONLY_DEAD:
            found, size = list(garbage.dead(self.store).paths), 0
        else:
            collected = self._deleted(action, wanted, most)
            found, size = list(collected.paths), collected.size
        self._say.last(texts(found) + number(size) + number(0))

    def _deleted(self, action: int, paths: list[str], most: int) -> garbage.Collected:
        if action == p.DELETE_SPECIFIC:
            return garbage.delete(self.store, paths)
        if action != p.DELETE_DEAD:
            raise StoreError(f"{action} is nothing that a collector does")
        if not most:
            return garbage.Collected((), 0)
        return garbage.collect(self.store)

    def optimise_store(self) -> None:
        from lixeval.store.optimise import optimise

        optimise(self.store)
        self._say.last(number(1))

    def verify_store(self) -> None:
        contents, repair = self._number(), self._number()
        if repair and not self.trusted:
            raise StoreError("you are not privileged to repair paths")
        from lixeval.store.verify import verify

        problems = verify(self.store, bool(contents))
        for problem in problems:
            self._say.line(problem)
        self._say.last(number(bool(problems)))

    def sync_with_collector(self) -> None:
        self._say.last(number(1))


class _Misunderstood(StoreError):
    """A request that ends the conversation."""


_OPERATIONS: dict[int, Callable[[Served], None]] = {
    p.IS_VALID_PATH: Served.is_valid_path,
    p.QUERY_REFERRERS: Served.query_referrers,
    p.ADD_TO_STORE: Served.add_to_store,
    p.BUILD_PATHS: Served.build_paths,
    p.ENSURE_PATH: Served.ensure_path,
    p.ADD_TEMP_ROOT: Served.add_temp_root,
    p.ADD_INDIRECT_ROOT: Served.add_indirect_root,
    p.FIND_ROOTS: Served.find_roots,
    p.SYNC_WITH_COLLECTOR: Served.sync_with_collector,
    p.SET_OPTIONS: Served.set_options,
    p.COLLECT_GARBAGE: Served.collect_garbage,
    p.QUERY_ALL_VALID_PATHS: Served.query_all_valid_paths,
    p.QUERY_PATH_INFO: Served.query_path_info,
    p.QUERY_PATH_FROM_HASH_PART: Served.query_path_from_hash_part,
    p.QUERY_SUBSTITUTABLE_PATH_INFOS: Served.query_substitutable_path_infos,
    p.QUERY_VALID_PATHS: Served.query_valid_paths,
    p.QUERY_SUBSTITUTABLE_PATHS: Served.query_substitutable_paths,
    p.QUERY_VALID_DERIVERS: Served.query_valid_derivers,
    p.OPTIMISE_STORE: Served.optimise_store,
    p.VERIFY_STORE: Served.verify_store,
    p.BUILD_DERIVATION: Served.build_derivation,
    p.ADD_SIGNATURES: Served.add_signatures,
    p.NAR_FROM_PATH: Served.nar_from_path,
    p.ADD_TO_STORE_NAR: Served.add_to_store_nar,
    p.QUERY_MISSING: Served.query_missing,
    p.QUERY_DERIVATION_OUTPUT_MAP: Served.query_derivation_output_map,
    p.ADD_MULTIPLE_TO_STORE: Served.add_multiple_to_store,
    p.ADD_BUILD_LOG: Served.add_build_log,
    p.BUILD_PATHS_WITH_RESULTS: Served.build_paths_with_results,
}


def checked_path(path: str) -> str:
    """`path` if it is one of a store's; StoreError for any other text."""
    if not path.startswith(store_path.STORE_DIR + "/") or not store_path.is_store_path(path):
        raise StoreError(f"path '{path}' is not in the Nix store")
    return path


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


def _said(error: LixevalError | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror or error}" + (f": '{error.filename}'" if error.filename else "")
    return error.message + (f" ({error.hint})" if error.hint else "")
