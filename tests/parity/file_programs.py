"""Random programs of several files, for code outside functions: bindings within bindings, names from everywhere, files
that import one another, texts with contexts, derivations.

    programs(seed)   ->   {"default.nix": text, "a.nix": text, …}, endlessly, the same for the same seed

`pages` has functions and loops of known types; here most code runs once, values of a wrong kind stand where they like,
and failures are as welcome as values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from random import Random

from tests.parity.file_values import KINDS, NAMES, OF_KIND, FileValues, Kind, Names

ODD = ('"a b"', '"1"', '"or"', '""', '"${"a"}"')
FILES = ("a", "b", "c")
_BUT_G = tuple(name for name in NAMES if name != "g")


def programs(seed: int) -> Iterator[dict[str, str]]:
    """Endless programs, by the names of their files."""
    return (FileProgram(Random(f"{seed}/{number}")).files() for number in count())


class FileProgram(FileValues):
    """The making of one program.  Files that stand later in `FILES` are imported by those before them."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._marks = 0
        self._level = 0
        self.failing = random.choice((0.0, 0.01, 0.03))
        self.wrong = random.choice((0.0, 0.0, 0.02, 0.05))
        """How often a value of another kind stands somewhere."""
        self.traced = random.choice((0.0, 0.05, 0.15))
        self.kinds: dict[str, Kind] = {}
        """What files give: a kind, or "formals NAME" of a function that needs a set with that name."""
        self.importable: list[str] = []

    def files(self) -> dict[str, str]:
        random = self.random
        made = {}
        for name in reversed(FILES[: random.choice((0, 1, 2, 3, 3))]):
            kind = random.choice(("set", "set", "set", "fn", "formals", "list", "int", "str"))
            if kind == "formals":
                needed, other = random.sample(_BUT_G, 2)
                body = self.expression("set", random.randint(3, 20), {needed: "any", other: "any"})
                default = self.expression("any", 2, {})
                made[f"{name}.nix"] = f"{{ {needed}, {other} ? {default}, ... }}@g:\n{body}\n"
                self.kinds[name] = f"formals {needed}"
            else:
                made[f"{name}.nix"] = self.expression(kind, random.randint(3, 25), {}) + "\n"
                self.kinds[name] = kind
            self.importable.append(name)
        kind = random.choice(("set", "set", "list", "any"))
        made["default.nix"] = self.expression(kind, random.randint(8, 60), {}) + "\n"
        return made

    def mark(self, kind: str) -> str:
        """A text that no other place has."""
        self._marks += 1
        return f"{kind}{self._marks}"

    def expression(self, kind: Kind, size: int, names: Names) -> str:
        """An expression that can stand as an argument, most often of a kind."""
        random = self.random
        if random.random() < self.wrong:
            kind = random.choice(KINDS)
        if kind == "any":
            kind = random.choice(("int", "int", "str", "bool", "list", "set", "set", "fn", "null"))
        if random.random() < self.traced:
            return f'(builtins.trace "{self.mark("t")}" {self.expression(kind, size, names)})'
        if random.random() < self.failing:
            return self._failing(names)
        known = [name for name, each in names.items() if each == kind or each == "any"]
        if known and random.random() < (0.4 if size > 1 else 0.8):
            name = random.choice(known)
            return f"(toString {name})" if kind == "str" and names[name] == "any" and random.random() < 0.3 else name
        if size <= 1 or self._level > 25:
            return self._leaf(kind)
        self._level += 1
        ways = _GENERAL if random.random() < 0.55 else OF_KIND[kind]
        made = random.choice(ways)(self, kind, size - 1, names)
        self._level -= 1
        return made

    def _failing(self, names: Names) -> str:
        random = self.random
        return random.choice(
            (
                f'(throw "{self.mark("e")}")',
                f'(throw "{self.mark("e")}")',
                f'(throw "{self.mark("e")}")',
                f'(abort "{self.mark("e")}")',
                "(assert false; 1)",
                "(assert 1 == 2; 1)",
                "(assert { a = 1; b = [ 2 ]; } == { a = 1; b = [ 3 ]; }; 1)",
                "{ }.missing",
                "(1 + null)",
                "(null + 1)",
                "<nowhere>",
                "(import ./nowhere.nix)",
                "(builtins.head [ ])",
                "(({ a }: a) { b = 1; })",
                "(1 2)",
                '"${1}"',
                "(with 1; nowhere)",
                "(if 1 then 2 else 3)",
                "(let x = x; in x)",
                '{ ${"a"} = 1; ${"a"} = 2; }',
                "{ ${1} = 1; }",
            )
        )

    def _leaf(self, kind: Kind) -> str:
        leaves = {
            "int": ("0", "1", "2", "7", "(-1)", "9223372036854775807", "__curPos.line"),
            "str": (
                '"a"',
                '"b"',
                '""',
                '"x y"',
                '"\\${a}"',
                "''\n  i\n    j\n''",
                "(baseNameOf ./a.nix)",
                "(toString ./a)",
            ),
            "bool": ("true", "false"),
            "null": ("null",),
            "list": ("[ ]", "[ 1 ]", '[ "a" null ]', "[ ./a.nix 1.5 ]"),
            "set": (
                "{ }",
                "{ a = 1; }",
                '{ b = "b"; c = { }; }',
                "{ a = 2; d = x: x; }",
                "{ a = 1; x = [ 1 ]; y.a = 2; }",
            ),
            "fn": ("(x: x)", "(x: 1)", "(a: { a = a; })", "({ a ? 1, ... }: a)", "toString", "builtins.isInt"),
        }
        return self.random.choice(leaves.get(kind, ("1", "{ a = 1; }")))

    # What gives any kind

    def _let(self, kind: Kind, size: int, names: Names) -> str:
        text, inner = self.bindings(size // 2, names, recursive=True, let=True)
        return f"(let\n{text}\nin {self.expression(kind, size // 2, inner)})"

    def _old_let(self, kind: Kind, size: int, names: Names) -> str:
        text, inner = self.bindings(size // 2, names, recursive=True, let=True)
        return f"(let {{ {text} body = {self.expression(kind, size // 2, inner)}; }})"

    def _with(self, kind: Kind, size: int, names: Names) -> str:
        given = {name: self.random.choice(KINDS[:-1]) for name in self.random.sample(NAMES, 3)}
        if self.random.random() < 0.4:
            found = [name for name, each in names.items() if each == "set"]
            if found:
                # Whatever it has: names may be missing.
                body = self.expression(kind, size - 1, {"a": "any", "b": "any", **names})
                return f"(with {self.random.choice(found)}; {body})"
        parts = " ".join(f"{name} = {self.expression(each, size // 6, names)};" for name, each in given.items())
        rec = self.random.choice(("", "", "rec "))
        body = self.expression(kind, size // 2, {**given, **names})
        return f"(with {rec}{{ {parts} }}; {body})"

    def _assert(self, kind: Kind, size: int, names: Names) -> str:
        random = self.random
        condition = self.expression("bool", size // 3, names)
        if random.random() < 0.5:
            one = self.expression("any", size // 4, names)
            condition = f"{one} == {one if random.random() < 0.7 else self.expression('any', size // 4, names)}"
        elif random.random() < 0.7:
            condition = f"{condition} || true"
        return f"(assert {condition}; {self.expression(kind, size // 2, names)})"

    def _if(self, kind: Kind, size: int, names: Names) -> str:
        parts = [self.expression(each, size // 3, names) for each in ("bool", kind, kind)]
        return "(if {} then {} else {})".format(*parts)

    def _selected(self, kind: Kind, size: int, names: Names) -> str:
        random = self.random
        name = random.choice(NAMES)
        value = self.expression(kind, size // 2, names)
        path = random.choice((name, f'"{name}"', f'${{"{name}"}}', f'${{"{name}" + ""}}'))
        behind = random.choice(("", "", "", f" or {self.expression(kind, size // 3, names)}"))
        form = random.random()
        if form < 0.4:
            return f"({{ {name} = {value}; {self._more(size // 3, names, name)} }}.{path}{behind})"
        if form < 0.7:
            return f"({{ c.{name} = {value}; {self._more(size // 3, names, 'c')} }}.c.{path}{behind})"
        subject = self.expression("set", size // 3, names)
        return (
            f"({subject}.{path} or {value})" if form < 0.9 else f"({subject}.{path}.{random.choice(NAMES)} or {value})"
        )

    def _more(self, size: int, names: Names, *but: str) -> str:
        name = self.random.choice([each for each in NAMES if each not in but])
        return self.random.choice(("", f"{name} = {self.expression('any', size, names)};"))

    def _called(self, kind: Kind, size: int, names: Names) -> str:
        random = self.random
        name, other = random.sample(_BUT_G, 2)
        argument = random.choice(KINDS[:-1])
        given = self.expression(argument, size // 3, names)
        form = random.random()
        if form < 0.4:
            return f"(({name}: {self.expression(kind, size // 2, {**names, name: argument})}) {given})"
        if form < 0.7:
            inner = {**names, name: argument, other: "int", "g": "set"}
            head = f"{{ {name}, {other} ? {self.expression('int', 2, names)}, ... }}@g"
            return f"(({head}: {self.expression(kind, size // 2, inner)}) {{ {name} = {given}; }})"
        body = self.expression(kind, size // 2, {**names, name: argument, "self": "set"})
        return f"({{ __functor = self: {name}: {body}; }} {given})"

    def _imported(self, kind: Kind, size: int, names: Names) -> str:
        if not self.importable:
            return self._let(kind, size, names)
        random = self.random
        name = random.choice(self.importable)
        what = self.kinds[name]
        path = random.choice(
            (f"./{name}.nix", f"./{name}.nix", f'(./. + "/{name}.nix")', f'./${{"{name}"}}.nix', f"./x/../{name}.nix")
        )
        if what.startswith("formals"):
            field = what.split()[1]
            made = f"(import {path} {{ {field} = {self.expression('any', size // 3, names)}; }})"
        elif what == "fn":
            made = f"(import {path} {self.expression('any', size // 3, names)})"
        elif random.random() < 0.15:
            made = f"(scopedImport {{ a = {self.expression('any', size // 3, names)}; }} {path})"
        else:
            made = f"(import {path})"
        if (kind == "set" and what in ("set", "fn")) or kind == what:
            return made
        if what.startswith("formals") or what == "set":
            return f"({made}.{random.choice(NAMES)} or {self.expression(kind, size // 2, names)})"
        return f"(builtins.seq {made} {self.expression(kind, size // 2, names)})"

    def _forced(self, kind: Kind, size: int, names: Names) -> str:
        random = self.random
        one, value = self.expression("any", size // 2, names), self.expression(kind, size // 2, names)
        way = random.choice(("seq", "deepSeq", "seq", "try", "context", "tryfailed"))
        if way == "try":
            return f"(builtins.tryEval {value}).value"
        if way == "tryfailed":
            otherwise = self.expression(kind, size // 3, names)
            return f"(let t = builtins.tryEval {one}; in if t.success then {value} else {otherwise})"
        if way == "context":
            return f'(builtins.addErrorContext "{self.mark("c")}" {value})'
        return f"(builtins.{way} {one} {value})"

    def _from_list(self, kind: Kind, size: int, names: Names) -> str:
        value = self.expression(kind, size // 2, names)
        other = self.expression("any", size // 3, names)
        return self.random.choice(
            (
                f"(builtins.head [ {value} {other} ])",
                f"(builtins.elemAt [ {other} {value} ] 1)",
                f"(builtins.foldl' (a: b: b) {other} [ {other} {value} ])",
                f"(builtins.head (map (x: x) [ {value} ]))",
                f"(builtins.head (builtins.tail [ {other} {value} ]))",
                f'(builtins.getAttr "a" {{ a = {value}; }})',
                f"(builtins.head (builtins.attrValues {{ a = {value}; b = {other}; }}))",
                f'(builtins.head (builtins.catAttrs "a" [ {{ a = {value}; }} {{ b = {other}; }} ]))',
                f"(builtins.head (builtins.filter (x: true) [ {value} {other} ]))",
                f"(builtins.head (builtins.sort (a: b: true) [ {value} ]))",
            )
        )

    # Bindings

    def bindings(self, size: int, names: Names, *, recursive: bool, let: bool = False) -> tuple[str, Names]:
        random = self.random
        chosen = random.sample(NAMES, random.randint(1, 5))
        kinds = {name: random.choice(KINDS) for name in chosen}
        inner = {**names, **dict.fromkeys(chosen, "later")}
        lines: list[str] = []
        share = size // len(chosen)
        done: Names = {}
        for name, kind in kinds.items():
            here = {**inner, **done} if recursive else names
            form = random.random()
            if form < 0.1 and name in names:
                lines.append(f"inherit {name};")
                done[name] = names[name]
                continue
            if form < 0.2:
                source = self.expression("set", share, here)
                lines.append(f"inherit ({source} // {{ {name} = {self.expression(kind, share // 2, here)}; }}) {name};")
            elif form < 0.25 and not let:
                lines.append(f"${{{self.expression('str', 3, names)}}} = {self.expression(kind, share, names)};")
            elif form < 0.35:
                under = random.sample(NAMES, 2)
                lines += [f"{name}.{each} = {self.expression('any', share // 2, here)};" for each in under]
                kind = "set"
            elif form < 0.38:
                lines.append(f"{name} = {{ a = {self.expression('any', share, here)}; }};")
                lines.append(f"{name}.y = {self.expression('any', share, here)};")
                kind = "set"
            elif form < 0.4:
                odd = random.choice(ODD[:-1] if name == "a" or "a" in chosen else ODD)
                lines.append(f"{odd} = {self.expression(kind, share, here)};")
                lines.append(f"{name} = {self.expression(kind, share, here)};")
            else:
                lines.append(f"{name} = {self.expression(kind, share, here)};")
            done[name] = kind
        random.shuffle(lines)
        if recursive and not let and random.random() < 0.06 and "__overrides" not in "".join(lines):
            lines.append(f"__overrides = {{ {chosen[0]} = {self.expression('any', 3, names)}; }};")
        return "\n".join(dict.fromkeys(lines)), {**inner, **done}


_Way = Callable[[FileProgram, Kind, int, Names], str]
_P = FileProgram
_GENERAL: tuple[_Way, ...] = (
    *(_P._let, _P._let, _P._let, _P._with, _P._with, _P._assert, _P._if, _P._selected, _P._selected),
    *(_P._called, _P._imported, _P._imported, _P._forced, _P._from_list, _P._old_let),
)
