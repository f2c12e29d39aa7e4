"""Wrong programs, and what is said of each: whether the first place named is the one that a person would change.

`TOPIC/NAME.nix` begins with a line

    # blame: LINE:COLUMN or LINE:COLUMN or data/FILE.nix:LINE:COLUMN

that says where the mistake is, written by a person who looked at the program and never at a message.  There are
several places where people would not agree: each name of a cycle, a function's formals and its call.  A second line
`# flags: …` holds further options.

`NAME.msg` is the whole message, read and approved; `real.json` holds the first line of what real Nix 2.26.3 says of
each program, to show that both mean the same.

    python tests/errors/test_errors_corpus.py --accept                                 rewrites all NAME.msg
    LIXEVAL_TEST_NIX=/path/to/nix-command python tests/errors/test_errors_corpus.py --real     rewrites real.json

<nixpkgs> is lixeval's own package set, whose folder a NAME.msg calls «nixpkgs».  Where LIXEVAL_NIXPKGS_LIB names a
folder with nixpkgs' own lib (github.com/nix-community/nixpkgs.lib), the same places are to be named with that; --real
takes it for real Nix.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lixeval.cli import main
from lixeval.errors import AbortError, LixevalError, ThrownError
from lixeval.system.directories import EMBEDDED
from tests.support import real_nix

HERE = Path(__file__).parent
CASES = sorted(path for path in HERE.glob("*/*.nix") if path.parent.name != "data")
REAL = HERE / "real.json"

LINES_RIGHT = 0.95
"""In so many of the programs the first place named is on the line of the mistake."""
COLUMNS_RIGHT = 0.9
"""… and what is underlined covers the mistake, give or take a parenthesis or blank before it."""
SAME_WORDS = 0.95
"""In so many the first line is word for word that of real Nix."""


def name_of(case: Path) -> str:
    return f"{case.parent.name}/{case.stem}"


class Wanted(NamedTuple):
    """What the head of a program says: where the mistake is (file, line, column), and options."""

    places: list[tuple[str, int, int]]
    flags: list[str]


def wanted_of(case: Path) -> Wanted:
    first, *more = case.read_text().split("\n")
    places = [
        (file or case.name, int(line), int(column))
        for file, line, column in re.findall(r"(?:(\S+):)?(\d+):(\d+)", first.removeprefix("# blame:"))
    ]
    flags = more[0].removeprefix("# flags:").split() if more and more[0].startswith("# flags:") else []
    return Wanted(places, flags)


def message_of(case: Path, *options: str) -> str:
    """What lixeval writes to stderr; files are named as seen from the program's folder."""
    out, err = io.StringIO(), io.StringIO()
    before = os.getcwd()
    os.chdir(case.parent)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["--eval", "--strict", *wanted_of(case).flags, *options, case.name])
    finally:
        os.chdir(before)
    assert code == 1, f"{case}: no error but {out.getvalue()!r}"
    said = err.getvalue().replace(f"{case.parent}/", "").replace(str(case.parent), ".")
    return said.replace(EMBEDDED, "«nixpkgs»")


def first_place(message: str) -> tuple[str, int, int] | None:
    found = re.search(r"^ +at (.+?):(\d+):(\d+):$", message, re.MULTILINE)
    return None if found is None else (found[1], int(found[2]), int(found[3]))


def places_of(case: Path) -> list[tuple[str, int, int] | None]:
    """The places marked by hand."""
    return [*wanted_of(case).places]


def cycle_of(message: str) -> list[str]:
    """The lines that name what goes round, and where that is."""
    lines = message.split("\n")
    start = next((index for index, line in enumerate(lines) if "calls without end:" in line), len(lines))
    return [line for line in lines[start:] if not line.startswith("       …")][: len(re.findall(" -> ", message)) + 1]


def underlined(message: str) -> int:
    """How many columns are underlined at the first place."""
    found = re.search(r"^ +\| *(\^+)$", message, re.MULTILINE)
    return 0 if found is None else len(found[1])


def first_line(message: str) -> str:
    """What is said in the first line, without the code."""
    return re.sub(r"  \[E\d{4}\]$", "", message.split("\n")[0].removeprefix("error: "))


EITHER = {"recursion/endless-mutual-functions"}
"""Programs of two functions that call each other: which was the last depends on how deep Python's stack is."""


@pytest.fixture(scope="session")
def messages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All messages, made once."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        _use_folder(monkeypatch, tmp_path_factory.mktemp("errors"))
        return {name_of(case): message_of(case) for case in CASES}


def _use_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("LIXEVAL_STORE", str(folder / "store"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("NIX_PATH", "")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_message(case: Path, messages: dict[str, str]) -> None:
    said, known = messages[name_of(case)], case.with_suffix(".msg").read_text()
    if name_of(case) in EITHER:
        assert first_line(said) == first_line(known)
        assert cycle_of(said) == cycle_of(known) != []
        assert first_place(said) in places_of(case)
    else:
        assert said == known


def test_the_first_place_is_where_a_person_would_change_the_program(messages: dict[str, str]) -> None:
    lines = columns = 0
    elsewhere = []
    for case in CASES:
        place = first_place(messages[name_of(case)])
        places = wanted_of(case).places
        assert places, case
        width = underlined(messages[name_of(case)])
        columns += any(
            place is not None and place[:2] == (file, line) and place[2] - 2 <= column <= place[2] + width
            for file, line, column in places
        )
        if place is not None and place[:2] in [each[:2] for each in places]:
            lines += 1
        else:
            elsewhere.append((name_of(case), place, places))
    assert lines >= LINES_RIGHT * len(CASES), elsewhere
    assert columns >= COLUMNS_RIGHT * len(CASES), columns


def test_real_nix_means_the_same(messages: dict[str, str]) -> None:
    real = json.loads(REAL.read_text())
    assert sorted(real) == sorted(messages)
    same = [name for name, message in messages.items() if first_line(message) == real[name]]
    assert len(same) >= SAME_WORDS * len(CASES)


@pytest.mark.skipif(
    not os.environ.get("LIXEVAL_NIXPKGS_LIB"), reason="nixpkgs' own lib: LIXEVAL_NIXPKGS_LIB names a folder that has it"
)
def test_with_nixpkgs_own_lib_the_same_lines_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _use_folder(monkeypatch, tmp_path)
    cases = [case for case in CASES if "<nixpkgs/lib>" in case.read_text() and not wanted_of(case).flags]
    lib = os.environ["LIXEVAL_NIXPKGS_LIB"]
    elsewhere = []
    for case in cases:
        place = first_place(message_of(case, "-I", f"nixpkgs={lib}"))
        if place is None or place[:2] not in [each[:2] for each in wanted_of(case).places]:
            elsewhere.append((name_of(case), place))
    assert len(elsewhere) <= (1 - LINES_RIGHT) * len(cases), elsewhere


@pytest.mark.parametrize("name", ["operators/add-string-to-int", "recursion/two-names", "syntax/missing-semicolon"])
def test_json_says_the_same(name: str, messages: dict[str, str]) -> None:
    case = HERE / f"{name}.nix"
    said = json.loads(message_of(case, "--error-format=json"))
    assert said["message"] == first_line(messages[name])
    assert f"[{said['code']}]" in messages[name].split("\n")[0]
    place = said["span"]["file"], said["span"]["line"], said["span"]["column"]
    assert place == first_place(messages[name])
    if name.startswith("recursion"):
        assert [member["message"] for member in said["cycle"]] == ["a", "b", "a"]


def test_the_whole_trace_is_shown_on_demand(messages: dict[str, str]) -> None:
    name = "library/deep-call-chain"
    assert "(--show-trace shows all of the trace)" in messages[name]
    whole = message_of(HERE / f"{name}.nix", "--show-trace")
    assert whole.startswith(messages[name].split("\n       (--show-trace")[0].split("\n       … while calling")[0])
    assert "while calling the 'foldl'' builtin" in whole
    assert "--show-trace" not in whole


def test_other_words_would_change_no_place_and_no_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is decided by our words; those that a program throws stay, and what says nothing still does."""
    _use_folder(monkeypatch, tmp_path)
    original = LixevalError.__init__

    def initialise(self: LixevalError, message: str, **fields: Any) -> None:
        is_programs = isinstance(self, ThrownError | AbortError)
        original(self, message if is_programs or not message else "something is not as it should be", **fields)

    monkeypatch.setattr(LixevalError, "__init__", initialise)
    other = []
    for case in CASES:
        said, known = message_of(case), case.with_suffix(".msg").read_text()
        places = places_of(case) if name_of(case) in EITHER else [first_place(known)]
        if first_place(said) not in places or hints(said) != hints(known):
            other.append((name_of(case), first_place(said), hints(said)))
    assert other == []


def hints(message: str) -> list[str]:
    return re.findall(r"^ +hint: (.*)$", message, re.MULTILINE)


def test_there_are_many_programs_and_no_stray_files() -> None:
    assert len(CASES) >= 75
    known = {case.with_suffix(suffix) for case in CASES for suffix in (".nix", ".msg")}
    stray = [path for path in HERE.glob("*/*") if path.is_file() and path.parent.name != "__pycache__"]
    assert [path for path in stray if path not in known] == []


def test_no_message_shows_python(messages: dict[str, str]) -> None:
    for name, message in messages.items():
        assert not re.search(r"Traceback|\.py\b|object at 0x|cannot be told", message), name


# Recording


def accept() -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        _use_folder(monkeypatch, Path(folder))
        for case in CASES:
            case.with_suffix(".msg").write_text(message_of(case))


def record_real() -> None:
    nix = real_nix.prefix()
    lib = os.environ.get("LIXEVAL_NIXPKGS_LIB", "")
    real = {}
    for case in CASES:
        done = subprocess.run(
            [*nix, "nix-instantiate", "--eval", "--strict", *wanted_of(case).flags, case.name],
            cwd=case.parent,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=os.environ | {"NIX_PATH": _real_nixpkgs(case.read_text(), lib)},
        )
        texts = re.findall(r"^ *error: *(\S.*)$", done.stderr, re.MULTILINE)
        said = texts[-1] if texts else ("evaluates" if done.returncode == 0 else "dies")
        said = said.replace(f"{case.parent}/", "").replace(str(case.parent), ".")
        real[name_of(case)] = said.replace(lib, "«nixpkgs»") if lib else said
    REAL.write_text(json.dumps(real, indent=1, ensure_ascii=False) + "\n")


def _real_nixpkgs(program: str, lib: str) -> str:
    """What <nixpkgs> is to real Nix: nixpkgs' own lib, or lixeval's package set where packages are wanted."""
    if "import <nixpkgs> {" in program:
        return f"nixpkgs={EMBEDDED}"
    return f"nixpkgs={lib}" if lib and "<nixpkgs/lib>" in program else ""


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--accept"]:
            accept()
        case ["--real"]:
            record_real()
        case _:
            sys.exit(__doc__)
