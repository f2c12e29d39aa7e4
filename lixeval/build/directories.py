"""Where a build happens: the directories that exist as long as it runs, and what its builder is shown of the store.

    STORE/HASH-NAME.drv.chroot     scratch, in the store's file system so that outputs can be renamed out of it;
                                   below it the builder's root, with a store directory of its own (as in real Nix)
    TMPDIR/nix-build-NAME.drv-N    the build directory

Without mounts (see `isolation`) the builder writes into the real store instead.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lixeval.build.builders.builder import Builtin
from lixeval.build.messages import Report
from lixeval.build.outputs import Left
from lixeval.build.sandbox import chroot, pasta
from lixeval.build.sandbox.description import (
    BUILD_DIRECTORY,
    NETWORK_FILES,
    Identity,
    Mount,
    Sandbox,
    outside_paths,
    prepare,
    whole_machine,
)
from lixeval.build.sandbox.isolation import Isolation, why_no_own_network
from lixeval.build.settings import BuildSettings
from lixeval.build.users import GID
from lixeval.formats import hashes, store_path
from lixeval.formats.derivation import Derivation
from lixeval.formats.store_path import RealPath, StorePath
from lixeval.system.removing import remove_tree
from lixeval.system.scratch import Mark, sweep

if TYPE_CHECKING:
    from lixeval.store.local import LocalStore


@dataclass(frozen=True, slots=True)
class Build:
    """All that is known of a build before it starts.

    `inputs` are its sources and the outputs that it uses, `input_closure` is what they refer to; `valid` are those of
    its outputs that are valid already; `builtin` is the builder to call, if it is not a program.
    """

    store: LocalStore
    drv_path: StorePath
    derivation: Derivation
    input_closure: tuple[StorePath, ...]
    valid: frozenset[StorePath]
    isolation: Isolation
    settings: BuildSettings
    builtin: Builtin | None = None
    check: bool = False
    inputs: tuple[StorePath, ...] = ()

    @property
    def has_own_store(self) -> bool:
        """True if outputs are written to the scratch directory, False if straight into the store."""
        return self.builtin is not None or self.isolation.is_complete

    @property
    def could_leak_files(self) -> bool:
        """True if the builder could hand open files of its outputs to a process that outlives it."""
        shares_network = self.derivation.fixed_output is not None or not self.isolation.is_complete
        return self.builtin is None and shares_network


@contextlib.contextmanager
def scratch_directory(build: Build) -> Iterator[str]:
    """The scratch directory, made anew; what a killed build left of it is removed."""
    directory = build.store.scratch_for(build.drv_path)
    remove_tree(directory)
    os.mkdir(directory, 0o700)
    try:
        yield directory
    finally:
        remove_tree(directory)


@contextlib.contextmanager
def places_for_outputs(build: Build, scratch: str) -> Iterator[dict[str, Left]]:
    """Where the builder will leave each output.

    Behind mounts it gets a store directory of its own.  Otherwise it writes into the store itself, where nothing
    unregistered may be in its way, and a valid path makes it necessary to build under another name.  Whatever has not
    been put into place at the end is removed.
    """
    outputs = build.derivation.outputs
    if build.has_own_store:
        yield {name: Left(RealPath(f"{scratch}/root{output.path}"), output.path) for name, output in outputs.items()}
        return
    left = {}
    for name, output in outputs.items():
        built_as = _stand_in(build.drv_path, name, output.path) if output.path in build.valid else output.path
        build.store.hold([built_as])
        left[name] = Left(build.store.real(built_as), built_as)
        remove_tree(left[name].real_path)
    try:
        yield left
    except BaseException:
        for item in left.values():
            remove_tree(item.real_path)
        raise
    for name, item in left.items():
        if item.built_as != outputs[name].path:
            remove_tree(item.real_path)


def _stand_in(drv_path: StorePath, output: str, path: StorePath) -> StorePath:
    """The path that an output is built under while a valid one is in its place (C++: `makeFallbackPath`)."""
    name = store_path.parse(path).name
    return store_path.make_store_path(f"rewrite:{drv_path}:name:{output}", hashes.zero("sha256"), name)


@contextlib.contextmanager
def build_directory(build: Build, pool_uid: int | None, report: Report) -> Iterator[str]:
    """The directory that the build starts in; kept if the build fails and the user wants it."""
    name = store_path.parse(build.drv_path).name
    parent = build.settings.build_directory or tempfile.gettempdir()
    if build.builtin is None and build.isolation is Isolation.CHROOT:
        parent = chroot.temporary_directory(build.store.root)
    sweep(parent)
    top, mark = _make_numbered(f"{parent}/nix-build-{name}")
    directory = top
    if build.builtin is None and build.isolation.is_complete:
        directory = top + BUILD_DIRECTORY
        os.mkdir(directory, 0o700)
    if pool_uid is not None:
        os.chown(directory, pool_uid, GID)
    try:
        yield directory
    except BaseException:
        if build.settings.keep_failed:
            _give_to_us(directory)
            os.chmod(top, 0o755)
            report({"kept": directory})
        else:
            remove_tree(top)
        mark.close()
        raise
    remove_tree(top)
    mark.close()


def _make_numbered(prefix: str) -> tuple[str, Mark]:
    """A new folder and its mark, by which the next build sweeps it where this one is killed.

    A mark is removed after its folder, so that another build's may still be there when its number is free.
    """
    number = 0
    while True:
        folder = f"{prefix}-{number}"
        number += 1
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            continue
        try:
            return folder, Mark(folder)
        except FileExistsError:
            os.rmdir(folder)


def _give_to_us(directory: str) -> None:
    if os.geteuid() != 0:
        return
    os.chown(directory, 0, 0)
    for path, directories, files in os.walk(directory):
        for name in (*directories, *files):
            os.chown(os.path.join(path, name), 0, 0, follow_symlinks=False)


def inside(build: Build, directory: str) -> str:
    """The build directory as the builder sees it."""
    if build.builtin is not None:
        return directory
    if build.isolation is Isolation.CHROOT:
        return directory.removeprefix(build.store.root)
    return BUILD_DIRECTORY if build.isolation.is_complete else directory


def sandbox_for(build: Build, scratch: str, directory: str, identity: Identity) -> Sandbox:
    """The builder's world, prepared as far as it can be from outside."""
    store = build.store
    if not build.isolation.is_complete:
        chroot.let_write(store.real_store_dir, identity)
        if build.isolation is Isolation.MACHINE:
            machine = whole_machine(store.real_store_dir)
            sandbox = Sandbox(f"{scratch}/root", machine, identity, network=True, whole_machine=True)
            os.mkdir(sandbox.root)
            prepare(sandbox)
            return sandbox
        if build.isolation is Isolation.CHROOT:
            chroot.prepare_root(store.root, build.settings.shown_paths)
            aside = chroot.folder_aside(scratch, identity)
            return Sandbox(store.root, (), identity, network=True, aside=aside.removeprefix(store.root))
        return Sandbox(store.root, (), identity, network=True)
    closure = dict.fromkeys(build.input_closure)
    shown = {}
    for target, source in build.settings.shown_paths.items():
        if source.startswith(store_path.STORE_DIR + "/"):
            closure.update(dict.fromkeys(store.closure([store_path.split(source)[0]])))
            source = store.real(source)
        shown[target] = source
    mounts = [*outside_paths(shown), Mount(directory, BUILD_DIRECTORY, read_only=False)]
    mounts += [Mount(store.real(path), path) for path in closure]
    network = build.derivation.fixed_output is not None
    own_network = network and why_no_own_network(build.isolation) is None
    if network:
        files = {path: f"{path}?" for path in NETWORK_FILES}
        if own_network:
            files[pasta.RESOLV_CONF] = f"{pasta.resolver()}?"
        mounts += outside_paths(files)
    sandbox = Sandbox(
        root=f"{scratch}/root",
        mounts=tuple(mounts),
        identity=identity,
        network=network,
        own_network=own_network,
        kvm="kvm" in build.settings.system_features,
    )
    prepare(sandbox)
    return sandbox
