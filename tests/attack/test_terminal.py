"""What others write is shown on the terminal as what it is: it moves no cursor, rings no bell, turns no line."""

from __future__ import annotations

import functools
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.system.terminal_text import visible
from tests.attack.terminal_attempts import NAME, ORDERS, RESULTS
from tests.support.terminals import read_all

STEERING = {
    *(chr(code) for code in (*range(32), *range(0x7F, 0xA0))),
    *"\u200e\u200f\u202a\u202b\u202c\u202d\u202e",
} - {
    "\n",
    "\t",
}


@pytest.mark.parametrize("text", ORDERS)
@pytest.mark.parametrize("colours", [False, True])
def test_orders_are_shown(text: str, colours: bool) -> None:
    shown = visible(f"before {text} after", colours=colours).replace("\x1b[31m", "").replace("\x1b[0m", "")
    assert not STEERING & set(shown) and not set("\u2028\u2066\u2069") & set(shown)
    assert shown.startswith("before ") and shown.endswith(" after")
    shown.encode()


def test_colours_stay_where_they_are_wanted() -> None:
    text = "a \x1b[1;31mred\x1b[0m b"
    assert visible(text, colours=True) == text + "\x1b[0m"
    assert visible(text) == "a red b"
    assert visible("naïve\t日本\n", colours=True) == "naïve\t日本\n"


EVIL = "e\\x1b]0;t\\x07v\\x1b[2J\\u202ei\\x9bl"

CASES = {
    "throw": ["--eval", "-E", "throw T"],
    "trace": ["--eval", "-E", "builtins.trace T 1"],
    "warn": ["--eval", "-E", "builtins.warn T 1"],
    "attribute": ["--eval", "-E", "{ ${T} = 1; }.a.b"],
    "missing": ["--eval", "-E", "{ }.${T}"],
    "file": ["--eval", "-E", "import (/. + T)"],
    "argument": ["--eval", "-E", "({ a }: a) { ${T} = 1; }"],
    "type": ["--eval", "-E", "1 + T"],
    "log": [
        "-v",
        "--no-out-link",
        "-E",
        """derivation {
        name = "x"; system = builtins.currentSystem; builder = "/bin/sh"; t = T;
        args = [ "-c" "printf '%s' \\"$t\\"; exit 1" ];
      }""",
    ],
}


@pytest.mark.parametrize("on_terminal", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_what_the_command_says(tmp_path: Path, case: str, on_terminal: bool) -> None:
    text = f'(builtins.fromJSON "\\"{EVIL}\\"")'
    for name, code in (("x1b", "001b"), ("x07", "0007"), ("x9b", "009b")):
        text = text.replace(f"\\{name}", f"\\\\u{code}")
    text = text.replace("\\u202e", "\\\\u202e")
    words = [
        word.replace("T", text) if index == len(CASES[case]) - 1 else word for index, word in enumerate(CASES[case])
    ]
    command = [sys.executable, "-m", "lixeval", "--store", str(tmp_path / "store"), *words]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "TERM": "xterm"}
    said = (
        _on_terminal(command, environment)
        if on_terminal
        else subprocess.run(
            command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, check=False
        ).stderr
    )
    shown = said.decode()
    assert "\\x1b]0;t" in shown or case in ("file", "type", "argument"), shown
    for order in ("\x1b]0", "\x07", "\u202e", "\x9b"):
        assert order not in shown


def _on_terminal(command: list[str], environment: dict[str, str], *, results: bool = False) -> bytes:
    """What a command writes to a terminal that its stderr is, or its stdout where `results` are wanted."""
    leader, follower = pty.openpty()
    stderr, stdout = (subprocess.DEVNULL, follower) if results else (follower, subprocess.DEVNULL)
    with subprocess.Popen(command, env=environment, stderr=stderr, stdout=stdout) as process:
        os.close(follower)
        said = read_all(leader)
        process.wait()
    os.close(leader)
    return said


STORIES = {
    "flake show": ["flake", "show", "path:FOLDER"],
    "flake metadata": ["flake", "metadata", "path:FOLDER"],
    "explain": ["explain", "--print", "FOLDER/story.nix"],
}


@pytest.mark.parametrize("case", STORIES)
def test_what_is_told_on_stdout(tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What people read there: names and descriptions of others."""
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    folder = tmp_path / "flake"
    folder.mkdir()
    evil = "e\x1b]0;t\x07v\x1b[2Ji\u202el"
    made = 'derivation { name = "n"; system = "x"; builder = "b"; }'
    app = f'apps.x86_64-linux."{evil}" = {{ type = "app"; program = "/x"; meta.description = "{evil}"; }};'
    template = f'templates."{evil}" = {{ path = ./.; description = "{evil}"; }};'
    (folder / "flake.nix").write_text(
        f'{{ description = "{evil}"; outputs = _: {{ {app} {template} packages.x86_64-linux."{evil}" = {made}; '
        f'"{evil}" = 1; }}; }}'
    )
    (folder / "story.nix").write_text(f'let s = {{ "{evil}" = throw "{evil}"; b = s; }}; in s.b."{evil}" or 1')
    words = [word.replace("FOLDER", str(folder)) for word in STORIES[case]]
    done = subprocess.run([sys.executable, "-m", "lixeval", *words], capture_output=True, check=False)
    told = done.stdout.decode()
    assert "\\x1b]0;t" in told, (told, done.stderr)
    assert not {"\x1b", "\x07", "\u202e"} & set(told)


@pytest.mark.parametrize("case", RESULTS)
def test_results_on_a_terminal(tmp_path: Path, case: str) -> None:
    """What goes into a pipe is what was said; a terminal shows it as what it is."""
    environment = {**os.environ, "LIXEVAL_STORE": str(tmp_path / "store"), "TERM": "xterm"}
    environment |= {name: str(tmp_path / name) for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    own = [sys.executable, "-m", "lixeval"]

    def made(*words: str) -> str:
        done = subprocess.run([*own, *words], env=environment, stdout=subprocess.PIPE, check=True)
        return done.stdout.decode().strip()

    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / NAME).touch()
    derivation = 'derivation { name = "n"; system = "x"; builder = "b"; t = "%s"; }'
    for name, text in (("one", NAME), ("two", NAME + "2")):
        (tmp_path / f"{name}.nix").write_text(derivation % text)
    (tmp_path / "lint.nix").write_text(f'let "{NAME}" = 1; in 2')
    places = {"FOLDER": str(tmp_path)}
    if "PATH" in case or "listing" in case:
        places["PATH"] = made("store", "add", str(tree))
    if "DERIVATION" in RESULTS[case]:
        places["DERIVATION"] = made("--instantiate", str(tmp_path / "one.nix"))
    words = [
        word if NAME in word else functools.reduce(lambda said, place: said.replace(*place), places.items(), word)
        for word in RESULTS[case]
    ]
    told = _on_terminal([*own, *words], environment, results=True).decode()
    assert "0;t" in told
    for order in ("\x1b]", "\x07", "\u202e", "\x9b", "\x1b[2J"):
        assert order not in told
    if case in ("a raw value", "a listing"):
        assert NAME in made(*words)
