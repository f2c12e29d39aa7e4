"""The language, case by case, as real Nix 2.26.3 has it.

`lang/TOPIC/NAME.nix` is evaluated with `--eval --strict` and compared with `NAME.exp` (stdout) or, where `NAME.fails`
stands in its place, must fail with the message in it: the text behind `error: ` of the last error line of real Nix.
`NAME.lazy` is the output without --strict; those in `lang/forms` have the other forms besides (`FORMS`).  The case's
folder is written as "/pwd".  All are recorded from real Nix and from nothing else:

    LIXEVAL_TEST_NIX=/path/to/nix-command python tests/test_lang.py --accept [TOPIC/NAME.nix...]

Files that belong to no case fail the suite.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from lixeval.builtins.table import CONSTANTS, HIDDEN, INDEX
from lixeval.cli import main

HERE = Path(__file__).parent / "lang"
CASES = sorted(HERE.glob("*/*.nix"))

FORMS: dict[str, list[str]] = {
    ".lazy.xml": ["--xml"],
    ".xml": ["--xml", "--strict"],
    ".bare.xml": ["--xml", "--strict", "--no-location"],
    ".json": ["--json", "--strict"],
    ".raw": ["--raw"],
}
"""The endings of recorded outputs, and the options that give them."""


def last_error(stderr: str) -> str:
    """The message of the innermost error."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip().startswith("error:")]
    messages = [line.removeprefix("error:").strip() for line in lines]
    return next((message for message in reversed(messages) if message), "")


class Result(NamedTuple):
    code: int
    stdout: str
    stderr: str


Run = Callable[..., Result]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def lixeval(cache: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs the command in this process; the case's folder is the current one."""
    monkeypatch.setenv("LIXEVAL_STORE", str(cache / "store"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("NIX_PATH", "")

    def run(case: Path, *options: str, wrapped: bool = False) -> Result:
        monkeypatch.chdir(case.parent)
        words = ["-E", f"(one': two': {case.read_text()}\n) null null"] if wrapped else [case.name]
        code = main(["--eval", *options, *words])
        sys.stdout.flush()
        captured = capfdbinary.readouterr()
        here = str(case.parent)
        return Result(code, captured.out.decode().replace(here, "/pwd"), captured.err.decode().replace(here, "/pwd"))

    return run


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_as_real_nix(case: Path, lixeval: Run) -> None:
    expected = case.with_suffix(".exp")
    result = lixeval(case, "--strict")
    if expected.exists():
        assert (result.stdout, result.code) == (expected.read_text(), 0), result.stderr
    else:
        assert result.code == 1, result.stdout
        assert "Traceback" not in result.stderr
        assert case.with_suffix(".fails").read_text().strip() in result.stderr.replace("/pwd/", "")
    lazy = case.with_suffix(".lazy")
    if lazy.exists():
        assert lixeval(case).stdout == lazy.read_text()


IN_FUNCTIONS = [case for case in CASES if case.with_suffix(".exp").exists()]
IN_FUNCTIONS = [case for case in IN_FUNCTIONS if ".nix:" not in case.with_suffix(".exp").read_text()]
IN_FUNCTIONS = [case for case in IN_FUNCTIONS if "unsafeGetAttrPos" not in case.read_text()]
"""Those of which no place in the file is told."""


@pytest.mark.parametrize("case", IN_FUNCTIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_as_real_nix_in_functions(case: Path, lixeval: Run) -> None:
    """Code in functions is compiled otherwise than what runs about once, as all of a file's own expression does."""
    result = lixeval(case, "--strict", wrapped=True)
    assert (result.stdout, result.code) == (case.with_suffix(".exp").read_text(), 0), result.stderr


@pytest.mark.parametrize("suffix", FORMS)
@pytest.mark.parametrize("case", sorted(HERE.glob("forms/*.nix")), ids=lambda path: str(path.stem))
def test_other_forms(case: Path, suffix: str, lixeval: Run) -> None:
    expected = case.with_suffix(suffix)
    result = lixeval(case, *FORMS[suffix])
    if expected.exists():
        assert (result.stdout, result.code) == (expected.read_text(), 0)
    else:
        assert result.code == 1, result.stdout


def test_every_file_belongs_to_a_case() -> None:
    known = {case.with_suffix(suffix) for case in CASES for suffix in (".nix", ".exp", ".fails", ".lazy", *FORMS)}
    assert [path for path in HERE.rglob("*") if path.is_file() and path not in known and "data" not in path.parts] == []
    missing = [case for case in CASES if not any(case.with_suffix(suffix).exists() for suffix in (".exp", ".fails"))]
    assert missing == []


def test_every_builtin_occurs_in_a_case() -> None:
    text = "\n".join(case.read_text() for case in CASES)
    words = set(re.findall(r"[A-Za-z_][\w']*", text))
    names = {*INDEX, *CONSTANTS} - HIDDEN
    assert sorted(name for name in names if not {name, "__" + name} & words) == []


def accept(cases: list[Path]) -> None:
    """Records what real Nix says of each case; what was recorded before goes when all is known."""
    nix = shlex.split(os.environ.get("LIXEVAL_TEST_NIX", ""))
    for case in cases:
        found: dict[str, str] = {}
        strict, lazy = _real(nix, case, ["--strict"]), _real(nix, case, [])
        if strict.returncode == 0:
            found[".exp"] = strict.stdout
            if lazy.stdout != strict.stdout:
                found[".lazy"] = lazy.stdout
        else:
            found[".fails"] = last_error(strict.stderr).replace("/pwd/", "") + "\n"
        for suffix, flags in FORMS.items() if case.parent.name == "forms" else ():
            told = _real(nix, case, flags)
            if told.returncode == 0:
                found[suffix] = told.stdout
        for suffix in (".exp", ".fails", ".lazy", *FORMS):
            if suffix in found:
                case.with_suffix(suffix).write_text(found[suffix])
            else:
                case.with_suffix(suffix).unlink(missing_ok=True)
        print(case, "ok" if strict.returncode == 0 else last_error(strict.stderr))


def _real(nix: list[str], case: Path, flags: list[str]) -> subprocess.CompletedProcess[str]:
    told = subprocess.run(
        [*nix, "nix-instantiate", "--eval", *flags, case.name],
        cwd=case.parent,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"NIX_PATH": ""},
    )
    told.stdout, told.stderr = (text.replace(str(case.parent), "/pwd") for text in (told.stdout, told.stderr))
    return told


if __name__ == "__main__":
    if sys.argv[1:2] != ["--accept"]:
        sys.exit("usage: LIXEVAL_TEST_NIX=… python tests/test_lang.py --accept [TOPIC/NAME.nix...]")
    accept([HERE / name for name in sys.argv[2:]] or CASES)
