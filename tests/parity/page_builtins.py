"""Expressions of each type in a page, most of them of builtins with callbacks."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.parity.page_scope import ATTRIBUTES, KINDS, ODD, Scope, Type, Types

_FOLD = "foldl'"


class Calls:
    """What gives a value of a known type; `pages.Page` adds what can give any."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._marks = 0
        bent = random.choice(tuple(KINDS))
        self.types = Types(random, KINDS[bent], random.choice((1, 1, 2, 2, 3)))
        self.reuse = random.choice((0.3, 0.5, 0.7))
        """How often a variable stands where one fits."""
        self.lets = random.choice((0.05, 0.2, 0.5))
        """How often what a function gives begins with a `let`."""
        self.failing = random.choice((0.0, 0.005, 0.015, 0.03))
        self.idiomatic = random.choice((0.1, 0.3, 0.6))
        self.traced = random.choice((0.0, 0.03, 0.08))
        self.unseen = random.choice((0.0, 0.05, 0.15))
        """How often an expression is the argument of a function of which the compiler knows nothing."""

    def expression(self, wanted: Type, size: int, scope: Scope) -> str:
        """An expression of a type that can stand as an argument."""
        raise NotImplementedError

    def function(self, wanted: Type, size: int, scope: Scope) -> str:
        """A function of a type."""
        raise NotImplementedError

    def idiom(self, wanted: Type, size: int, scope: Scope) -> str:
        """An expression of a type in a form that is common."""
        raise NotImplementedError

    def leaf(self, wanted: Type, scope: Scope) -> str:
        """A literal of a type."""
        raise NotImplementedError

    def mark(self, kind: str) -> str:
        """A text that no other place has."""
        self._marks += 1
        return f"{kind}{self._marks}"

    def builtin(self, name: str, scope: Scope) -> str:
        """A builtin, by its name alone where that is in scope."""
        if scope.bound.get(name) == "builtin" or (name in scope.given and name not in scope.bound):
            return name
        return f"builtins.{name}"

    def ready_function(self, wanted: Type, scope: Scope) -> str:
        """A builtin that is a function of this type."""
        found = {
            (("int",), "str"): "toString",
            (("small",), "str"): "toString",
            (("bool",), "str"): "builtins.toJSON",
            (("str",), "int"): "builtins.stringLength",
            (("int", "int"), "int"): self.random.choice(("builtins.add", "builtins.sub", "builtins.mul")),
            (("int", "int"), "bool"): "builtins.lessThan",
            (("str", "str"), "bool"): "builtins.lessThan",
        }.get(wanted[1:], "")
        if not found and wanted[1][0][0] == "list" and wanted[2] == "int" and len(wanted[1]) == 1:
            return self.builtin("length", scope)
        return "" if found == "toString" and scope.has("toString") else found

    def _of_type(self, wanted: Type, size: int, scope: Scope) -> str:
        if self.random.random() < self.idiomatic and size > 2:
            return self.idiom(wanted, size, scope)
        if wanted[0] == "list":
            return self._list(wanted, size, scope)
        if wanted[0] == "dict":
            return self._dict(wanted, size, scope)
        if wanted[0] == "record":
            return self.record(wanted, size, scope)
        if wanted[0] == "fn":
            return self.function(wanted, size, scope)
        if wanted in ("int", "small"):
            return self._int(wanted, size, scope)
        if wanted == "bool":
            return self._bool(size, scope)
        if wanted == "str":
            return self._str(size, scope)
        return self.leaf(wanted, scope)

    def _int(self, wanted: Type, size: int, scope: Scope) -> str:
        random = self.random
        e, half = self.expression, size // 2
        some = "list", self.types.at_hand(scope)
        ways: list[Callable[[], str]] = [
            lambda: f"({self.builtin('length', scope)} {e(some, size, scope)})",
            lambda: f"(builtins.stringLength {e('str', size, scope)})" if wanted == "int" else "2",
            lambda: f"(if {e('bool', half, scope)} then 1 else 0)",
        ]
        if wanted == "int":
            ways += [
                lambda: f"({e('int', half, scope)} {random.choice('++-*/')} {e('int', half, scope)})",
                lambda: f"({e('int', half, scope)} {random.choice('++-*')} {e('int', half, scope)})",
                lambda: f"({e('int', half, scope)} {random.choice('++-*')} {random.choice('1234')})",
                lambda: f"(-{e('int', half, scope)})",
                lambda: (
                    f"({self.builtin(_FOLD, scope)} {self._adder(half, scope)} 0 {e(('list', 'int'), half, scope)})"
                ),
                lambda: (
                    f"({self.builtin('length', scope)} ({self.builtin('filter', scope)}"
                    f" {self._test(some[1], half, scope)} {e(some, half, scope)}))"
                ),
                lambda: f"(builtins.compareVersions {e('str', half, scope)} {e('str', half, scope)})",
                lambda: (
                    f"(builtins.{random.choice(('bitAnd', 'bitOr', 'bitXor', 'add', 'sub', 'mul', 'div'))}"
                    f" {e('int', half, scope)} {e('int', half, scope)})"
                ),
                lambda: f"(builtins.{random.choice(('floor', 'ceil'))} {e('float', half, scope)})",
            ]
        return random.choice(ways)()

    def _adder(self, size: int, scope: Scope) -> str:
        return self.random.choice(
            (
                "(a: b: a + b)",
                "builtins.add",
                "(a: b: b + a)",
                self.function(("fn", ("int", "int"), "int"), size, scope),
            )
        )

    def _test(self, kind: Type, size: int, scope: Scope) -> str:
        """A predicate."""
        random = self.random
        plain = self.expression(kind, size // 3, Scope())
        found = [f"(x: x == {plain})", f"(x: x != {plain})", "(x: true)", "(_: false)"]
        if kind in ("int", "small", "str", "float"):
            found += [f"(x: x < {plain})", f"(x: !(x > {plain}))"]
        if random.random() < 0.4:
            return random.choice(found)
        return self.function(("fn", (kind,), "bool"), size, scope)

    def _bool(self, size: int, scope: Scope) -> str:
        random = self.random
        e, half = self.expression, size // 2
        kind = self.types.at_hand(scope)
        some = "list", kind
        ordered = random.choice(("int", "int", "str", "float", ("list", "int"), "small"))
        ways: list[Callable[[], str]] = [
            lambda: f"({e(ordered, half, scope)} {random.choice(('<', '<=', '>', '>='))} {e(ordered, half, scope)})",
            lambda: f"({e(kind, half, scope)} {random.choice(('==', '!='))} {e(kind, half, scope)})",
            lambda: f"({e('int', half, scope)} {random.choice(('==', '!=', '<', '>'))} {random.choice('0123')})",
            lambda: (
                f"({e(some, half, scope)} {random.choice(('==', '!='))} {random.choice(('[ ]', e(some, half, scope)))})"
            ),
            lambda: f"({e(self.types.any(1), half, scope)} == {e(self.types.any(1), half, scope)})",
            lambda: f"({e('bool', half, scope)} {random.choice(('&&', '||', '->', '=='))} {e('bool', half, scope)})",
            lambda: f"({e('bool', half, scope)} {random.choice(('&&', '||'))} {e('bool', half, scope)})",
            lambda: f"(!{e('bool', size, scope)})",
            lambda: (
                f"({self.builtin(random.choice(('all', 'any')), scope)} {self._test(kind, half, scope)}"
                f" {e(some, half, scope)})"
            ),
            lambda: f"({self.builtin('elem', scope)} {e(kind, half, scope)} {e(some, half, scope)})",
            lambda: f"({e(self.types.record(), half, scope)} ? {self._path(scope)})",
            lambda: f"({e(('dict', kind), half, scope)} ? {self._path(scope)})",
            lambda: f"(builtins.hasAttr {self._name(scope)} {e(('dict', kind), half, scope)})",
            lambda: (
                f"(builtins.is{random.choice(('Int', 'String', 'List', 'Attrs', 'Bool', 'Function', 'Null', 'Float'))}"
                f" {e(self.types.any(1), size, scope)})"
            ),
            lambda: f"({e('null', half, scope)} == null)",
            lambda: f"((builtins.tryEval {e(kind, size, scope)}).success)",
        ]
        return random.choice(ways)()

    def _path(self, scope: Scope) -> str:
        random = self.random
        path = [random.choice(ATTRIBUTES) for _ in range(random.choice((1, 1, 2)))]
        if random.random() < 0.15:
            path[-1] = random.choice((*ODD, f"${{{self._name(scope)}}}"))
        return ".".join(path)

    def _name(self, scope: Scope) -> str:
        """A string that is the name of an attribute."""
        name = self.random.choice(ATTRIBUTES)
        return self.random.choice((f'"{name}"', f'"{name}"', f'("{name[:1]}" + "{name[1:]}")', f'"${{"{name}"}}"'))

    def _str(self, size: int, scope: Scope) -> str:
        random = self.random
        e, half, third = self.expression, size // 2, size // 3
        kind = self.types.at_hand(scope)
        ways: list[Callable[[], str]] = [
            lambda: f"({e('str', half, scope)} + {e('str', half, scope)})",
            lambda: f'({e("str", half, scope)} + "{random.choice(("a", "-", ""))}")',
            lambda: f'"{random.choice(("", "a", "x "))}${{{e("str", half, scope)}}}{random.choice(("", "b", "."))}"',
            lambda: f'"${{{e("str", half, scope)}}}${{{e("str", half, scope)}}}"',
            lambda: f"''\n  ${{{e('str', half, scope)}}}\n    b\n''",
            lambda: f"(toString {e(random.choice(('int', 'bool', 'null', 'str', ('list', 'int'))), size, scope)})",
            lambda: f"(builtins.concatStringsSep {random.choice(('', '(', '('))}",
            lambda: (
                f"(builtins.substring {e('small', third, scope)} {e('small', third, scope)} {e('str', third, scope)})"
            ),
            lambda: f"(builtins.toJSON {e(kind, size, scope)})",
            lambda: (
                f'(builtins.replaceStrings [ "a" {e("str", third, scope)} ] [ "b" {e("str", third, scope)} ]'
                f" {e('str', third, scope)})"
            ),
            lambda: f"(builtins.typeOf {e(self.types.any(1), size, scope)})",
        ]
        text = random.choice(ways)()
        if not text.startswith("(builtins.concatStringsSep"):
            return text
        separator = random.choice(('""', '", "', e("str", third, scope)))
        strings = random.choice(
            (
                e(("list", "str"), half, scope),
                f"({self.builtin('map', scope)} toString {e(('list', 'int'), half, scope)})",
                f"({self.builtin('map', scope)} {self.function(('fn', (kind,), 'str'), half, scope)}"
                f" {e(('list', kind), half, scope)})",
            )
        )
        return f"(builtins.concatStringsSep {separator} {strings})"

    def _list(self, wanted: Type, size: int, scope: Scope) -> str:
        random = self.random
        kind, e, half, third = wanted[1], self.expression, size // 2, size // 3
        other = self.types.at_hand(scope)

        def literal() -> str:
            count = random.randint(0, 4)
            items = [e(kind, size // (count + 1), scope) for _ in range(count)]
            return f"[ {' '.join([*items, ''])}]" if random.random() < 0.6 else "[\n" + "\n".join([*items, "]"])

        ways: list[Callable[[], str]] = [
            *(literal, literal, literal),
            lambda: f"({e(wanted, half, scope)} ++ {e(wanted, half, scope)})",
            lambda: f"({e(wanted, half, scope)} ++ [ {e(kind, half, scope)} ])",
            lambda: (
                f"({self.builtin('map', scope)} {self.function(('fn', (other,), kind), half, scope)}"
                f" {e(('list', other), half, scope)})"
            ),
            lambda: f"({self.builtin('filter', scope)} {self._test(kind, half, scope)} {e(wanted, half, scope)})",
            lambda: (
                f"({self.builtin('genList', scope)} {self.function(('fn', ('small',), kind), half, scope)}"
                f" {e('small', third, scope)})"
            ),
            lambda: (
                f"({self.builtin('concatMap', scope)} {self.function(('fn', (other,), wanted), half, scope)}"
                f" {e(('list', other), half, scope)})"
            ),
            lambda: f"(builtins.concatLists [ {e(wanted, half, scope)} {e(wanted, half, scope)} ])",
            lambda: f"(builtins.tail ([ {e(kind, third, scope)} ] ++ {e(wanted, half, scope)}))",
            lambda: f"(builtins.attrValues {e(('dict', kind), size, scope)})",
            lambda: (
                f'(builtins.catAttrs "a" [ {{ a = {e(kind, half, scope)}; }} {{ b = {e(other, third, scope)}; }} ])'
            ),
            lambda: (
                f"(builtins.partition {self._test(kind, half, scope)} {e(wanted, half, scope)})"
                f".{random.choice(('right', 'wrong'))}"
            ),
            lambda: (
                f"({self.builtin(_FOLD, scope)} (acc: x: if builtins.elem x acc then acc else"
                f" acc ++ [ x ]) [ ] {e(wanted, size, scope)})"
            ),
            lambda: self._closure(kind, third, scope),
        ]
        if kind == "str":
            ways += [
                lambda: f"(builtins.attrNames {e(random.choice((('dict', other), self.types.record())), size, scope)})"
            ]
        if kind in ("int", "small", "str", "float"):
            ways += [lambda: self._sorted(kind, "", size, scope)] * 2
        if kind[0] == "record":
            by = [name for name, inner in kind[1] if inner in ("int", "small", "str")]
            ways += [lambda: self._sorted(kind, f".{random.choice(by)}", size, scope)] * (2 * bool(by))
        return random.choice(ways)()

    def _closure(self, kind: Type, size: int, scope: Scope) -> str:
        start, found = self.expression("small", size, scope), self.expression(kind, size, scope.binding({"x": "later"}))
        grown = f"x: if x.key > 3 then [ ] else [ {{ key = x.key + 1; from = {found}; }} ]"
        closure = f"(builtins.genericClosure {{ startSet = [ {{ key = {start}; }} ]; operator = {grown}; }})"
        return f"(builtins.map (x: x.from) (builtins.filter (x: x ? from) {closure}))"

    def _sorted(self, kind: Type, field: str, size: int, scope: Scope) -> str:
        comparator = self.random.choice(
            (
                f"(a: b: a{field} < b{field})",
                f"(x: y: x{field} > y{field})",
                f"(a: b: !(b{field} <= a{field}))",
                f"(p: q: let f = v: v{field}; in f p < f q)",
                "builtins.lessThan" if not field else f"(a: b: b{field} > a{field})",
            )
        )
        return f"(builtins.sort {comparator} {self.expression(('list', kind), size, scope)})"

    def record(self, wanted: Type, size: int, scope: Scope, own: Scope | None = None) -> str:
        """A set of known names; `scope` is for its later attributes, which may select the first from the set, and
        `own` for that.
        """
        random = self.random
        recursive = own is None and random.random() < 0.2
        share = size // len(wanted[1])
        later = scope
        if recursive:
            later = scope.binding({name: "later" for name, _ in wanted[1]})
        parts = []
        for number, (name, kind) in enumerate(wanted[1]):
            here = own if own is not None and number == 0 else later
            inherited = recursive is False and own is None and name in scope.of(kind) and "." not in name
            if inherited and random.random() < 0.7:
                parts.append(f"inherit {name};")
                continue
            if kind[0] == "record" and random.random() < 0.3 and not recursive:
                parts += [f"{name}.{inner} = {self.expression(each, share // 2, here)};" for inner, each in kind[1]]
                continue
            written = name if random.random() < 0.93 else random.choice((f'"{name}"', f"${{{self._named(name)}}}"))
            if recursive and written[0] == "$":
                written = name
            parts.append(f"{written} = {self.expression(kind, share, here)};")
            if recursive:
                later = later.binding({name: kind})
        random.shuffle(parts)
        glue = "\n" if random.random() < 0.5 else " "
        text = f"{'rec ' * recursive}{{{glue}{glue.join(parts)}{glue}}}"
        if own is None and random.random() < 0.12:
            name, kind = random.choice(wanted[1])
            return f"({text} // {{ {name} = {self.expression(kind, share, scope)}; }})"
        return text

    def _named(self, name: str) -> str:
        return self.random.choice((f'"{name}"', f'("{name}" + "")', f'(toString "{name}")'))

    def _dict(self, wanted: Type, size: int, scope: Scope) -> str:
        random = self.random
        kind, e, half, third = wanted[1], self.expression, size // 2, size // 3
        other = self.types.at_hand(scope)

        def literal() -> str:
            names = random.sample((*ATTRIBUTES, *ODD[:3]), random.randint(0, 4))
            if random.random() < 0.3:
                names = [name if name[0] == '"' else f"${{{self._named(name)}}}" for name in names]
            parts = [f"{name} = {e(kind, size // (len(names) + 1), scope)};" for name in names]
            return "{ " + " ".join([*parts, "}"])

        ways: list[Callable[[], str]] = [
            *(literal, literal),
            lambda: f"({e(wanted, half, scope)} // {e(wanted, half, scope)})",
            lambda: (
                f"(builtins.mapAttrs {self.function(('fn', ('str', other), kind), half, scope)}"
                f" {e(('dict', other), half, scope)})"
            ),
            lambda: (
                f"(builtins.listToAttrs [ {{ name = {self._name(scope)}; value = {e(kind, third, scope)}; }}"
                f" {{ name = {self._name(scope)}; value = {e(kind, third, scope)}; }} ])"
            ),
            lambda: (
                f"(builtins.listToAttrs ({self.builtin('map', scope)} (n: {{ name = n; value ="
                f" {e(kind, third, scope.binding({'n': 'str'}))}; }}) {e(('list', 'str'), half, scope)}))"
            ),
            lambda: f"(builtins.removeAttrs {e(wanted, half, scope)} [ {self._name(scope)} {self._name(scope)} ])",
            lambda: f"(builtins.intersectAttrs {e(('dict', other), half, scope)} {e(wanted, half, scope)})",
            lambda: (
                f"(builtins.zipAttrsWith"
                f" {self.function(('fn', ('str', ('list', other)), kind), half, scope)}"
                f" {e(('list', ('dict', other)), half, scope)})"
            ),
        ]
        if kind[0] == "list":
            ways += [
                lambda: (
                    f"(builtins.groupBy {self.function(('fn', (kind[1],), 'str'), half, scope)} {e(kind, half, scope)})"
                )
            ] * 2
        if kind == "bool":
            ways += [
                lambda: f"(builtins.functionArgs {self.function(('fn', (self.types.record(),), 'int'), size, scope)})"
            ] * 2
        return random.choice(ways)()
