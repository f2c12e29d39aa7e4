"""Programs and libraries that no package manager recorded: a fall-back, file by file.

A host without a package manager, a Python of one's own (pyenv, /usr/local in a container), a library in /usr/local/lib:
each program or library becomes a package of its own.

    program:NAME      a program on PATH; the C library and others come by what it needs
    program:python3   the Python that runs lixeval, with its standard library: every host of lixeval has one
    library:PATH      one shared library with the links that lie beside it (percent-encoded: it is a file's name too)
    library:libc      the C library's files that lie together: loader, libc, libm, libpthread, … and libgcc_s

Versions are not recorded either: "0", or Python's own.
"""

from __future__ import annotations

import glob
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote, unquote

from lixeval.errors import FormatError
from lixeval.host.answers import search_path
from lixeval.host.database import InstalledPackage, canonical
from lixeval.host.elf import read_elf
from lixeval.host.layout import in_prefix
from lixeval.system.machines import machine

PROGRAM, _LIBRARY = "program:", "library:"
PYTHON = PROGRAM + "python3"
LIBC = _LIBRARY + "libc"
_LIBC_NAMES = (
    "libc.so",
    "libm.so",
    "libmvec.so",
    "libpthread.so",
    "libdl.so",
    "librt.so",
    "libresolv.so",
    "libutil.so",
    "libanl.so",
    "libnss_compat.so",
    "libnss_dns.so",
    "libnss_files.so",
    "libnss_hesiod.so",
    "libnsl.so.1",
    "libBrokenLocale.so",
    "libthread_db.so",
    "libgcc_s.so",
    "ld-linux",
    "ld-musl",
    "ld64.so",
    "libc.musl",
)
_NOT_PYTHONS = frozenset({"site-packages", "dist-packages", "__pycache__", "test", "idlelib", "turtledemo", "tkinter"})
_TOGETHER = {
    "ls": "[ b2sum base32 base64 basename basenc cat chcon chgrp chmod chown chroot cksum comm cp csplit cut date dd "
    "df dir dircolors dirname du echo env expand expr factor false fmt fold groups head hostid id install join "
    "link ln logname md5sum mkdir mkfifo mknod mktemp mv nice nl nohup nproc numfmt od paste pathchk pinky pr "
    "printenv printf ptx pwd readlink realpath rm rmdir runcon seq sha1sum sha224sum sha256sum sha384sum "
    "sha512sum shred shuf sleep sort split stat stdbuf stty sum sync tac tail tee test timeout touch tr true "
    "truncate tsort tty uname unexpand uniq unlink users vdir wc who whoami yes coreutils",
    "find": "xargs",
    "diff": "cmp diff3 sdiff",
    "gzip": "gunzip zcat zgrep",
    "bzip2": "bunzip2 bzcat",
    "xz": "unxz xzcat",
    "grep": "egrep fgrep",
    "ssh": "scp sftp ssh-add ssh-agent ssh-keygen ssh-keyscan",
    "nix": "nix-build nix-channel nix-collect-garbage nix-copy-closure nix-daemon nix-env nix-hash nix-instantiate "
    "nix-prefetch-url nix-shell nix-store",
    "git": "git-receive-pack git-shell git-upload-archive git-upload-pack",
}
"""Programs that come with another one and lie beside it."""

_TREES = {"git": ("lib/git-core", "libexec/git-core", "share/git-core")}
"""Directories of a program's prefix that it does not work without."""


class Unpackaged:
    """What is on this host without belonging to a package."""

    manager = "none"

    def __init__(self, path: str | None = None, python_prefix: str = sys.base_prefix) -> None:
        self._path = path if path is not None else search_path()
        self._python = os.path.realpath(python_prefix)

    @staticmethod
    def is_name(name: str) -> bool:
        """Whether a package's name is one of those made here."""
        return name.startswith((PROGRAM, _LIBRARY))

    def names(self) -> Sequence[str]:
        return []

    def find(self, name: str) -> InstalledPackage | None:
        if not self.is_name(name) or not any(True for _ in self._paths(name)):
            return None
        version = platform.python_version() if name == PYTHON else "0"
        return InstalledPackage(name, version, machine(), f"{_plain_name(name)}, as it is on this machine")

    def search_path(self) -> str:
        """The PATH that programs are looked for on."""
        return self._path

    def on_path(self, program: str) -> str | None:
        """The canonical path of a program on PATH, if it has a place in a prefix."""
        for directory in self._path.split(":"):
            path = os.path.join(directory, program)
            if not os.path.isabs(path) or not os.path.isfile(path) or not os.access(path, os.X_OK):
                continue
            if in_prefix(canonical(path)) is not None:
                return canonical(path)
        return None

    def files(self, name: str) -> Sequence[str]:
        return sorted(set(self._paths(name)))

    def _paths(self, name: str) -> Iterator[str]:
        if name == PYTHON:
            yield from self._python_files()
        elif name == LIBC:
            yield from self._libc_files()
        elif name.startswith(PROGRAM):
            found = self.on_path(name.removeprefix(PROGRAM))
            if found is not None:
                yield from _program_files(found)
        else:
            path = unquote(name.removeprefix(_LIBRARY))
            stem = path.partition(".so")[0] + ".so"
            yield from (
                link for link in glob.glob(glob.escape(stem) + "*") if canonical(os.path.realpath(link)) == path
            )

    def _python_files(self) -> Iterator[str]:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        directories = [os.path.join(self._python, part) for part in ("bin", "lib")]
        for directory in directories:
            if os.path.isdir(directory):
                for name in os.listdir(directory):
                    if name in ("python3", version) or name.startswith("libpython"):
                        yield os.path.join(directory, name)
        for parent, children, names in os.walk(os.path.join(self._python, "lib", version)):
            children[:] = [child for child in children if child not in _NOT_PYTHONS and not child.startswith("config-")]
            yield from (os.path.join(parent, name) for name in names if not name.startswith("_tkinter"))

    def _libc_files(self) -> Iterator[str]:
        loader = _loader()
        if loader is not None:
            yield from _chain(loader)
            directory = os.path.dirname(canonical(os.path.realpath(loader)))
            for name in os.listdir(directory):
                if name.startswith(_LIBC_NAMES):
                    yield from _chain(os.path.join(directory, name))

    def digests(self, name: str) -> dict[str, str]:
        return {}

    def installed_at(self, name: str) -> float:
        return 0.0

    def owner(self, path: str, among: Iterable[str] = ()) -> str | None:
        base = os.path.basename(path)
        if path.startswith(self._python + "/") and self._python != "/usr":
            return PYTHON
        if ".so" not in base and not base.startswith(_LIBC_NAMES):
            return PROGRAM + base if self.on_path(base) == path else None
        if not os.path.exists(path):
            return None
        if base.startswith(_LIBC_NAMES):
            return LIBC
        return _LIBRARY + quote(canonical(os.path.realpath(path)), safe="")

    def alternatives(self, name: str) -> dict[str, str]:
        return {}

    def place(self, path: str) -> str | None:
        if path.startswith(self._python + "/") and self._python != "/usr":
            return path.removeprefix(self._python + "/")
        return in_prefix(path)

    def how_to_install(self, names: Sequence[str]) -> str:
        return f"put {' '.join(names)} on PATH"


def _plain_name(name: str) -> str:
    """What a package made here is called in the store: "python3", "libz.so.1"."""
    return os.path.basename(unquote(name.partition(":")[2]))


def _program_files(path: str) -> Iterator[str]:
    """A program, what comes with it, and the trees it needs."""
    directory, program = os.path.split(path)
    yield from _chain(path)
    for name in _TOGETHER.get(program, "").split():
        if os.path.exists(os.path.join(directory, name)):
            yield from _chain(os.path.join(directory, name))
    for tree in _TREES.get(program, ()):
        for parent, _, names in os.walk(os.path.join(os.path.dirname(directory), tree)):
            yield from (os.path.join(parent, name) for name in names)


def _loader() -> str | None:
    """The dynamic loader of this machine's programs."""
    for program in (sys.executable, "/bin/sh", "/usr/bin/env"):
        try:
            elf = read_elf(os.path.realpath(program))
        except (OSError, FormatError):
            continue
        if elf is not None and elf.interpreter is not None:
            return canonical(elf.interpreter)
    return None


def _chain(path: str) -> Iterator[str]:
    """A path and where its symlinks lead, as long as that has a place in a prefix."""
    for _ in range(10):
        yield path
        if not os.path.islink(path):
            return
        path = canonical(os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path))))
