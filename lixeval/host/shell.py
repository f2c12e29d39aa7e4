"""The /bin/sh of the sandbox: builders, make recipes and `system(3)` expect one, and Nix shows one to every build.

Of what this host has, the first of

    bash-static, busybox    one file that needs nothing else (a busybox that is linked statically)
    dash, sh                with its loader and libraries, each at its own place

The setting `sandbox-paths` replaces it, `extra-sandbox-paths` adds to it.  No derivation depends on which one it is.
"""

from __future__ import annotations

import os

from lixeval.errors import FormatError
from lixeval.host.elf import Elf, read_elf
from lixeval.host.linking import Libraries

_DIRECTORIES = ("/usr/bin", "/bin", "/usr/local/bin")
_STATIC, _OTHERS = ("bash-static", "busybox"), ("dash", "sh")


def sandbox_shell() -> dict[str, str]:
    """What is to be shown for a shell, inside -> outside; nothing on a host without one."""
    for name in _STATIC:
        for path in _places(name):
            elf = _elf(path)
            if elf is not None and elf.interpreter is None and not elf.needed:
                return {"/bin/sh": path}
    for name in _OTHERS:
        for path in _places(name):
            elf = _elf(path)
            if elf is not None:
                return {"/bin/sh": path, **_needed(elf, path)}
    return {}


def _places(name: str) -> list[str]:
    paths = (f"{directory}/{name}" for directory in _DIRECTORIES)
    return [os.path.realpath(path) for path in paths if os.access(path, os.X_OK)]


def _elf(path: str) -> Elf | None:
    try:
        return read_elf(path)
    except (OSError, FormatError):
        return None


def _needed(elf: Elf, path: str) -> dict[str, str]:
    """The loader and the libraries of a program, each to be shown where it is looked for."""
    shown = {} if elf.interpreter is None else {elf.interpreter: os.path.realpath(elf.interpreter)}
    libraries = Libraries()
    waiting = [(elf, path)]
    while waiting:
        user, place = waiting.pop()
        for name in user.needed:
            library = libraries.resolve(name, user, place)
            if library is None or library in shown:
                continue
            shown[library] = os.path.realpath(library)
            found = libraries.read(library)
            if found is not None:
                waiting.append((found, library))
    return shown
