"""Nothing reads past the notes: what builtins ask of the machine goes through `Machine`."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import lixeval
from lixeval.environment.machine import Machine
from lixeval.evaluation.remembered.notes import RecordedMachine

if TYPE_CHECKING:
    from tests.remembered.conftest import Run

PACKAGE = Path(lixeval.__file__).parent

ASKING = {
    *("open", "os.stat", "os.lstat", "os.scandir", "os.listdir", "os.walk", "os.readlink", "os.access", "os.environ"),
    *("os.path.exists", "os.path.lexists", "os.path.isfile", "os.path.isdir", "os.path.islink", "os.path.realpath"),
    *("os.path.getsize", "os.path.getmtime", "os.getenv", "os.uname", "subprocess.run"),
}
ALLOWED = {
    "machine": "is the door",
    "variables": "they are in the key",
    "nix_conf": "what it finds is in the key",
    "configuration": "the same",
    "downloads": "the result holds for a while (`good_for`), or is fixed by its hash",
    "download_memory": "`relies_on`",
    "tarballs": "what was downloaded",
    "git": "a revision says all, or `depends_on` tells of what is looked at",
    **dict.fromkeys(("git_repository", "git_working_tree"), "the same"),
    **dict.fromkeys(("git_cache", "git_program"), "a revision says all, or the run is unrepeatable"),
    **dict.fromkeys(("flake_lock_file", "git_tracking"), "a run that writes a lock file is unrepeatable"),
    "flake_words": "`cli.flakes` tells of the places that a word may mean",
    "flake_inputs": "to word an error, which is not kept",
    "files": "os.path.realpath, for --restrict-eval, and os.path.isdir, to word an error: neither is kept",
}
"""Modules of builtins that ask themselves -> why that is no gap."""


def asked_in(path: Path) -> set[str]:
    """What of ASKING a module names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name)} & ASKING


@pytest.mark.parametrize("room", ["builtins", "environment", "fetchers", "runtime"])
def test_only_known_modules_ask_the_machine_themselves(room: str) -> None:
    asking = {path.stem: asked_in(path) for path in (PACKAGE / room).glob("*.py")}
    assert {name: asked for name, asked in asking.items() if asked and name not in ALLOWED} == {}
    assert asked_in(PACKAGE / "environment/files.py") == {"os.path.realpath", "os.path.isdir"}


@pytest.mark.parametrize(
    "module", ["evaluation/evaluator.py", "evaluation/compiled_file.py", "evaluation/auto_call.py"]
)
def test_the_rooms_above_ask_nothing(module: str) -> None:
    assert asked_in(PACKAGE / module) == set()


def test_every_question_is_noted() -> None:
    """A question that `Machine` learns to answer must be written down too."""
    questions = {name for name, member in vars(Machine).items() if callable(member) and not name.startswith("_")}
    assert RecordedMachine.takes_notes
    assert questions <= set(vars(RecordedMachine))


OPENED: list[str] | None = None


def audit(event: str, arguments: tuple[object, ...]) -> None:
    if OPENED is not None and event in ("open", "os.scandir", "os.listdir"):
        OPENED.append(str(arguments[0]))


def test_what_is_opened_is_noted(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python itself tells which files and folders were opened below the inputs; each must be among the facts."""
    global OPENED
    (tmp_path / "folder/deep").mkdir(parents=True)
    for name in ("text", "folder/a", "folder/deep/b"):
        (tmp_path / name).write_text(name)
    (tmp_path / "imported.nix").write_text("1")
    (tmp_path / "default.nix").write_text("""
      [ (import ./imported.nix) (builtins.readDir ./folder) "${./folder}" (builtins.hashFile "md5" ./text)
        (builtins.readFile <given/text>) (builtins.pathExists ./none) (builtins.readFileType ./folder)
        (builtins.path { path = ./folder; filter = path: kind: kind == "directory"; }) ]
    """)
    machines: list[RecordedMachine] = []
    make = RecordedMachine.__init__

    def noted(machine: RecordedMachine) -> None:
        make(machine)
        machines.append(machine)

    monkeypatch.setattr(RecordedMachine, "__init__", noted)
    sys.addaudithook(audit)  # it cannot be taken away again, so it only listens while there is a list
    OPENED = []
    try:
        assert run("--eval", "--strict", "-I", f"given={tmp_path}", str(tmp_path)).code == 0
        opened = {path for path in OPENED if path.startswith(str(tmp_path))}
        # nar.walk names bytes
        opened |= {path[2:-1] for path in OPENED if path.startswith(f"b'{tmp_path}")}
    finally:
        OPENED = None
    (machine,) = machines
    noted_paths = {*machine.facts.files, *machine.facts.listings}
    for root, _, _, _, seen, _ in machine.facts.trees:
        noted_paths |= {root, *seen}
    assert opened
    assert opened - noted_paths == set()
    assert {path for path, _ in machine.facts.kinds} >= {str(tmp_path / "none"), str(tmp_path / "folder")}
