"""Programs of which each is one construct of the language, put one behind or one into the other so many times."""

from __future__ import annotations

from collections.abc import Callable

Program = Callable[[int], str]


def joined(separator: str, part: Callable[[int], str]) -> Program:
    """`part(0)`, `part(1)`, … with a separator between them."""
    return lambda size: separator.join(map(part, range(size)))


def within(opening: str, middle: str, closing: str = "") -> Program:
    return lambda size: opening * size + middle + closing * size


def bound(pattern: str) -> Program:
    """`a0 = …; a1 = …;` and so on, by a pattern that says what `{i}` is in terms of `{j}`, its predecessor."""
    return lambda size: "".join(pattern.format(i=number, j=number - 1) for number in range(1, size))


def filled(before: str, inner: Program, after: str) -> Program:
    return lambda size: before + inner(size) + after.replace("LAST", str(size - 1)).replace("SIZE", str(size))


def names_of(before: str, inner: Program, after: str) -> Program:
    """How many attributes a set has."""
    return filled("builtins.length (builtins.attrNames (" + before, inner, after + "))")


SYNTAX: dict[str, Program] = {
    "+ of ints": filled("1", lambda n: " + 1" * n, ""),
    "+ of variables": filled("let a = 1; f = x: x; in f a", lambda n: " + a" * n, ""),
    "+ of strings": filled('"a"', lambda n: ' + "b"' * n, ""),
    "+ of calls": filled("let f = x: x; in f 0", lambda n: " + f 1" * n, ""),
    "- of ints": filled("1", lambda n: " - 1" * n, ""),
    "* of ints": filled("1", lambda n: " * 1" * n, ""),
    "//": filled("builtins.length (builtins.attrNames ({ }", lambda n: " // { a = 1; }" * n, "))"),
    "// in parentheses": lambda n: "(" * n + "{ }" + " // { a = 1; })" * n,
    "++": filled("builtins.length ([ ]", lambda n: " ++ [ 1 ]" * n, ")"),
    "++ in parentheses": lambda n: "builtins.length (" + "(" * n + "[ ]" + " ++ [ ])" * n + ")",
    "&&": filled("true", lambda n: " && true" * n, ""),
    "||": filled("false", lambda n: " || false" * n, ""),
    "&& of calls": filled("let f = x: x; in f true", lambda n: " && f true" * n, ""),
    "->": filled("true", lambda n: " -> true" * n, ""),
    "< of lists": lambda n: "[" * n + "1" + "]" * n + " < " + "[" * n + "2" + "]" * n,
    "== in parentheses": lambda n: "(" * n + "true" + " == true)" * n,
    "?": filled("{ }", lambda n: " ? a" * n, ""),
    "!": within("!", "true"),
    "- before": within("-", "1"),
    "parentheses": within("(", "1", ")"),
    "lists": within("[", "1", "]"),
    "sets": within("{ a = ", "1", "; }"),
    "rec sets": within("rec { a = ", "1", "; }"),
    "attribute path": lambda n: "{ a" + ".a" * n + " = 1; } ? a",
    "attribute paths of one set": names_of("{", joined(" ", "a.b{} = 1;".format), "}.a"),
    "selection": lambda n: "let s = { a = s; }; in (s" + ".a" * n + ") ? a",
    "or": within("{ }.a or (", "1", ")"),
    "let in let": within("let a = 1; in ", "a"),
    "let of let": within("let a = ", "1", "; in a"),
    "let of variables": filled("let a0 = 1; ", bound("a{i} = a{j}; "), "in aLAST"),
    "let of sums": filled("let a0 = 1; ", bound("a{i} = a{j} + 1; "), "in aLAST"),
    "let of functions": filled("let a0 = x: x; ", bound("a{i} = x: a{j} x; "), "in aLAST 1"),
    "let of lambdas unused": filled("let a0 = x: x; ", bound("a{i} = x: x + {i}; "), "in aLAST 1"),
    "let, each of all": filled("let a0 = 1; ", bound("a{i} = if b then a{j} else a0; "), "b = true; in aLAST"),
    "rec set of sums": filled("(rec { a0 = 1; ", bound("a{i} = a{j} + 1; "), "}).aLAST"),
    "inherit from one": filled("let s = { a = 1; }; in [", lambda n: "{ inherit (s) a; } " * n, "] == [ ]"),
    "inherit in a chain": filled("let a0 = { x = 1; }; ", bound("a{i} = {{ inherit (a{j}) x; }}; "), "in aLAST.x"),
    "inherit of many": names_of("{ inherit (builtins) ", joined(" ", "a{}".format), "; }"),
    "with": within("with { a = 1; }; ", "a"),
    "with, names of the outermost": lambda n: "with { b = 1; }; " + "with { }; " * n + "b",
    "assert": within("assert true; ", "1"),
    "if then": within("if true then ", "1", " else 2"),
    "if then let": within("if true then let a = 1; in ", "1", " else 2"),
    "else if": within("if false then 1 else ", "2"),
    "functions": within("x: ", "1"),
    "function called": lambda n: "(" + "x: " * n + "1)" + " 1" * n,
    "formals": names_of("builtins.functionArgs ({ ", joined(", ", "a{}".format), " }: 1)"),
    "formals given": lambda n: (
        "({ " + ", ".join(f"a{i}" for i in range(n)) + " }: a0) { " + "".join(f"a{i} = 1; " for i in range(n)) + "}"
    ),
    "formals with defaults": filled("({ a0 ? 1, ", bound("a{i} ? a{j}, "), "... }: aLAST) { }"),
    "calls in calls": filled("let f = x: x; in ", within("f (", "1", ")"), ""),
    "arguments": lambda n: "let f = x: f; in builtins.isFunction (f" + " 1" * n + ")",
    "list of ints": filled("builtins.length [ ", joined(" ", "{}".format), " ]"),
    "list of strings": filled("builtins.length [ ", joined(" ", '"a{}"'.format), " ]"),
    "list of variables": filled("let a = 1; in builtins.length [ ", lambda n: "a " * n, "]"),
    "list of sums": filled("let a = 1; in builtins.foldl' (x: y: x + y) 0 [ ", lambda n: "(a + 1) " * n, "]"),
    "list of sets": filled("builtins.length [ ", joined(" ", "{{ a = {}; }}".format), " ]"),
    "list of lambdas": filled("builtins.length [ ", joined(" ", "(x: x + {})".format), " ]"),
    "list of calls": filled("let f = x: x; in builtins.foldl' (x: y: x + y) 0 [ ", joined(" ", "(f {})".format), " ]"),
    "set of ints": names_of("{", joined(" ", "a{0} = {0};".format), " }"),
    "set of calls": filled(
        "let f = x: x; in builtins.foldl' (x: y: x + y) 0 (builtins.attrValues { ",
        joined(" ", "a{0} = f {0};".format),
        " })",
    ),
    "set of computed names": names_of("{", joined(" ", '${{"a" + "{0}"}} = {0};'.format), " }"),
    "interpolations": lambda n: 'let a = "b"; in builtins.stringLength "' + "${a}" * n + '"',
    "interpolation in interpolation": within('"${', '"a"', '}"'),
    "indented lines": lambda n: "builtins.stringLength ''\n" + '  a ${"b"}\n' * n + "''",
    "comments": within("# a\n", "1"),
}

VALUES: dict[str, Program] = {
    "genList": lambda n: f"builtins.length (builtins.genList (x: x) {n})",
    "genList forced": lambda n: f"builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x * 2) {n})",
    "map": lambda n: f"builtins.length (map (x: x + 1) (builtins.genList (x: x) {n}))",
    "map forced": lambda n: f"builtins.foldl' (a: b: a + b) 0 (map (x: x + 1) (builtins.genList (x: x) {n}))",
    "map of sets": lambda n: f"builtins.length (map (x: {{ a = x; }}) (builtins.genList (x: x) {n}))",
    "genList of calls": lambda n: f"let f = x: builtins.toString x; in builtins.length (builtins.genList (x: f x) {n})",
    "filter": lambda n: f"builtins.length (builtins.filter (x: x > 5) (builtins.genList (x: x) {n}))",
}
