"""Programs that must evaluate where there are no threads, processes, users and network: text -> how its answer begins.

Values are real Nix 2.26.3's; messages are told by how they begin, since their end says what a browser cannot do.
"""

from __future__ import annotations

CASES = (
    ("1 + 1", "2"),
    ("let fib = n: if n < 2 then n else fib (n - 1) + fib (n - 2); in fib 15", "610"),
    ("let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 9000", "9000"),
    ("let f = n: f (n + 1); in f 0", "error: stack overflow; max-call-depth exceeded"),
    ('let f = n: if n == 0 then throw "no" else 1 + f (n - 1); in f 9000', "error: no"),
    (
        'builtins.tryEval (let f = n: if n == 0 then throw "no" else 1 + f (n - 1); in f 9000)',
        "{ success = false; value = false; }",
    ),
    ("let f = n: if n == 0 then { }.a else 1 + f (n - 1); in f 9000", "error: attribute 'a' missing"),
    ("let a = b; b = c; c = a; in a", "error: infinite recursion encountered"),
    ("1 +", "error: syntax error, unexpected end of file"),
    ("builtins.foldl' builtins.add 0 (builtins.genList (x: x) 10000)", "49995000"),
    ('builtins.match "(a|ab)(c|bcd)(d*)" "abcd"', '[ "a" "bcd" "" ]'),
    ('(import <nixpkgs/lib>).concatStringsSep "-" [ "a" "b" ]', '"a-b"'),
    (
        "with import <nixpkgs/lib>; (evalModules { modules = [ { options.a = mkOption { type = types.int; }; }"
        " { a = 1; } { a = mkForce 3; } ]; }).config.a",
        "3",
    ),
    (
        '(derivation { name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; }).drvPath',
        '"/nix/store/97qlv6h78lxlm9zc8849ahsbcklhsi2y-x.drv"',
    ),
    ('builtins.toFile "x" "abc"', '"/nix/store/vylz2d5mzcgx8z67q4xi43zhzf5zrld5-x"'),
    (
        'builtins.hashString "sha256" "abc"',
        '"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"',
    ),
    ('builtins.fromTOML "a = 1"', "{ a = 1; }"),
    ('builtins.fromJSON "[ 1.5 ]"', "[ 1.5 ]"),
    ('builtins.fetchurl "https://example.org/x"', "error: 'https://example.org/x' is not at hand"),
    ('builtins.fetchTarball "https://example.org/x"', "error: 'https://example.org/x' is not at hand"),
    ('builtins.fetchGit "https://example.org/x"', "error: 'https://example.org/x' is not at hand"),
    ("(import <nixpkgs> { }).no-such-package", "error: "),
    (
        'import (derivation { name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; })',
        "error: path '/nix/store/97qlv6h78lxlm9zc8849ahsbcklhsi2y-x.drv' is not valid",
    ),
)

PROGRAM = """
import json
from lixeval.site.engine import answer

def one(text):
    found = json.loads(answer(json.dumps({"do": "run", "text": text})))
    return found["error"]["text"] if "error" in found else found["value"]

def answers(texts):
    return json.dumps([one(text) for text in texts])
"""
"""Python that answers as the page's worker does, value or error."""
