"""The leaves of random programs: literals of each type, strings that refer to the store, and what fails."""

from __future__ import annotations

from random import Random

from lixeval.parity import literals
from lixeval.parity.literals import quoted

Scope = tuple[tuple[str, str], ...]
"""The names at hand with their types, the innermost last."""

BASIC = ("int", "float", "bool", "string", "path", "null", "list:int", "list:any", "set")

_CHOICES = {
    "int": literals.INTS,
    "small": ("0", "1", "2", "3", "4", "(-1)", "100"),
    "float": literals.FLOATS,
    "bool": ("true", "false"),
    "path": literals.PATHS,
    "file": ("./data/a.txt", "./data/b/c.nix", "./missing", '(./. + "/data/a.txt")'),
    "importable": ("./data/b/c.nix", "./data/b", "./data/function.nix", "./missing.nix"),
    "set": ("{ }", "{ a = 1; }", '{ b = "b"; a = [ ]; }', "{ a.b = 2; }"),
    "lessThan": ("builtins.lessThan", "__lessThan", "(a: b: a < b)", "(a: b: b < a)", "(x: y: x <= y)"),
    "pairs": ('[ { name = "a"; value = 1; } ]', "[ ]", '[ { name = "b"; } ]'),
    "attrs": ("{ a = 1; b = 2; x = 3; }", "{ }", '{ x = throw "x"; "" = 1; }'),
    "formals": ("({ a, b ? 1 }: a)", "({ ... }: 1)", "(x: x)", "({ c ? 2 }@args: args)", "map"),
}
"""Expressions of a type."""
_TEXTS = {
    "string": literals.TEXTS,
    "name": literals.ATTRIBUTE_NAMES,
    "pattern": literals.PATTERNS,
    "version": literals.VERSIONS,
    "hash": literals.HASHES,
    "json": literals.JSON_TEXTS,
    "toml": literals.TOML_TEXTS,
    "flakeref": literals.FLAKE_REFERENCES,
}
"""Texts that are strings of a type."""


class Leaves:
    """What needs no budget; `expression` and `function` are the other parts of the maker (see `generate`)."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def expression(self, wanted: str, size: int, scope: Scope) -> str:
        """An expression of a type."""
        return self._leaf(wanted, scope)

    def function(self, wanted: str, size: int, scope: Scope) -> str:
        """A function of a type."""
        return "(x: x)"

    def _name(self) -> str:
        return self.random.choice(literals.ATTRIBUTE_NAMES)

    def _bomb(self) -> str:
        return self.random.choice(
            ('(throw "bomb")', "(abort null)", "(assert false; 1)", "({ }.missing)", "(1 + null)")
        )

    def _leaf(self, wanted: str, scope: Scope) -> str:
        random = self.random
        if wanted in _CHOICES:
            return random.choice(_CHOICES[wanted])
        if wanted in _TEXTS:
            return quoted(random.choice(_TEXTS[wanted]))
        match wanted:
            case "closure":
                return self._closure()
            case "context":
                return self._context()
            case "contextset":
                path = "/nix/store/ffffffffffffffffffffffffffffffff-x"
                inside = random.choice(("path = true;", "", "outputs = [ ];", "path = false;"))
                return random.choice(
                    ("{ }", f'{{ "{path}" = {{ {inside} }}; }}', f'{{ "{path}.drv".outputs = [ "out" ]; }}')
                )
            case "hashed":
                given = random.choice(literals.HASH_TEXTS)
                form = random.choice(("base16", "nix32", "base32", "base64", "sri", "hex"))
                kind = f"hashAlgo = {quoted(random.choice(literals.HASHES))};" if random.random() < 0.6 else ""
                return f"{{ hash = {quoted(given)}; toHashFormat = {quoted(form)}; {kind} }}"
            case "flakeattrs":
                return f"(builtins.parseFlakeRef {quoted(random.choice(literals.FLAKE_REFERENCES))})"
            case "searchpath":
                prefix = random.choice(("x", "", "data", "x/y"))
                return f'[ {{ path = ./missing; prefix = "a"; }} {{ path = ./data; prefix = {quoted(prefix)}; }} ]'
            case "pathargs":
                more = random.choice(
                    ("", 'name = "n";', "recursive = false;", "recursive = true;", "filter = p: t: true;")
                )
                return f"{{ path = {random.choice(literals.PATHS)}; {more} }}"
            case "any" | "lazy" | "any2":
                return self._leaf(random.choice(BASIC), scope)
            case "number":
                return self._leaf(random.choice(("int", "float")), scope)
            case "drvattrs":
                return '{ name = "s"; system = "s"; builder = "b"; }'
        if wanted.startswith("list:"):
            element = wanted.removeprefix("list:")
            return random.choice(("[ ]", f"[ {self._leaf(element, scope)} ]"))
        if wanted.startswith("fn:"):
            return self.function(wanted, 1, scope)
        return "null"

    def _leaf_at(self, wanted: str, size: int, scope: Scope) -> str:
        return self._leaf(wanted, scope)

    def _closure(self) -> str:
        random = self.random
        bound = random.randint(0, 5)
        step = random.choice(("x.key + 1", "x.key * 2", "0", "x.key - 1"))
        start = random.choice(
            ("[ { key = 0; } ]", "[ { key = 1; } { key = 2; } { key = 1; } ]", "[ ]", "[ { key = 1; a = 2; } ]")
        )
        grown = f"x: if x.key > {bound} || x.key < 0 then [ ] else [ {{ key = {step}; from = x.key; }} ]"
        return f"{{ startSet = {start}; operator = {grown}; }}"

    def _context(self) -> str:
        """A string that refers to the store."""
        random = self.random
        derivation = '(derivation { name = "d"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; })'
        return random.choice(
            (
                f'(builtins.toFile "t" {quoted(random.choice(("x", "", "y z")))})',
                f'"${{{derivation}}}"',
                f"{derivation}.drvPath",
                f"{derivation}.dev.outPath",
                '"${./data/a.txt}"',
                f'"a${{{derivation}.dev}}b"',
                '(builtins.toFile "u" (builtins.toFile "t" ""))',
                f"({derivation}.outPath + {quoted(random.choice(('/bin', '')))})",
            )
        )
