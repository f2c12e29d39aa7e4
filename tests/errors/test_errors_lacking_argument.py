"""A function of a library where its result was meant: the place is where the user names it."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest

from lixeval.cli import main

MODULES = """let
  lib = import <nixpkgs/lib>;
  inherit (lib.types) attrsOf;
in
(lib.evalModules {
  modules = [
    { options.a = lib.mkOption { type = TYPE; }; }
    { a = { }; }
  ];
}).config
"""
OWN = """let
  lib = import <nixpkgs/lib>;
  typeOf = element: lib.types.listOf element;
in
(lib.evalModules {
  modules = [
    { options.a = lib.mkOption { type = typeOf; }; }
    { a = [ ]; }
  ];
}).config
"""


def first_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv("NIX_PATH", "")
    (tmp_path / "program.nix").write_text(text)
    err = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
        assert main(["--eval", "--strict", str(tmp_path / "program.nix")]) == 1
    return err.getvalue().split("\n")[1].rpartition("/")[2]


@pytest.mark.parametrize("named", ["attrsOf", "lib.types.enum", "lib.types.listOf", "lib.types.nullOr"])
def test_a_type_that_lacks_its_argument(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert first_place(tmp_path, monkeypatch, MODULES.replace("TYPE", named)) == "program.nix:7:41:"


def test_a_function_of_the_users_own_is_no_librarys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert first_place(tmp_path, monkeypatch, OWN).startswith("program.nix:")
