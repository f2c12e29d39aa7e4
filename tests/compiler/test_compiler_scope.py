"""Scopes: which binding a name means, on levels built by hand."""

from __future__ import annotations

from lixeval.compiler.frames import Binding
from lixeval.compiler.scope import Builtin, Scope


def bound(name: str) -> Binding:
    return Binding(name, f"{name}_1")


def test_the_innermost_level_wins() -> None:
    outer, inner = bound("x"), bound("x")
    around = Scope(None, {"x": outer, "y": bound("y")})
    scope = Scope(around, {"x": inner})
    assert scope.lookup("x") is inner
    assert around.lookup("x") is outer
    assert scope.lookup("y") is around.names["y"]


def test_a_name_that_nothing_binds() -> None:
    assert Scope(Scope(None)).lookup("x") is None


def test_a_level_may_hide_a_builtin() -> None:
    builtin, own = Builtin("map"), bound("map")
    globals_ = Scope(None, {"map": builtin})
    assert Scope(globals_, {"map": own}).lookup("map") is own
    assert Scope(globals_).lookup("map") is builtin


def test_lexical_names_win_over_every_with() -> None:
    own, brought = bound("x"), bound("with")
    scope = Scope(Scope(None, {"x": own}), with_set=brought)
    assert scope.lookup("x") is own
    assert scope.lookup("y") is None


def test_sets_of_withs_come_innermost_first() -> None:
    first, second = bound("with"), bound("with")
    scope = Scope(Scope(Scope(None, with_set=first), {"x": bound("x")}), with_set=second)
    assert scope.with_sets() == [second, first]
    assert Scope(None).with_sets() == []
