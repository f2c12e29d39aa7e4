"""The files of a layer under the names they will have there, and the tar entry of each.

Every path is walked without following links; each file's name goes through the path's rewrite; an empty result drops
the file, so the folder that a copyToRoot path is vanishes and its contents stay.  Folders above a file that nobody
walked are made up (0755, root).  Where two sources meet in one name they must agree on type and permission bits, on
size if they are regular files, and on perms; then the later one counts.  Entries come sorted by the bytes of their
path's components.

Names are logical store paths; `real` says where the bytes of one are.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lixeval.containers import go_regexp, mode
from lixeval.containers.failure import Nix2containerError
from lixeval.containers.file_attributes import LARGEST_ID, LARGEST_MODE, NOTHING, AttributeTable
from lixeval.containers.layers_json import LayerPath, PathOptions, Perm
from lixeval.containers.remarks import Remarks
from lixeval.oci import tar_header
from lixeval.oci.tar_header import Entry
from lixeval.oci.tar_layer import LayerWriter

Real = Callable[[str], str]
_MERGE_HINT = (
    "mergeFolders = true merges such folders: the perms of the one that has some, or the mode of the later one"
)


@dataclass(frozen=True, slots=True)
class _Origin:
    """A path of the layer: its name, where it really is, and its options."""

    path: str
    place: str
    options: PathOptions | None


@dataclass(slots=True)
class _Node:
    """A file: its logical source, type and permission bits, size, and the path that it came with.

    There may be hundreds of thousands of them at a time, so no more is kept than is needed.
    """

    source: str
    mode: int
    size: int
    origin: _Origin

    @property
    def real(self) -> str:
        """Where the file's bytes are."""
        return self.origin.place + self.source[len(self.origin.path) :]


@dataclass(slots=True)
class _Link:
    """A symlink that no path brings."""

    target: str


@dataclass(frozen=True, slots=True)
class Extras:
    """What the original knows nothing of.

    `links` are symlinks to add, name → target, for those of the paths that are moved away from that name.
    `attributes` are what files have by their places.  With `merge_folders`, of two sources of a folder for which the
    original fails, since they differ in modes or perms, the one that was given perms wins, and else the later one.
    `remarks` are told of what the original does in silence.
    """

    links: Mapping[str, str] = field(default_factory=dict)
    attributes: AttributeTable | None = None
    merge_folders: bool = False
    remarks: Remarks | None = None


NO_EXTRAS = Extras()


def write_tree(paths: Iterable[LayerPath], real: Real, writer: LayerWriter, extras: Extras = NO_EXTRAS) -> None:
    """Write the entries of one layer; raises Nix2containerError where the original fails."""
    paths = list(paths)
    links = extras.links
    nodes = _collect(paths, real, extras)
    for path in paths:
        if links and path.path in links:
            _add(nodes, path.path, _Link(links[path.path]))
    writer.expect(sum(map(_size, nodes.values())))
    attributes = extras.attributes or None
    for key in sorted(nodes):
        name = _name(key)
        if extras.remarks is not None and name.rpartition(b"/")[2].startswith(_WHITEOUT):
            extras.remarks.named(os.fsdecode(name))
        _write(name, nodes[key], writer, attributes, extras.remarks)


# -- names ------------------------------------------------------------------------------------------------------------


def _key(destination: str) -> bytes:
    """A sort key from which the name can be had again: NUL, which no name contains, stands for the slash and sorts
    first.
    """
    if destination == "/":
        return b""
    return os.fsencode(destination).replace(b"/", b"\0")


def _name(key: bytes) -> bytes:
    return key.replace(b"\0", b"/") or b"/"


def _clean(path: str) -> str:
    """Go's path.Clean; Python's normpath keeps two leading slashes and nothing else differs."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _destination(source: str, options: PathOptions | None) -> str:
    """The name in the layer, cleaned; empty if the file is dropped."""
    if options is None or not options.rewrite.regex:
        return source
    rewritten = go_regexp.replace_all(options.rewrite.regex, options.rewrite.repl, source)
    return _clean(rewritten) if rewritten else ""


# -- collecting -------------------------------------------------------------------------------------------------------


def _collect(paths: Iterable[LayerPath], real: Real, extras: Extras) -> dict[bytes, _Node | _Link | None]:
    nodes: dict[bytes, _Node | _Link | None] = {}
    for path in paths:
        origin = _Origin(path.path, real(path.path), path.options)
        for source, status in _walk(origin.path, origin.place):
            destination = _destination(source, path.options)
            if destination:
                _add(nodes, destination, _Node(source, status.st_mode, status.st_size, origin), extras)
    return nodes


def _add(
    nodes: dict[bytes, _Node | _Link | None], destination: str, node: _Node | _Link, extras: Extras = NO_EXTRAS
) -> None:
    key = _key(destination)
    before = nodes.get(key)
    if isinstance(before, _Node) and isinstance(node, _Node):
        if extras.merge_folders and _clash(before, node):
            node = _merged(destination, before, node)
        else:
            _check_same(destination, before, node)
            if extras.remarks is not None:
                sources = (before.source, before.real), (node.source, node.real)
                extras.remarks.replaced(destination, *sources, node.mode)
    elif key not in nodes:
        parent = key.rpartition(b"\0")[0] if b"\0" in key else None
        while parent is not None and parent not in nodes:
            nodes[parent] = None
            parent = parent.rpartition(b"\0")[0] if b"\0" in parent else None
    nodes[key] = node


def _clash(before: _Node, after: _Node) -> bool:
    """Whether the original fails for two sources of a folder; where it does not, its bytes must be met."""
    if not (stat.S_ISDIR(before.mode) and stat.S_ISDIR(after.mode)):
        return False
    old, new = before.origin.options, after.origin.options
    return before.mode != after.mode or (old is not None and (new is None or old.perms != new.perms))


def _merged(destination: str, before: _Node, after: _Node) -> _Node:
    """The source of a folder that counts; raises Nix2containerError where both were given perms, and other ones."""
    old, new = _given(before), _given(after)
    if old and new and old != new:
        raise Nix2containerError(
            f"the folder '{destination}' is given {_told(old)} by '{before.origin.path}' "
            f"and {_told(new)} by '{after.origin.path}'",
            hint=f'say what it shall have, once for all: attributes."{destination}" = {{ mode = "0755"; }}',
        )
    return before if old and not new else after


def _given(node: _Node) -> tuple[int, int, int, bytes, bytes] | None:
    """Mode and owner that perms give a node; None if none of them speaks of it."""
    options = node.origin.options
    if options is None or not any(go_regexp.compile_pattern(perm.regex).search(node.source) for perm in options.perms):
        return None
    return _apply(options.perms, node.source, stat.S_IMODE(node.mode))


def _told(given: tuple[int, int, int, bytes, bytes]) -> str:
    return f"mode {given[0]:04o} and owner {given[1]}:{given[2]}"


def _check_same(destination: str, before: _Node, after: _Node) -> None:
    if before.mode != after.mode:
        raise Nix2containerError(
            f"the file '{destination}' already exists in the graph with mode '{mode.go_string(before.mode)}' from "
            f"'{before.source}' while it is added again with mode '{mode.go_string(after.mode)}' by '{after.source}'",
            hint=_MERGE_HINT if stat.S_ISDIR(before.mode) and stat.S_ISDIR(after.mode) else None,
        )
    if stat.S_ISREG(before.mode) and before.size != after.size:
        raise Nix2containerError(
            f"the file '{destination}' already exists in the graph with size '{before.size}' from "
            f"'{before.source}' while it is added again with size '{after.size}' by '{after.source}'"
        )
    old, new = before.origin.options, after.origin.options
    if old is None:
        return
    if new is None:
        raise Nix2containerError(
            f"the file '{destination}' comes from '{before.source}', which has a rewrite or perms, and again from "
            f"'{after.source}', which has none",
            status=2,
        )
    if old.perms != new.perms:
        raise Nix2containerError(
            f"the file '{destination}' already exists in the tar with perms {_go_perms(old.perms)} "
            f"but is overridden with perms {_go_perms(new.perms)}",
            hint=f"'{before.origin.path}' and '{after.origin.path}' both bring it: give them the same perms, or more "
            "layers (maxLayers), so that each has one of its own; mergeFolders = true takes the perms of the only one",
        )


def _go_perms(perms: tuple[Perm, ...]) -> str:
    if not perms:
        return "[]types.Perm(nil)"
    shown = (
        f"types.Perm{{Regex:{_go_string(p.regex)}, Mode:{_go_string(p.mode)}, Uid:{p.uid}, Gid:{p.gid}, "
        f"Uname:{_go_string(p.uname)}, Gname:{_go_string(p.gname)}}}"
        for p in perms
    )
    return f"[]types.Perm{{{', '.join(shown)}}}"


def _go_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def _walk(source: str, place: str) -> Iterator[tuple[str, os.stat_result]]:
    """(logical path, lstat) of a path and all below it, parents first, siblings sorted by their bytes."""
    try:
        waiting = [(source, os.lstat(place))]
    except OSError as error:
        raise _inaccessible(source, "lstat", error) from error
    root = len(source)
    while waiting:
        found = waiting.pop()
        yield found
        name, status = found
        if stat.S_ISDIR(status.st_mode):
            waiting.extend(_children(name, place + name[root:]))


def _children(source: str, place: str) -> list[tuple[str, os.stat_result]]:
    """What a folder holds, in reverse order, ready for a stack."""
    try:
        # By its descriptor, as the system then does not look for each entry by its whole path.
        folder = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        try:
            with os.scandir(folder) as entries:
                found = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
        finally:
            os.close(folder)
    except OSError as error:
        raise _inaccessible(source, "open", error) from error
    found.sort(key=lambda item: os.fsencode(item[0]), reverse=True)
    return [(f"{source}/{name}", status) for name, status in found]


def _target(node: _Node) -> bytes:
    try:
        return os.readlink(os.fsencode(node.real))
    except OSError as error:
        raise _inaccessible(node.source, "readlink", error) from error


def _inaccessible(source: str, call: str, error: OSError) -> Nix2containerError:
    reason = (error.strerror or "").lower()
    return Nix2containerError(f'failed accessing path "{source}": {call} {source}: {reason}')


# -- writing ----------------------------------------------------------------------------------------------------------


def _size(node: _Node | _Link | None) -> int:
    """How many bytes a node's entry has at least: its header, and a regular file's data."""
    if not isinstance(node, _Node) or not stat.S_ISREG(node.mode):
        return tar_header.BLOCK
    return tar_header.BLOCK + node.size


_FOLDER = tar_header.DIRECTORY
_WHITEOUT = b".wh."
_OWNER = (0, 0, b"root", b"root")


def _write(
    name: bytes,
    node: _Node | _Link | None,
    writer: LayerWriter,
    attributes: AttributeTable | None = None,
    remarks: Remarks | None = None,
) -> None:
    if node is None:
        writer.add(_with(Entry(name, _FOLDER, 0o755), attributes))
        return
    if isinstance(node, _Link):
        writer.add(_with(Entry(name, tar_header.SYMLINK, 0o777, 0, os.fsencode(node.target), *_OWNER), attributes))
        return
    bits, (uid, gid, uname, gname) = stat.S_IMODE(node.mode), _OWNER
    kind, size, link = _FOLDER, 0, b""
    if stat.S_ISREG(node.mode):
        kind, size = tar_header.REGULAR, node.size
    elif stat.S_ISLNK(node.mode):
        kind, link, bits = tar_header.SYMLINK, _target(node), 0o777
    elif not stat.S_ISDIR(node.mode):
        raise _unsupported(node)
    options = node.origin.options
    if options is not None and options.perms:
        bits, uid, gid, uname, gname = _apply(options.perms, node.source, bits, remarks)
        if remarks is not None and not 0 <= bits <= LARGEST_MODE:
            remarks.mode(os.fsdecode(name), bits)
    entry = Entry(name, kind, bits, size, link, uid, gid, uname, gname)
    if attributes is not None:
        entry = _with(entry, attributes)
    if entry.typeflag == tar_header.REGULAR:
        writer.add_file(entry, node.real)
    else:
        writer.add(entry)


def _with(entry: Entry, attributes: AttributeTable | None) -> Entry:
    """An entry with what is said of its place."""
    if attributes is None:
        return entry
    is_symlink = entry.typeflag == tar_header.SYMLINK
    said = attributes.of(os.fsdecode(entry.name), is_folder_or_file=not is_symlink)
    if said is NOTHING:
        return entry
    typeflag, device = entry.typeflag, (0, 0)
    if said.device is not None and typeflag == tar_header.REGULAR:
        typeflag, device = _SPECIAL[said.device[0]], said.device[1:]
    return Entry(
        entry.name,
        typeflag,
        entry.mode if said.mode is None or is_symlink else said.mode,
        entry.size,
        entry.link,
        entry.uid if said.uid is None else said.uid,
        entry.gid if said.gid is None else said.gid,
        _owner_name(entry.uname, said.uid, said.uname),
        _owner_name(entry.gname, said.gid, said.gname),
        entry.mtime if said.mtime is None else said.mtime,
        tuple(sorted((os.fsencode(name), value) for name, value in said.xattrs.items())),
        device,
    )


_SPECIAL = {"c": tar_header.CHARACTER_DEVICE, "b": tar_header.BLOCK_DEVICE, "p": tar_header.PIPE}


def _owner_name(before: bytes, number: int | None, name: str | None) -> bytes:
    """The name that goes with a number: `root` is nobody's but 0's."""
    if name:
        return os.fsencode(name)
    return before if not number else b""


def _apply(
    perms: tuple[Perm, ...], source: str, bits: int, remarks: Remarks | None = None
) -> tuple[int, int, int, bytes, bytes]:
    """Mode and owner after every perm whose regex is found in the source path; the last one wins, member by member."""
    uid, gid, uname, gname = _OWNER
    for perm in perms:
        if go_regexp.compile_pattern(perm.regex).search(source):
            if remarks is not None:
                remarks.used(perm)
            # An id that is not given is zero, so ids are always overwritten.
            uid, gid = _id("uid", perm.uid, source), _id("gid", perm.gid, source)
            uname = os.fsencode(perm.uname) or uname
            gname = os.fsencode(perm.gname) or gname
            bits = mode.scan_octal(perm.mode) if perm.mode else bits
    return bits, uid, gid, uname, gname


def _id(what: str, number: int, source: str) -> int:
    """An owner; the original writes a tar with a negative one, which nobody reads."""
    if not 0 <= number <= LARGEST_ID:
        raise Nix2containerError(
            f"perms give '{source}' the {what} {number}", hint=f"a {what} is a number from 0 to {LARGEST_ID}"
        )
    return number


def _unsupported(node: _Node) -> Nix2containerError:
    if stat.S_ISSOCK(node.mode):
        return Nix2containerError("archive/tar: sockets not supported")
    return Nix2containerError(f"'{node.source}' is neither a file, a folder nor a symlink")
