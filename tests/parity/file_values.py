"""Expressions of each kind in a program of several files."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

NAMES = ("a", "b", "c", "d", "e", "f", "g", "x", "y")
KINDS = ("int", "str", "bool", "list", "set", "set", "any", "fn")

Kind = str
Names = dict[str, Kind]
"""What is in scope."""


class FileValues:
    """What gives a value of a kind; `file_programs.FileProgram` adds what gives any."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def expression(self, kind: Kind, size: int, names: Names) -> str:
        """An expression that can stand as an argument, most often of a kind."""
        raise NotImplementedError

    def bindings(self, size: int, names: Names, *, recursive: bool, let: bool = False) -> tuple[str, Names]:
        """Bindings, and the scope inside; those of a `let` have no computed names."""
        raise NotImplementedError

    # Ints, Booleans

    def _sum(self, kind: Kind, size: int, names: Names) -> str:
        one, two = self.expression("int", size // 2, names), self.expression("int", size // 2, names)
        return f"({one} {self.random.choice(('+', '-', '*', '+', '/'))} {two})"

    def _measured(self, kind: Kind, size: int, names: Names) -> str:
        text, items, given = (self.expression(each, size, names) for each in ("str", "list", "set"))
        return self.random.choice(
            (
                f"(builtins.stringLength {text})",
                f"(builtins.length {items})",
                f"(builtins.length (builtins.attrNames {given}))",
                f"(- {self.expression('int', size, names)})",
                f'((builtins.unsafeGetAttrPos "a" {given}).column or 0)',
                f"(builtins.foldl' (a: b: a + 1) 0 {items})",
                f"({given}.a or 3)",
            )
        )

    def _compared(self, kind: Kind, size: int, names: Names) -> str:
        random = self.random
        half = size // 2
        some = random.choice(("int", "int", "str", "list", "set", "any", "fn"))
        one, two = self.expression(some, half, names), self.expression(some, half, names)
        yes, other = self.expression("bool", half, names), self.expression("bool", half, names)
        given = self.expression("set", half, names)
        name = random.choice((*NAMES, '"a"', '${"b"}', '${"c" + ""}', "a.b", "c.a", 'y.${"a"}'))
        order = random.choice(("<", ">", "<=", ">="))
        low, high = (
            self.expression(random.choice(("int", "str")) if some != "int" else "int", half, names) for _ in "12"
        )
        return random.choice(
            (
                f"({one} == {two})",
                f"({one} != {two})",
                f"({one} == {one})",
                f"({low} {order} {high})",
                f"({yes} && {other})",
                f"({yes} || {other})",
                f"({yes} -> {other})",
                f"(!{yes})",
                f"({given} ? {name})",
                f"({given} ? {name})",
                f"(builtins.elem {one} {self.expression('list', half, names)})",
                f"(builtins.isAttrs {one})",
                f"(builtins.isFunction {one})",
                f"(builtins.all (x: x == {one}) {self.expression('list', half, names)})",
                f"(builtins.hasContext {self.expression('str', half, names)})",
                f"(builtins.pathExists {self._path()})",
            )
        )

    # Texts

    def _text(self, kind: Kind, size: int, names: Names) -> str:
        random = self.random
        half = size // 2
        one, two = self.expression("str", half, names), self.expression("str", half, names)
        number, items, given = (self.expression(each, half, names) for each in ("int", "list", "set"))
        return random.choice(
            (
                f'"<${{{one}}}-${{{two}}}>"',
                f'"${{{one}}}"',
                f"''\n  ${{{one}}}\n   ''${{a ${{{two}}}\n''",
                f"({one} + {two})",
                f"({one} + {two} + {one})",
                f"(toString {number})",
                f"(toString {items})",
                f"(toString {{ __toString = self: {one}; }})",
                f'"${{{{ outPath = {one}; }}}}"',
                f"(builtins.concatStringsSep {one} (map toString {items}))",
                f"(builtins.substring 0 {self.random.randint(0, 3)} {one})",
                f'(builtins.replaceStrings [ "a" "b" ] [ {one} "z" ] {two})',
                f"(builtins.toJSON {self.expression('any', half, names)})",
                f"(builtins.typeOf {self.expression('any', half, names)})",
                f'(builtins.concatStringsSep "," (builtins.attrNames {given}))',
                f"(builtins.unsafeDiscardStringContext {one})",
                f'(builtins.hashString "md5" {one})',
                f'"${{builtins.toFile "t" {one}}}"',
                f"(toString {self._path()})",
                f"(baseNameOf {one})",
                self._derivation(half, names) + random.choice((".drvPath", ".outPath", ".name", "")),
            )
        )

    def _derivation(self, size: int, names: Names) -> str:
        random = self.random
        more = [
            f'args = [ {self.expression("str", size // 3, names)} "-c" ];',
            f"x = {self.expression('any', size // 2, names)};",
            f"b = {self.expression('str', size // 2, names)};",
            'outputs = [ "out" "dev" ];',
            "__structuredAttrs = true;",
            "__ignoreNulls = true;",
            "d = null;",
            "e = [ 1 true ./a.nix ];",
            'passAsFile = [ "b" ];',
        ]
        chosen = " ".join(random.sample(more, random.randint(0, 4)))
        name = random.choice(('"n"', '"n"', '"n-1.2"', self.expression("str", 2, names)))
        return f'(derivation {{ name = {name}; builder = "/b"; system = "s"; {chosen} }})'

    def _path(self) -> str:
        return self.random.choice(("./a.nix", "./.", './${"b"}.nix', "~/x", "/a/b", "../x", './x/${"y"}/z', '~/${"q"}'))

    # Lists, sets, functions

    def _list(self, kind: Kind, size: int, names: Names) -> str:
        parts = self.random.randint(1, 4)
        items = " ".join(self.expression("any", size // parts, names) for _ in range(parts))
        return f"[ {items} ]"

    def _listed(self, kind: Kind, size: int, names: Names) -> str:
        half = size // 2
        one, two = self.expression("list", half, names), self.expression("list", half, names)
        given, some = self.expression("set", half, names), self.expression("any", half, names)
        inner = {**names, "x": "any"}
        body, test = self.expression("any", half, inner), self.expression("bool", half, inner)
        number, other = self.expression("int", half, names), self.expression("int", half, names)
        return self.random.choice(
            (
                f"({one} ++ {two})",
                f"({one} ++ [ {some} ])",
                f"(map (x: {body}) {one})",
                f"(builtins.filter (x: {test}) {one})",
                f"(builtins.attrNames {given})",
                f"(builtins.attrValues {given})",
                f"(builtins.concatMap (x: [ x {body} ]) {one})",
                f"(builtins.concatLists [ {one} {two} ])",
                f"(builtins.genList (x: {body}) 3)",
                f"(builtins.tail [ {some} {some} 1 ])",
                f'(builtins.split "(a)|b" {self.expression("str", half, names)})',
                f"(builtins.foldl' (acc: e: if builtins.elem e acc then acc else acc ++ [ e ]) [ ] {one})",
                f"(builtins.sort (a: b: a < b) [ {number} 1 {other} ])",
                f"(let it = {one}; n = builtins.length it; in builtins.genList (i: builtins.elemAt it (n - 1 - i)) n)",
                f"(map (x: x.key) (builtins.genericClosure {{ startSet = [ {{ key = 1; a = {some}; }} ];\n"
                f"operator = x: if x.key > 3 then [ ] else [ {{ key = x.key + 1; a = x.a; }} ]; }}))",
                f"(builtins.partition (x: {test}) {one}).right",
            )
        )

    def _set(self, kind: Kind, size: int, names: Names) -> str:
        rec = self.random.random() < 0.35
        text, _ = self.bindings(size, names, recursive=rec)
        return f"{'rec ' if rec else ''}{{\n{text}\n}}"

    def _made_set(self, kind: Kind, size: int, names: Names) -> str:
        half = size // 2
        one, two = self.expression("set", half, names), self.expression("set", half, names)
        some, items = self.expression("any", half, names), self.expression("list", half, names)
        name = self.expression("str", half, names)
        inner = {**names, "n": "str", "v": "any"}
        body = self.expression("any", half, inner)
        return self.random.choice(
            (
                f"({one} // {two})",
                f"({one} // {two})",
                f"({one} // {{ {self.random.choice(NAMES)} = {some}; }})",
                f"(builtins.mapAttrs (n: v: {body}) {one})",
                f'(removeAttrs {one} [ "a" {self.expression("str", 1, names)} ])',
                f"(builtins.intersectAttrs {one} {two})",
                f'(builtins.listToAttrs [ {{ name = "a"; value = {some}; }} {{ name = {name}; value = 1; }} ])',
                f"(builtins.tryEval {some})",
                f"(builtins.groupBy (x: builtins.typeOf x) {items})",
                f"(builtins.zipAttrsWith (n: v: v) [ {one} {two} ])",
                f"(builtins.functionArgs {self.expression('fn', half, names)})",
                f"(builtins.parseDrvName {self.expression('str', half, names)})",
                f"(builtins.fromJSON (builtins.toJSON {one}))",
                f"(let f = self: {{ a = {some}; b = self.a; }}; fix = f: let x = f x; in x; in fix f)",
                f"(builtins.partition (x: x == {some}) {items})",
                f'(builtins.unsafeGetAttrPos "a" {one})',
            )
        )

    def _function(self, kind: Kind, size: int, names: Names) -> str:
        name = self.random.choice(NAMES)
        body = self.expression("any", size, {**names, name: "any"})
        return self.random.choice(
            (
                f"({name}: {body})",
                f"({{ {name} ? 1, ... }}: {body})",
                f"({name}: y: {body})",
                f"{{ __functor = self: {name}: {body}; }}",
            )
        )

    def _null(self, kind: Kind, size: int, names: Names) -> str:
        return "null"


Way = Callable[["FileValues", Kind, int, Names], str]
_V = FileValues
OF_KIND: dict[Kind, tuple[Way, ...]] = {
    "int": (_V._sum, _V._sum, _V._measured),
    "bool": (_V._compared,),
    "str": (_V._text,),
    "list": (_V._list, _V._listed),
    "set": (_V._set, _V._set, _V._made_set),
    "fn": (_V._function,),
    "null": (_V._null,),
}
