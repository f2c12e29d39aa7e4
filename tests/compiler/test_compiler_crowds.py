"""The attributes of a set of very many are pieces of their own, made of one table, and mean what few of them do."""

from __future__ import annotations

import ast

import pytest

from lixeval.builtins.table import INDEX
from lixeval.compiler import pieces, walked, walked_sets
from lixeval.compiler.program import Compiler, Names
from lixeval.diagnostics import explained
from lixeval.diagnostics.presentation import report
from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.source import Source
from lixeval.syntax.parser import parse
from lixeval.system.deep_stack import run_deep

VALUES = """
    call{n} = f {n} (toString one) "some words";  # a piece
    set{n} = {{ inner = f {n}; other = one; }};
    nested{n}.deep."a b" = one + {n};
    from{n} = fromWith;
    plain{n} = "text";
    function{n} = x: f x {n};
    chosen{n} = if one == {n} then call0 else with {{ }}; nested.${{"deep"}} or [ one fromWith ];
"""


def crowd(many: int, *, last: str = "", rec: str = "") -> str:
    """A set of seven attributes for each number."""
    inside = "".join(VALUES.format(n=number) for number in range(many)) + last
    outside = 'let one = 1; call0 = "outside"; nested = { deep = [ ]; }; f = a: b: [ a b ]; in'
    return f"{outside} with {{ fromWith = one; }}; {rec} {{ {inside} }}"


def answer(text: str, *, strict: bool = True) -> str:
    """What evaluating a text says: the value, or the error with its place and the way to it."""
    evaluator = Evaluator(Settings(system="x86_64-linux"), None, cache_directory=None)  # type: ignore[arg-type]  # no store

    def evaluate() -> str:
        try:
            return printed(evaluator.text(text, "/"), force if strict else None)
        except Exception as error:
            told = explained(error)
            assert isinstance(told, LixevalError)
            return report(told, show_trace=True)

    return str(run_deep(evaluate))


TEXTS = [
    *[crowd(6, rec=rec) for rec in ("", "rec")],
    f"builtins.attrNames ({crowd(6)})",
    f'map (name: builtins.unsafeGetAttrPos name ({crowd(6)})) [ "call3" "set3" "nested3" "plain3" ]',
    f'({crowd(6)}).call2 ++ [ ({crowd(6)}).nested2.deep."a b" ]',
    # What fails does so at its own place, and again when it is asked again.
    f"({crowd(6, last='bad = f (throw (toString one)) fromWith.missing;')}).bad",
    f"let s = {crowd(6, last='bad = throw (toString one + toString one);')}; in"
    " [ (builtins.tryEval s.bad) (builtins.tryEval s.bad) s.call1 ]",
    f"let s = {crowd(6, last='bad = builtins.seq s.bad (toString one) + toString one;')}; in s.bad",
    # Made twice, as a package set for another system is: each has cells of its own.
    f"map (number: {crowd(6, last='mine = f number (toString number); too = number;')}) [ 2 3 ]",
    f'let s = {crowd(6, last="${toString one} = f fromWith fromWith;")}; in s."1"',
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_crowd_means_what_few_attributes_do(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, order, positions and errors are those of attributes that are made one by one."""
    as_crowd = answer(text)
    monkeypatch.setattr(pieces, "CROWD", 10**9)
    monkeypatch.setattr(walked_sets, "CROWD", 10**9)
    assert as_crowd == answer(text)


def root(text: str, *, watched: bool = False) -> ast.Module:
    """The Python that evaluating a text starts with."""
    signatures = {name: entry[1:] for name, entry in INDEX.items()}
    globals_ = {"toString": "toString", "throw": "throw", "true": "true", "false": "false"}
    source = Source("a.nix", text)
    probes = [lambda module: None] if watched else []
    return Compiler(source, lambda: parse(source), Names(globals_, signatures), probes=probes).tree(walked=True)


@pytest.mark.parametrize(("is_walked", "made_by"), [(True, "CROWD"), (False, "WAITING")])
def test_what_is_generated_does_not_grow_with_the_pieces(
    monkeypatch: pytest.MonkeyPatch, made_by: str, *, is_walked: bool
) -> None:
    """Twice as many attributes that are pieces add rows to the table, and nothing that Python compiles."""
    if not is_walked:
        monkeypatch.setattr(walked, "is_walked", lambda node: False)

    def size(many: int) -> int:
        values = "".join(f"name{number} = f {number} (f one one) fromWith;\n" for number in range(many))
        tree = root(f"f: one: with {{ fromWith = one; }}; {{ {values} }}")
        assert sum(isinstance(node, ast.Name) and node.id == made_by for node in ast.walk(tree)) == 1
        return sum(1 for part in tree.body if isinstance(part, ast.FunctionDef) for _ in ast.walk(part))

    assert size(200) == size(100)


def test_where_code_is_watched_each_cell_is_there_to_be_seen() -> None:
    """Probes find the cells that are made in the code: no table makes them."""
    values = "".join(f"name{number} = f {number} (f one one);\n" for number in range(100))
    assert "WAITING" not in ast.dump(root(f"f: one: {{ {values} }}", watched=True))


def test_sets_within_a_vast_crowd_are_pieces() -> None:
    """Hardly any set of very many is wanted: none of their insides is generated with the set around them."""

    def generated(many: int) -> str:
        values = "".join(f'"name{number}"."version" = f {number} (f one one);\n' for number in range(many))
        return ast.dump(root(f"f: one: {{ {values} }}"))

    assert "version" in generated(100)
    assert "version" not in generated(600)
