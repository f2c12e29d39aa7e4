"""Damaged programs: whatever is lost or doubled in a text, what comes out is a value or a Nix error."""

from __future__ import annotations

import contextlib
import io
import random
from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.syntax.lexer import tokenize

HERE = Path(__file__).parent
PROGRAMS = sorted(path for path in HERE.glob("*/*.nix") if path.parent.name not in ("data", "recursion"))
SEEDS = 150
INSERTED = [
    "${",
    "''",
    '"',
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    "=",
    ":",
    "@",
    "...",
    "?",
    "rec ",
    "with ",
    "\0",
    "\x7f",
    "é",
    "9" * 25,
]


def damaged(text: str, chance: random.Random) -> str:
    """A text in which one token is lost, doubled or replaced by another, or something is inserted."""
    tokens = tokenize(text)
    _, start, end, _ = chance.choice(tokens)
    match chance.randrange(4):
        case 0:
            return text[:start] + text[end:]
        case 1:
            return text[:start] + text[start:end] + " " + text[start:]
        case 2:
            _, other_start, other_end, _ = chance.choice(tokens)
            return text[:start] + text[other_start:other_end] + text[end:]
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(INSERTED) + text[at:]


@pytest.mark.parametrize("options", [["--strict"], ["--parse"], ["--strict", "--json"], ["--show-trace"]], ids=" ".join)
def test_no_traceback(options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIXEVAL_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("NIX_PATH", "")
    for seed in range(SEEDS):
        chance = random.Random(f"{options} {seed}")
        text = damaged(chance.choice(PROGRAMS).read_text(), chance)
        Path("program.nix").write_text(text)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["--eval", *options, "program.nix"])
        said = err.getvalue()
        assert code in (0, 1), text
        assert (code == 0) == (not said.startswith("error:")), (text, said)
        assert "Traceback" not in said and "bug of lixeval" not in said and "cannot be told" not in said, (text, said)
