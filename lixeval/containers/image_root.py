"""Folders and file systems of dockerTools' images: the root that copyToRoot makes, and an image as one tar.

    builtin:nix2container-root        roots, keepDirlinks      -> the folder that is the image's own root
    builtin:nix2container-export      image                    -> a tar of all files that are seen in the image

The root is what nixpkgs makes with `rsync -ak ROOT/ layer/`, one root after the other: a root that is a link is what it
leads to, links to folders become folders (but with keepContentsDirlinks), other links stay, and of two files the later
one is taken.  The tar is that of `tar --hard-dereference --sort=name` over the unpacked layers: names start with ./,
times are SOURCE_DATE_EPOCH's, 1980.

Store paths are read at their real place; links are followed by `Inputs.resolve`, which knows it.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile

from lixeval.build.builders.builder import BuildContext, Builtin, BuiltinBuilder
from lixeval.build.builders.shapes import flag, list_of, text
from lixeval.containers.docker_tools import layers_of_image
from lixeval.errors import BuildError, ImageError
from lixeval.oci import archive, tar_header
from lixeval.oci.reading import contents, image_names, tar_reader
from lixeval.oci.reading.contents import Components, Entry, Stack
from lixeval.oci.reading.opened import StoredLayer
from lixeval.oci.tar_layer import LayerWriter

_EPOCH = 315532800


def build_root(context: BuildContext) -> None:
    """Copy the roots over one another; raises BuildError for one that is no folder, and where kinds do not fit."""
    attributes = context.asked(roots=list_of(text), keepDirlinks=flag)
    out = context.out
    os.mkdir(out)
    for root in attributes["roots"]:
        _, mode = context.store.resolve(root)
        if mode is None or not stat.S_ISDIR(mode):
            what = "leads nowhere" if mode is None else "is not a folder, and only a folder can be copied to the root"
            raise BuildError(
                f"copyToRoot: '{root}' {what}",
                drv_path=context.drv_path,
                hint="a file gets a place with pkgs.writeTextDir, or pkgs.runCommand and cp",
            )
        _Copy(context, keep_links=bool(attributes.get("keepDirlinks"))).folder(root, out)


class _Copy:
    """One root on its way into the output."""

    def __init__(self, context: BuildContext, *, keep_links: bool) -> None:
        self._context = context
        self._keep_links = keep_links
        self._open: list[str] = []

    def folder(self, source: str, target: str) -> None:
        """Put what the folder `source` (a logical path) holds into `target`, which exists."""
        real, _ = self._context.store.resolve(source)
        if real in self._open:
            raise BuildError(
                f"copyToRoot: the link '{source}' leads to a folder that it is in",
                drv_path=self._context.drv_path,
                hint="keepContentsDirlinks = true leaves links to folders as they are",
            )
        self._open.append(real)
        with os.scandir(real) as entries:
            names = sorted(entry.name for entry in entries)
        for name in names:
            self._entry(os.path.join(source, name), os.path.join(real, name), os.path.join(target, name))
        self._open.pop()

    def _entry(self, source: str, real: str, target: str) -> None:
        mode = os.lstat(real).st_mode
        if stat.S_ISLNK(mode) and not self._keep_links:
            _, followed = self._context.store.resolve(source)
            if followed is not None and stat.S_ISDIR(followed):
                mode = followed
        if stat.S_ISDIR(mode):
            if not os.path.isdir(target) or os.path.islink(target):
                self._make_room(target)
                os.mkdir(target)
            self.folder(source, target)
            return
        self._make_room(target)
        if stat.S_ISLNK(mode):
            os.symlink(os.readlink(real), target)
        else:
            shutil.copyfile(real, target)
            os.chmod(target, 0o755 if mode & 0o111 else 0o644)

    def _make_room(self, target: str) -> None:
        if os.path.isdir(target) and not os.path.islink(target):
            place = target.removeprefix(self._context.out)
            raise BuildError(
                f"copyToRoot: '{place}' is a folder in one root and something else in another",
                drv_path=self._context.drv_path,
            )
        if os.path.lexists(target):
            os.unlink(target)


def export(context: BuildContext) -> None:
    """Write all that is seen in an image as one tar."""
    from lixeval.containers.write import image_of_inputs

    image = image_of_inputs(context, context.asked(image=text)["image"])
    with tempfile.TemporaryDirectory(dir=context.temporary_directory) as folder:
        path = f"{folder}/image.tar"
        archive.write_archive(image, path)
        with image_names.open_image(image_names.Place(path, None, None)) as opened:
            _write_tar(opened.layers, folder, context.out)


def _write_tar(layers: tuple[StoredLayer, ...], folder: str, output: str) -> None:
    stack = Stack(contents.read_layers(layers))
    data: list[dict[Components, str]] = []
    for number, layer in enumerate(layers):
        data.append(_extract(layer, f"{folder}/{number}"))
    with open(output, "wb") as file, LayerWriter(file.fileno()) as writer:
        found = dict(stack.entries())
        if () not in found:
            writer.add(tar_header.Entry(b"./", tar_header.DIRECTORY, 0o755, mtime=_EPOCH))
        for components, (entry, number) in sorted(found.items()):
            _write_entry(writer, entry, data[number].get(components))
        writer.finish()


def _extract(layer: StoredLayer, folder: str) -> dict[Components, str]:
    """The data of a layer's files, each in a file of its own, hard links sharing theirs."""
    os.mkdir(folder)
    found: dict[Components, str] = {}
    with layer.members() as reader:
        for number, member in enumerate(reader):
            place = tar_reader.place(member.name)
            if place is None:
                continue
            if member.kind == tar_reader.FILE:
                found[place] = f"{folder}/{number}"
                with open(found[place], "wb") as file:
                    for block in reader.blocks():
                        file.write(block)
            elif member.kind == tar_reader.HARD_LINK:
                linked = found.get(tar_reader.place(member.link) or ())
                if linked is not None:
                    found[place] = linked
            else:
                found.pop(place, None)
    return found


_TYPES = {
    tar_reader.SYMLINK: tar_header.SYMLINK,
    tar_reader.FOLDER: tar_header.DIRECTORY,
    tar_reader.CHARACTER_DEVICE: tar_header.CHARACTER_DEVICE,
    tar_reader.BLOCK_DEVICE: tar_header.BLOCK_DEVICE,
    tar_reader.PIPE: tar_header.PIPE,
}


def _write_entry(writer: LayerWriter, entry: Entry, path: str | None) -> None:
    name = b"./" + b"/".join(entry.components)
    if entry.kind == tar_reader.FOLDER and entry.components:
        name += b"/"
    typeflag = tar_header.REGULAR if entry.kind == tar_reader.FILE else _TYPES.get(entry.kind)
    if typeflag is None or (typeflag == tar_header.REGULAR and path is None):
        raise ImageError(f"'{entry.path}' cannot be exported: it is a {entry.kind} that leads to nothing")
    header = tar_header.Entry(
        name,
        typeflag,
        entry.mode,
        link=os.fsencode(entry.link) if typeflag == tar_header.SYMLINK else b"",
        uid=entry.uid,
        gid=entry.gid,
        uname=b"",
        gname=b"",
        mtime=_EPOCH,
        xattrs=tuple(sorted((os.fsencode(key), value) for key, value in entry.xattrs.items())),
        device=entry.device,
    )
    if path is None:
        writer.add(header)
    else:
        writer.add_file(header._replace(size=os.path.getsize(path)), path)


builders: dict[str, BuiltinBuilder] = {"root": build_root, "export": Builtin(export, also_reads=layers_of_image)}
