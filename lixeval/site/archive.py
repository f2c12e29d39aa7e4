"""The Python that a browser is given: one zip with frozendict and the rooms of lixeval that evaluation needs.

Python in WebAssembly compiles slowly, so the archive holds compiled modules where somebody can make them who has that
very Python: this process, if it is of the same release, or Node, which runs Pyodide itself.  Otherwise it holds
sources, and a first visit takes some seconds more.  The parser's tables are plain data and are always there, so that
lark, which makes them, need not be.

Starting Python takes ten times as long as all that lixeval does until its first result.  So Node, where there is one,
also writes down what Python's memory holds once the engine is imported and has answered twice (`SNAPSHOT`, packed by
gzip); a browser begins with that, or starts Python after all where it cannot.

    app/lixeval, app/frozendict     what is imported
    app/lixeval/compiled            the parser's tables (`lixeval.syntax.tables`)
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from lixeval.system.directories import PACKAGE, grammar_file
from lixeval.teach.lessons.syllabus import OWN, is_of

OTHERS = ("frozendict",)
"""What lixeval imports when it evaluates, of all that it depends on."""

ROOMS_LEFT_OUT = ("build", "cli", "containers", "jobs", "library", "oci", "parity", "substituters")
"""What nothing evaluates with."""

_LEFT_OUT = ("__pycache__", "pages", "compiled")
_TIME = (1980, 1, 1, 0, 0, 0)

SNAPSHOT = "python.snapshot.gz"
"""Beside the archive: Python's memory once the engine is there.  It fits the very Pyodide that has written it."""

PYTHON = (3, 14)
"""Pyodide's, since its release 314."""

_COMPILE = """
import { pathToFileURL } from "node:url";
import fs from "node:fs";
import zlib from "node:zlib";
const [folder, archive, target, snapshot] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(folder + "/pyodide.mjs").href);
const python = await loadPyodide({ stdout: () => {} });
python.unpackArchive(new Uint8Array(fs.readFileSync(archive)), "zip", { extractDir: "/site" });
const made = python.runPython(`
import os, py_compile
for folder, _, names in os.walk("/site/app"):
    for name in names:
        if name.endswith(".py"):
            path = os.path.join(folder, name)
            py_compile.compile(path, path + "c", dfile=path.removeprefix("/site"), doraise=True,
                               invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
            os.unlink(path)
import shutil
shutil.make_archive("/compiled", "zip", "/site")
`);
const compiled = python.FS.readFile(made);
fs.writeFileSync(target, compiled);
const begun = await loadPyodide({ _makeSnapshot: true, stdout: () => {}, env: { HOME: "/home" } });
begun.unpackArchive(compiled, "zip", { extractDir: "/" });
begun.runPython(`
import gc, json, sys
sys.path.insert(0, "/app")
from lixeval.site.engine import answer
for what in ("run", "story"):
    answer(json.dumps({"do": what, "text": "let x = 1 + 1; in [ x (y: y) ]"}))
gc.collect()
`);
fs.writeFileSync(snapshot, zlib.gzipSync(begun.makeMemorySnapshot(), { level: 9 }));
process.exit(0);
"""


def write_archive(target: Path, pyodide: Path | None = None, course: Path | None = None) -> bool:
    """Writes the archive, with the lessons of `course` or else lixeval's own; whether its modules are compiled.

    `pyodide` is a folder with Pyodide's files, as npm's package has them: Node runs it to compile, if there is a Node.
    """
    with tempfile.TemporaryDirectory(prefix="lixeval-site-") as scratch:
        root = Path(scratch, "root")
        _collect(root)
        if course is not None:
            _replace_lessons(root, course)
        sources = Path(scratch, "sources.zip")
        _pack(root, sources)
        if pyodide is not None and (node := shutil.which("node")) is not None:
            return _compiled_by_node(node, pyodide, sources, target)
        if _is_same_python():
            _compile_here(root)
            _pack(root, target)
            return True
        shutil.copyfile(sources, target)
        return False


def _collect(root: Path) -> None:
    app = root / "app"
    app.mkdir(parents=True)
    ignored = shutil.ignore_patterns(*_LEFT_OUT)
    shutil.copytree(PACKAGE, app / "lixeval", ignore=ignored)
    for room in ROOMS_LEFT_OUT:
        shutil.rmtree(app / "lixeval" / room)
    for name in OTHERS:
        found = importlib.util.find_spec(name)
        assert found is not None and found.origin is not None, name  # lixeval depends on it
        shutil.copytree(os.path.dirname(found.origin), app / name, ignore=ignored)
    for path in app.rglob("*.so"):
        path.unlink()  # this machine's
    from lixeval.syntax.tables import at_hand, keep

    grammar = app / "lixeval" / "syntax" / "nix.lark"
    shutil.copyfile(grammar_file(), grammar)
    compiled = app / "lixeval" / "compiled"
    compiled.mkdir()
    keep(at_hand(), os.fspath(compiled))


def _replace_lessons(root: Path, course: Path) -> None:
    """Everybody who reads the site gets what is in the archive: no link in a course leads out of it."""
    own = root / "app" / os.path.relpath(OWN, os.path.dirname(PACKAGE))
    shutil.rmtree(own)
    left_out = shutil.ignore_patterns(*_LEFT_OUT, ".*")

    def ignored(folder: str, names: list[str]) -> set[str]:
        links = {name for name in names if os.path.islink(os.path.join(folder, name))}
        return left_out(folder, names) | {
            name for name in links if not is_of(os.fspath(course), os.path.join(folder, name))
        }

    shutil.copytree(course, own, ignore=ignored)


def _is_same_python() -> bool:
    import sys

    return sys.implementation.name == "cpython" and sys.version_info[:2] == PYTHON


def _compile_here(root: Path) -> None:
    import py_compile

    for path in sorted(root.rglob("*.py")):
        py_compile.compile(
            os.fspath(path),
            f"{path}c",
            dfile=f"/{path.relative_to(root)}",
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        path.unlink()


def _compiled_by_node(node: str, pyodide: Path, sources: Path, target: Path) -> bool:
    script = sources.with_name("compile.mjs")
    script.write_text(_COMPILE, encoding="utf-8")
    places = (os.path.abspath(pyodide), sources, os.path.abspath(target), os.path.abspath(target.with_name(SNAPSHOT)))
    subprocess.run([node, script, *places], check=True)
    return True


def _pack(root: Path, target: Path) -> None:
    """The same files make the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(os.fspath(path.relative_to(root)), _TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
