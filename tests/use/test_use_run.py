"""`lixeval run` and `lixeval shell`: which program, and that it is the caller's as if it had been called by itself."""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lixeval.build.sandbox import bubblewrap
from lixeval.build.sandbox.machine_view import Launcher, enter
from lixeval.errors import SystemFailure
from lixeval.system import syscalls

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from .conftest import Ran

FILE = "packages.nix#"


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("byName", "tool: a b\n"),
        ("byPname", "other: a b\n"),
        ("inMeta", "third: a b\n"),
        ("app", "tool: a b\n"),
    ],
)
def test_which_program(ran: Ran, attribute: str, said: str) -> None:
    """The rule is real Nix's: app.program, meta.mainProgram, pname, name without version."""
    done = ran("run", FILE + attribute, "--", "a", "b")
    assert (done.returncode, done.stdout) == (0, said), done.stderr


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("byMeta", "bin/third': No such file or directory"),
        ("outside", "app program '/bin/sh' is not in the Nix store"),
        ("odd", "has unsupported type 'thing'"),
        ("text", "is no derivation and no app, but"),
    ],
)
def test_no_program(ran: Ran, attribute: str, message: str) -> None:
    done = ran("run", FILE + attribute)
    assert done.returncode == 1 and message in done.stderr
    assert attribute != "byMeta" or "it has other, tool" in done.stderr


def test_exit_code_folder_input_and_words(ran: Ran, tmp_path: Path) -> None:
    done = ran(
        "run", FILE + "bash", "--", "-c", 'read x; echo "$PWD $x $#" >&2; exit 7', "--", "--help", "-h", given="hi\n"
    )
    assert (done.returncode, done.stderr.splitlines()[-1]) == (7, f"{tmp_path} hi 2")


def test_it_ends_by_the_signal_that_it_gets(ran: Ran) -> None:
    assert ran("run", FILE + "bash", "--", "-c", "kill -TERM $$").returncode == -signal.SIGTERM


def test_it_is_this_process_and_signals_act_as_they_did(ran: Ran) -> None:
    """No process waits for it; a pipe that nobody reads ends it, as Python's programs alone would not be."""
    done = ran("shell", FILE + "bash", "-c", "bash", "-c", "echo $PPID; grep SigIgn /proc/self/status")
    parent, ignored = done.stdout.splitlines()
    assert parent == str(os.getpid())
    assert int(ignored.split()[1], 16) & (1 << (signal.SIGPIPE - 1)) == 0


def test_the_machine_is_there_and_the_store_cannot_be_written_to(ran: Ran, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    script = 'echo /*; : > file2; (: > /nix/store/x) 2> /dev/null || echo refused; echo "${BASH%/bin/bash}"'
    done = ran("run", FILE + "bash", "--", "-c", script)
    listed, refused, bash = done.stdout.splitlines()
    here = {f"/{name}" for name in os.listdir("/") if not name.startswith(".")}
    assert set(listed.split()) == here | {"/nix"}
    assert refused == "refused" and bash.startswith("/nix/store/")
    assert (tmp_path / "file2").exists()


def test_nested(ran: Ran) -> None:
    inner = f"{sys.executable} -m lixeval run {FILE}byName -- x"
    done = ran("shell", FILE + "bash", "-c", "bash", "-c", inner)
    assert (done.returncode, done.stdout) == (0, "tool: x\n"), done.stderr


def test_shell_has_packages_first_in_path(ran: Ran) -> None:
    done = ran("shell", FILE + "byName", FILE + "inMeta", "-c", "sh", "-c", "third 1; tool 2; echo $PATH", "--help")
    third, tool, path = done.stdout.splitlines()
    assert (third, tool) == ("third: 1", "tool: 2")
    assert [folder[44:] for folder in path.split(":")[:2]] == ["tool-1.0/bin", "tool-1.0/bin"]
    assert path.endswith(os.environ["PATH"])


def test_shell_has_what_packages_say_is_installed_with_them(ran: Ran) -> None:
    done = ran("shell", FILE + "also", "-c", "tool", "x")
    assert (done.returncode, done.stdout) == (0, "tool: x\n"), done.stderr


def test_shell_starts_the_users_shell(ran: Ran) -> None:
    assert ran("shell", FILE + "byName", variables={"SHELL": "/bin/sh"}, given="tool y; exit 3").returncode == 3


def test_variables(ran: Ran) -> None:
    shell = ["shell", FILE + "bash"]
    command = ["-c", "bash", "-c", "echo ${A-no} ${B-no} ${C-no}"]
    given = {"A": "1", "B": "2"}

    def said(*options: str) -> str:
        return ran(*shell, *options, *command, variables=given).stdout.strip()

    assert said() == "1 2 no"
    assert said("-u", "A", "-s", "C", "3") == "no 2 3"
    assert said("-i", "-k", "B") == "no 2 no"
    assert "does not make sense" in ran(*shell, "-k", "B", *command).stderr


def test_a_command_that_is_not_there(ran: Ran) -> None:
    done = ran("shell", FILE + "byName", "-c", "there-is-no-such-command")
    assert done.returncode == 1
    assert "unable to execute 'there-is-no-such-command': No such file or directory" in done.stderr


def test_store_paths_and_derivations(ran: Ran) -> None:
    path = ran(FILE + "inMeta", "--no-link").stdout.strip()
    drv = ran("--instantiate", FILE + "byName").stdout.strip()
    assert ran("run", path, "a").stdout == "tool: a\n"
    assert ran("run", f"{path}/bin/third", "a").stdout == "third: a\n"
    assert ran("shell", f"{drv}^out", "-c", "tool", "b").stdout == "tool: b\n"
    done = ran("shell", f"/nix/store/{'0' * 32}-absent", "-c", "true")
    assert done.returncode == 1 and "cannot be had from any cache that is asked" in done.stderr


def test_what_runs_is_not_collected(ran: Ran) -> None:
    """A collector that comes while the program runs leaves what it uses."""
    inner = f'{sys.executable} -m lixeval store gc > /dev/null 2>&1; test -x "$BASH" && echo there'
    assert ran("run", FILE + "bash", "--", "-c", inner).stdout == "there\n"


def test_what_helps_is_said_where_namespaces_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(flags: int) -> None:
        raise PermissionError(errno.EPERM, "unshare: Operation not permitted")

    monkeypatch.setattr(syscalls, "unshare", refused)
    monkeypatch.setattr(bubblewrap, "find", lambda: None)
    with pytest.raises(SystemFailure, match="cannot be shown at /nix/store here") as failure:
        enter(str(tmp_path), "/nix/store")
    assert failure.value.hint is not None
    assert all(way in failure.value.hint for way in ("max_user_namespaces", "seccomp", "u+s", "run as root", "podman"))


REFUSING = """
import errno, sys
from lixeval.system import syscalls

def refused(flags):
    raise PermissionError(errno.EPERM, "Operation not permitted")

from lixeval.build.sandbox import machine_view  # what builds is not refused
machine_view.syscalls = type("Refusing", (), {**vars(syscalls), "unshare": refused})
from lixeval.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def refused(ran: Ran, tmp_path: Path) -> Ran:
    """The same where this process may not have namespaces, and bubblewrap may."""
    if (reason := Launcher(str(tmp_path), "/nix/store").why_not()) is not None:
        pytest.skip(f"bubblewrap: {reason}")
    (tmp_path / "refusing.py").write_text(REFUSING)

    def run(*words: str, **named: Any) -> subprocess.CompletedProcess[str]:
        return ran(*words, program=[str(tmp_path / "refusing.py")], **named)

    return run


def test_bubblewrap_shows_the_store_where_namespaces_are_refused(refused: Ran, tmp_path: Path) -> None:
    """Words, input, folder, exit code; what is shown cannot be written to, and the rest is the machine."""
    script = 'read x; echo "$PWD $x $#"; : > /nix/store/x; : > file; cd /; echo *; exit 7'
    done = refused("run", FILE + "bash", "--", "-c", script, "--", "--help", "-h", given="hi\n")
    said, listed = done.stdout.splitlines()
    assert (done.returncode, said) == (7, f"{tmp_path} hi 2"), done.stderr
    assert "Read-only file system" in done.stderr
    assert (tmp_path / "file").exists()
    assert set(listed.split()) == {name for name in os.listdir("/") if not name.startswith(".")} | {"nix"}
    assert refused("run", FILE + "byName", "--", "a b").stdout == "tool: a b\n"
    assert refused("run", FILE + "bash", "--", "-c", "kill -TERM $$").returncode == 128 + signal.SIGTERM


def test_bubblewrap_hands_on_exactly_the_variables(refused: Ran) -> None:
    words = ["shell", FILE + "bash", "-i", "-k", "A", "-s", "LD_LIBRARY_PATH", "/x", "-c", "bash", "-c", "export -p"]
    done = refused(*words, variables={"A": "1", "B": "2"})
    names = {line.removeprefix("declare -x ").partition("=")[0] for line in done.stdout.splitlines()}
    assert names == {"A", "LD_LIBRARY_PATH", "PATH", "PWD", "OLDPWD", "SHLVL"}


def test_bubblewrap_says_what_is_not_there(refused: Ran) -> None:
    done = refused("shell", FILE + "bash", "-c", "there-is-no-such-command")
    assert done.returncode == 1 and "there-is-no-such-command: No such file or directory" in done.stderr


def test_flakes(ran: Ran, tmp_path: Path) -> None:
    """apps come before packages; the default app before the default package."""
    (tmp_path / "flake").mkdir()
    (tmp_path / "flake/flake.nix").write_text("""{
      outputs = { self }: let
        system = builtins.currentSystem or "x86_64-linux";
        packages = import ../packages.nix;
      in {
        apps.${system} = { default = packages.app; both = packages.app; };
        packages.${system} = { default = packages.inMeta; both = packages.inMeta; one = packages.inMeta; };
      };
    }""")
    said = {word: ran("run", "--impure", f"path:{tmp_path}?dir=flake{word}").stdout for word in ("", "#both", "#one")}
    assert said == {"": "tool: \n", "#both": "tool: \n", "#one": "third: \n"}
