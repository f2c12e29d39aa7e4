"""Mistakes in a flake's own files are placed where the user changes them, not in the copy that the store has."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

from lixeval.cli import main

FLAKE = """{
  outputs = { self }: {
    wrong = 1 + "x";
    far = import ./web.nix { port = "80"; };
    option = (import <nixpkgs/lib>).evalModules { modules = [ ./module.nix ]; };
  };
}
"""
WEB = """{ port }:
port + 1
"""
MODULE = """{ lib, ... }:
{
  options.port = lib.mkOption { type = lib.types.port; };
  config.prot = 80;
}
"""


@pytest.fixture
def flake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv("NIX_PATH", "")
    folder = tmp_path / "flake"
    folder.mkdir()
    for name, text in (("flake.nix", FLAKE), ("web.nix", WEB), ("module.nix", MODULE)):
        (folder / name).write_text(text)
    return folder


def message(flake: Path, attribute: str, *options: str) -> str:
    expression = f'(builtins.getFlake "path:{flake}").{attribute}'
    err = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
        code = main(["--eval", "--impure", "--extra-experimental-features", "flakes", *options, "-E", expression])
    assert code == 1
    return err.getvalue()


@pytest.mark.parametrize(
    ("attribute", "place"),
    [("wrong", "flake.nix:3:17"), ("far", "web.nix:2:8"), ("option.config.port", "module.nix:4:10")],
)
def test_the_users_own_file_is_named(flake: Path, attribute: str, place: str) -> None:
    first = next(line for line in message(flake, attribute).split("\n") if line.lstrip().startswith("at "))
    assert first.strip() == f"at {flake}/{place}:"


def test_programs_are_told_the_same(flake: Path) -> None:
    said = json.loads(message(flake, "wrong", "--error-format=json"))
    assert said["span"]["file"] == f"{flake}/flake.nix"


@pytest.mark.parametrize(
    ("text", "said", "place"),
    [
        ('{\n  inputs.a.url = "path:/nowhere";\n  outputs = _: { };\n}\n', "path '/nowhere' does not exist", "2:3"),
        ('{\n  inputs.a = {\n    ur = "x";\n  };\n  outputs = _: { };\n}\n', "input attribute 'ur'", "3:5"),
        ("{\n  inputs = {\n    a = 1;\n  };\n  outputs = _: { };\n}\n", "expected a set but got an integer", "3:5"),
        ("{\n  inputs = 1;\n  outputs = _: { };\n}\n", "expected a set but got an integer", "2:3"),
        ("{\n  outputs = 1;\n}\n", "expected a function but got an integer", "2:3"),
        ("{\n  description = 1;\n  outputs = _: { };\n}\n", "expected a string but got an integer", "2:3"),
        ("{\n\n  output = _: { };\n}\n", "lacks attribute 'outputs'", "3:3"),
        ("{\n  outputs = _: { };\n  packages = { };\n}\n", "unsupported attribute 'packages'", "3:3"),
        ("1\n", "must be an attribute set", "1:1"),
    ],
)
def test_what_is_wrong_with_a_flake_is_placed_in_its_file(flake: Path, text: str, said: str, place: str) -> None:
    """Whether the flake is named on the command line or by an expression."""
    (flake / "flake.nix").write_text(text)
    err = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
        assert main(["eval", f"path:{flake}#x"]) == 1
    for told in (err.getvalue(), message(flake, "x")):
        first, where = told.split("\n")[:2]
        assert said in first
        assert where.strip() == f"at {flake}/flake.nix:{place}:"


def test_a_builtin_of_a_feature_says_how_to_have_it() -> None:
    err = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
        assert main(["--eval", "-E", "builtins.getFlake"]) == 1
    assert "--extra-experimental-features flakes" in err.getvalue()
