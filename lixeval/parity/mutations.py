"""Programs with mistakes: random ones of the right form, damaged in a few places.

Where a damaged program is a program after all, both must read it as the same.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from random import Random

from lixeval.parity.generate import programs

_TOKEN = re.compile(r"\s+|[A-Za-z_][\w'-]*|[0-9.]+|''|\$\{|//|\+\+|->|&&|\|\||[<>=!]=|\.\.\.|.", re.DOTALL)

_INSERTED = (
    *("{", "}", "[", "]", "(", ")", ";", ":", ",", "@", "?", ".", "=", "+", "-", "*", "/", "!", "<", ">", '"', "''"),
    *(
        "${",
        "$",
        "\\",
        "''$",
        "''\\",
        "//",
        "++",
        "->",
        "&&",
        "||",
        "==",
        "...",
        "|>",
        "<|",
        "#",
        "/*",
        "*/",
        "\n",
        " ",
    ),
    *("let", "in", "rec", "with", "inherit", "if", "then", "else", "assert", "or", "a", "x-y", "_'", "é", "~", "~/a"),
    *(
        "1",
        "01",
        "1.",
        ".5",
        "1.5e3",
        "9223372036854775808",
        "./a",
        "a/b",
        "/a",
        "/",
        "a:b",
        "http://x.y/z?a=b",
        "<a/b>",
    ),
    *(
        "a.b",
        "a.b or c",
        "a ? b",
        "x: x",
        "{ }: 1",
        "{ a }@b:",
        "a@{ }:",
        "let { body = 1; }",
        "inherit a;",
        "__curPos",
    ),
    *(
        "'''",
        "''a''",
        '"a"',
        '"${a}"',
        "${a}",
        "a.${b}",
        'a."b"',
        "\r\n",
        "\t",
        "%",
        "^",
        "`",
        "../x",
        ".",
        "..",
        "&",
        "|",
    ),
)


def damaged_programs(seed: int, size: int = 15) -> Iterator[str]:
    """Endless programs with one to three changes each."""
    for number, text in enumerate(programs(seed, size)):
        random = Random(f"damage {seed}/{number}")
        tokens = _TOKEN.findall(text)
        for _ in range(random.randint(1, 3)):
            tokens = _changed(random, tokens)
        yield "".join(tokens)


def _changed(random: Random, tokens: list[str]) -> list[str]:
    at = random.randrange(len(tokens) + 1)
    before, after = tokens[:at], tokens[at:]
    match random.randrange(5):
        case 0:
            return [*before, random.choice(_INSERTED), *after]
        case 1:
            return [*before, " ", random.choice(_INSERTED), " ", *after]
        case 2:
            return [*before, *after[1:]]
        case 3:
            return [*before, random.choice(_INSERTED), *after[1:]]
        case _:
            other = random.randrange(len(tokens) + 1)
            return [*before, *tokens[other : other + random.randint(1, 4)], *after]


def shorten(text: str, shows: Callable[[list[str]], list[bool]], at_once: int = 40) -> str:
    """The shortest text found by leaving out tokens that still shows what `text` shows; it need not be a program."""
    tokens = _TOKEN.findall(text)
    length = max(1, len(tokens) // 2)
    while True:
        starts = iter(range(0, len(tokens), length))
        shorter = None
        while shorter is None and (some := list(itertools.islice(starts, at_once))):
            candidates = [tokens[:start] + tokens[start + length :] for start in some]
            shown = shows(["".join(candidate) for candidate in candidates])
            shorter = next((one for one, good in zip(candidates, shown, strict=True) if good), None)
        if shorter is not None:
            tokens = shorter
        elif length == 1:
            return "".join(tokens)
        else:
            length //= 2
