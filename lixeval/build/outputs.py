"""From what a builder left behind to store paths that can be registered.

    left behind → is it there? → canonical metadata → scan for references, hash → is it what was declared?
                → checks of the derivation → on disk → renamed into its place

All of this happens in the build's own process, before the store hears of it: nothing that is found wanting ever has
its final name, and a crash in between leaves at most an unregistered path, which the next build of it removes.

References are looked for among the closure of the inputs and the derivation's own outputs: a builder could not know
any other store path.  Source: local-derivation-goal.cc (`registerOutputs`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lixeval.build.environment import Rewrites
from lixeval.build.fresh_copy import copy_tree
from lixeval.errors import BuildRejected, HashMismatch, NotDeterministic
from lixeval.formats import nar, store_path
from lixeval.formats.byte_text import bytes_of
from lixeval.formats.derivation import Derivation, Output
from lixeval.formats.git_objects import git_hash
from lixeval.formats.hashes import Hash, digest_of_file
from lixeval.formats.store_path import RealPath, StorePath
from lixeval.store.canonical import canonicalise, sync_tree
from lixeval.store.path_info import PathInfo, content_address
from lixeval.store.references import scan_and_hash
from lixeval.system.opening import open_soon
from lixeval.system.removing import remove_tree

if TYPE_CHECKING:
    from lixeval.store.local import LocalStore


@dataclass(frozen=True, slots=True)
class Left:
    """What a builder left behind for one output: the real path where it lies, and the logical path it was told.

    The two paths' hash parts differ only if the output was built under a stand-in, because a valid path is in its
    place and the builder could have seen it.
    """

    real_path: RealPath
    built_as: StorePath


def renewed(left: Mapping[str, Left], directory: str, builder_uid: int | None) -> dict[str, Left]:
    """The outputs as copies in a new `directory`, in files that the builder has never had open; see `fresh_copy`."""
    os.mkdir(directory, 0o700)
    fresh = {}
    for name, item in left.items():
        fresh[name] = Left(RealPath(f"{directory}/{name}"), item.built_as)
        if os.path.lexists(item.real_path):
            canonicalise(item.real_path, builder_uid)
            copy_tree(item.real_path, fresh[name].real_path)
            remove_tree(item.real_path)
    return fresh


def examine(
    drv_path: StorePath,
    derivation: Derivation,
    left: Mapping[str, Left],
    input_closure: Iterable[StorePath],
    builder_uid: int | None,
) -> dict[str, PathInfo]:
    """Make all outputs canonical and find out all about them; raises BuildRejected, HashMismatch, StoreError."""
    for name, output in derivation.outputs.items():
        if not os.path.lexists(left[name].real_path):
            raise BuildRejected(
                f"builder for '{drv_path}' failed to produce output path for output '{name}' at '{output.path}'",
                drv_path=drv_path,
            )
    candidates = {_hash_part(path): path for path in input_closure}
    for name, output in derivation.outputs.items():
        candidates[_hash_part(output.path)] = candidates[_hash_part(left[name].built_as)] = output.path
    rewrites = Rewrites({_hash_part(left[name].built_as): _hash_part(o.path) for name, o in derivation.outputs.items()})
    infos = {}
    for name, output in derivation.outputs.items():
        real_path = left[name].real_path
        if derivation.fixed_output is not None and output.method in ("flat", "text"):
            _check_is_plain_file(output.path, real_path)
        canonicalise(real_path, builder_uid)
        if rewrites:
            _rewrite_tree(real_path, rewrites)
        found, nar_hash, nar_size = scan_and_hash(real_path, candidates)
        references = {candidates[hash_part] for hash_part in found}
        infos[name] = PathInfo(output.path, nar_hash, nar_size, references, deriver=drv_path, ultimate=True)
    _refuse_cycles(drv_path, infos)
    return infos


def _hash_part(path: str) -> str:
    return store_path.parse(path).hash_part


def _check_is_plain_file(path: str, real_path: RealPath) -> None:
    mode = os.lstat(real_path).st_mode
    if not stat.S_ISREG(mode) or mode & stat.S_IXUSR:
        raise BuildRejected(
            f"output path '{path}' should be a non-executable regular file "
            "since recursive hashing is not enabled (one of outputHashMode={flat,text} is true)"
        )


def _rewrite_tree(real_path: RealPath, rewrites: Rewrites) -> None:
    """Replace hash parts in file contents and symlink targets; both have the same length, so sizes stay."""
    for event in nar.walk(real_path):
        path = os.path.join(real_path, event.path) if event.path else real_path
        if os.path.islink(path):
            target = os.readlink(path)
            if (replaced := rewrites.apply(target)) != target:
                os.unlink(path)
                os.symlink(replaced, path)
        elif os.path.isfile(path):
            _rewrite_file(path, rewrites)
    canonicalise(real_path)


def _rewrite_file(path: str, rewrites: Rewrites) -> None:
    with open(path, "rb", opener=open_soon) as file:
        text = file.read().decode("latin-1")
    replaced = rewrites.apply(text)
    if replaced != text:
        mode = stat.S_IMODE(os.lstat(path).st_mode)
        os.chmod(path, 0o600)
        with open(path, "r+b", opener=open_soon) as file:
            file.write(replaced.encode("latin-1"))
        os.chmod(path, mode)


def _refuse_cycles(drv_path: StorePath, infos: Mapping[str, PathInfo]) -> None:
    """Outputs that refer to each other can never be deleted one by one, so Nix does not register them."""
    names = {info.path: name for name, info in infos.items()}
    for start in sorted(infos):
        pending, seen = [start], set()
        while pending:
            name = pending.pop()
            for reference in infos[name].references:
                other = names.get(reference)
                if other == start and name != start:
                    raise BuildRejected(
                        f"cycle detected in build of '{drv_path}' in the references of output '{start}' "
                        f"from output '{name}'",
                        drv_path=drv_path,
                    )
                if other is not None and other not in seen:
                    seen.add(other)
                    pending.append(other)


def content_hash(real_path: RealPath, method: str, algorithm: str) -> Hash:
    """The hash of a fixed output: of its NAR ("recursive"), as git has it ("git"), or of the bytes of the one file."""
    if method == "recursive":
        return nar.dump_hash(real_path, algorithm)[0]
    if method == "git":
        return git_hash(real_path)
    with open(bytes_of(real_path), "rb", opener=open_soon) as file:
        return digest_of_file(algorithm, file)


def check_fixed_output(drv_path: StorePath, derivation: Derivation, real_path: RealPath, info: PathInfo) -> PathInfo:
    """The info of a fixed output with its content address.

    Raises HashMismatch, in Nix's words, if it is not the declared content; BuildRejected if it refers to store paths.
    """
    output = derivation.outputs["out"]
    wanted = output.content_hash
    got = actual_hash(output, real_path, info)
    if info.references and output.method != "text":
        kind = BuildRejected if got == wanted else HashMismatch
        raise kind(
            f"fixed-output derivations must not reference store paths: '{drv_path}' references {len(info.references)} "
            f"distinct paths, e.g. '{info.references[0]}'",
            drv_path=drv_path,
        )
    if got != wanted:
        raise HashMismatch(
            f"hash mismatch in fixed-output derivation '{drv_path}':\n"
            f"         specified: {wanted.sri}\n"
            f"            got:    {got.sri}",
            drv_path=drv_path,
        )
    ca = content_address(output.method, got)
    return PathInfo(info.path, info.nar_hash, info.nar_size, info.references, drv_path, ca=ca, ultimate=True)


def actual_hash(output: Output, real_path: RealPath, info: PathInfo) -> Hash:
    """The content hash of what was built for a fixed `output`, by its declared method and algorithm."""
    algorithm = output.content_hash.algorithm
    if output.method == "recursive" and algorithm == "sha256":
        return info.nar_hash
    return content_hash(real_path, output.method, algorithm)


def compare_with_valid(
    store: LocalStore, drv_path: StorePath, infos: Mapping[str, PathInfo], left: Mapping[str, Left], *, keep: bool
) -> None:
    """For `--check`: raise NotDeterministic if an output is not the one that is registered.

    With `keep`, the new output is left beside the old one, as "<path>.check".
    """
    for name, info in infos.items():
        if info.nar_hash == store.info(info.path).nar_hash:
            continue
        message = f"derivation '{drv_path}' may not be deterministic: output '{info.path}' differs"
        if keep:
            kept = store.real(info.path) + ".check"
            remove_tree(kept)
            move(left[name].real_path, kept)
            message += f" from '{kept}'"
        raise NotDeterministic(message, drv_path=drv_path)


def move(source: str, destination: str) -> None:
    """Rename a finished tree; a read-only directory can only be moved by root, or while it is writable."""
    mode = os.lstat(source).st_mode
    if not stat.S_ISDIR(mode) or os.geteuid() == 0:
        os.rename(source, destination)
        return
    os.chmod(source, 0o755)
    os.rename(source, destination)
    os.chmod(destination, stat.S_IMODE(mode))


def put_in_place(store: LocalStore, infos: Mapping[str, PathInfo], left: Mapping[str, Left]) -> list[PathInfo]:
    """Bring the outputs to disk and under their final names; gives those that are to be registered.

    An output that is valid already stays as it is.
    """
    fresh = []
    for name, info in infos.items():
        real_path = store.place_for_build(info.path)
        if store.is_valid(info.path):
            continue
        sync_tree(left[name].real_path)
        if left[name].real_path != real_path:
            remove_tree(real_path)
            move(left[name].real_path, real_path)
        fresh.append(info)
    return fresh
