"""Ctrl-C while the command is still being loaded ends it without a word of Python's."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lixeval.cli import main

AT_IMPORT = """
import builtins, os, signal
signal.signal(signal.SIGINT, {handler})
usual = builtins.__import__

def importing(name, *rest, **more):
    if name == {name!r}:
        os.kill(os.getpid(), signal.SIGINT)
    return usual(name, *rest, **more)

builtins.__import__ = importing
import sys
sys.argv[1:] = ["--eval", "-E", "1 + 1", "--no-eval-cache"]
from lixeval.__main__ import main
main()
"""


def interrupted(name: str, handler: str = "signal.default_int_handler") -> subprocess.CompletedProcess[str]:
    program = AT_IMPORT.format(name=name, handler=handler)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["lixeval.cli", "lixeval.system.deep_stack"])
def test_while_the_command_is_loaded(name: str) -> None:
    done = interrupted(name)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_while_what_it_needs_is_loaded() -> None:
    done = interrupted("lixeval.cli.action")
    assert (done.returncode, done.stderr) == (130, "error: interrupted by the user\n")


def test_who_has_it_ignored_is_not_interrupted() -> None:
    done = interrupted("lixeval.cli.action", "signal.SIG_IGN")
    assert (done.returncode, done.stdout) == (0, "2\n")


def test_the_command_begins_there() -> None:
    project = Path(__file__).parents[2]
    wheel = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["shared-scripts"] == {"bin/lixeval": "lixeval"}
    script = (project / "bin/lixeval").read_text()
    assert script.startswith("#!python\n")  # which installers replace by the interpreter that they install for
    assert "from lixeval.__main__ import main\n" in script


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)])
def test_while_a_class_is_made(
    raised: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python up to 3.11 makes a RuntimeError of it, and modules are full of classes."""

    class Field:
        def __set_name__(self, owner: object, name: str) -> None:
            raise raised

    def act(words: object, recollection: object) -> int:
        type("Made", (), {"field": Field()})
        return 0

    monkeypatch.setattr("lixeval.cli.action.act", act)
    words = ["--eval", "-E", "1", "--no-eval-cache"]
    if isinstance(raised, SystemExit):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == code
    else:
        assert main(words) == code
    assert "Traceback" not in capsys.readouterr().err
