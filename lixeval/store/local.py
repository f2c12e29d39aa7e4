"""The local store: files below ROOT/nix/store and the database that says which of them are valid.

It is a real Nix store: names, metadata, locks and database are Nix's, so that `nix-store --store ROOT` can read it,
verify it and add to it.  Logical paths always begin with /nix/store, wherever ROOT is; `real` tells where their files
lie.

How something gets in: it is written under a temporary name in the store's directory, given canonical metadata, synced
and renamed into place under the path's lock, and only then registered.  A crash at any moment leaves at worst a file
that nobody refers to.  Opening a store costs nothing, and nothing is created before the first write.

Nix manual, "Local Store"; C++: local-store.cc.
"""

from __future__ import annotations

import os

from lixeval.errors import FormatError, StoreError
from lixeval.formats import derivation as derivations
from lixeval.formats import store_path
from lixeval.formats.byte_text import bytes_of
from lixeval.formats.hashes import digest
from lixeval.formats.store_path import STORE_DIR, RealPath, StorePath
from lixeval.store import canonical
from lixeval.store.batch import Batch
from lixeval.store.database import Database
from lixeval.store.path_info import PathInfo, content_address
from lixeval.store.registration import PendingPaths
from lixeval.store.source_reading import SourceReading, asked_once
from lixeval.store.waiting import WaitingPaths
from lixeval.system.removing import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from lixeval.formats.derivation import Completed, Derivation, ModuloHash
    from lixeval.formats.hashes import Hash
    from lixeval.formats.nar import Filter
    from lixeval.formats.nar_events import Read
    from lixeval.store.locks import PathLocks
    from lixeval.store.sources import HashedSource
    from lixeval.store.temporary_roots import TemporaryRoots


class LocalStore:
    """The store below `root`; None means the machine's own /nix/store.

    `read_only` refuses to write; everything else works on a store that belongs to somebody else.  May be shared by
    threads, survives a fork, and any number of processes may use one store at once.  What unchanged sources hashed to
    is remembered in the folder `source_memory`, if one is named.
    """

    is_daemons = False
    """Whether this is a daemon's store, which is asked and not written to: see `lixeval.daemon.store`."""

    def __init__(self, root: str | None = None, read_only: bool = False, *, source_memory: str | None = None) -> None:
        self.root = os.path.abspath(root) if root is not None else "/"
        self.read_only = read_only
        self.store_dir = STORE_DIR
        prefix = "" if self.root == "/" else self.root
        self.real_store_dir = prefix + STORE_DIR
        self.state_dir = prefix + "/nix/var/nix"
        self.database = Database(self.state_dir + "/db", read_only)
        self._prefix = prefix
        self._valid: set[StorePath] = set()
        self._relied_on: set[StorePath] = set()
        self._pending = PendingPaths(self.database, self.real_store_dir)
        self._waiting = WaitingPaths()
        self._temporary_roots: TemporaryRoots | None = None
        self._cannot_hold = read_only
        self._is_prepared = False
        self.modulo_hashes: dict[StorePath, ModuloHash] = {}
        """Those of derivations that are known, whether these are in the store or not."""
        self._sources = SourceReading(source_memory)

    # Paths

    def real(self, path: str) -> RealPath:
        """Where the files of a logical path lie: a store path, one below it, or the store's directory itself."""
        if (path != STORE_DIR and not path.startswith(STORE_DIR + "/")) or (".." in path and ".." in path.split("/")):
            raise StoreError(f"path '{path}' is not in the Nix store")
        if self._waiting.concerns(path):
            self._settle()
        return RealPath(self._prefix + path)

    def temporary_output(self, path: StorePath) -> RealPath:
        """A real path that does not exist yet, in the store's directory, for what shall be renamed to `path`.

        Its name begins with the hash of `path`, by which collectors, Nix's too, know what belongs to a path that is in
        use.  It is no valid path, so what a crash leaves there is garbage to them.
        """
        self.prepare()
        hash_part = os.path.basename(path)[:32]
        return RealPath(f"{self.real_store_dir}/{hash_part}-tmp-{os.getpid()}-{os.urandom(6).hex()}")

    def place_for_build(self, path: StorePath) -> RealPath:
        """The real path under which a build's process leaves a finished output."""
        return self.real(path)

    def scratch_for(self, drv_path: StorePath) -> RealPath:
        """The real path of a folder for the time of a build, from which its outputs can be renamed."""
        return RealPath(self.real(drv_path) + ".chroot")

    @property
    def log_root(self) -> str:
        """The folder below which the logs of builds are left: see `build.log`."""
        return "" if self.root == "/" else self.root

    @property
    def log_roots(self) -> list[str]:
        """The folders below which logs may be."""
        return [self.log_root]

    def lock(self, paths: Iterable[StorePath], waiting: Callable[[str], None] | None = None) -> PathLocks:
        """Locks on logical paths, to be used as a context manager; see `locks`."""
        from lixeval.store.locks import PathLocks

        self.prepare()
        return PathLocks([self.real(path) for path in paths], waiting)

    # Questions

    def is_valid(self, path: StorePath) -> bool:
        """Whether `path` is registered and there.  It then stays so until the store is closed: no collector takes it.

        One whose files somebody has deleted counts as one that is still to be made, and is.
        """
        if path not in self._valid and self._waiting.has_one_of((path,)):
            self._settle()
        return path in self._valid or bool(self._ask_whether_valid([path]))

    def valid_among(self, paths: Iterable[StorePath]) -> set[StorePath]:
        """Those of the paths that are valid, and now stay so, in a few questions; see `is_valid`."""
        wanted = set(paths)
        if self._waiting.has_one_of(wanted):
            self._settle()
        unknown = [path for path in wanted if path not in self._valid]
        return wanted.difference(unknown) | (self._ask_whether_valid(unknown) if unknown else set())

    def _ask_whether_valid(self, paths: list[StorePath]) -> set[StorePath]:
        # Where something is held already they are held before they are asked for: one question will do.
        held = self._temporary_roots is not None and self.hold(paths)
        found = self._registered_among(paths)
        self._relied_on |= found
        if found and not held:
            if not self.hold(found):
                return found
            found = self._registered_among(found)  # a collector may have been faster
        self._valid |= found
        return found

    def _registered_among(self, paths: Iterable[StorePath]) -> set[StorePath]:
        return {path for path in self.database.valid_among(paths) if os.path.lexists(self._prefix + path)}

    def _is_registered(self, path: StorePath) -> bool:
        return os.path.lexists(self._prefix + path) and self.database.is_valid(path)

    def doubt(self, path: StorePath) -> None:
        """Find out anew whether a path is valid: its files have been taken away."""
        self._valid.discard(path)

    def hold(self, paths: Iterable[StorePath]) -> bool:
        """Let no collector take these paths, valid or not, until the store is closed; see `temporary_roots`.

        False where that cannot be said: the store is somebody else's, or its disk is full.
        """
        if self._cannot_hold:
            return False
        try:
            self._hold(paths)
        except StoreError:
            self._cannot_hold = not os.access(self.state_dir + "/temproots", os.W_OK)
            return False
        return True

    def _hold(self, paths: Iterable[StorePath]) -> None:
        self.prepare()
        if self._temporary_roots is None:
            from lixeval.store.temporary_roots import TemporaryRoots

            self._temporary_roots = TemporaryRoots(self.state_dir)
        try:
            self._temporary_roots.add(paths)
        except OSError as error:
            raise self._cannot_write(self.state_dir + "/temproots", error) from error

    def let_go(self) -> None:
        """Hold nothing any more."""
        self._valid.clear()
        if self._temporary_roots is not None:
            self._temporary_roots.close()

    def relied_on(self) -> frozenset[StorePath]:
        """The paths that were found valid, or added, through this object."""
        self._settle()
        return frozenset(self._relied_on)

    def info(self, path: StorePath) -> PathInfo:
        """What is known of a valid path; `StoreError` for any other."""
        infos = self.infos([path])
        if path not in infos:
            raise StoreError(f"path '{path}' is not valid")
        return infos[path]

    def content_address(self, path: StorePath) -> str | None:
        """What a valid path is addressed by, where that is its contents."""
        return self.info(path).ca

    def infos(self, paths: Iterable[StorePath]) -> dict[StorePath, PathInfo]:
        """What is known of those of the paths that are valid, in a few questions to the database."""
        self.flush()
        return self.database.infos(paths)

    def all_paths(self) -> list[StorePath]:
        """Every valid path, sorted."""
        self.flush()
        return self.database.all_paths()

    def references(self, path: StorePath) -> list[StorePath]:
        """What a valid path refers to, itself included if it does; sorted."""
        return list(self.info(path).references)

    def referrers(self, path: StorePath) -> list[StorePath]:
        """The valid paths that refer to `path`, sorted."""
        self.flush()
        return self.database.referrers(path)

    def closure(self, paths: Iterable[StorePath]) -> list[StorePath]:
        """The paths and everything they refer to, directly or not, sorted; `StoreError` if one is not valid."""
        self.flush()
        roots = list(paths)
        found = self.database.closure(roots)
        for root in roots:
            if root not in found:
                raise StoreError(f"path '{root}' is not valid")
        return sorted(found)

    def topological(self, paths: Iterable[StorePath]) -> list[StorePath]:
        """The paths, each after those of them that it refers to; by name where that leaves a choice."""
        from lixeval.system.graphs import dependencies_first

        self.flush()
        wanted = set(paths)
        return dependencies_first(wanted, self.database.edges(wanted))

    def query_deriver_outputs(self, drv_path: StorePath) -> dict[str, StorePath]:
        """The output paths that a derivation in the store declares, by the outputs' names."""
        self.flush()
        return self.database.derivation_outputs(drv_path) or {
            name: output.path for name, output in self.read_derivation(drv_path).outputs.items()
        }

    def path_from_hash_part(self, hash_part: str) -> StorePath | None:
        """The valid path with this digest, if there is one."""
        self.flush()
        return self.database.path_from_hash_part(f"{STORE_DIR}/{hash_part}")

    def read_derivation(self, drv_path: StorePath) -> Derivation:
        """The derivation in the file at `drv_path`; `StoreError` if it cannot be read or is none."""
        try:
            with open(self.real(drv_path), "rb") as file:
                return derivations.parse(file.read())
        except OSError as error:
            raise StoreError(f"cannot read derivation '{drv_path}': {error.strerror}") from error
        except FormatError as error:
            raise StoreError(f"'{drv_path}' is no derivation: {error}") from error

    def modulo_hash(self, drv_path: StorePath) -> ModuloHash:
        """The hash modulo fixed outputs of a derivation in the store, remembered; see `derivation.hash_modulo`."""
        found = self.modulo_hashes.get(drv_path)
        if found is not None:
            return found
        from lixeval.store.modulo_hashes import read_modulo_hash  # as a rule derivations use what was completed before

        return read_modulo_hash(self, drv_path, self.modulo_hashes)

    def rely_on(self, paths: Iterable[StorePath]) -> None:
        """These paths have been found valid."""
        self._relied_on.update(paths)

    # Adding

    def add_text(self, name: str, text: str, references: Iterable[StorePath] = ()) -> StorePath:
        """Put a text into the store (`builtins.toFile`); its path follows from its name, contents and references."""
        contents = bytes_of(text)
        content_hash = digest("sha256", contents)
        used = tuple(references)
        path = store_path.text_path(name, content_hash, used)
        if not self._is_at_hand(path):
            outputs = _outputs_in(path, contents) if path.endswith(".drv") else {}
            self._add_text(path, contents, used, content_address("text", content_hash), outputs)
        return path

    def _is_at_hand(self, path: StorePath) -> bool:
        """Whether a text need not be added."""
        return self.is_valid(path)

    def add_completed(self, completed: Completed) -> StorePath:
        """Put a derivation that was just completed into the store, without computing anything again.

        In a batch it waits with others for the question which of them are there: at the end, when somebody asks about
        one, or when they are many.
        """
        self.remember(completed)
        path = completed.drv_path
        if self._waits(path, len(completed.contents), lambda: self._add_derivation(completed)):
            return path
        if not self._is_at_hand(path):
            self._add_derivation(completed)
        return path

    def _waits(self, path: StorePath, size: int, put: Callable[[], None]) -> bool:
        """Has a path wait, of so many bytes in memory; whether it does, and nothing else is to be done.

        The first one of a run does not: where nothing can be written, its place is the one to say so.
        """
        if not self._pending.is_batch or self._temporary_roots is None or path in self._valid:
            return False
        if self._waiting.add(path, size, put):
            self._settle()
        return True

    def _settle(self) -> None:
        """Puts those of the waiting paths into the store that are not there."""
        self._waiting.settle(self._ask_whether_valid)

    def _add_derivation(self, completed: Completed) -> None:
        derivation = completed.derivation
        outputs = {name: output.path for name, output in derivation.outputs.items() if output.path}
        address = content_address("text", digest("sha256", completed.contents))
        self._add_text(completed.drv_path, completed.contents, derivation.references(), address, outputs)

    def remember(self, completed: Completed) -> None:
        """Know the hash of a derivation that is not written, so that others can be completed that use it."""
        self.modulo_hashes[completed.drv_path] = completed.modulo

    def add_path(
        self,
        source: str,
        name: str,
        *,
        method: str = "recursive",
        algorithm: str = "sha256",
        filter: Filter | None = None,
        expected: Hash | None = None,
        references: Iterable[StorePath] = (),
    ) -> StorePath:
        """Copy a file or tree into the store, under a path that follows from its content.

        `method` is "recursive" (the NAR is hashed), "flat" or "text" (a file's bytes are); `filter` as in `nar.dump`.
        `StoreError` where the content has another hash than the `expected` one.  In a batch a small one waits, as
        derivations do (`add_completed`).
        """
        used = tuple(references)
        filter = asked_once(filter)
        read = self._sources.read_small(source, method, algorithm, filter, keep=True)
        may_wait = read is not None and not used  # else whoever adds it hears that something it refers to is missing
        if read is None:
            survey = self._sources.survey(source, method, algorithm, filter)
            known = None if survey is None else survey.recalled()
            if known is not None and expected in (None, known):
                path = store_path.fixed_output_path(name, method, known, used)
                if self.is_valid(path):
                    return path
            read = self._sources.read(source, method, algorithm, filter, survey, keep=True)
        if expected is not None and read.content_hash != expected:
            raise StoreError(
                f"store path mismatch in (possibly filtered) path added from '{source}'",
                hint=f"specified: {expected.sri}, got: {read.content_hash.sri}",
            )
        path = store_path.fixed_output_path(name, method, read.content_hash, used)
        if may_wait and self._waits(path, read.nar_size, lambda: self._add_source(path, read, method, used)):
            return path
        if not self.is_valid(path):
            self._add_source(path, read, method, used)
        return path

    def _add_source(self, path: StorePath, read: HashedSource, method: str, references: tuple[StorePath, ...]) -> None:
        address = content_address(method, read.content_hash)
        self._add_tree(PathInfo(path, read.nar_hash, read.nar_size, references, ca=address), read.copy_to)

    def compute_path(
        self,
        source: str,
        name: str,
        *,
        method: str = "recursive",
        algorithm: str = "sha256",
        filter: Filter | None = None,
        references: Iterable[StorePath] = (),
    ) -> StorePath:
        """The path that `add_path` would give, without writing anything."""
        content = self._sources.content_hash(source, method, algorithm, filter)
        return store_path.fixed_output_path(name, method, content, tuple(references))

    def add_nar(self, info: PathInfo, read: Read) -> None:
        """Unpack a NAR that comes from elsewhere to `info.path`, which becomes valid if hash and size are right.

        Exactly the NAR is read.  What it refers to must be valid; whether to trust `info` is for the caller to know.
        """
        if self.is_valid(info.path):
            return
        from lixeval.store.placing import restore_checked

        self._add_tree(info, lambda destination: restore_checked(info, read, destination))

    def add_unpacked(self, info: PathInfo, write_to: Callable[[RealPath], None]) -> None:
        """Make `info.path` valid with the tree that `write_to(destination)` leaves, which checks what it writes.

        What it refers to must be valid; whether to trust `info` is for the caller to know.
        """
        if not self.is_valid(info.path):
            self._add_tree(info, write_to)

    def register_unpacked(self, infos: Iterable[PathInfo]) -> None:
        """Sync paths that lie in their places (see `unpacking`), and make them valid together."""
        every = list(infos)
        canonical.sync_trees([self.real(info.path) for info in every], self.real_store_dir)
        self.register(every)

    def _add_tree(self, info: PathInfo, write_to: Callable[[RealPath], None]) -> None:
        def write(temporary: RealPath) -> None:
            write_to(temporary)
            canonical.canonicalise(temporary)

        self._add(info, write, None)

    def _add_text(
        self,
        path: StorePath,
        contents: bytes,
        references: Iterable[StorePath],
        address: str,
        outputs: Mapping[str, StorePath],
    ) -> None:
        from lixeval.formats.nar_events import encode_file

        whole = encode_file(contents)
        info = PathInfo(path, digest("sha256", whole), len(whole), references, ca=address)
        self._take_text(info, contents, whole, outputs)

    def _take_text(self, info: PathInfo, contents: bytes, nar: bytes, outputs: Mapping[str, StorePath]) -> None:
        """Have a text, whose NAR is given, where texts of this store are."""
        self._add(info, lambda temporary: canonical.write_file(temporary, contents), outputs)

    def _add(self, info: PathInfo, write: Callable[[RealPath], None], outputs: Mapping[str, StorePath] | None) -> None:
        """Have a path written to a temporary name, put it in its place and register it.

        `outputs` are what a .drv declares; None where it has to be read.
        """
        path = info.path
        place = self.real(path)  # asked before there is a lock: who settles what waits takes such locks himself
        self._hold([path])
        for reference in info.references:
            if reference != path and not self.is_valid(reference):
                raise StoreError(f"path '{reference}', which '{path}' refers to, is not valid")
        with self.lock([path]):
            if not self._is_registered(path):
                from lixeval.store.placing import put_in_place

                temporary = self.temporary_output(path)
                try:
                    write(temporary)
                    put_in_place(temporary, place)
                except BaseException as error:
                    remove_tree(temporary)
                    if isinstance(error, OSError):
                        raise self._cannot_write(place, error) from error
                    raise
                self._pending.add(info, self._declared_outputs(path) if outputs is None else outputs)
        self._valid.add(path)
        self._relied_on.add(path)

    def _cannot_write(self, real_path: str, error: OSError) -> StoreError:
        from lixeval.store.placing import cannot_write

        return cannot_write(real_path, error, StoreError)

    def batch(self) -> Batch:
        """Register what is added meanwhile together, at the end or at the first question.

        It is there at once and counts as valid for this object; another process sees it afterwards.  A context
        manager; batches may be nested.  See `registration`.
        """
        return Batch(self)

    def change_batches(self, by: int) -> None:
        """A batch begins (1) or ends (-1)."""
        try:
            self._settle()
        finally:
            self._pending.change_batches(by)

    def flush(self) -> None:
        """Add and register what a batch has put off."""
        self._settle()
        self._pending.flush()

    # Registering

    def register(self, infos: Iterable[PathInfo]) -> None:
        """Make paths valid that lie in the store, all of them or none; each reference valid or among them.

        Those that are valid already are brought up to date.
        """
        every = list(infos)
        self._hold([info.path for info in every])
        self.flush()
        self.database.register(every, {info.path: self._declared_outputs(info.path) for info in every})
        self._valid.update(info.path for info in every)
        self._relied_on.update(info.path for info in every)

    def _declared_outputs(self, path: StorePath) -> dict[str, StorePath]:
        if not path.endswith(".drv"):
            return {}
        outputs = self.read_derivation(path).outputs
        return {name: output.path for name, output in outputs.items() if output.path}

    def forget(self, *paths: StorePath) -> None:
        """Make paths invalid and delete their files; those that refer to others come first.

        `StoreError`, and nothing happens, while a path that stays refers to one of them.
        """
        self.prepare()
        self.flush()
        self.database.forget(paths)
        self._valid.difference_update(paths)
        self._relied_on.difference_update(paths)
        for path in paths:
            remove_tree(self.real(path))

    def add_signatures(self, path: StorePath, signatures: Iterable[str]) -> None:
        """Let further keys vouch for a valid path."""
        self.flush()
        self.database.add_signatures(path, signatures)

    # Housekeeping

    def close(self) -> None:
        """Register what is pending, hold nothing any more, let the database go; the store can be used again."""
        try:
            self.flush()
        finally:
            self.leave()

    def leave(self) -> None:
        """Hold nothing any more, let the database go; what is pending stays so."""
        self.let_go()
        self.database.close()

    def prepare(self) -> None:
        """Before anything is written: may we, and is there a place for it?"""
        if self._is_prepared:
            return
        if self.read_only:
            raise StoreError(
                f"the store '{self.real_store_dir}' is used read-only",
                hint="name a store of your own with --store DIR",
            )
        from lixeval.store import layout

        layout.create(self.real_store_dir, self.state_dir)
        self._is_prepared = True


def _outputs_in(path: StorePath, contents: bytes) -> dict[str, StorePath]:
    """The outputs that a text which is to be a .drv declares; `StoreError` where it is none."""
    try:
        outputs = derivations.parse(contents, path).outputs
    except FormatError as error:
        raise StoreError(error.message) from None
    return {name: output.path for name, output in outputs.items() if output.path}
