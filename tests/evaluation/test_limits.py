"""Bounds of a run: calls within calls as C++ Nix counts them, steps, time and memory.

The least --max-call-depth for each program was found with Nix 2.26.3.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import EvalError, LixevalError, StackOverflow, UsageError
from lixeval.evaluation.limits import Limits, parse_seconds, parse_size
from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.thunks import force

RECURSIVE = {
    "addition": ("1 + f (n - 1)", (0, 2, 3, 8)),
    "tail call": ("f (n - 1)", (0, 2, 3, 8)),
    "map": ("builtins.head (map f [ (n - 1) ])", (0, 3, 5, 15)),
    "foldl'": ("builtins.foldl' (a: b: f b) 0 [ (n - 1) ]", (0, 4, 7, 22)),
    "sort": ("builtins.head (builtins.sort (a: b: f (n - 1) == 1) [ 0 0 ])", (0, 5, 9, 29)),
    "genList": ("builtins.head (builtins.genList (i: f (n - 1)) 1)", (0, 4, 7, 22)),
    "mapAttrs": ("(builtins.mapAttrs (k: v: f (n - 1)) { a = 1; }).a", (0, 3, 5, 15)),
    "seq": ("builtins.seq (f (n - 1)) 0", (0, 3, 5, 15)),
    "multiplication": ("1 * (f (n - 1))", (0, 3, 5, 15)),
    "comparison": ("if f (n - 1) < 1 then 0 else 1", (0, 3, 5, 15)),
    "negation": ("-(f (n - 1))", (0, 3, 5, 15)),
    "partial application": ("(builtins.add 1) (f (n - 1))", (0, 3, 5, 15)),
    "tryEval": ("(builtins.tryEval (f (n - 1))).value", (0, 3, 5, 15)),
}

OTHER = {
    "no call": ("1", (0, 0, 0, 0)),
    "curried": ("let f = a: n: if n == 0 then 0 else f a (n - 1); in f 1 N", (0, 2, 3, 8)),
    "formals": ("let f = { n }: if n == 0 then 0 else f { n = n - 1; }; in f { n = N; }", (0, 2, 3, 8)),
    "functor": ("let f = { __functor = s: n: if n == 0 then 0 else f (n - 1); }; in f N", (1, 4, 6, 16)),
    "thunks": (
        "let l = builtins.genList (i: if i == 0 then 0 else builtins.elemAt l (i - 1)) (N + 1); in builtins.elemAt l N",
        (1, 3, 5, 15),
    ),
    "__toString": (
        'let f = n: { __toString = s: if n == 0 then "x" else toString (f (n - 1)); }; in toString (f N)',
        (1, 4, 6, 16),
    ),
    "interpolation": (
        'let f = n: { __toString = s: if n == 0 then "x" else "${f (n - 1)}"; }; in "${f N}"',
        (0, 2, 3, 8),
    ),
}

PROGRAMS = {
    **{
        name: (f"let f = n: if n == 0 then 0 else {again}; in f N", least) for name, (again, least) in RECURSIVE.items()
    },
    **OTHER,
}


def evaluate(tmp_path: Path, text: str, limits: Limits) -> object:
    settings = Settings(system="x86_64-linux", search_path=(), write_store=False)
    workspace = Workspace(settings, root=str(tmp_path), cache=str(tmp_path / "code"), limits=limits)
    return workspace.evaluate(lambda: force(workspace.evaluator.text(text, "/")))


@pytest.mark.parametrize("name", PROGRAMS)
def test_calls_within_calls_are_counted_as_in_nix(name: str, tmp_path: Path) -> None:
    text, least = PROGRAMS[name]
    for number, limit in zip((0, 1, 2, 7), least, strict=True):
        program = text.replace("N", str(number))
        evaluate(tmp_path, program, Limits(call_depth=limit))
        if limit:
            with pytest.raises(StackOverflow, match="max-call-depth exceeded"):
                evaluate(tmp_path, program, Limits(call_depth=limit - 1))


def test_calls_are_counted_where_they_are_many(tmp_path: Path) -> None:
    text = "let f = n: if n == 0 then 0 else 1 + f (n - 1); in f "
    assert evaluate(tmp_path, text + "9998", Limits(call_depth=9999)) == 9998
    with pytest.raises(StackOverflow):
        evaluate(tmp_path, text + "9999", Limits(call_depth=9999))


def test_steps(tmp_path: Path) -> None:
    assert evaluate(tmp_path, "builtins.length (map (x: x) [ 1 2 ])", Limits(steps=100)) == 2
    for endless in (
        "let f = n: f (n + 1); in f 0",
        "let l = n: [ n ] ++ l (n + 1); in builtins.head (l 0)",
        "(builtins.tryEval (let f = n: f (n + 1); in f 0)).success",
        "builtins.genericClosure { startSet = [ { key = 0; } ]; operator = x: [ { key = x.key + 1; } ]; }",
    ):
        with pytest.raises(EvalError, match=r"more than 1000 steps \(--max-steps\)") as caught:
            evaluate(tmp_path, endless, Limits(steps=1000))
        assert caught.value.code == "E0407"


def test_time(tmp_path: Path) -> None:
    assert evaluate(tmp_path, "1 + 1", Limits(time=1000)) == 2
    endless = (
        "let f = n: if n == 1000 then f 0 else builtins.seq (g 9) (f (n + 1)); g = n: if n == 0 then 0 else g (n - 1); "
    )
    with pytest.raises(EvalError, match=r"longer than 0.05 s \(--max-time\)") as caught:
        evaluate(tmp_path, endless + "in f 0", Limits(time=0.05))
    assert caught.value.code == "E0407"


@pytest.mark.parametrize(
    "text",
    [
        "builtins.genList (x: x) 1000000000",
        'let f = s: f (s + s); in f "aaaaaaaa"',
        "let f = n: [ (f (n + 1)) ]; in builtins.deepSeq (f 0) 0",
        "let f = n: 1 + f (n + 1); in f 0",
    ],
)
def test_memory(text: str, tmp_path: Path) -> None:
    with pytest.raises(LixevalError, match=r"out of memory: evaluation may take 32M \(--max-memory\)") as caught:
        evaluate(tmp_path, text, Limits(memory=parse_size("32M")))
    assert caught.value.code == "E0406"
    # The bound is gone.
    assert len(bytearray(200_000_000)) == 200_000_000


def test_sizes_and_times() -> None:
    assert [parse_size(text) for text in ("100", "1K", "2M", "1.5GiB", "1gb")] == [100, 1024, 2**21, 3 * 2**29, 2**30]
    assert parse_seconds("0.5") == 0.5
    for wrong in ("", "M", "-1", "0", "1X", "nan", "inf"):
        with pytest.raises(UsageError):
            parse_size(wrong)
        with pytest.raises(UsageError):
            parse_seconds(wrong)
