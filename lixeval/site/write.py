"""Writes the site: the pages, the data they show, the archive that the worker loads, and Pyodide where it is given.

DIR/index.html, *.js, style.css      `pages`, as they are
DIR/manual.json, lessons.json, …     `manual`
DIR/app.zip, python.snapshot.gz      `archive`
DIR/pyodide/                         what a browser loads of npm's package, or nothing: then the public CDN has it
DIR/config.js, files.js              where Pyodide is; all files, which the service worker keeps, and their version
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from lixeval.errors import SystemFailure, UsageError
from lixeval.site.archive import SNAPSHOT, write_archive
from lixeval.site.manual import lessons, manual, names
from lixeval.system.atomic import write_file
from lixeval.system.cache import digest
from lixeval.teach.lessons.syllabus import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PAGES = Path(__file__).with_name("pages")
CDN = "https://cdn.jsdelivr.net/pyodide/v314.0.6/full/"
"""Where a browser finds Pyodide's files where the site has none."""

LOADED = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
"""What a browser loads of Pyodide."""

MARK = "files.js"
"""What tells a folder that lixeval has written from another."""


def write_site(folder: str, pyodide: str | None = None, course: str | None = None) -> bool:
    """Writes the site, with the lessons of `course` or else lixeval's own; whether the engine's modules are compiled.

    A folder that holds something else is refused (UsageError), and so is a `pyodide` that lacks a file.
    """
    target = Path(folder)
    _check_target(target)
    source = None if pyodide is None else _checked(Path(pyodide))
    told = lessons(OWN if course is None else course)  # a faulty one is told before anything is written
    _check_chapters(course, told)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for page in sorted(PAGES.iterdir()):
            if page.is_file():
                _write(target / page.name, page.read_bytes())
        if source is not None:
            (target / "pyodide").mkdir(exist_ok=True)
            for name in LOADED:
                shutil.copyfile(source / name, target / "pyodide" / name)
        (target / SNAPSHOT).unlink(missing_ok=True)  # of an earlier archive
        compiled = write_archive(target / "app.zip", source, None if course is None else Path(course))
        for name, data in (("manual.json", manual()), ("lessons.json", told), ("names.json", names())):
            _write(target / name, json.dumps(data, ensure_ascii=True, separators=(",", ":")).encode())
        place = "pyodide/" if source is not None else CDN
        snapshot = SNAPSHOT if (target / SNAPSHOT).exists() else None
        settings = f"export const PYODIDE = {json.dumps(place)};\nexport const SNAPSHOT = {json.dumps(snapshot)};\n"
        _write(target / "config.js", settings.encode())
        if source is None:
            _allow_cdn(target / "index.html")
        _write(target / MARK, _files(target, place).encode())
    except OSError as error:
        raise SystemFailure(f"cannot write the site to '{folder}': {error.strerror or error}") from None
    return compiled


def _check_target(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise UsageError(f"'{target}' is no folder")
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).exists():
        raise UsageError(f"'{target}' holds something else", hint="name a new folder, or an empty one")


def _check_chapters(course: str | None, told: list[dict[str, Any]]) -> None:
    """In the site a course lies elsewhere: its exercises must be named by chapters alone."""
    if course is not None and any((Path(course) / f"{one['name'].partition('/')[2]}.nix").is_file() for one in told):
        raise UsageError(
            f"the exercises in '{course}' are in no chapter",
            hint="put them into a folder whose name begins with a number: 01-first-steps",
        )


def _checked(pyodide: Path) -> Path:
    missing = [name for name in LOADED if not (pyodide / name).is_file()]
    if missing:
        raise UsageError(
            f"'{pyodide}' has no {missing[0]}",
            hint="npm install pyodide@314; the folder is node_modules/pyodide",
        )
    return pyodide


def _write(path: Path, data: bytes) -> None:
    write_file(os.fspath(path), data)


def _allow_cdn(page: Path) -> None:
    """The page's policy allows the service worker's and the worker's requests there."""
    host = CDN.split("/")[2]
    text = page.read_text(encoding="utf-8").replace("connect-src 'self'", f"connect-src 'self' https://{host}")
    _write(page, text.encode())


def _files(target: Path, place: str) -> str:
    """All files, for the service worker; the version changes with any of them."""
    found = sorted(path for path in target.rglob("*") if path.is_file() and path.name != MARK)
    version = digest(b"".join(digest(path.read_bytes()) + path.name.encode() for path in found)).hex()
    listed = [f"./{path.relative_to(target).as_posix()}" for path in found] + ["./", f"./{MARK}"]
    if place == CDN:
        listed += [CDN + name for name in LOADED]
    return f"export const VERSION = {json.dumps(version)};\nexport const FILES = {json.dumps(listed, indent=1)};\n"
