"""`lixeval doc`: every builtin and the functions of lib, their examples with what real Nix answers."""

from __future__ import annotations

import json
import os
import re

import pytest

from lixeval.builtins.table import EXPERIMENTAL, INDEX
from lixeval.cli import run
from lixeval.cli.output.man_page import man_page
from lixeval.diagnostics import explained
from lixeval.environment.settings import Settings
from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.printing import printed_strictly
from lixeval.system.directories import EMBEDDED
from lixeval.teach.manual import LIX, SINCE, find, of_builtins, of_lib


def test_examples_of_lib_give_what_is_recorded() -> None:
    """With lixeval's own lib, what real Nix has answered with nixpkgs' one."""
    workspace = Workspace(Settings("x86_64-linux", default_packages=EMBEDDED), root=None)
    evaluator = workspace.evaluator
    compared = 0
    try:
        scope = {"lib": workspace.evaluate(lambda: evaluator.text("import <nixpkgs/lib>", "/"))}
        for entry in of_lib():
            for expression, value in entry.examples:

                def answer(expression: str = expression) -> str:
                    return printed_strictly(evaluator.text(expression, "/", scope), evaluator.names_in_order)

                assert workspace.evaluate(answer) == value, entry.name
                compared += 1
    finally:
        workspace.store.close()
    assert compared > 320


def test_calls_that_fail_say_what_is_recorded() -> None:
    workspace = Workspace(Settings("x86_64-linux"), root=None)
    evaluator = workspace.evaluator
    compared = 0
    try:
        for entry in of_builtins(evaluator.table):
            for expression, message in entry.errors:

                def answer(expression: str = expression) -> str:
                    return printed_strictly(evaluator.text(expression, "/"), evaluator.names_in_order)

                with pytest.raises(Exception) as raised:  # Python's own stand for some
                    workspace.evaluate(answer)
                told = explained(raised.value)
                assert told is not None and told.message == message, expression
                compared += 1
    finally:
        workspace.store.close()
    assert compared > 140


@pytest.mark.skipif(
    not (os.environ.get("LIXEVAL_TEST_NIX") and os.environ.get("LIXEVAL_NIXPKGS_LIB")),
    reason="needs real Nix (LIXEVAL_TEST_NIX) and nixpkgs' lib (LIXEVAL_NIXPKGS_LIB)",
)
def test_what_is_recorded_is_what_real_nix_says() -> None:
    from tests.teach.record_manual import answers

    chosen = [example for entry in of_lib() for example in entry.examples][::20]
    assert answers([expression for expression, _ in chosen]) == [value for _, value in chosen]


def test_every_builtin_has_an_entry_with_an_example_or_says_what_it_needs() -> None:
    workspace = Workspace(Settings("x86_64-linux"), root=None)
    try:
        names = {entry.name for entry in of_builtins(workspace.evaluator.table)}
        functions = {name for name in workspace.evaluator.table.builtins if not name.startswith("__")}
        missing = functions - {name.removeprefix("builtins.") for name in names}
    finally:
        workspace.store.close()
    assert not missing
    assert {name for names_of in SINCE.values() for name in names_of.split()} <= functions | EXPERIMENTAL.keys()


def test_every_builtin_says_what_it_forces_how_it_fails_and_since_when_it_is_there() -> None:
    workspace = Workspace(Settings("x86_64-linux"), root=None)
    try:
        found = of_builtins(workspace.evaluator.table)
    finally:
        workspace.store.close()
    functions = [entry for entry in found if entry.arguments]
    assert [entry.name for entry in found if not entry.since or not entry.examples] == []
    assert [entry.name for entry in functions if not re.search("[Ff]orce|[Ee]valuate|asked|asks for", entry.text)] == []
    assert [entry.name for entry in functions if not entry.errors] == ["builtins.fetchMercurial"]  # is always an error


def test_a_name_is_found_wherever_it_stands() -> None:
    found = of_lib()
    assert [entry.name for entry in find(found, "fix")] == ["lib.fix"]
    assert find(found, "lib.nothing") == []


def test_types_a_mistyped_name_and_what_lix_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doc", "types.int"]) == 0
    assert capsys.readouterr().out.startswith("Synopsis: lib.types.int\n")
    assert run(["doc", "foldll"]) == 1
    assert "did you mean lib.foldl, builtins.foldl'?" in capsys.readouterr().err
    assert run(["doc", "builtins.convertHash"]) == 0
    assert "  since Nix 2.19\n  Lix: there is none\n" in capsys.readouterr().out
    assert LIX.keys() <= INDEX.keys()


def test_the_man_page_has_the_builtins_with_their_examples() -> None:
    page = man_page()
    assert ".B builtins.map function elements\n" in page
    assert "nix\\-repl> map (x: x + 1) [ 1 2 3 ]\n[ 2 3 4 ]\n" in page


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doc"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 300
    assert max(map(len, lines)) <= 80
    assert run(["doc", "mapAttrs"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Synopsis: builtins.mapAttrs function attributes\n")
    assert out.endswith("since Nix 2.1\n")
    assert run(["doc", "lib.add"]) == 0
    assert capsys.readouterr().out.startswith("Synopsis: builtins.add left right\n")
    assert run(["doc", "nixVersion"]) == 0
    assert "since Nix 1.2" in capsys.readouterr().out
    assert run(["doc", "lib.mapAttrsFlatten"]) == 0
    assert "attrsets" in capsys.readouterr().out
    assert run(["doc", "genAttrs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["examples"][0]["value"] == '{ a = "a!"; b = "b!"; }'
    assert run(["doc", "no-such-name"]) == 1
    assert "the manual has no 'no-such-name'" in capsys.readouterr().err
