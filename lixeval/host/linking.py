"""Which file of the host a library name means: the dynamic loader's search, done from outside.

    for a DT_NEEDED name without a slash: the file's own RUNPATH/RPATH ($ORIGIN expanded), then the directories of
    /etc/ld.so.conf, then the loader's built-in ones; the first file of the same class and machine wins

LD_LIBRARY_PATH is not asked: what a package needs must not depend on the shell that lixeval was started from.
The directories are searched instead of /etc/ld.so.cache: the cache says the same, and musl has none.

Source: ld.so(8), ldconfig(8); musl's `ldso/dynlink.c` for /etc/ld-musl-ARCH.path.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable

from lixeval.errors import FormatError
from lixeval.host.database import canonical
from lixeval.host.elf import Elf, read_elf

_MULTIARCH = {62: "x86_64-linux-gnu", 183: "aarch64-linux-gnu", 243: "riscv64-linux-gnu", 40: "arm-linux-gnueabihf"}
"""e_machine -> Debian's directory, for hosts whose ld.so.conf leaves the built-in directories unsaid."""


class Libraries:
    """The libraries of this host; remembers every file read, since `libc.so.6` is asked for a thousand times."""

    def __init__(self, configuration: str = "/etc/ld.so.conf") -> None:
        self._configuration = configuration
        self._configured: list[str] | None = None
        self._files: dict[str, Elf | None] = {}
        self._found: dict[tuple[str, int, int, tuple[str, ...]], str | None] = {}

    def read(self, path: str) -> Elf | None:
        """`read_elf`, remembered; None too for what is damaged, unreadable or gone: no dynamic loader would take it."""
        if path not in self._files:
            try:
                self._files[path] = read_elf(path)
            except (OSError, FormatError):
                self._files[path] = None
        return self._files[path]

    def resolve(self, name: str, elf: Elf, file: str) -> str | None:
        """The canonical host path of the library `name` as needed by `elf`, which is `file`; None if there is none.

        The path is not followed through symlinks: `libz.so.1` stays `libz.so.1`, for that name must exist in the store.
        """
        if "/" in name:
            return canonical(name) if self._fits(name, elf) else None
        own = tuple(expanded_search(elf, file))
        key = (name, elf.bits, elf.machine, own)
        if key not in self._found:
            candidates = (os.path.join(directory, name) for directory in (*own, *self._directories(elf)))
            self._found[key] = next((canonical(path) for path in candidates if self._fits(path, elf)), None)
        return self._found[key]

    def _fits(self, path: str, elf: Elf) -> bool:
        candidate = self.read(path)
        return candidate is not None and (candidate.bits, candidate.machine) == (elf.bits, elf.machine)

    def _directories(self, elf: Elf) -> Iterable[str]:
        if self._configured is None:
            self._configured = list(dict.fromkeys(map(canonical, _configured(self._configuration))))
        yield from self._configured
        multiarch = _MULTIARCH.get(elf.machine)
        if multiarch is not None:
            yield f"/usr/lib/{multiarch}"
            yield f"/lib/{multiarch}"
        yield from ("/usr/lib64", "/lib64", "/usr/lib", "/lib", "/usr/local/lib")


def expanded_search(elf: Elf, file: str) -> Iterable[str]:
    """The file's RUNPATH or RPATH as canonical directories, `$ORIGIN` being where the file lies."""
    origin = os.path.dirname(file)
    for entry in elf.search:
        directory = entry.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
        if directory.startswith("/"):
            yield canonical(os.path.normpath(directory))


def _configured(path: str) -> Iterable[str]:
    """The directories of an ld.so.conf, `include` lines followed."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        line = line.partition("#")[0].strip()
        if line.startswith("include "):
            pattern = os.path.join(os.path.dirname(path), line.removeprefix("include ").strip())
            for included in sorted(glob.glob(pattern)):
                yield from _configured(included)
        elif line.startswith("/"):
            yield os.path.normpath(line)
