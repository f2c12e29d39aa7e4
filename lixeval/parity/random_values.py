"""Random expressions of each kind of value: numbers, conditions, texts, paths, lists, sets and their bindings."""

from __future__ import annotations

from lixeval.parity import literals
from lixeval.parity.literals import attribute, quoted
from lixeval.parity.random_derivations import Derivations
from lixeval.parity.random_leaves import BASIC, Scope


class Values(Derivations):
    """Expressions of a known kind; what can be of any kind is made by `generate.Programs`."""

    # Numbers, conditions, texts, paths

    def _arithmetic(self, wanted: str, size: int, scope: Scope) -> str:
        random = self.random
        operator = random.choice(("+", "-", "*", "/", "+", "-"))
        left = self.expression(wanted, size // 2, scope)
        right = self.expression(wanted if random.random() < 0.8 else "number", size // 2, scope)
        if random.random() < 0.1:
            return f"(- {left})"
        return f"({left} {operator} {right})"

    def _condition(self, wanted: str, size: int, scope: Scope) -> str:
        random = self.random
        half = size // 2
        kind = random.random()
        if kind < 0.25:
            left, right = self.expression("bool", half, scope), self.expression("bool", half, scope)
            return f"({left} {random.choice(('&&', '||', '->', '=='))} {right})"
        if kind < 0.35:
            return f"(! {self.expression('bool', size, scope)})"
        if kind < 0.6:
            compared = random.choice(("number", "string", "path", "list:int", "list:number", "list:string"))
            left, right = self.expression(compared, half, scope), self.expression(compared, half, scope)
            return f"({left} {random.choice(('<', '>', '<=', '>=', '==', '!='))} {right})"
        if kind < 0.85:
            compared = random.choice((*BASIC, "any"))
            left = self.expression(compared, half, scope)
            right = self.expression(compared if random.random() < 0.8 else "any", half, scope)
            return f"({left} {random.choice(('==', '!='))} {right})"
        path = ".".join(self._path_element(scope) for _ in range(random.randint(1, 3)))
        return f"({self.expression('set' if random.random() < 0.8 else 'any', half, scope)} ? {path})"

    def _text(self, wanted: str, size: int, scope: Scope) -> str:
        """A string with interpolations, of either kind."""
        random = self.random
        holes = [
            "${"
            + self.expression(random.choice(("string", "string", "string", "context", "path")), size // 3, scope)
            + "}"
            if random.random() < 0.9
            else "${" + self.expression("any", size // 3, scope) + "}"
            for _ in range(random.randint(0, 2))
        ]
        if random.random() < 0.3:
            return literals.indented(random, holes)
        parts = [random.choice(literals.TEXTS) for _ in range(random.randint(0, 2))] + holes
        random.shuffle(parts)
        # A text may not end in a dollar before a hole.
        return '"' + "".join(part + " " if part.endswith("$") else part for part in parts) + '"'

    def _joined(self, wanted: str, size: int, scope: Scope) -> str:
        left = self.expression("string", size // 2, scope)
        return f"({left} + {self.expression('string', size // 2, scope)})"

    def _path(self, wanted: str, size: int, scope: Scope) -> str:
        random = self.random
        if random.random() < 0.4:
            return self._leaf("path", scope)
        if random.random() < 0.5:
            added = quoted(random.choice(("/x", "", "/..", "y", "/./z//")))
            return f"({self.expression('path', size // 2, scope)} + {added})"
        return f"(./data/${{{self.expression('string', size // 2, scope)}}})"

    # Lists and sets

    def _list(self, wanted: str, size: int, scope: Scope) -> str:
        element = wanted.removeprefix("list:")
        count = self.random.randint(0, 4)
        items = [self.argument(element, size // max(count, 1), scope) for _ in range(count)]
        return "[ " + " ".join([*items, "]"])

    def _appended(self, wanted: str, size: int, scope: Scope) -> str:
        return f"({self.expression(wanted, size // 2, scope)} ++ {self.expression(wanted, size // 2, scope)})"

    def _pairs(self, size: int, scope: Scope) -> str:
        items = [
            f"{{ name = {self._leaf('name', scope)}; value = {self.expression('lazy', size // 3, scope)}; }}"
            for _ in range(self.random.randint(0, 3))
        ]
        return "[ " + " ".join([*items, "]"])

    def _set_at(self, wanted: str, size: int, scope: Scope) -> str:
        return self._set(size, scope, recursive=self.random.random() < 0.4)

    def _set(self, size: int, scope: Scope, *, recursive: bool) -> str:
        text, _ = self._bindings(size, scope, recursive=recursive, is_set=True)
        return ("rec " if recursive else "") + "{ " + text + " }"

    def _updated(self, wanted: str, size: int, scope: Scope) -> str:
        return f"({self.expression('set', size // 2, scope)} // {self.expression('set', size // 2, scope)})"

    # Bindings

    def _path_element(self, scope: Scope) -> str:
        random = self.random
        if random.random() < 0.15:
            return "${" + self.expression("string", 1, scope) + "}"
        return attribute(self._name())

    def _bindings(self, size: int, scope: Scope, *, recursive: bool, is_set: bool = False) -> tuple[str, Scope]:
        """The bindings of a `let` or a set, and the scope inside."""
        random = self.random
        count = random.randint(0 if is_set else 1, 4)
        pool = literals.ATTRIBUTE_NAMES if is_set else literals.VARIABLES
        names = random.sample(pool, count)
        kinds = [random.choice((*BASIC, "fn:int>int", "fn:any>any")) for _ in names]
        inner = scope
        if recursive:
            usable = [(name, kind) for name, kind in zip(names, kinds, strict=True) if _is_variable(name)]
            inner = (*scope, *usable)
        lines: list[str] = []
        older: list[tuple[str, str]] = list(scope)
        for name, kind in zip(names, kinds, strict=True):
            # A function sees no function of its own group that comes after it, nor values that may hold one.
            visible = tuple(older) if kind.startswith("fn:") else inner
            share = size // (count + 1)
            lines.append(self._binding(name, kind, share, scope, visible, is_set=is_set, recursive=recursive))
            if recursive and _is_variable(name):
                older.append((name, kind))
        if is_set and recursive and random.random() < 0.04:
            overridden = attribute(random.choice(names or ["o"]))
            lines.append(f"__overrides = {{ {overridden} = {self._leaf('int', scope)}; o1 = 1; }};")
        if is_set and random.random() < 0.15:
            dynamic = random.choice((quoted(random.choice(("q", "r", ""))), "null", f'("s" + {quoted("t")})'))
            lines.append(f"${{{dynamic}}} = {self.expression('any2', size // 4, inner if recursive else scope)};")
        if random.random() < 0.1:
            source = self._set(size // 4, (), recursive=False)
            fresh = [name for name in ("p", "q1", "r1") if name not in names]
            lines.append(f"inherit ({source}) {random.choice(fresh)};")
        random.shuffle(lines)
        return " ".join(lines), inner

    def _binding(
        self, name: str, kind: str, size: int, outer: Scope, inner: Scope, *, is_set: bool, recursive: bool
    ) -> str:
        random = self.random
        written = attribute(name)
        around = [known for known, known_kind in outer if known == name and known_kind == kind]
        if around and _is_variable(name) and random.random() < 0.3:
            return f"inherit {name};"
        if random.random() < 0.08:
            source = f"{{ {written} = {self.expression(kind, size, outer)}; }}"
            return f"inherit ({source}) {written};"
        if kind == "set" and random.random() < 0.3:
            deeper = attribute(self._name())
            first = f"{written}.{deeper} = {self.expression('any2', size, inner)};"
            if random.random() < 0.5:
                return first
            # Bindings of one set that are written apart; now and then twice the same.
            return random.choice(
                (
                    f"{first} {written}.e1.e = {self._leaf('int', inner)};",
                    f"{written} = {{ f1 = {self._leaf('any', inner)}; }}; {first}",
                    f"{written} = rec {{ f1 = f2; f2 = 1; }}; {written}.f3 = 2;",
                )
            )
        if random.random() < 0.06:
            return f"{written} = {self._bomb()};"
        return f"{written} = {self.expression(kind, size, inner)};"


def _is_variable(name: str) -> bool:
    return attribute(name) == name and name not in ("or", "if")
