"""What people write, and what the compiler and the builtins therefore have rules of their own for."""

from __future__ import annotations

from collections.abc import Callable

from tests.parity.page_builtins import Calls
from tests.parity.page_scope import ATTRIBUTES, Scope, Type


class Idioms(Calls):
    """Expressions of known types in the forms that are common."""

    def idiom(self, wanted: Type, size: int, scope: Scope) -> str:
        """An expression of a type in a common form, or another one where none is known."""
        random = self.random
        if wanted in ("int", "small"):
            return random.choice((self._counted, self._walked, self._measured, self._measured))(size, scope)
        if wanted == "bool":
            return random.choice((self._same_twice, self._equal_sets, self._searched))(size, scope)
        if wanted == "str":
            return random.choice((self._spelt, self._lines))(size, scope)
        if wanted[0] == "list":
            ways = [self._reversed, self._unique, self._asked, self._appended, self._by_index, self._recursive]
            if wanted[1] in ("int", "small"):
                ways += [self._numbers, self._numbers]
            return random.choice(ways)(wanted, size, scope)
        if wanted[0] == "dict":
            return random.choice((self._by_names, self._merged, self._renamed))(wanted, size, scope)
        if wanted[0] == "record":
            return random.choice((self._fixed, self._defaults, self._passed))(wanted, size, scope)
        return self.expression(wanted, size, scope)

    # Numbers

    def _counted(self, size: int, scope: Scope) -> str:
        kind = self.types.at_hand(scope)
        items = self.expression(("list", kind), size // 2, scope)
        test = self._test(kind, size // 2, scope)
        return self.random.choice(
            (
                f"(builtins.length (builtins.filter {test} {items}))",
                f"(builtins.foldl' (n: x: if {test} x then n + 1 else n) 0 {items})",
                f"(let xs = {self._within(('list', kind), size // 2, scope, 'xs')}; in builtins.length xs - 1)",
            )
        )

    def _walked(self, size: int, scope: Scope) -> str:
        """Along a text, by its index."""
        text = self._within("str", size // 3, scope, "text", "long", "go", "i", "n")
        inner = scope.binding({"text": "str", "long": "int", "i": "int", "n": "int", "go": "later"})
        step = self.expression("int", size // 3, inner)
        return (
            f"(let text = {text};\nlong = builtins.stringLength text;\n"
            'go = i: n: if i < long then go (i + 1) (if builtins.substring i 1 text == "a"\n'
            f"then {step} else n) else n;\nin go 0 0)"
        )

    def _measured(self, size: int, scope: Scope) -> str:
        """Sums of lengths, some of which nobody wants."""
        names = ("p", "q", "d", "e")
        lines = [
            "p = builtins.stringLength a;",
            self.random.choice(("q = builtins.stringLength b;", "q = builtins.length l;")),
            f"d = {self.random.choice(('p - q', 'q - e', 'p * q', 'q - p', 'builtins.stringLength b'))};",
            f"e = {self.random.choice(('1', 'p + 1', 'builtins.length l', 'q', 'builtins.stringLength a'))};",
            f"f = x: {self._sum(('x', *names), 6)};",
            f"g = x: y: {self._sum(('x', 'y', *names), 6)};",
        ]
        self.random.shuffle(lines)
        lines = [line for line in lines if line[0] not in "fg" or self.random.random() < 0.7]
        functions = {line[0]: 1 + (line[0] == "g") for line in lines if line[0] in "fg"}
        body = self._sum(names, self.random.choice((6, 12, 24)), functions)
        third = size // 3
        text, other = self.expression("str", third, scope), self.expression("str", third, scope)
        items = self.expression(("list", "int"), third, scope)
        function = "(a: b: l: let " + "\n".join(lines) + f"\nin {body})"
        return f"({self.random.choice(('', 'same '))}{function} {text} {other} {items})"

    def _sum(self, names: tuple[str, ...], size: int, functions: dict[str, int] | None = None) -> str:
        """A number made of numbers, much of it delayed, or for functions within."""
        random = self.random
        if size <= 1:
            return random.choice((*names, *names, "1", "2"))

        def part(*more: str, size: int = size // 2) -> str:
            return self._sum((*names, *more), size, functions)

        fresh = random.choice(("x", "y", "z", "s"))
        ways: list[Callable[[], str]] = [
            *(lambda: f"({part()} {random.choice('+-*')} {part()})",) * 3,
            lambda: f"({part()} {random.choice('+-*')} {part(size=1)})",
            *(lambda: f"(same {part()})",) * 3,
            lambda: f"(first {part()} {part()})",
            lambda: f"(({fresh}: {part(fresh)}) {part()})",
            lambda: f"(same ({fresh}: {part(fresh)}) {part()})",
            lambda: f"(let {fresh} = {part()}; in {part(fresh)})",
            *(lambda: f"(if {part(size=1)} {random.choice('<>')} {part(size=1)} then {part()} else {part()})",) * 2,
            lambda: f"(builtins.head [ {part()} {part()} ])",
            lambda: f"(same {{ a = {part()}; b = {part()}; }}).{random.choice('ab')}",
            lambda: f"(builtins.foldl' ({fresh}: w: {part(fresh, 'w')}) {part()} [ {part()} {part(size=1)} ])",
            lambda: f"(builtins.head (builtins.map ({fresh}: {part(fresh)}) [ {part()} {part(size=1)} ]))",
            lambda: f'(builtins.stringLength "${{toString {part()}}}-${{toString {part()}}}")',
        ]
        if functions and random.random() < 0.3:
            name, arguments = random.choice(tuple(functions.items()))
            return f"({name} {' '.join(part() for _ in range(arguments))})"
        return random.choice(ways)()

    # Conditions

    def _same_twice(self, size: int, scope: Scope) -> str:
        kind = self.types.any()
        value = self._within(kind, size, scope, "it")
        return self.random.choice(
            (
                f"(let it = {value}; in it == it)",
                f"(let it = {value}; in [ it ] == [ it ])",
                f"(let it = {value}; in {{ a = it; }} == {{ a = it; }})",
                f"(let it = {value}; in {{ inherit it; b = 1; }} != {{ inherit it; b = 2; }})",
                f"(builtins.elem {self.expression(kind, 2, scope)} [ {self.expression(kind, size // 3, scope)} ])",
            )
        )

    def _equal_sets(self, size: int, scope: Scope) -> str:
        kind = self.types.record()
        left, right = self._within(kind, size // 2, scope, "it"), self._within(kind, size // 3, scope, "it")
        return self.random.choice(
            (
                f"(let it = {left}; in it == it // {{ }})",
                f"(let it = {left}; in it == {right})",
                f"(let it = {left}; in it // {right} == it)",
                f"(let it = {left}; in builtins.all (n: it.${{n}} == it.${{n}}) (builtins.attrNames it))",
            )
        )

    def _searched(self, size: int, scope: Scope) -> str:
        kind = self.random.choice(("int", "str", "small", self.types.at_hand(scope)))
        one, items = self.expression(kind, size // 3, scope), self.expression(("list", kind), size // 2, scope)
        return self.random.choice(
            (
                f"(builtins.elem {one} {items})",
                f"(builtins.any (x: x == {self._within(kind, size // 3, scope, 'x')}) {items})",
                f"(builtins.elem {one} (builtins.map (x: x) {items}))",
                f"({items} == [ {one} ])",
            )
        )

    # Texts

    def _spelt(self, size: int, scope: Scope) -> str:
        text = self.expression("str", size, scope)
        return self.random.choice(
            (
                f'(builtins.concatStringsSep "-" (builtins.genList (i: builtins.substring i 1 {text}) 3))',
                f'(builtins.replaceStrings [ "a" "b" ] [ "A" "" ] {text})',
                f'(let t = {self._within("str", size, scope, "t")}; in "${{t}}-${{t}}")',
                f'(builtins.foldl\' (a: b: a + b) "" [ {text} "x" ])',
                f'(builtins.concatStringsSep "" (builtins.filter builtins.isString (builtins.split "(b)" {text})))',
            )
        )

    def _lines(self, size: int, scope: Scope) -> str:
        kind = self.random.choice(("int", "str", "small"))
        items = self.expression(("list", kind), size // 2, scope)
        inner = scope.binding({"x": kind})
        shown = "x" if kind == "str" else "toString x" if not scope.has("toString") else "builtins.toString x"
        other = self.expression("str", size // 3, inner)
        return self.random.choice(
            (
                f'(builtins.concatStringsSep ", " (builtins.map (x: "${{{shown}}}") {items}))',
                f'(builtins.concatStringsSep "\\n" (builtins.map (x: {other}) {items}))',
                f'(builtins.concatStringsSep "" (builtins.map (x: "<${{{other}}}${{{shown}}}>") {items}))',
                f'(builtins.foldl\' (acc: x: acc + ("${{{shown}}};")) "" {items})',
            )
        )

    # Lists

    def _reversed(self, wanted: Type, size: int, scope: Scope) -> str:
        items = self._within(wanted, size, scope, "xs", "l")
        return self.random.choice(
            (
                f"(let xs = {items}; l = builtins.length xs; in\n"
                "builtins.genList (n: builtins.elemAt xs (l - n - 1)) l)",
                f"(let xs = {items}; in builtins.foldl' (acc: x: [ x ] ++ acc) [ ] xs)",
                f"(let xs = {items}; in map (i: builtins.elemAt xs i) (builtins.genList (i: i) (builtins.length xs)))",
            )
        )

    def _unique(self, wanted: Type, size: int, scope: Scope) -> str:
        items = self.expression(wanted, size, scope)
        return f"(builtins.foldl' (acc: e: if builtins.elem e acc then acc else acc ++ [ e ]) [ ] {items})"

    def _asked(self, wanted: Type, size: int, scope: Scope) -> str:
        """Of sets that have an attribute."""
        other = self.types.at_hand(scope)
        with_it, without = self.expression(wanted[1], size // 3, scope), self.expression(other, size // 3, scope)
        more = self.expression(wanted[1], size // 4, scope)
        sets = f"[ {{ a = {with_it}; }} {{ b = {without}; }} {{ a = {more}; b = {without}; }} ]"
        name = self.random.choice(("a", '${"a"}', "${n}"))
        text = (
            self.random.choice(
                (
                    f"(builtins.map (m: m.a) (builtins.filter (m: m ? {name}) {sets}))",
                    f"(builtins.concatMap (m: if m ? {name} then [ m.a ] else [ ]) {sets})",
                    f"(builtins.concatMap (m: if m ? {name} && !(m ? b) then [ m.{name} ] else [ ]) {sets})",
                    f"(builtins.map (m: m.{name} or {with_it}) {sets})" if "m" not in with_it else "",
                    f'(builtins.catAttrs "a" {sets})',
                )
            )
            or f'(builtins.catAttrs "a" {sets})'
        )
        return (
            f'((n: {text}) "a")'
            if "${n}" in text and "n" not in sets and not scope.has("n")
            else text.replace("${n}", "a")
        )

    def _appended(self, wanted: Type, size: int, scope: Scope) -> str:
        kind = self.types.at_hand(scope)
        items = self.expression(("list", kind), size // 2, scope)
        inner = scope.binding({"acc": wanted, "x": kind})
        value, test = self.expression(wanted[1], size // 3, inner), self.expression("bool", size // 4, inner)
        step = self.random.choice(
            (
                f"acc ++ [ {value} ]",
                f"if {test} then acc else acc ++ [ {value} ]",
                f"acc ++ [ {value} ] ++ acc",
                f"[ {value} ] ++ acc",
                f"let y = {value}; in acc ++ [ y y ]",
                f"assert {test}; acc ++ [ {value} ]",
            )
        )
        return f"(builtins.foldl' (acc: x: {step}) [ ] {items})"

    def _by_index(self, wanted: Type, size: int, scope: Scope) -> str:
        inner = scope.binding({"i": "small"})
        value = self.expression(wanted[1], size // 2, inner)
        times = self.expression("small", size // 3, scope)
        return f"(builtins.genList (i: {value}) {times})"

    def _recursive(self, wanted: Type, size: int, scope: Scope) -> str:
        kind = self.types.at_hand(scope)
        inner = scope.binding({"go": "later", "xs": ("list", kind), "x": kind})
        value = self.expression(wanted[1], size // 2, inner)
        items = self.expression(("list", kind), size // 2, scope.binding({"go": "later"}))
        head = "let x = builtins.head xs; in"
        again = "go (builtins.tail xs)"
        return (
            f"(let go = xs: if xs == [ ] then [ ] else {head} [ {value} ] ++ {again};\nin go {items})"
            if self.random.random() < 0.6
            else f"(let go = xs: if builtins.length xs == 0 then [ ] else {head}\nlet rest = {again}; y = {value}; in"
            f" if rest == [ ] then [ y ] else rest ++ [ y ];\nin go {items})"
        )

    def _numbers(self, wanted: Type, size: int, scope: Scope) -> str:
        ints = [name for name, kind in scope.items() if kind in ("int", "small")] or ["1"]
        one, items = self.random.choice(ints), self.expression(("list", "small"), size // 2, scope)
        function = self.random.choice(
            (
                "(i: i)",
                "(i: i + 1)",
                "(i: i * 2)",
                f"(i: i * {one})" if one != "i" else "(i: i)",
                "(i: i * i - 1)",
                "(i: i / 2)",
                f"({one}: {one} - 1)" if "." not in one and one != "1" else "(i: 3)",
            )
        )
        return self.random.choice((f"(builtins.map {function} {items})", f"(builtins.genList {function} 4)"))

    # Sets

    def _by_names(self, wanted: Type, size: int, scope: Scope) -> str:
        inner = scope.binding({"n": "str"})
        value = self.expression(wanted[1], size // 2, inner)
        names = self.expression(("list", "str"), size // 3, scope)
        return self.random.choice(
            (
                f"(builtins.listToAttrs (builtins.map (n: {{ name = n; value = {value}; }}) {names}))",
                f"(builtins.foldl' (acc: n: acc // {{ ${{n}} = {value}; }}) {{ }} {names})"
                if "acc" not in value
                else f"(builtins.mapAttrs (n: _: {value}) {{ a = 1; b = 2; }})",
                f"(builtins.zipAttrsWith (n: vs: builtins.head vs) [ {{ a = {self.expression(wanted[1], 2, scope)}; }}"
                f" {self.expression(wanted, size // 3, scope)} ])",
            )
        )

    def _merged(self, wanted: Type, size: int, scope: Scope) -> str:
        items = self.expression(("list", wanted), size, scope)
        return f"(builtins.foldl' (a: b: a // b) {{ }} {items})"

    def _renamed(self, wanted: Type, size: int, scope: Scope) -> str:
        known = self._within(wanted, size, scope, "it")
        return self.random.choice(
            (
                f'(let it = {known}; in builtins.listToAttrs (map (n: {{ name = "x" + n; value = it.${{n}}; }})'
                " (builtins.attrNames it)))",
                f'(let it = {known}; in builtins.mapAttrs (n: v: if n == "a" then v else it.${{n}}) it)',
                f'(let it = {known}; in removeAttrs it (builtins.filter (n: n == "a") (builtins.attrNames it)))',
            )
        )

    def _fixed(self, wanted: Type, size: int, scope: Scope) -> str:
        """A set whose attributes need one another through `self`."""
        inner, parts = scope.binding({"self": "later"}), []
        share = size // len(wanted[1])
        for name, kind in wanted[1]:
            parts.append(f"{name} = {self.expression(kind, share, inner)};")
            inner = inner.binding({f"self.{name}": kind})
        self.random.shuffle(parts)
        return (
            f"(let self = ({{ self }}: {{ {' '.join(parts)} }}) {{ inherit self; }}; in self)"
            if self.random.random() < (0.5)
            else f"(let fix = f: let x = f x; in x; in fix (self: {{\n{' '.join(parts)}\n}}))"
        )

    def _defaults(self, wanted: Type, size: int, scope: Scope) -> str:
        """What a function makes of its arguments, some of which it has of its own."""
        inner, formals, given = scope, [], []
        share = size // (2 * len(wanted[1]))
        for name, kind in wanted[1]:
            if self.random.random() < 0.5:
                formals.append(f"{name} ? {self.expression(kind, share, inner)}")
                if self.random.random() < 0.3:
                    given.append(f"{name} = {self.expression(kind, share, scope)};")
            else:
                formals.append(name)
                given.append(f"{name} = {self.expression(kind, share, scope)};")
            inner = inner.binding({name: kind})
        # Defaults were made with the names before them alone, which all formals hide.
        self.random.shuffle(formals)
        names = " ".join(name for name, _ in wanted[1])
        return f"(({{ {', '.join(formals)} }}: {{ inherit {names}; }}) {{ {' '.join(given)} }})"

    def _passed(self, wanted: Type, size: int, scope: Scope) -> str:
        """What a function gives for those of its arguments that a set has."""
        names = [name for name, _ in wanted[1]]
        record = self._within(wanted, size, scope, "f", "it")
        more = self.random.choice(ATTRIBUTES)
        return (
            f"(let f = {{ {', '.join(names)} }}: {{ inherit {' '.join(names)}; }};\nit = {record};\n"
            f"in f (builtins.intersectAttrs (builtins.functionArgs f) ({{ {more} = 1; }} // it)))"
        )

    def _within(self, kind: Type, size: int, scope: Scope, *hidden: str) -> str:
        """An expression where these names mean something else."""
        return self.expression(kind, size, scope.binding(dict.fromkeys(hidden, "later")))
