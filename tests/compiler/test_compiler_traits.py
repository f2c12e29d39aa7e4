"""What functions say of themselves to `map`, `genList` and `foldl'`: folds give what they would give without that."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.runtime.traits import (
    ADDS,
    APPENDS,
    ASKS,
    COUNTS,
    GATHERS,
    GIVES,
    LINEAR,
    ORDERS,
    PICKS,
    PICKS_LATER,
    SAME,
    SHOWN_LATER,
    SHOWS,
    UPDATES,
    trait_of,
)
from lixeval.runtime.values import function_code


def _value(text: str, *, faithful: bool = False) -> Any:
    settings = Settings(system="x86_64-linux")
    return Evaluator(settings, None, faithful=faithful).text(text, "/")  # type: ignore[arg-type]  # nothing is stored


@pytest.mark.parametrize(
    ("text", "trait"),
    [
        ("a: b: a ++ [ b ]", APPENDS),
        ("a: b: a ++ [ b ] ++ b", APPENDS),
        ("a: b: if b then a ++ [ b ] else a", APPENDS),
        ("a: b: let c = b; in assert c; a ++ c", APPENDS),
        ("a: { b, c ? b }: a ++ b", APPENDS),
        ("a: e: if builtins.elem e a then a else a ++ [ e ]", GATHERS),
        ("a: e: if builtins.elem a e then a else a ++ [ e ]", ""),
        ("a: e: if builtins.elem e a then e else a ++ [ e ]", ""),
        ("a: e: if builtins.elem e a then a else a ++ [ a ]", ""),
        ("a: e: if builtins.elem e a then a else [ e ] ++ a", ""),
        ("let builtins.elem = x: y: true; in a: e: if builtins.elem e a then a else a ++ [ e ]", ""),
        ("a: b: a // { x = b; }", UPDATES),
        ("a: b: if b ? c then a else a // b", UPDATES),
        ("a: b: a", ""),
        ("a: b: b ++ a", ""),
        ("a: b: a ++ a", ""),
        ("a: b: a ++ (f a)", ""),
        ("a: b: if a == [ ] then a else a ++ b", ""),
        ("a: b: let c = a; in a ++ c", ""),
        ("a: b: let a = b; in a ++ b", ""),
        ("a: a: a ++ [ 1 ]", ""),
        ("a: { a, b }: a ++ b", ""),
        ("a: { b ? a }: a ++ b", ""),
        ("a: b@{ ... }: a ++ [ b ]", APPENDS),
        ("a: a@{ ... }: a ++ [ 1 ]", ""),
        ("a: b: (a // b) ++ [ ]", ""),
        ("a: b: if b then a ++ [ ] else a // { }", ""),
        ("a: b: with b; a ++ b", ""),
        ("a: b: a + b", ADDS),
        ("a: b: b + a", ""),
        ("a: b: a + b + 1", ""),
        ("a: a: a + a", ""),
        ("a: { b }: a + b", ""),
        ("a: b: if b then a ++ b else a + b", ""),
    ],
)
def test_what_only_adds_to_its_first_argument(text: str, trait: str) -> None:
    for faithful in (False, True):
        assert trait_of(function_code(_value(f"let f = x: x; in {text}", faithful=faithful))) == trait


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a: b: a < b", "<"),
        ("a: b: a > b", ">"),
        ("a: b: b.x.y < a.x.y", ">x.y"),
        ("a: b: lessThan a.x b.x", "<x"),
        ("a: b: if a.x == b.x then b.y < a.y else a.x < b.x", "<x,>y"),
        ("a: b: if b.x != a.x then a.x > b.x else a.y < b.y", ">x,<y"),
        ("a: b: a.x < b.x || a.x == b.x && (a.y < b.y || a.y == b.y && a.z > b.z)", "<x,<y,>z"),
        ("lessThan", "<"),
        ("a: b: compareVersions a.v b.v < 0", "v<v"),
        ("a: b: compareVersions a b > 0", "v>"),
        ("a: b: if a.x == b.x then compareVersions b.v a.v < 0 else a.x < b.x", "<x,v>v"),
        ("a: b: a <= b", None),
        ("a: b: a.x < b.y", None),
        ("a: b: a.x < a.x", None),
        ("a: a: a.x < a.x", None),
        ("a: b: a.x or 1 < b.x or 1", None),
        ("a: b: a.${b} < b.${b}", None),
        ('a: b: a."x y" < b."x y"', None),
        ("a: { x }: a.x < x", None),
        ("a: b: let a = 1; in a < b", None),
        ("a: b: compareVersions a.v b.v < 1", None),
        ("a: b: let lessThan = b; in lessThan a b", None),
        ("a: b: if a.x == b.x then a.y < b.y else a.z < b.z", None),
        ("a: b: if a.x == b.x then a.x < b.x else a.y < b.y", None),
        ("a: b: a.x < b.x || (a.y == b.y && a.z < b.z)", None),
        ("a: b: if compareVersions a.v b.v == 0 then a.x < b.x else compareVersions a.v b.v < 0", None),
    ],
)
def test_what_orders_by_keys(text: str, keys: str | None) -> None:
    trait = "" if keys is None else ORDERS + keys
    for faithful in (False, True):
        value = _value(f"let inherit (builtins) compareVersions lessThan; in {text}", faithful=faithful)
        assert trait_of(function_code(value)) == trait


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("n: elemAt xs n", "1,0"),
        ("n: elemAt xs (n + start)", "1,0,start"),
        ("n: elemAt xs (start + (n + 1))", "1,1,start"),
        ("n: elemAt xs (start - n - 1)", "-1,-1,start"),
        ("n: elemAt xs (n - start)", None),
        ("n: elemAt xs (n + n)", None),
        ("n: elemAt xs start", None),
        ("n: elemAt xs (n * 2)", None),
        ("n: elemAt n start", None),
        ("n: elemAt xs (n + xs.a)", None),
        ("n: head xs", None),
    ],
)
def test_what_picks_elements_of_a_list(text: str, terms: str | None) -> None:
    for faithful, kind in ((False, PICKS), (True, PICKS_LATER)):
        value = _value(f"(xs: start: let inherit (builtins) elemAt head; in {text}) [ ] 1", faithful=faithful)
        trait = trait_of(value)
        if terms is None:
            assert trait == ""
        else:
            said = "".join(part for part in re.split(r"_\d+", trait))
            assert said == f"{kind}xs[{terms}]"


# The others are what Nix 2.26.3 says.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("builtins.foldl' (a: x: a ++ [ x (x + 1) a ]) [ ] [ 1 2 ]", "[ 1 <CODE> [ ] 2 <CODE> [ 1 <CODE> [ ] ] ]"),
        ("builtins.foldl' (a: x: a ++ [ x (x + 1) ]) [ ] [ 1 2 (1+1) ]", "[ 1 <CODE> 2 <CODE> <CODE> <CODE> ]"),
        (
            'builtins.foldl\' (a: x: a // { "k${toString x}" = x + 1; y = x; }) { } [ 1 2 ]',
            "{ k1 = <CODE>; k2 = <CODE>; y = 2; }",
        ),
    ],
)
def test_folds_that_add_make_the_thunks_of_nix(text: str, shown: str) -> None:
    assert printed(_value(text, faithful=True)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("builtins.foldl' (a: b: a ++ [ b ]) [ 0 ] [ 1 2 3 ]", "[ 0 1 2 3 ]"),
        ("builtins.foldl' (a: b: if b == 2 then a else a ++ [ b b ]) [ ] [ 1 2 3 ]", "[ 1 1 3 3 ]"),
        ("builtins.foldl' (a: b: a // { ${b} = a ? x; }) { } [ ''x'' ''y'' ]", "{ x = false; y = true; }"),
        ("builtins.foldl' (a: b: a // { ${b} = b; }) { x = 1; } [ ''x'' ''y'' ''x'' ]", '{ x = "x"; y = "y"; }'),
        ("builtins.foldl' (a: b: a // b) { } [ { a = 1; } { a = 2; b = 3; } { } ]", "{ a = 2; b = 3; }"),
        ("let s = { a = 1; }; in [ (builtins.foldl' (a: b: a // b) s [ { } { a = 2; } ]) s ]", None),
        ("let l = [ 1 ]; in [ (builtins.foldl' (a: b: a ++ b) l [ [ ] [ 2 ] ]) l ]", "[ [ 1 2 ] [ 1 ] ]"),
        ("builtins.foldl' (a: b: a ++ [ b ]) [ ] [ (throw ''unused'') ] != [ ]", "true"),
    ],
)
def test_folds_that_add(text: str, shown: str | None) -> None:
    assert printed(force(_value(f"builtins.deepSeq ({text}) ({text})")), force) == (
        shown or "[ { a = 2; } { a = 1; } ]"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("builtins.foldl' (a: b: a ++ b) 1 [ [ ] [ ] ]", "expected a list but found an integer: 1"),
        ("builtins.foldl' (a: b: a ++ b) [ ] [ [ ] 2 ]", "expected a list but found an integer: 2"),
        ("builtins.foldl' (a: b: a // b) { } [ { } 2 ]", "expected a set but found an integer: 2"),
        ("builtins.foldl' (a: b: a ++ b) [ ] [ [ ] (throw ''x'') (throw ''y'') ]", "x"),
        ("builtins.foldl' (a: b: a ++ b) (throw ''start'') [ (throw ''x'') [ ] ]", "start"),
    ],
)
def test_folds_that_fail(text: str, message: str) -> None:
    with pytest.raises(LixevalError) as caught:
        _value(text)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "trait"),
    [
        ("n: n", SAME),
        ("n: n + 1", LINEAR),
        ("n: first + n", LINEAR),
        ("n: (first - 3) * n - n / 1", COUNTS),
        ("n: (first - 3) * (7 - n) - n * (first / 2)", LINEAR),
        ("n: n - n", LINEAR),
        ("n: first + first", COUNTS),
        ("n: n * n", COUNTS),
        ("n: n / 2 * 0", COUNTS),
        ("n: 7 / n", COUNTS),
        ("n: first.x + n", ""),
        ("x: toString x", SHOWS),
        ("x: toString (x * 2 - 1)", COUNTS),
        ("x: toString (toString x)", ""),
        ("let five = 5; in x: five * x", LINEAR),
        ("let five = 5; in x: x / five + x", COUNTS),
        ('let five = "5"; in x: five + x', ""),
        ("let five = 5.0; in x: five + x", ""),
    ],
)
def test_what_counts(text: str, trait: str) -> None:
    assert trait_of(_value(f"let first = builtins.length [ 1 ]; in {text}")) == trait
    shown = trait_of(_value(f"let first = builtins.length [ 1 ]; in {text}", faithful=True))
    assert shown == SHOWN_LATER.get(trait, "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("builtins.genList (n: 5 + n) 12", "[ 5 6 7 8 9 10 11 12 13 14 15 16 ]"),
        ("builtins.genList (n: 5 - 2 * n) 12", "[ 5 3 1 -1 -3 -5 -7 -9 -11 -13 -15 -17 ]"),
        ("builtins.genList (n: n - n + 3) 9", "[ 3 3 3 3 3 3 3 3 3 ]"),
        ("let f = a: b: builtins.genList (n: a * n / b) 9; in f 3 2", "[ 0 1 3 4 6 7 9 10 12 ]"),
        ("builtins.elemAt ((f: builtins.genList (n: f + n) 20) 1.5) 3", "4.5"),
        ("builtins.length (builtins.genList (n: 9223372036854775800 + n) 12)", "12"),
        ("builtins.elemAt (builtins.genList (n: 9223372036854775800 + n) 12) 7", "9223372036854775807"),
        ("builtins.elemAt (builtins.genList (n: n * 4611686018427387904 - n * 4611686018427387904) 12) 1", "0"),
        ("builtins.foldl' (a: b: a + b) 0 [ 1 2 3 ]", "6"),
        ("builtins.foldl' (a: b: a + b) 9223372036854775800 [ (-3) 7 3 ]", "9223372036854775807"),
        ("builtins.foldl' (a: b: a + b) (-9223372036854775800) [ 3 (-7) (-3) ]", "-9223372036854775807"),
        ("builtins.foldl' (a: b: a + b) 0.5 [ 7 3 ]", "10.5"),
        ("builtins.foldl' (a: b: a + b) 1 [ 7 (1 + 2) 0.5 ]", "11.5"),
        ("builtins.foldl' (a: b: a + b) ''x'' [ ''a'' ''b'' ]", '"xab"'),
        ("builtins.foldl' builtins.add 1 (builtins.genList (n: n) 100)", "4951"),
    ],
)
def test_ints_that_are_counted_and_summed(text: str, shown: str) -> None:
    for faithful in (False, True):
        assert printed(force(_value(f"let v = {text}; in builtins.deepSeq v v", faithful=faithful)), force) == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "builtins.foldl' builtins.add 0 [ 1 9223372036854775807 (-5) ]",
            "integer overflow in adding 1 + 9223372036854775807",
        ),
        (
            "builtins.foldl' (a: b: a + b) (-9223372036854775807) [ (-2) 5 ]",
            "integer overflow in adding -9223372036854775807 + -2",
        ),
        ("builtins.foldl' (a: b: a + b) 0 [ 1 true ]", "cannot add a Boolean to an integer"),
        (
            "builtins.elemAt (builtins.genList (n: 9223372036854775800 + n) 12) 8",
            "integer overflow in adding 9223372036854775800 + 8",
        ),
    ],
)
def test_sums_that_fail(text: str, message: str) -> None:
    with pytest.raises(LixevalError) as caught:
        _value(text)
    assert caught.value.message == message


ELEMENT = "f = l: i: (y: [ y ]) (builtins.elemAt l (i + 0));"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"let {ELEMENT} l = [ (x: x) 1 ]; in [ (f l 0 == f l 0) (f l 1 == f l 1) ]", "[ false true ]"),
        (
            f"let {ELEMENT} l = [ {{ a = x: x; }} [ (x: x) ] ]; in [ (f l 0 == f l 0) (f l 1 == f l 1) ]",
            "[ true true ]",
        ),
        (
            f"let {ELEMENT} in map (x: builtins.length x) [ (f [ ] 0) (f [ 1 ] (-1)) (f 1 1) (f [ 1 ] ''x'') ]",
            "[ 1 1 1 1 ]",
        ),
        (f"let {ELEMENT} in f [ 1 2 ] 1 ++ f [ 1 (1 + 2) ] 1", "[ 2 3 ]"),
        (
            f"let {ELEMENT} l = [ [ 1 2 ] [ 1 2 3 ] ]; in [ (f l 0) (f l 0) (f l 1) (f l 1) ]",
            "[ [ [ 1 2 ] ] [ [ 1 2 ] ] [ [ 1 2 3 ] ] [ «repeated» ] ]",
        ),
        ("builtins.genList (x: x) 3 ++ builtins.genList ({ ... }@x: x) 0", "[ 0 1 2 ]"),
    ],
)
def test_elements_that_are_at_hand(text: str, shown: str) -> None:
    for faithful in (False, True):
        assert printed(force(_value(f"let v = {text}; in builtins.deepSeq v v", faithful=faithful)), force) == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("builtins.genList (x: x) (-1)", "cannot create list of size -1"),
        ("builtins.genList (x: x) 1.0", "expected an integer but found a float: 1"),
        (f"let {ELEMENT} in builtins.head (f [ 1 2 ] 2)", "'builtins.elemAt' called with index 2 on a list of size 2"),
        (f"let {ELEMENT} in builtins.head (f [ 1 2 ] 0.5)", "expected an integer but found a float: 0.5"),
    ],
)
def test_elements_that_are_not_there(text: str, message: str) -> None:
    with pytest.raises(LixevalError) as caught:
        _value(text)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "let f = x: y: if x > 1 then [ x y ] else [ ]; a = 1 + 1; in [ (f a 1) a ] ++ f a (a + 1)",
            "[ <CODE> 2 2 <CODE> ]",
        ),
        ("let f = x: x; g = f; in builtins.seq (f 1) [ f g ]", "[ <LAMBDA> <LAMBDA> ]"),
        (
            "let f = n: acc: if n == 0 then acc else f (n - 1) (acc ++ [ n (n + 1) ]); in f 3 [ ]",
            "[ 3 <CODE> 2 <CODE> 1 <CODE> ]",
        ),
        (
            'let a = 1 + 1; t = builtins.tryEval (f a (throw "y")); '
            "f = x: y: if x + y > 1 then 1 else 2; in builtins.seq t.success [ t a ]",
            "[ { success = false; value = false; } 2 ]",
        ),
        (
            "let y = { a = 1 + 1; }; z = y; in z // { b = y; c = z; }",
            "{ a = <CODE>; b = { a = <CODE>; }; c = «repeated»; }",
        ),
        ("let r = rec { f = x: x + 1; a = f 1; }; in builtins.seq r.a r", "{ a = 2; f = <LAMBDA>; }"),
        ("let f = a: b: if a then { x = a; y = b; } else 1; g = f (1 == 1); in g (1 + 2)", "{ x = true; y = <CODE>; }"),
        ("let f = x: let g = y: x + y; in builtins.seq (g 2) [ g (g 1) ]; in f 1", "[ <LAMBDA> <CODE> ]"),
        (
            "let l = builtins.genList (x: x + 1) 12; in builtins.seq (builtins.elemAt l 3) l",
            "[ <CODE> <CODE> <CODE> 4 <CODE> <CODE> <CODE> <CODE> <CODE> <CODE> <CODE> <CODE> ]",
        ),
        (
            'let l = builtins.genList (x: "k${toString x}") 3; in builtins.seq (builtins.elemAt l 1) l',
            '[ <CODE> "k1" <CODE> ]',
        ),
        ("let l = builtins.genList (x: x) 3; in builtins.seq (builtins.foldl' (a: b: a + b) 0 l) l", "[ 0 1 2 ]"),
        ("map toString [ 1 2 ] ++ map (x: 9223372036854775807 + x) [ 0 1 ]", "[ <CODE> <CODE> <CODE> <CODE> ]"),
        ("builtins.genList (x: x) 3 ++ builtins.genList toString 2", "[ <CODE> <CODE> <CODE> <CODE> <CODE> ]"),
        ("let l = [ 3 (1 + 1) ]; in builtins.sort (a: b: a < b) l ++ l", "[ 2 3 3 2 ]"),
        ("builtins.concatLists (map (x: [ x (x + 1) ]) [ 1 2 ])", "[ 1 <CODE> 2 <CODE> ]"),
    ],
)
def test_what_shows_is_what_was_wanted(text: str, shown: str) -> None:
    assert printed(_value(text, faithful=True)) == shown


@pytest.mark.parametrize(
    ("text", "trait"),
    [
        ("m: m ? x", ASKS + "x"),
        ("m: m.a ? x && f m && false", ASKS + "a.x"),
        ("m: if m.a ? x-y' then f m else [ ]", GIVES + "a.x-y'"),
        ("m: if m ? x && f m then m else [ ]", GIVES + "x"),
        ("m: m ? x || f m", ""),
        ("m: !(m ? x)", ""),
        ("m: m ? x.y", ""),
        ("m: m.a.b ? x", ""),
        ("m: (m.a or { }) ? x", ""),
        ("m: f ? x", ""),
        ("m: m ? ${m}", ""),
        ('m: m ? "a b"', ""),
        ('m: m ? "1"', ""),
        ("m: if m ? x then [ ] else [ m ]", ""),
        ("m: if m ? x then [ ] else null", ""),
        ("{ m }: m ? x", ""),
    ],
)
def test_what_asks_for_an_attribute(text: str, trait: str) -> None:
    for faithful in (False, True):
        assert trait_of(_value(f"let f = x: x; in {text}", faithful=faithful)) == trait


ODD = (
    "{ options = { }; }",
    "{ }",
    "1",
    '"options"',
    "[ ]",
    "(throw ''element'')",
    "{ options = throw ''options''; }",
    "{ options = 1; }",
    "{ options = [ ''p'' ]; }",
    '{ options = "p"; }',
)


NAMED = (
    "filter (m: m.options ? ${name})",
    "filter (m: m ? options && m.options ? ${name})",
    "concatLists (map (m: if m.options ? ${name} then [ m.options.p ] else [ ])",
)

UNNAMED = (
    "filter (m: m.options ? p)",
    "filter (m: m ? options)",
    "concatMap (m: if m.options ? p && m.options.p > 3 then [ m ] else [ ])",
    "filter (m: if m.options ? p then true else [ ])",
    "concatMap (m: m ? options)",
)


@pytest.mark.parametrize(
    ("asks", "name"),
    [
        *itertools.product(NAMED, ('"p"', '(builtins.head [ "p" ])', "(throw ''name'')", "1")),
        *itertools.product(UNNAMED, ("null",)),
    ],
)
def test_what_asks_gives_what_it_gives_where_it_is_called(asks: str, name: str) -> None:
    """Twice, for what the first look evaluates the second one sees."""
    close = ")" if asks.startswith("concatLists (") else ""
    for place in (0, 6):
        for odd in ODD:
            elements = [f"{{ options.{'pq'[n % 2]} = {n}; }}" for n in range(10)]
            elements[place] = odd
            many = f"let all = [ {' '.join(elements)} ]; name = {name}; id = x: x; in with builtins;"
            known = f"{many} let ask = {asks} all{close}; again = {asks} all{close}; in"
            # What calls another function is nothing that asks.
            called = known.replace("(m: ", "(m: id (").replace(") all", ")) all")
            for wanted in ("[ ask again ]", "(tryEval (length ask)).value or 0 == 0 || length again > 0"):
                assert _outcome(f"{known} {wanted}") == _outcome(f"{called} {wanted}")


def _outcome(text: str) -> str:
    try:
        return printed(_value(text), force)
    except Exception as error:  # of what is selected it is Python's own
        return f"{error.__class__.__name__}: {error}"
