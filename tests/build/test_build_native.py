"""Trivial builders of another machine, done here without its shell: they make what the shell makes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.build.builders.plain_script import NotPlain, parse
from lixeval.build.sandbox.isolation import Isolation, why_not
from lixeval.system import machines

FILE = Path(__file__).parent / "native/scripts.nix"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """All scripts built in both ways, and what failed; the links are in its folder."""
    if (reason := why_not(Isolation.NAMESPACES)) is not None:
        pytest.skip(f"namespaces: {reason}")
    if "riscv64-linux" in machines.emulated_systems() or machines.machine() == "riscv64":
        pytest.skip("riscv64 programs run here, so nothing is done without them")
    folder = tmp_path_factory.mktemp("native")
    environment = {**os.environ, "XDG_DATA_HOME": f"{folder}/data", "XDG_CACHE_HOME": f"{folder}/cache"}
    environment["NIX_CONFIG"] = "substitute = false"
    words = ["--keep-going", "-A", "shell", "-A", "native", str(FILE), "--no-link"]
    command = [sys.executable, "-m", "lixeval"]
    built = subprocess.run([*command, *words], env=environment, capture_output=True, text=True, check=False)
    shown = subprocess.run(
        [*command, "--eval", "--json", str(FILE), "-A", "shell", "-A", "native"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    built.args = [folder, environment, *map(json.loads, shown.stdout.splitlines())]
    return built


def tree(path: Path, own: str) -> dict[str, object]:
    """What is below a path: links, files and whether they are executable; the path's own name masked."""
    if path.is_symlink():
        return {"": os.readlink(path).replace(own, "SELF")}
    if path.is_file():
        return {"": (path.read_bytes(), os.access(path, os.X_OK))}
    found: dict[str, object] = {"": "folder"}
    for entry in path.iterdir():
        found |= {f"/{entry.name}{name}": what for name, what in tree(entry, own).items()}
    return found


def test_what_is_made_is_what_the_shell_makes(ran: subprocess.CompletedProcess[str]) -> None:
    folder, _, shell, native = ran.args
    store = Path(f"{folder}/data/lixeval")
    differing: dict[str, object] = {}
    there = 0
    for name in shell:
        mine, its = (Path(f"{store}{paths[name]}") for paths in (native, shell))
        if os.path.lexists(mine) != os.path.lexists(its):
            differing[name] = f"one failed: native there {os.path.lexists(mine)}"
        elif os.path.lexists(mine):
            there += 1
            one, other = tree(mine, native[name]), tree(its, shell[name])
            if one != other:
                differing[name] = {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys()}
    assert differing == {}, ran.stderr
    assert 25 <= there < len(shell)


@pytest.mark.parametrize(
    "name",
    [
        "pipe",
        "otherProgram",
        "unknownVariable",
        "hardLink",
        "option",
        "function",
        "either",
        "uname",
        "ownProgram",
        "installOwner",
        "installMode",
    ],
)
def test_what_is_not_plain_needs_that_machine(ran: subprocess.CompletedProcess[str], name: str) -> None:
    """It is said before anything is built or fetched."""
    _, environment, _, _ = ran.args
    done = subprocess.run(
        [sys.executable, "-m", "lixeval", str(FILE), "-A", f"refused.{name}", "--no-link"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "a 'riscv64-linux' with features {} is required to build" in done.stderr and "qemu-user" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        *("a | b", "x=1 foo", "a || b", "f() { x; }", "echo ${x:-y}", "a &", "echo `x`", "case x in", "echo $1"),
        *(
            "a <<E\nx",
            'echo "$(a | b)"',
            "[[ a ]]",
            "a; )",
            "echo ~/x",
            "a 2>&1",
            "a > b 2> c",
            "echo {a}",
            "echo {1..3}",
            "echo {a,b",
        ),
        *("x=(1 2)", "for ((;;)); do x; done", "! a", "if a; then b", "echo 'x", "a < b", "echo $((1+1))", "a <<< b"),
        *(
            'echo "$@"',
            "for i in a; do b",
            "while a; do b; done",
            "done",
            "a >",
            "(a)",
            'echo "x',
            "x={a,b}",
            "a > {b,c}",
            "echo a}",
        ),
    ],
)
def test_what_a_shell_is_needed_for(text: str) -> None:
    with pytest.raises(NotPlain):
        parse(text)


def test_systems_that_the_kernel_hands_to_qemu(tmp_path: Path) -> None:
    registered = "enabled\ninterpreter /usr/bin/qemu\nflags: {}\noffset 0\n"
    (tmp_path / "qemu-aarch64").write_text(registered.format("OCF"))
    (tmp_path / "qemu-arm").write_text(registered.format("F"))
    (tmp_path / "qemu-s390x").write_text(registered.format("OC"))
    (tmp_path / "qemu-riscv64").write_text(registered.format("F").replace("enabled", "disabled"))
    (tmp_path / "register").write_text("")
    found = machines.emulated_systems(str(tmp_path))
    assert found == {"aarch64-linux", "armv7l-linux", "armv6l-linux", "armv5tel-linux"}
    assert machines.emulated_systems(str(tmp_path / "none")) == frozenset()


@pytest.mark.parametrize(
    ("system", "another"),
    [
        ("riscv64-linux", True),
        ("x86_64-darwin", True),
        ("some-thing", False),
        ("x", False),
        (machines.current_system(), False),
    ],
)
def test_systems_of_another_kind(system: str, another: bool) -> None:
    assert machines.is_another_kind(system) is another
