"""Builds with the embedded package set, carried out: phases, hooks, wrappers, environments."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.formats.store_path import StorePath
from lixeval.host.elf import read_elf
from lixeval.host.this_host import this_host
from lixeval.store.local import LocalStore
from lixeval.system.directories import EMBEDDED
from tests.support.alone import run_alone

HERE = Path(__file__).resolve().parent / "packages"
NAMES = re.findall(r"^  ([a-z]+) =", (HERE / "builds.nix").read_text().split("\nin\n")[1], re.M)


class Built:
    """The outputs of builds.nix, and where their store really is."""

    def __init__(self, root: Path, outputs: dict[str, str]) -> None:
        self.root = root
        self.outputs = outputs

    def path(self, name: str, place: str = "") -> Path:
        return Path(f"{self.root}{self.outputs[name]}{place}")

    def read(self, name: str, place: str = "") -> str:
        """The text of a file of an output, links followed inside the store."""
        path = self.path(name, place)
        while path.is_symlink():
            path = Path(f"{self.root}{os.readlink(path)}")
        return path.read_text()

    def run(self, name: str, place: str, *arguments: str) -> str:
        """What a program of an output prints where nothing but the store exists."""
        return run_alone(self.root, f"{self.outputs[name]}{place}", *arguments)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    answers = this_host(None)
    for attribute in ("bash", "coreutils", "findutils", "diffutils", "gnused", "gnugrep", "gnutar", "gzip"):
        if "missing" in answers.describe(f"attributes/{attribute}"):
            pytest.skip(f"this machine has no {attribute}")
    directory = tmp_path_factory.mktemp("embedded-builds")
    environment = {
        **os.environ,
        "LIXEVAL_STORE": str(directory / "store"),
        "XDG_CACHE_HOME": str(directory / "cache"),
        "LIXEVAL_HOST_DIRECTORY": str(directory / "host"),
    }
    expression = f"import {HERE}/builds.nix {{ pkgs = import {EMBEDDED} {{ }}; }}"
    command = [sys.executable, "-m", "lixeval", "--no-out-link", "-E", expression]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0 and "isolat" in done.stderr:
        pytest.skip(f"builds cannot be isolated here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return Built(directory / "store", dict(zip(sorted(NAMES), done.stdout.split(), strict=True)))


def test_phases_and_hooks_in_order(built: Built) -> None:
    assert built.read("phases", "/log") == "preBuild\nbuild\npostBuild\ncheck\n"
    assert built.read("phases", "/template") == "this and that\n"
    assert built.read("phases", "/fixed") == "fixed\n"


def test_interpreter_lines_are_patched(built: Built) -> None:
    for script, shell in (("hello", "/bin/sh"), ("env", "/bin/bash")):
        first = built.read("phases", f"/bin/{script}").split("\n")[0]
        assert re.fullmatch(rf"#!/nix/store/[a-z0-9]{{32}}-bash-[^/]+{shell}", first)
    assert built.run("phases", "/bin/hello") == "hello\n"


def test_setup_hooks_and_propagated_inputs(built: Built) -> None:
    assert built.read("hook") == "hooked\npropagated\nsubstituted\n"


def test_structured_attributes_are_shell_variables(built: Built) -> None:
    assert built.read("structured") == "a b\nc\nvalue\nyes\n"


def test_make_wrapper(built: Built) -> None:
    assert built.run("wrapped", "/bin/show", "x y") == "it's /a:/z default --flag x y\n"


def test_a_shell_application(built: Built) -> None:
    assert built.run("application", "/bin/application") == "good day, y\n"


def test_a_closure_has_one_c_library_and_no_dangling_reference(built: Built) -> None:
    store = LocalStore(str(built.root))
    closure = store.closure([StorePath(built.outputs["application"])])
    names = [path.split("-", 1)[1] for path in closure]
    assert sum(name.startswith(("glibc-", "musl-", "libc-")) for name in names) == 1
    assert any(name.startswith("bash-") for name in names)
    assert all(store.is_valid(path) for path in closure)
    bash = next(path for path in closure if path.split("-", 1)[1].startswith("bash-"))
    interpreter = read_elf(store.real(f"{bash}/bin/bash"))
    assert interpreter is not None and interpreter.interpreter is not None
    assert "/".join(interpreter.interpreter.split("/")[:4]) in store.references(bash)


def test_environments(built: Built) -> None:
    assert sorted(os.listdir(built.path("environment", "/share"))) == ["one", "two"]
    assert built.read("environment", "/share/one") == "1"
    assert built.read("environment", "/finished") == "finished\n"
    assert built.read("preferred", "/share/one") == "other"
    assert built.read("joined", "/share/one") == "1"
    assert built.read("joined", "/share/two") == "2"


def test_farms_and_closures(built: Built) -> None:
    farm, one = built.outputs["farm"], os.readlink(built.path("farm", "/a/b"))
    two = os.readlink(built.path("farm", "/c"))
    assert (one.split("-", 1)[1], two.split("-", 1)[1]) == ("one", "two")
    assert built.read("info", "/store-paths").split() == sorted([farm, one, two])
    registration = built.read("info", "/registration").split("\n")
    at = registration.index(farm)
    assert registration[at + 1].startswith("sha256:")
    assert registration[at + 3 : at + 7] == ["", "2", *sorted([one, two])]


def test_texts(built: Built) -> None:
    assert built.read("concatenated") == "one\ntwo\n"
    assert built.read("replaced") == "1 x & y"


def test_shell_files_are_installed(built: Built) -> None:
    assert built.read("installed", "/share/man/man1/tool.1") == "page\n"
    assert built.read("installed", "/share/bash-completion/completions/tool.bash") == "completion\n"
