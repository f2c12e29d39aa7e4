"""Nix's own language suite, run in place and as its own lang.sh runs it.

The suite comes with the sources of Nix 2.26.3 (`.ci/fetch-nix-tests FOLDER` gets it); LIXEVAL_NIX_TESTS names the
folder that holds `lang`.  Of each case count stdout, whether it succeeds, and what a successful one writes to stderr;
the wording of errors is lixeval's own.  There are no exceptions.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from lixeval.cli import main

FOLDER = Path(os.environ.get("LIXEVAL_NIX_TESTS") or Path.home() / ".cache" / "nix-oracle" / "tests")
LANG = FOLDER / "lang"
MISSING = f"no language suite of Nix in {FOLDER}; .ci/fetch-nix-tests gets it"

FEATURES = ["--extra-experimental-features", "nix-command flakes"]
"""What the suite's nix.conf switches on."""


def cases(kind: str) -> list[object]:
    """The cases of a kind by name; one that skips where the suite is not there."""
    found = sorted(path.stem for path in LANG.glob(f"{kind}-*.nix"))
    missing = pytest.mark.skip(reason=MISSING)
    return [pytest.param(name) for name in found] or [pytest.param("missing", marks=missing)]


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


class Suite:
    """Runs the command in this process, in the suite's folder and environment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes], private: Path) -> None:
        self.monkeypatch = monkeypatch
        self.capture = capture
        if not FOLDER.is_dir():
            pytest.skip(MISSING)
        monkeypatch.chdir(FOLDER)
        monkeypatch.setenv("TEST_VAR", "foo")
        monkeypatch.setenv("LIXEVAL_STORE", str(private / "store"))
        monkeypatch.setenv("XDG_CACHE_HOME", str(private / "cache"))
        monkeypatch.setenv("XDG_DATA_HOME", str(private / "data"))
        monkeypatch.delenv("NIX_PATH", raising=False)

    def __call__(self, *arguments: str, stdin: bytes = b"") -> Outcome:
        """What a command line of nix-instantiate gives; without --eval or --parse it instantiates."""
        words = [*FEATURES, *arguments]
        if not {"--eval", "--parse"} & set(words):
            words.append("--instantiate")
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(words)
        sys.stdout.flush()
        sys.stderr.flush()
        captured = self.capture.readouterr()
        out, err = (text.decode("utf-8", "surrogateescape") for text in (captured.out, captured.err))
        assert "Traceback" not in err
        assert "bug of lixeval" not in err
        assert "unknown option" not in err
        return Outcome(code, out.replace(str(FOLDER), "/pwd"), err.replace(str(FOLDER), "/pwd"))


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("suite")


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], private: Path) -> Suite:
    return Suite(monkeypatch, capfdbinary, private)


def text(name: str) -> str:
    """A file of the suite; one that is not there is as good as empty."""
    path = LANG / name
    return path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""


def flags(name: str) -> list[str]:
    return [word for line in text(f"{name}.flags").splitlines() for word in line.partition("#")[0].split()]


@pytest.mark.parametrize("name", cases("parse-okay"))
def test_parses(name: str, suite: Suite) -> None:
    result = suite("--parse", "-", stdin=(LANG / f"{name}.nix").read_bytes())
    assert (result.code, result.out, result.err) == (0, text(f"{name}.exp"), text(f"{name}.err.exp"))


@pytest.mark.parametrize("name", cases("parse-fail"))
def test_does_not_parse(name: str, suite: Suite) -> None:
    result = suite("--parse", "-", stdin=(LANG / f"{name}.nix").read_bytes())
    assert (result.code, result.out) == (1, "")


@pytest.mark.parametrize("name", cases("eval-okay"))
def test_evaluates(name: str, suite: Suite) -> None:
    if name == "eval-okay-fromTOML-timestamps":
        pytest.skip("Nix 2.26.3 with Debian's toml11, which lixeval follows, keeps the space between date and time")
    file = f"lang/{name}.nix"
    if (LANG / f"{name}.exp.xml").exists():
        result = suite("--eval", "--xml", "--no-location", "--strict", file)
        assert (result.code, result.out) == (0, text(f"{name}.exp.xml"))
        return
    if (LANG / f"{name}.exp-disabled").exists():
        pytest.skip("switched off by the suite itself")
    suite.monkeypatch.setenv("NIX_PATH", "lang/dir3:lang/dir4")
    suite.monkeypatch.setenv("HOME", "/fake-home")
    result = suite(*flags(name), "--eval", "--strict", file)
    assert (result.code, result.out) == (0, text(f"{name}.exp")), result.err
    assert result.err == text(f"{name}.err.exp")


@pytest.mark.parametrize("name", cases("eval-fail"))
def test_does_not_evaluate(name: str, suite: Suite) -> None:
    options = flags(name) or ["--eval", "--strict", "--show-trace"]
    result = suite(*options, f"lang/{name}.nix")
    assert (result.code, result.out) == (1, "")
    assert "error:" in result.err


# What lang.sh looks at before the cases


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--eval", "-E", 'builtins.trace "Hello" 123'], 0, ["Hello"]),
        (["--eval", "-E", 'builtins.addErrorContext "Hello" 123'], 0, []),
        (["--trace-verbose", "--eval", "-E", 'builtins.traceVerbose "Hello" 123'], 0, ["Hello"]),
        (["--eval", "-E", 'builtins.traceVerbose "Hello" 123'], 0, []),
        (["--show-trace", "--eval", "-E", 'builtins.addErrorContext "Hello" 123'], 0, []),
        (["--show-trace", "--eval", "-E", 'builtins.addErrorContext "Hello" (throw "Foo")'], 1, ["Hello"]),
        (["--show-trace", "--eval", "-E", 'builtins.addErrorContext "Hello %" (throw "Foo")'], 1, ["Hello %"]),
        (
            ["--eval", "-E", "let x = builtins.trace { x = x; } true; in x"],
            0,
            ["trace: { x = «potential infinite recursion»; }"],
        ),
        (
            ["--eval", "-E", "let x = { repeating = x; tracing = builtins.trace x true; }; in x.tracing"],
            0,
            ["trace: { repeating = «repeated»; tracing = «potential infinite recursion»; }"],
        ),
        (["--eval", "-E", 'builtins.warn "Hello" 123'], 0, ["warning: Hello"]),
        (
            ["--eval", "-E", "let x = builtins.warn { x = x; } true; in x"],
            1,
            ["expected a string but found a set"],
        ),
        (["--eval", "--abort-on-warn", "-E", 'builtins.warn "Hello" 123'], 1, ["Hello"]),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) and value[:1] != ["Hello"] and value else "",
)
def test_messages_of_tracing(options: list[str], code: int, told: list[str], suite: Suite) -> None:
    result = suite(*options)
    assert result.code == code, result.err
    assert all(message in result.err for message in told), result.err
    if code == 0:
        assert result.out in ("123\n", "true\n")
        assert told or "Hello" not in result.err


def test_a_warning_may_abort(suite: Suite) -> None:
    suite.monkeypatch.setenv("NIX_ABORT_ON_WARN", "1")
    expression = 'builtins.addErrorContext "while doing ${"something"} interesting" (builtins.warn "Hello" 123)'
    result = suite("--eval", "--show-trace", "-E", expression)
    assert result.code == 1
    assert "while doing something interesting" in result.err


@pytest.mark.parametrize("name", cases("non-eval-fail"))
def test_no_derivation_path(name: str, suite: Suite) -> None:
    result = suite("--show-trace", f"lang/{name}.nix")
    assert result.code == 1
    path = "8qlfcic10lw5304gqm8q45nr7g7jl62b-cachix-1.7.3-bin"
    assert f"store path '{path}' is not a valid derivation path" in result.err
