"""Builds without mounts: in a plain container root may change its root directory, but mount nothing.

The store's root becomes the builder's: /nix/store is where it must be, all of it, and the machine's files are out of
sight.  Devices are made with mknod where root may, /etc as in a sandbox, a shell is copied; what is asked of /proc is
answered from outside (`proc`), and builds share /tmp, so their directories have names of their own instead of /build.

Used only where `isolation` finds nothing better.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Mapping

from lixeval.build.sandbox.description import DEVICE_LINKS, DEVICES, NETWORK_FILES, Identity, etc_files
from lixeval.build.users import FIRST_UID, GID
from lixeval.errors import StoreError
from lixeval.formats import store_path
from lixeval.system.atomic import write_file


def let_write(real_store_dir: str, identity: Identity) -> None:
    """Let build users create outputs in the store, without letting them touch each other's: mode 1775, as in Nix."""
    if identity.host_uid == os.geteuid():
        return
    status = os.stat(real_store_dir)
    if status.st_gid != GID or stat.S_IMODE(status.st_mode) != 0o1775:
        os.chown(real_store_dir, -1, GID)
        os.chmod(real_store_dir, 0o1775)


def temporary_directory(root: str) -> str:
    """ROOT/tmp, where the build directories are."""
    directory = f"{root}/tmp"
    if not os.path.isdir(directory):
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o1777)
    return directory


def folder_aside(scratch: str, identity: Identity) -> str:
    """A folder of the builder's user in the scratch directory."""
    folder = f"{scratch}/aside"
    os.chmod(scratch, 0o711)
    os.mkdir(folder, 0o700)
    os.chown(folder, identity.host_uid, identity.host_gid)
    return folder


def prepare_root(root: str, shown_paths: Mapping[str, str]) -> None:
    """Make ROOT/dev, /etc, /tmp and what the settings want to be shown, as far as they are missing."""
    temporary_directory(root)
    mode = stat.S_IMODE(os.stat(root).st_mode)
    if mode & 0o011 != 0o011:  # the build user must get through its "/"
        os.chmod(root, mode | 0o011)
    os.makedirs(f"{root}/dev", exist_ok=True)
    os.makedirs(f"{root}/etc", exist_ok=True)
    for name in DEVICES:
        _copy_device(f"/dev/{name}", f"{root}/dev/{name}")
    for name, target in DEVICE_LINKS.items():
        with contextlib.suppress(FileExistsError):
            os.symlink(target, f"{root}/dev/{name}")
    for name, text in etc_files(FIRST_UID, GID, home="/tmp", network=True).items():
        write_file(f"{root}/etc/{name}", text.encode())
    for path in NETWORK_FILES:
        if os.path.exists(path):
            shutil.copyfile(path, root + path)
    for target, source in shown_paths.items():
        _show(root, target, source)


def _copy_device(device: str, copy: str) -> None:
    if os.path.exists(copy) or not os.path.exists(device):
        return
    status = os.stat(device)
    with contextlib.suppress(PermissionError):  # no such right: then they are opened for the builder (`proc`)
        os.mknod(copy, stat.S_IFCHR | 0o666, status.st_rdev)
        os.chmod(copy, 0o666)


def _show(root: str, target: str, source: str) -> None:
    """A file is copied, something in the store linked to; a directory would have to be mounted."""
    copy = root + target
    optional = source.endswith("?")
    source = source.removesuffix("?")
    if source.startswith(store_path.STORE_DIR + "/"):
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.symlink(source, copy)
    elif os.path.isfile(source):
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        with open(source, "rb") as file:
            write_file(copy, file.read(), os.fstat(file.fileno()).st_mode & 0o777)
    elif not optional:
        raise StoreError(f"sandbox path '{source}' cannot be shown to builders without mounts: it is no regular file")
