"""The command against a Nix that is lixeval itself in disguise: same everywhere but where the disguise says."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.parity.real_nix import RealNix
from lixeval.parity.subjects import Outcome, Subject

PRETENDER = """
import os, sys
sys.argv.pop(0)
if sys.argv[0] == "cat":
    sys.stdout.write(open(os.environ["LIXEVAL_STORE"] + sys.argv[1]).read())
    sys.exit()
words = sys.argv[1:]
if not {"--eval", "--parse"} & set(words):
    words.insert(0, "--instantiate")
words = [word.replace("WRONG", "no") for word in words]
if "-E" in words:
    at = words.index("-E")
    words[at:] = [word for text in words[at + 1 :] for word in ("-E", text)]
if "DIES" in words:
    os.kill(os.getpid(), 11)
if "SLEEPS" in words:
    import time
    time.sleep(60)
from lixeval.cli import main
sys.exit(main(words))
"""


@pytest.fixture
def pretender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A command prefix; it understands "WRONG" in an expression as "no"."""
    script = tmp_path / "pretender.py"
    script.write_text(PRETENDER)
    monkeypatch.setenv("LIXEVAL_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.delenv("NIX_PATH", raising=False)
    return shlex.join([sys.executable, str(script)])


def test_what_is_the_same(pretender: str, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "function.nix"
    file.write_text("{ a ? 1 }: [ a (a + 1) ]\n")
    code = main(["parity", "--nix", pretender, str(file), "--arg", "a", "5", "-E", "throw null", "-E", "[ (1 + 1) ]"])
    assert code == 0
    out = capfd.readouterr().out.splitlines()
    assert out[0].startswith("lixeval ")
    assert out[1].startswith("lazy same  strict same")
    assert out[2] == "lazy both fail  strict both fail  throw null"
    assert out[-1] == "3 compared, 0 differ"


def test_the_smallest_attribute_is_named(pretender: str, capfd: pytest.CaptureFixture[str]) -> None:
    code = main(["parity", "--nix", pretender, "--json", "-E", '{ a = 1; b = [ 2 { c = "WRONG" + ""; } ]; }'])
    assert code == 1
    told = json.loads(capfd.readouterr().out)
    assert (told["compared"], told["differing"]) == (1, 1)
    differences = [one for one in told["results"][0]["differences"] if one["mode"] == "strict"]
    assert differences == [{"mode": "strict", "path": "b.1.c", "nix": '"no"', "lixeval": '"WRONG"'}]


def test_failure_of_one_attribute_is_found(pretender: str, capfd: pytest.CaptureFixture[str]) -> None:
    text = '{ a = { b = if "WRONG" == "no" then throw "oh" else 1; }; c = 2; }'
    assert main(["parity", "--nix", pretender, "-E", text]) == 1
    out = capfd.readouterr().out
    assert "strict, at a.b" in out
    assert "Nix      error: oh" in out
    assert "lixeval  1" in out


def test_derivations_differ_in_a_field(pretender: str, capfd: pytest.CaptureFixture[str]) -> None:
    low = 'derivation { name = "low"; system = "s"; builder = "b"; flag = "WRONG"; }'
    text = f'derivation {{ name = "high"; system = "s"; builder = "b"; low = {low}; }}'
    assert main(["parity", "--nix", pretender, "--drv", "--json", "-E", text]) == 1
    found = json.loads(capfd.readouterr().out)["results"][0]["differences"][-1]
    assert (found["mode"], found["path"], found["nix"], found["lixeval"]) == ("drv", "environment.flag", "no", "WRONG")
    assert all(path.endswith("-low.drv") for path in found["derivations"])


def test_a_suite(pretender: str, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "parse-okay-sum.nix").write_text("1 + x: x")
    (suite / "eval-okay-sum.nix").write_text("{ a }: 1 + a")
    (suite / "eval-okay-sum.flags").write_text("--arg a 5 --strict # a remark\n")
    assert main(["parity", "--nix", pretender, "--suite", str(suite)]) == 0
    out = capfd.readouterr().out
    assert "parse -  lazy same  strict same  eval-okay-sum.nix" in out
    assert "parse both fail  lazy -  strict -  parse-okay-sum.nix" in out


def test_generated_programs(pretender: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["parity", "--nix", pretender, "--generate", "12", "--seed", "3", "--size", "15"]) == 0
    assert "12 programs of seed 3 with Nix 2.26.3: 0 differ" in capfd.readouterr().out


def test_crashes_and_endless_loops_are_outcomes(pretender: str) -> None:
    nix = RealNix(shlex.split(pretender), timeout=2)
    assert nix.outcomes("lazy", [Subject("", text="DIES")])[0].status == "crash"
    assert nix.outcomes("lazy", [Subject("", text="SLEEPS")]) == [Outcome("timeout", "took too long")]


def test_many_subjects_share_a_process(pretender: str) -> None:
    texts = ["1", "throw ''a''", "[ 2 ]", "null + 1", "3"]
    found = RealNix(shlex.split(pretender)).outcomes("strict", [Subject("", text=text) for text in texts])
    assert [(one.status, one.text if one.succeeded else "") for one in found] == [
        ("value", "1"),
        ("error", ""),
        ("value", "[ 2 ]"),
        ("error", ""),
        ("value", "3"),
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--suite"], "needs an argument"),
        (["--seed", "x", "f.nix"], "needs a number"),
        (["--wrong"], "unknown option"),
        (["--json"], "nothing to compare"),
        (["--nix", "/no/such/command", "-E", "1"], "no Nix to compare with"),
        (["--nix", "true", "-E", "1"], "no Nix to compare with"),
    ],
)
def test_wrong_words(words: list[str], message: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["parity", *words]) == 1
    assert message in capfd.readouterr().err
