"""What an evaluation can be given, how it fails, and several at once."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import lixeval

DEEP = "let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 20000"


# What is given


def test_a_search_path(here: Path) -> None:
    (here / "default.nix").write_text('"found"')
    given: list[Any] = [{"set": here}, {"set": str(here)}, [f"set={here}"], ["set=."]]
    for search_path in given:
        assert lixeval.evaluate("import <set>", search_path=search_path) == "found"
        assert lixeval.load("<set>", search_path=search_path) == "found"
    assert lixeval.evaluate("import <default.nix>", search_path=[str(here)]) == "found"


def test_a_search_path_goes_before_that_of_the_environment(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIX_PATH", f"a={here}/environment:b={here}/b")
    assert [str(path) for path in lixeval.evaluate("map (e: e.path) builtins.nixPath", search_path={"a": "/own"})] == [
        "/own",
        f"{here}/environment",
        f"{here}/b",
    ]


def test_purity(here: Path) -> None:
    for options in ({"pure": True}, {"restricted": True}, {"settings": {"pure-eval": True}}):
        with pytest.raises(lixeval.LixevalError, match="is forbidden in"):
            lixeval.evaluate("builtins.readDir /etc", **options)
    assert lixeval.evaluate("builtins ? currentTime", pure=True) is False
    assert lixeval.evaluate("builtins ? currentTime") is True


def test_a_store(here: Path) -> None:
    text = 'builtins.toFile "name" "content"'
    path = lixeval.evaluate(text, store=here / "other")
    assert not (here / ("other" + path)).exists()
    assert lixeval.evaluate(text, store=here / "other", read_write=True) == path
    assert (here / ("other" + path)).read_text() == "content"


def test_settings() -> None:
    assert lixeval.evaluate("1 |> (x: x + 1)", settings={"experimental-features": ["pipe-operators"]}) == 2
    assert lixeval.evaluate("builtins.currentSystem", settings={"eval-system": "riscv64-linux"}) == "riscv64-linux"
    for name, value, message in (
        ("no-such-setting", 1, "unknown setting 'no-such-setting'"),
        ("cores", "many", "setting 'cores' has invalid value 'many'"),
        ("pure-eval", "perhaps", "Boolean setting 'pure-eval' has invalid value 'perhaps'"),
        ("cores", object(), "the setting 'cores' cannot be of type object"),
    ):
        with pytest.raises(lixeval.LixevalError) as raised:
            lixeval.Session(settings={name: value})
        assert raised.value.message == message
    with pytest.raises(lixeval.LixevalError, match="a search path is a mapping or a list"):
        lixeval.Session(search_path="a=b")


def test_nix_conf_holds_as_for_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIX_CONFIG", "pure-eval = true")
    with pytest.raises(lixeval.LixevalError, match="is forbidden in pure"):
        lixeval.evaluate("builtins.readDir /etc")


def test_limits() -> None:
    assert lixeval.evaluate(DEEP) == 20000
    for options in ({"max_call_depth": 1000}, {"settings": {"max-call-depth": 1000}}):
        with pytest.raises(lixeval.LixevalError) as raised:
            lixeval.evaluate(DEEP, **options)
        assert raised.value.code == "E0402"


def test_what_nix_says(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "lixeval"):
        assert lixeval.evaluate('builtins.trace "seen" 1') == 1
    assert caplog.messages == ["trace: seen"]
    said: list[str] = []
    lixeval.evaluate('builtins.trace "seen" 1', say=said.append)
    assert said == ["trace: seen"]


def test_a_session_reads_a_file_once(here: Path) -> None:
    (here / "f.nix").write_text('builtins.trace "read" { a = 1; }')
    said: list[str] = []
    session = lixeval.Session(say=said.append)
    assert (session.load("f.nix")["a"], session.load("f.nix", attribute="a"), said) == (1, 1, ["trace: read"])


# Errors


@pytest.mark.parametrize(
    "text",
    [
        "1 +",
        "{ a = 1; }.b",
        'throw "no"',
        "let x = x; in x",
        'map (x: x + "") [ { } ]',
        "nope",
        "assert 1 == 2; 3",
        "import /nope/x",
    ],
)
def test_an_error_is_shown_as_the_command_shows_it(text: str) -> None:
    with pytest.raises(lixeval.LixevalError) as raised:
        lixeval.evaluate(text)
    for words, shown in (
        ([], raised.value.render()),
        (["--show-trace"], raised.value.render(show_trace=True)),
        (["--error-format", "json"], raised.value.to_json()),
    ):
        command = [sys.executable, "-m", "lixeval", "--eval", "--strict", "-E", text, *words]
        assert subprocess.run(command, capture_output=True, text=True, check=False).stderr.rstrip("\n") == shown
    assert json.loads(raised.value.to_json())["code"] == raised.value.code


def test_errors_of_use_are_shown_too() -> None:
    with pytest.raises(lixeval.LixevalError) as raised:
        lixeval.Session(settings={"nope": 1})
    assert raised.value.render().startswith("error: unknown setting 'nope'  [E0001]\n")


# Several at once


def test_two_threads_evaluate_at_once() -> None:
    limit = sys.getrecursionlimit()
    meet = threading.Barrier(4)

    def meeting(text: str) -> None:
        meet.wait(60)

    def evaluate(number: int) -> Any:
        session = lixeval.Session(say=meeting)
        return session.evaluate(f'builtins.trace "all are inside" ({DEEP} + {number})')

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(evaluate, range(4))) == [20000, 20001, 20002, 20003]
    assert sys.getrecursionlimit() == limit


def test_threads_take_turns_at_a_session() -> None:
    session = lixeval.Session()
    whole = session.evaluate(
        "let s = { a = builtins.foldl' builtins.add 0 (builtins.genList (x: x) 50000); }; in s", lazy=True
    )
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: whole["a"], range(8))) == {1249975000}


def test_evaluations_may_be_nested() -> None:
    found: list[Any] = []

    def say(text: str) -> None:
        found.append((text, session.evaluate("1 + 1"), lixeval.evaluate(DEEP)))

    session = lixeval.Session(say=say)
    assert session.evaluate(f'builtins.trace "now" ({DEEP})') == 20000
    assert found == [("trace: now", 2, 20000)]


def test_what_fails_inside_reaches_the_outside() -> None:
    def say(text: str) -> None:
        raise ValueError(text)

    with pytest.raises(ValueError, match="trace: now"):
        lixeval.evaluate('builtins.trace "now" 1', say=say)
    assert lixeval.evaluate("1") == 1


def test_ctrl_c_ends_an_evaluation(here: Path) -> None:
    program = """
import lixeval, os, signal
def say(text):
    os.kill(os.getpid(), signal.SIGINT)
try:
    lixeval.evaluate('let f = n: f (n + 1); in builtins.trace "now" (f 0)', say=say)
except KeyboardInterrupt:
    print("interrupted", lixeval.evaluate("1 + 1"))
"""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, preexec_fn=_hear, check=False)
    assert (done.stdout, done.stderr) == ("interrupted 2\n", "")


def _hear() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Images

IMAGE = """
{ nix2container, name, say ? null }:
let image = nix2container.buildImage { inherit name; tag = "v1"; config.Env = [ "NAME=${name}" ]; };
in if say == null then image else builtins.trace say image
"""


def _configuration(archive: str) -> Any:
    with tarfile.open(archive) as opened:
        manifest = json.loads(opened.extractfile("manifest.json").read())  # type: ignore[union-attr]
        return json.loads(opened.extractfile(manifest[0]["Config"]).read())["config"]  # type: ignore[union-attr]


def test_an_image_is_built(here: Path) -> None:
    (here / "image.nix").write_text(IMAGE)
    path = lixeval.build_image("image.nix", {"name": "web"})
    assert (path, _configuration(path)) == ("web-v1.tar", {"Env": ["NAME=web"]})
    (here / "set.nix").write_text(
        '{ nix2container }: { inner = import ./image.nix { inherit nix2container; name = "web"; }; }'
    )
    assert lixeval.build_image("set.nix", attribute="inner", output="other.tar", read_write=True) == "other.tar"
    assert (here / "other.tar").read_bytes() == (here / "web-v1.tar").read_bytes()


def test_what_is_no_image_is_not_built(here: Path) -> None:
    (here / "value.nix").write_text("{ a = 1; }")
    with pytest.raises(lixeval.LixevalError, match=r"'value\.nix' describes no image"):
        lixeval.build_image("value.nix")
    (here / "wrong.nix").write_text("1 + {}")
    with pytest.raises(lixeval.LixevalError, match="cannot add a set to an integer"):
        lixeval.build_image("wrong.nix")


def test_threads_take_turns_to_build(here: Path) -> None:
    """What one builds, another evaluates meanwhile, and both say something: one session, one store."""
    (here / "image.nix").write_text(IMAGE)
    inside: list[str] = []
    together: list[str] = []

    def say(text: str) -> None:
        if text.startswith("trace: begin"):
            inside.append(text)
            together.extend(inside[:-1])
            assert session.evaluate("1 + 1") == 2  # part of this turn
            inside.remove(text)

    session = lixeval.Session(say=say)

    def build(number: int) -> Any:
        if number % 2:
            return session.evaluate(f'builtins.trace "begin {number}" {number}')
        name = f"image{number}"
        path = session.build_image("image.nix", {"name": name, "say": f"begin {number}"})
        return _configuration(path)["Env"]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(build, range(6)))
    assert found == [["NAME=image0"], 1, ["NAME=image2"], 3, ["NAME=image4"], 5]
    assert together == []
