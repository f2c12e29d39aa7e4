"""Random well-formed programs: every construct of the language and every builtin, typed enough that most of them
evaluate to something.

    programs(seed)  ->  text, text, …      the same texts for the same seed and version

An expression is made for a wanted type (see `builtin_calls`) and a budget of nodes, which its parts share.  Now and
then one of another type, a bomb (`throw`) or an attribute that is missing takes its place, so that laziness and
failures show too.  Functions call only functions that are older than themselves: programs end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from lixeval.parity.builtin_calls import SIGNATURES
from lixeval.parity.literals import attribute, quoted
from lixeval.parity.random_leaves import BASIC, Scope
from lixeval.parity.random_values import Values

_BY_RESULT: dict[str, list[tuple[str, str, str]]] = {}
for _signature in SIGNATURES:
    for _result in ("int", "float") if _signature[2] == "number" else (_signature[2],):
        _BY_RESULT.setdefault(_result, []).append(_signature)


def programs(seed: int, size: int = 40) -> Iterator[str]:
    """Endless programs of up to about `size` nodes."""
    number = 0
    while True:
        yield Programs(Random(f"{seed}/{number}")).program(size)
        number += 1


class Programs(Values):
    """The making of one program."""

    def program(self, size: int) -> str:
        """A whole program: a few expressions over common definitions."""
        random = self.random
        shape = random.random()
        if shape < 0.15:
            # Caught one by one: a failure hides no other value.
            values = [self.expression("any", size // 3, ()) for _ in range(3)]
            return "[ " + " ".join(f"(builtins.tryEval (let v = {v}; in builtins.deepSeq v v))" for v in values) + " ]"
        if shape < 0.45:
            return self.expression(random.choice((*BASIC, "any")), size, ())
        if shape < 0.7:
            text, scope = self._bindings(size // 2, (), recursive=True)
            body = self._list("list:any", size // 2, scope)
            return f"let {text} in {body}"
        if shape < 0.85:
            return self._set(size, (), recursive=random.random() < 0.5)
        return self._list("list:any", size, ())

    # Expressions by type

    def expression(self, wanted: str, size: int, scope: Scope) -> str:
        """An expression of a type, that can stand anywhere (in parentheses where it needs them)."""
        random = self.random
        if random.random() < 0.02:
            return self._surprise(size, scope)
        if wanted == "any":
            wanted = random.choice((*BASIC, "fn:int>int"))
        elif wanted == "lazy":
            wanted = random.choice(("bomb", "int", "set", "any2"))
        if wanted == "any2":
            wanted = random.choice(BASIC)
        if wanted == "number":
            wanted = random.choice(("int", "int", "float"))
        if wanted == "bomb":
            return self._bomb()
        known = [name for name, kind in scope if kind == wanted and _visible(name, scope, kind)]
        if known and random.random() < (0.35 if size > 2 else 0.8):
            return random.choice(known)
        if size <= 1:
            return self._leaf(wanted, scope)
        makers = self._makers(wanted)
        if wanted.startswith("fn:") or not makers or random.random() < 0.35:
            return self._general(wanted, size, scope)
        return random.choice(makers)(wanted, size - 1, scope)

    def _makers(self, wanted: str) -> list[Callable[[str, int, Scope], str]]:
        """Ways to make a type that are its own."""
        makers: dict[str, list[Callable[[str, int, Scope], str]]] = {
            "int": [self._arithmetic, self._builtin, self._builtin],
            "float": [self._arithmetic, self._leaf_at, self._builtin],
            "bool": [self._condition, self._condition, self._builtin],
            "string": [
                *(self._text, self._text, self._text, self._joined, self._joined, self._builtin, self._builtin),
                *(self._builtin, self._of_derivation, self._stands_for_string),
            ],
            "path": [self._path, self._builtin],
            "null": [self._leaf_at],
            "context": [self._of_derivation],
            "set": [self._set_at, self._set_at, self._updated, self._builtin, self._builtin],
        }
        if wanted.startswith("list:"):
            return [self._list, self._list, self._appended, *([self._builtin] if wanted in _BY_RESULT else [])]
        return makers.get(wanted, [])

    def _general(self, wanted: str, size: int, scope: Scope) -> str:
        """Constructs that can give any type."""
        random = self.random
        if wanted.startswith("fn:") and random.random() < 0.75:
            return self.function(wanted, size, scope)
        choice = random.choice(
            (
                self._let,
                self._let,
                self._with,
                self._if,
                self._assert,
                self._selected,
                self._selected,
                self._called,
                self._called,
                self._tried,
                self._from_list,
                self._any_builtin,
                self._legacy_let,
            )
        )
        return choice(wanted, size - 1, scope)

    def _surprise(self, size: int, scope: Scope) -> str:
        """Something that is perhaps not what is wanted."""
        random = self.random
        return random.choice(
            (
                self._bomb,
                lambda: self._leaf(random.choice(BASIC), scope),
                lambda: self.expression("any2", size // 2, scope),
                lambda: f"({self.expression('set', size // 2, scope)}).{attribute(self._name())}",
                lambda: f"({self.expression('any2', size // 2, scope)} {self._leaf('int', scope)})",
                lambda: "__curPos",
                lambda: "<nothing>",
                lambda: f"(- {self.expression('any2', 1, scope)})",
            )
        )()

    def argument(self, wanted: str, size: int, scope: Scope) -> str:
        """An argument of a builtin; literal types have no way to be made but as leaves."""
        if wanted in (
            "small",
            "file",
            "importable",
            "pattern",
            "version",
            "hash",
            "json",
            "toml",
            "lessThan",
            "contextset",
            "hashed",
            "flakeref",
            "searchpath",
            "attrs",
        ):
            return self._leaf(wanted, scope)
        if wanted == "name":
            return self._leaf("name", scope) if self.random.random() < 0.9 else self.expression("string", size, scope)
        if wanted == "pairs":
            return self._pairs(size, scope)
        if wanted == "closure":
            return self._closure()
        if wanted == "context" and (size < 3 or self.random.random() < 0.5):
            return self._context()
        if wanted == "formals":
            return self._formals_function("int", size, scope)
        return self.expression(wanted, size, scope)

    # Constructs of any type

    def _let(self, wanted: str, size: int, scope: Scope) -> str:
        text, inner = self._bindings(size // 2, scope, recursive=True)
        return f"(let {text} in {self.expression(wanted, size // 2, inner)})"

    def _legacy_let(self, wanted: str, size: int, scope: Scope) -> str:
        text, inner = self._bindings(size // 2, scope, recursive=True)
        return f"(let {{ {text} body = {self.expression(wanted, size // 2, inner)}; }})"

    def _with(self, wanted: str, size: int, scope: Scope) -> str:
        """The names of the set come into scope, but what is bound around hides them."""
        random = self.random
        name = random.choice(("a", "b", "w", "x", "toString", "foo"))
        text = self.expression(wanted, size // 2, scope)
        rest = self._bindings(size // 4, scope, recursive=False, is_set=True)[0] if random.random() < 0.5 else ""
        hidden = any(known == name for known, _ in scope) or name == "toString"
        inner = scope if hidden else (*scope, (name, wanted))
        if f"{name} =" in rest or f"{name}." in rest or f"inherit ({name}" in rest:
            rest = ""
        scoped = self.expression(wanted, size // 2, inner)
        return f"(with {{ {name} = {text}; {rest} }}; {scoped})"

    def _if(self, wanted: str, size: int, scope: Scope) -> str:
        condition = self.expression("bool", size // 3, scope)
        then, otherwise = self.expression(wanted, size // 3, scope), self.expression(wanted, size // 3, scope)
        return f"(if {condition} then {then} else {otherwise})"

    def _assert(self, wanted: str, size: int, scope: Scope) -> str:
        condition = "true" if self.random.random() < 0.6 else self.expression("bool", size // 3, scope)
        return f"(assert {condition}; {self.expression(wanted, size // 2, scope)})"

    def _selected(self, wanted: str, size: int, scope: Scope) -> str:
        """A selection from a set that has the attribute, or perhaps not and has a default."""
        random = self.random
        path = [attribute(self._name()) for _ in range(random.randint(1, 3))]
        value = self.expression(wanted, size // 2, scope)
        made = f"{{ {'.'.join(path)} = {value}; {random.choice(('', 'zz = 1;', 'zz = throw null;'))} }}"
        if random.random() < 0.3:
            other = random.choice((path, [*path, "more"], ["zy"], [*path[:-1], attribute(self._name())]))
            return f"({made}.{'.'.join(other)} or {self.expression(wanted, size // 3, scope)})"
        if random.random() < 0.15:
            path[-1] = "${" + (path[-1] if path[-1].startswith('"') else quoted(path[-1])) + "}"
        if random.random() < 0.1:
            return f"(rec {made}).{'.'.join(path)}"
        return f"{made}.{'.'.join(path)}"

    def _from_list(self, wanted: str, size: int, scope: Scope) -> str:
        value = self.expression(wanted, size // 2, scope)
        other = self.expression("lazy", size // 3, scope)
        if self.random.random() < 0.5:
            return f"(builtins.head [ {value} {other} ])"
        return f"(builtins.elemAt [ {other} {value} ] 1)"

    def _tried(self, wanted: str, size: int, scope: Scope) -> str:
        """A failure that is caught."""
        value = self.expression(wanted, size // 2, scope)
        bomb = self.random.choice(('throw "x"', "assert false; 1", "<nothing>", f"builtins.seq (throw null) {value}"))
        return f"(if (builtins.tryEval ({bomb})).success then {self._leaf(wanted, scope)} else {value})"

    def _builtin(self, wanted: str, size: int, scope: Scope) -> str:
        found = _BY_RESULT.get(wanted)
        if not found:
            return self._leaf(wanted, scope)
        return self._call_of_builtin(self.random.choice(found), size, scope)

    def _any_builtin(self, wanted: str, size: int, scope: Scope) -> str:
        """A builtin whose result's type cannot be known."""
        return self._call_of_builtin(self.random.choice(_BY_RESULT["any"]), size, scope)

    def _call_of_builtin(self, signature: tuple[str, str, str], size: int, scope: Scope) -> str:
        random = self.random
        name, arguments, _ = signature
        kinds = arguments.split()
        share = size // (len(kinds) + 1)
        if name in ("throw", "abort"):
            share = 1
        texts = [self.argument(kind, share, scope) for kind in kinds]
        texts = [text if _is_simple(text) else f"({text})" for text in texts]
        function = random.choice((f"builtins.{name}", f"builtins.{name}", f"__{name}"))
        if name in ("map", "toString", "throw", "abort", "import", "baseNameOf", "dirOf", "removeAttrs", "placeholder"):
            function = f"builtins.{name}"
        if len(texts) > 1 and random.random() < 0.1:
            return f"(let partial = {function} {texts[0]}; in partial {' '.join(texts[1:])})"
        return f"({function} {' '.join(texts)})"

    # Functions

    def function(self, wanted: str, size: int, scope: Scope) -> str:
        """A function of a type "fn:A>B" or "fn:A>B>C"."""
        random = self.random
        *arguments, result = wanted.removeprefix("fn:").split(">")
        if len(arguments) == 1 and random.random() < 0.1:
            known = {"int>int": "(builtins.add 1)", "int>bool": "(builtins.lessThan 1)", "int>string": "toString"}
            if arguments[0] + ">" + result in known:
                return known[arguments[0] + ">" + result]
        # Two parameters of one name: the inner hides the outer.
        names = [random.choice(("a", "b", "x", "y", "n", "_z", "x'")) for _ in arguments]
        inner = (*scope, *zip(names, arguments, strict=True))
        body = self.expression(result, size - 1, inner)
        if random.random() < 0.08:
            return f"{{ __functor = self: {names[0]}: {self._rest_of_function(names[1:], body)}; }}"
        return "(" + ": ".join([*names, body]) + ")"

    def _rest_of_function(self, names: list[str], body: str) -> str:
        return ": ".join([*names, body])

    def _formals_function(self, result: str, size: int, scope: Scope, needed: dict[str, str] | None = None) -> str:
        """A function that takes a set apart; `needed` are the names that calls give, with their types."""
        random = self.random
        needed = needed or {}
        optional = [name for name in random.sample(("d", "e", "f", "g"), random.randint(0, 2)) if name not in needed]
        inner = (*scope, *needed.items(), *[(name, "int") for name in optional])
        formals = list(needed)
        for name in optional:
            formals.append(f"{name} ? {self.expression('int', size // 3, inner)}")
        random.shuffle(formals)
        if random.random() < 0.4:
            formals.append("...")
        pattern = "{ " + ", ".join(formals) + " }"
        if random.random() < 0.3:
            pattern = random.choice((f"args@{pattern}", f"{pattern}@args"))
            inner = (*inner, ("args", "set"))
        return f"({pattern}: {self.expression(result, size // 2, inner)})"

    def _called(self, wanted: str, size: int, scope: Scope) -> str:
        """A function made and called on the spot, or bounded recursion."""
        random = self.random
        kind = random.random()
        if kind < 0.45:
            arguments = [random.choice(BASIC) for _ in range(random.randint(1, 3))]
            function = self.function("fn:" + ">".join([*arguments, wanted]), size // 2, scope)
            share = size // (2 * len(arguments))
            given = " ".join(_operand(self.expression(argument, share, scope)) for argument in arguments)
            return f"({function} {given})"
        if kind < 0.8:
            needed = {name: random.choice(BASIC) for name in random.sample(("a", "b", "c", "x"), random.randint(0, 2))}
            function = self._formals_function(wanted, size // 2, scope, needed)
            given = "".join(f"{name} = {self.expression(kind, size // 4, scope)}; " for name, kind in needed.items())
            extra = random.choice(("", "", "", "d = 5; ", "extra = 1; ")) if "d" not in needed else ""
            return f"({function} {{ {given}{extra}}})"
        value = self.expression(wanted, size // 2, scope)
        return f"(let loop = count: if count < 1 then {value} else loop (count - 1); in loop {random.randint(0, 6)})"


def _visible(name: str, scope: Scope, kind: str) -> bool:
    """Whether a name still means that binding: the innermost of its name decides."""
    for known, known_kind in reversed(scope):
        if known == name:
            return known_kind == kind
    return False


def _is_simple(text: str) -> bool:
    """Whether an expression can be an argument as it stands."""
    return text[0] in "([{\"'" or text.replace(".", "a").replace("_", "a").isalnum() or text[0] in "./<"


def _operand(text: str) -> str:
    return text if _is_simple(text) else f"({text})"
