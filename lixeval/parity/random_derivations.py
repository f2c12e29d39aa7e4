"""Random derivations, strings that refer to the store, and sets that stand for strings."""

from __future__ import annotations

from lixeval.parity import literals
from lixeval.parity.literals import attribute, quoted
from lixeval.parity.random_leaves import Leaves, Scope

_NAMES = ("d", "foo-1.2", "a.b", "x+y", "with space", "", ".hidden", "n" * 30)
_HASH = '"0000000000000000000000000000000000000000000000000000"'
_SRI = '"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="'
_OUTPUTS = ('[ "out" "dev" ]', '[ "dev" ]', "[ ]", '[ "out" "out" ]', '[ "a" "out" ]')


class Derivations(Leaves):
    """What has to do with the store."""

    def _derivation(self, wanted: str, size: int, scope: Scope) -> str:
        """A derivation, with arguments of any kind."""
        random = self.random
        parts = [
            f"name = {quoted(random.choice(_NAMES)) if random.random() < 0.3 else quoted('d')};",
            'system = "s";' if random.random() < 0.9 else f"system = {self.expression('string', 1, scope)};",
            f"builder = {random.choice((quoted('b'), '/bin/sh', './data/a.txt', self._context()))};",
        ]
        for name in random.sample(("env1", "env2", "passed", "x", "é", "PATH", "list"), random.randint(0, 3)):
            kind = random.choice(("int", "string", "context", "list:string", "list:any", "bool", "null", "any", "path"))
            parts.append(f"{attribute(name)} = {self.argument(kind, size // 4, scope)};")
        parts += [part for part in self._specials(size, scope) if random.random() < 0.25]
        random.shuffle(parts)
        return f"(derivation {{ {' '.join(parts)} }})"

    def argument(self, wanted: str, size: int, scope: Scope) -> str:
        """An argument of a builtin."""
        return self.expression(wanted, size, scope)

    def _specials(self, size: int, scope: Scope) -> list[str]:
        """Arguments that mean something to `derivation`."""
        random = self.random
        boolean = random.choice(("true", "false"))
        return [
            f"args = [ {self.argument('string', size // 4, scope)} {self.argument('context', 1, scope)} ];",
            f"outputs = {random.choice(_OUTPUTS)};",
            f"__structuredAttrs = {boolean};",
            f"__ignoreNulls = {boolean};",
            "outputHash = "
            + random.choice((f"{_HASH}; outputHashAlgo = {quoted(random.choice(literals.HASHES))};", f"{_SRI};"))
            + random.choice(
                ("", ' outputHashMode = "recursive";', ' outputHashMode = "flat";', " outputHashMode = 1;")
            ),
            f"allowedReferences = {random.choice(('[ ]', 'null', 'outputs'))};".replace("outputs", '[ "out" ]'),
            f"__contentAddressed = {random.choice(('false', 'false', 'true'))};",
            "preferLocalBuild = true;",
            f"exportReferencesGraph = [ {quoted('graph')} {self._context()} ];",
            "impureEnvVars = [ ];",
        ]

    def _of_derivation(self, wanted: str, size: int, scope: Scope) -> str:
        """A text that comes of a derivation."""
        random = self.random
        made = self._derivation("set", size - 1, scope)
        return random.choice(
            (
                f"{made}.drvPath",
                f"{made}.outPath",
                f'"${{{made}}}/bin"',
                f"(toString {made})",
                f"(builtins.unsafeDiscardStringContext {made}.drvPath)",
                f"(builtins.toJSON {made})",
                f"{made}.outputName",
            )
        )

    def _stands_for_string(self, wanted: str, size: int, scope: Scope) -> str:
        """A set that is a string where one is wanted."""
        random = self.random
        text = self.expression("string", size - 1, scope)
        made = random.choice(
            (
                f"{{ outPath = {text}; }}",
                f"{{ __toString = self: {text}; }}",
                f'{{ __toString = self: self.x + "y"; x = {text}; }}',
                f"{{ outPath = {{ outPath = {text}; }}; }}",
                f"{{ outPath = throw null; __toString = self: {text}; }}",
                f'{{ type = "derivation"; outPath = {text}; name = "n"; }}',
            )
        )
        return random.choice((f'"${{{made}}}"', f"(toString {made})", f'("" + {made})', f"(toString [ 1 {made} ])"))
