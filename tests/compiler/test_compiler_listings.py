"""What small programs compile to, as Python text: tests/compiler/listings/NAME.nix and NAME.listing.

A listing is there to be read: it shows what a change of the compiler changes.  Where code that makes exactly C++ Nix's
thunks differs, it stands below.  `python tests/compiler/test_compiler_listings.py` accepts what is compiled now; what
the programs give is no matter of these tests (see tests/lang).
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lixeval.builtins.table import Table
from lixeval.compiler.program import Compiler, Names
from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.source import Source
from lixeval.syntax.parser import parse

LISTINGS = Path(__file__).parent / "listings"


def names() -> Names:
    table: Table = Evaluator(Settings("x86_64-linux"), None).table  # type: ignore[arg-type]  # nothing is stored
    return Names(table.global_names, table.signatures, joined=table.joined)


NAMES = names()


def python(text: str, *, faithful: bool) -> str:
    """The module of a program's first piece."""
    source = Source("/program.nix", text)
    return ast.unparse(Compiler(source, lambda: parse(source), NAMES, faithful=faithful).tree(walked=True)) + "\n"


def listing(text: str) -> str:
    eager, faithful = python(text, faithful=False), python(text, faithful=True)
    return eager if eager == faithful else f"{eager}\n# with C++ Nix's thunks\n\n{faithful}"


def programs() -> list[str]:
    return sorted(path.stem for path in LISTINGS.glob("*.nix"))


@pytest.mark.parametrize("program", programs())
def test_listing(program: str) -> None:
    text = (LISTINGS / f"{program}.nix").read_text(encoding="utf-8")
    assert listing(text) == (LISTINGS / f"{program}.listing").read_text(encoding="utf-8")


def test_every_listing_has_its_program() -> None:
    assert sorted(path.stem for path in LISTINGS.glob("*.listing")) == programs()


def test_a_listing_depends_on_the_text_alone() -> None:
    text = (LISTINGS / "let-recursive.nix").read_text(encoding="utf-8")
    other = Source("/elsewhere/other.nix", text)
    tree = Compiler(other, lambda: parse(other), NAMES).tree(walked=True)
    assert ast.unparse(tree) + "\n" == python(text, faithful=False)


if __name__ == "__main__":
    for name in programs():
        program = (LISTINGS / f"{name}.nix").read_text(encoding="utf-8")
        (LISTINGS / f"{name}.listing").write_text(listing(program), encoding="utf-8")
