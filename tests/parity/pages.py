"""Random programs of a page for the compiler: well scoped, typed so that most of them run deep, full of lines of
`trace` that show what is evaluated when, and of failures at places that need not be reached.

    Page(Random(seed)).text(size)   ->   the same text for the same seed

`lixeval.parity.generate` has every builtin and every kind of literal; here it is what the compiler decides by that
counts: variables that hide one another, functions called with too few and too many arguments, values known when code
is made, loops, callbacks.  Functions call what is older than they are, loops count down: programs end.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from tests.parity.page_idioms import Idioms
from tests.parity.page_scope import ALPHABET, ATTRIBUTES, NAMES, ODD, Scope, Type

USED_BY_NAME = ("map", "foldl'", "filter", "length", "head", "elemAt", "any", "all", "elem", "concatMap", "genList")


def pages(seed: int, size: int = 70) -> Iterator[str]:
    """Endless pages of up to about `size` expressions."""
    return (Page(Random(f"{seed}/{number}")).text(size) for number in count())


OPAQUE = """same = if builtins.length [ ] < 1 then x: x else x: [ x ];
first = if builtins.length [ ] < 1 then x: y: x else x: x;"""
"""Functions that the compiler does not know, so that their arguments are delayed."""


KNOWN = ("builtin", "opaque")


class Page(Idioms):
    """The making of one page."""

    def text(self, size: int) -> str:
        random = self.random
        scope, head = Scope(), ""
        kind = random.random()
        if kind < 0.2:
            head, scope = "with builtins;\n", scope.giving(dict.fromkeys(USED_BY_NAME, "builtin"))
        elif kind < 0.4:
            head = f"let\ninherit (builtins) {' '.join(USED_BY_NAME)};\nin\n"
            scope = scope.binding(dict.fromkeys(USED_BY_NAME, "builtin"))
        if random.random() < 0.3:
            names = " ".join(f'"{name}" = 0;' for name in dict.fromkeys(ALPHABET))
            head = f"assert {{ {names} }} != 1;\n{head}"
        head += f"let\n{OPAQUE}\nin\n"
        scope = scope.binding({"same": "opaque", "first": "opaque"})
        size = random.randint(size // 3, size * 2)
        bindings, scope = self.bindings(size // 2, scope, random.randint(2, 6))
        results = [self._result(size // 6, scope) for _ in range(random.randint(1, 4))]
        if random.random() < 0.6:
            body = "[\n" + "\n".join(results) + "\n]"
        else:
            body = "{\n" + "\n".join(f"r{number} = {text};" for number, text in enumerate(results)) + "\n}"
        if random.random() < 0.15:
            body = f"builtins.toJSON {body}"
        return f"{head}let\n{bindings}\nin\n{body}\n"

    def _result(self, size: int, scope: Scope) -> str:
        value = self.expression(self.types.at_hand(scope, 2), size, scope)
        kind = self.random.random()
        if kind < 0.35:
            return f"(builtins.tryEval (let v = {value}; in builtins.seq (builtins.toJSON v) v))"
        return value

    # Expressions

    def expression(self, wanted: Type, size: int, scope: Scope) -> str:
        """An expression of a type that can stand as an argument."""
        random = self.random
        if random.random() < self.traced:
            return f'(builtins.trace "{self.mark("t")}" {self.expression(wanted, size, scope)})'
        if random.random() < self.failing:
            return self._failing(scope)
        if random.random() < self.failing / 4:
            return self.expression(self.types.any(), size // 2, scope)
        if random.random() < self.unseen and scope.bound.get("same") == "opaque":
            value = self.expression(wanted, size, scope)
            return f"(same {value})" if random.random() < 0.8 else f"(first {value} {self.expression('int', 0, scope)})"
        found = scope.of(wanted)
        if found and random.random() < (self.reuse if size > 1 else 0.85):
            return random.choice(found)
        if size > 0 and random.random() < 0.35:
            text = self._from_scope(wanted, size, scope)
            if text:
                return text
        if size <= 0:
            return self.leaf(wanted, scope)
        if random.random() < 0.3:
            return self._general(wanted, size - 1, scope)
        return self._of_type(wanted, size - 1, scope)

    def _failing(self, scope: Scope) -> str:
        random = self.random
        return random.choice(
            (
                lambda: f'(throw "{self.mark("e")}")',
                lambda: f'(builtins.throw "{self.mark("e")}")',
                lambda: f'(throw "{self.mark("e")}")',
                lambda: f'(abort "{self.mark("e")}")',
                lambda: "(assert false; 1)",
                lambda: f"{{ a = 1; }}.{self.mark('missing')}",
                lambda: "(1 + null)",
                lambda: "(9223372036854775807 + 1)",
                lambda: f"({random.choice([name for name, kind in scope.items() if kind not in KNOWN] or ['null'])})",
                lambda: "(builtins.head [ ])",
                lambda: "((x: x) 1 2)",
                lambda: "(({ a }: a) { b = 1; })",
            )
        )()

    def leaf(self, wanted: Type, scope: Scope) -> str:
        random = self.random
        if isinstance(wanted, str):
            return random.choice(
                {
                    "int": ("0", "1", "2", "3", "7", "10", "(-1)", "100", "1", "2"),
                    "small": ("0", "1", "2", "3", "4"),
                    "float": ("0.5", "1.0", "2.25", "1.0e3", "(-0.0)"),
                    "bool": ("true", "false"),
                    "str": ('""', '"a"', '"b"', '"ab c"', '"x-1.2"', "''\n  i\n   j\n''", '"\\n${"q"}"'),
                    "null": ("null",),
                    "builtin": ("map",),
                }[wanted]
            )
        if wanted[0] == "list":
            return random.choice(("[ ]", f"[ {self.leaf(wanted[1], scope)} ]"))
        if wanted[0] == "dict":
            return random.choice(("{ }", f"{{ {random.choice(ATTRIBUTES)} = {self.leaf(wanted[1], scope)}; }}"))
        if wanted[0] == "record":
            return "{ " + " ".join(f"{name} = {self.leaf(kind, scope)};" for name, kind in wanted[1]) + " }"
        return self.function(wanted, 0, scope)

    def _from_scope(self, wanted: Type, size: int, scope: Scope) -> str:
        """What a variable of another type gives."""
        random = self.random
        found = []
        for name, kind in scope.items():
            if kind[0] == "record":
                for attribute, inner in kind[1]:
                    if inner == wanted:
                        found.append(("select", name, attribute))
                    elif inner[0] == "fn" and inner[2] == wanted:
                        found.append(("call", f"{name}.{attribute}", inner))
            elif kind[0] == "fn":
                if kind[2] == wanted:
                    found += [("call", name, kind)] * 2
                elif wanted[0] == "fn" and len(kind[1]) > len(wanted[1]) and kind[2] == wanted[2]:
                    if kind[1][-len(wanted[1]) :] == wanted[1]:
                        found += [("partial", name, kind)] * 2
                elif kind[2][0] == "record" and (wanted in [inner for _, inner in kind[2][1]]):
                    found.append(("field", name, kind))
            elif kind[0] in ("list", "dict") and kind[1] == wanted:
                found.append((kind[0], name, kind))
        if not found:
            return ""
        way, name, kind = random.choice(found)
        if way == "select":
            if random.random() < 0.15:
                return f"({name}.{kind} or {self.expression(wanted, size // 2, scope)})"
            return f"{name}.{kind}" if random.random() < 0.9 else f'{name}."{kind}"'
        if way == "call":
            return f"({name} {self._arguments(kind[1], size, scope)})"
        if way == "partial":
            return f"({name} {self._arguments(kind[1][: -len(wanted[1])], size, scope)})"
        if way == "field":
            attribute = random.choice([attribute for attribute, inner in kind[2][1] if inner == wanted])
            return f"({name} {self._arguments(kind[1], size, scope)}).{attribute}"
        if way == "list":
            return random.choice(
                (
                    f"({self.builtin('head', scope)} {name})",
                    f"({self.builtin('elemAt', scope)} {name} {self.expression('small', size // 3, scope)})",
                    f"(if {name} == [ ] then {self.expression(wanted, size // 2, scope)} else"
                    f" {self.builtin('head', scope)} {name})",
                )
            )
        attribute = random.choice(ATTRIBUTES)
        return f"({name}.{attribute} or {self.expression(wanted, size // 2, scope)})"

    def _arguments(self, kinds: tuple[Type, ...], size: int, scope: Scope) -> str:
        return " ".join(self.expression(kind, size // (len(kinds) + 1), scope) for kind in kinds)

    # Constructs that give any type

    def _general(self, wanted: Type, size: int, scope: Scope) -> str:
        random = self.random
        chosen = random.choice(
            (
                *(self._let, self._let, self._let, self._if, self._if, self._with, self._assert, self._selected),
                *(self._called, self._called, self._called, self._tried, self._forced, self._folded, self._looped),
                *(self._looped, self._from_literal, self._context),
            )
        )
        return chosen(wanted, size, scope)

    def _let(self, wanted: Type, size: int, scope: Scope) -> str:
        bindings, inner = self.bindings(size // 2, scope, self.random.randint(1, 3))
        return f"(let\n{bindings}\nin {self.expression(wanted, size // 2, inner)})"

    def _if(self, wanted: Type, size: int, scope: Scope) -> str:
        condition = self.expression("bool", size // 3, scope)
        then, otherwise = self.expression(wanted, size // 3, scope), self.expression(wanted, size // 3, scope)
        return f"(if {condition}\nthen {then}\nelse {otherwise})"

    def _with(self, wanted: Type, size: int, scope: Scope) -> str:
        kind = self.types.record(functions=True)
        records = [name for name, known in scope.items() if known[0] == "record"]
        if records and self.random.random() < 0.6:
            name = self.random.choice(records)
            kind = dict(scope.items())[name]
            text = name
        else:
            text = self.expression(kind, size // 3, scope)
        return f"(with {text};\n{self.expression(wanted, size // 2, scope.giving(dict(kind[1])))})"

    def _assert(self, wanted: Type, size: int, scope: Scope) -> str:
        condition = self.random.choice(("true", "(1 < 2)", "([ ] == [ ])", self.expression("bool", size // 3, scope)))
        return f"(assert {condition};\n{self.expression(wanted, size // 2, scope)})"

    def _selected(self, wanted: Type, size: int, scope: Scope) -> str:
        random = self.random
        path = [random.choice(ATTRIBUTES) for _ in range(random.randint(1, 2))]
        if random.random() < 0.15:
            path[-1] = random.choice(ODD)
        recursive = random.random() < 0.2
        inner = scope.binding({path[0]: "later"}) if recursive and path[0].isidentifier() else scope
        more = random.choice(("", "", f"q = {self.expression('int', size // 4, inner)};"))
        made = f"{'rec ' * recursive}{{ {'.'.join(path)} = {self.expression(wanted, size // 2, inner)}; {more} }}"
        if random.random() < 0.3:
            other = [*path[:-1], random.choice(ATTRIBUTES)]
            return f"({made}.{'.'.join(other)} or {self.expression(wanted, size // 3, scope)})"
        return f"({made}).{'.'.join(path)}"

    def _called(self, wanted: Type, size: int, scope: Scope) -> str:
        kinds = tuple(self.types.any(1) for _ in range(self.random.choice((1, 1, 2, 3))))
        function = self.function(("fn", kinds, wanted), size // 2, scope)
        return f"({function} {self._arguments(kinds, size // 2, scope)})"

    def _tried(self, wanted: Type, size: int, scope: Scope) -> str:
        first, second = self.expression(wanted, size // 2, scope), self.expression(wanted, size // 2, scope)
        return f"(let r = builtins.tryEval {first}; in if r.success then r.value else {second})"

    def _forced(self, wanted: Type, size: int, scope: Scope) -> str:
        kind = self.types.at_hand(scope)
        name = self.random.choice(("seq", "seq", "deepSeq"))
        first = self.expression(kind, size // 2, scope)
        return f"(builtins.{name} {first} {self.expression(wanted, size // 2, scope)})"

    def _context(self, wanted: Type, size: int, scope: Scope) -> str:
        return f'(builtins.addErrorContext "{self.mark("c")}" {self.expression(wanted, size, scope)})'

    def _folded(self, wanted: Type, size: int, scope: Scope) -> str:
        kind = self.types.at_hand(scope)
        fold = self.builtin("foldl'", scope)
        function = self.function(("fn", (wanted, kind), wanted), size // 2, scope)
        start, items = self.expression(wanted, size // 4, scope), self.expression(("list", kind), size // 3, scope)
        return f"({fold} {function} {start} {items})"

    def _from_literal(self, wanted: Type, size: int, scope: Scope) -> str:
        value, other = (
            self.expression(wanted, size // 2, scope),
            self.expression(self.types.any(), size // 2, scope),
        )
        return self.random.choice(
            (
                f"({self.builtin('head', scope)} [ {value} {other} ])",
                f"({self.builtin('elemAt', scope)} [ {other} {value} ] 1)",
                f'(builtins.getAttr "a" {{ a = {value}; b = {other}; }})',
            )
        )

    def _looped(self, wanted: Type, size: int, scope: Scope) -> str:
        """A recursion that counts down, with what it gathers."""
        random = self.random
        name, count, gathered = random.sample(("go", "loop", "n", "acc", "i", "f", "x"), 3)
        outside = scope.binding({name: "later"})
        start = self.expression(wanted, size // 4, outside)
        times = self.expression("small", size // 4, outside)
        inner = outside.binding({count: "small", gathered: wanted})
        step = self.expression(wanted, size // 2, inner)
        end = random.choice((gathered, gathered, self.expression(wanted, size // 4, inner)))
        by_set = random.random() < 0.25

        def call(count: str, gathered: str) -> str:
            if by_set:
                return f"{name} {{ {names[0]} = {count}; {names[1]} = {gathered}; }}"
            return f"{name} {count} {gathered}"

        names = count, gathered
        fewer = f"{count} - 1" if by_set else f"({count} - 1)"
        again = call(fewer, step)
        condition = self.expression("bool", size // 4, inner)
        again = random.choice(
            (
                again,
                f"let next = {step}; in {call(fewer, 'next')}",
                f"(if {condition} then {call(fewer, gathered)} else {again})",
                f"builtins.seq {gathered} ({again})",
                f"(let found = {call(fewer, 'next')}; next = {step}; in found)",
                f"assert {condition}; {again}",
            )
        )
        test = random.choice((f"{count} <= 0", f"{count} < 1", f"!({count} > 0)", f"0 >= {count}"))
        head = f"{{ {count}, {gathered} }}" if by_set else f"{count}: {gathered}"
        return f"(let {name} = {head}: if {test} then {end} else {again};\nin {call(times, start)})"

    # Functions

    def function(self, wanted: Type, size: int, scope: Scope) -> str:
        """A function of a type: each parameter a name or a set pattern."""
        random = self.random
        _, kinds, result = wanted
        ready = self.ready_function(wanted, scope)
        if ready and random.random() < 0.3:
            return ready
        inner, heads = scope, ""
        for number, kind in enumerate(kinds):
            if kind[0] == "record" and random.random() < 0.6:
                head, names = self._pattern(kind, size // 4, inner)
            else:
                name = random.choice(NAMES)
                head, names = name, {name: kind}
            inner = inner.binding(names)
            heads += f"{head}: "
            if number < len(kinds) - 1 and random.random() < 0.08:
                bindings, inner = self.bindings(size // 3, inner, 1)
                heads += f"let {bindings} in "
        if size > 3 and random.random() < self.lets:
            bindings, within = self.bindings(size // 2, inner, random.randint(2, 5), simple=True)
            text = f"{heads}let\n{bindings}\nin {self.expression(result, size // 2, within)}"
        else:
            text = f"{heads}{self.expression(result, size, inner)}"
        return f"{{ __functor = _: {text}; }}" if random.random() < 0.03 else f"({text})"

    def _pattern(self, kind: Type, size: int, scope: Scope) -> tuple[str, dict[str, Type]]:
        random = self.random
        names = {name: inner for name, inner in kind[1] if random.random() < 0.8}
        exact = len(names) == len(kind[1])
        extra = {
            name: self.types.at_hand(scope) for name in random.sample(("d", "e", "opt"), random.choice((0, 0, 1, 2)))
        }
        names = {name: inner for name, inner in names.items() if name not in extra}
        formals = [
            f"{name} ? {self.expression(inner, size // 2, scope.binding(names))}" if random.random() < 0.15 else name
            for name, inner in names.items()
        ]
        formals += [
            f"{name} ? {self.expression(inner, size // 2, scope.binding(names))}" for name, inner in extra.items()
        ]
        random.shuffle(formals)
        if not exact or random.random() < 0.3:
            formals.append("...")
        pattern = "{ " + ", ".join(formals) + " }"
        bound = {**names, **extra}
        whole = random.choice(("args", "self", "x"))
        if random.random() < 0.3 and whole not in bound:
            pattern = random.choice((f"{whole}@{pattern}", f"{pattern}@{whole}"))
            bound[whole] = kind
        return pattern, bound

    # Bindings

    def _bound_type(self) -> Type:
        chance = self.random.random()
        if chance < 0.4:
            return self.types.function()
        if chance < 0.7:
            return self.types.any()
        return self.types.record(functions=True) if chance < 0.8 else self.types.data()

    def bindings(self, size: int, scope: Scope, how_many: int, *, simple: bool = False) -> tuple[str, Scope]:
        """The bindings of a `let`, in any order, and the scope inside."""
        random = self.random
        names = random.sample(NAMES, how_many)
        kinds = {name: self.types.at_hand(scope) if simple else self._bound_type() for name in names}
        # Nothing of the outer scope is seen under a name that is bound here.
        inner = scope.binding(dict.fromkeys(names, "later"))
        lines = []
        for name, kind in kinds.items():
            here = inner
            if kind[0] == "record" and random.random() < 0.5:
                here = inner.binding({f"{name}.{attribute}": each for attribute, each in kind[1][:1]})
                value = self.record(kind, size // how_many, here, own=inner)
            else:
                value = self.expression(kind, size // how_many, here)
            lines.append(f"{name} = {value};")
            inner = inner.binding({name: kind})
        if random.random() < 0.1:
            records = [(name, known) for name, known in scope.items() if known[0] == "record" and "." not in name]
            for name, known in records[:1]:
                attribute, each = random.choice(known[1])
                if attribute not in names and name not in names and attribute != "or":
                    lines.append(f"inherit ({name}) {attribute};")
                    inner = inner.binding({attribute: each})
        random.shuffle(lines)
        return "\n".join(lines), inner
