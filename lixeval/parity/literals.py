"""Random leaves of programs: numbers at the edges, texts of awkward bytes, paths, patterns, versions."""

from __future__ import annotations

from random import Random

INTS = (
    *("0", "1", "2", "3", "5", "7", "10", "42", "255", "1000", "65536", "2147483648", "4611686018427387904"),
    *("9223372036854775807", "(-9223372036854775807 - 1)", "(-1)", "(-2)", "(-7)", "(-9223372036854775807)"),
)
FLOATS = (
    *("0.0", "1.0", "0.5", "1.5", "2.0", "3.14", ".5", "1.e3", "0.1", "1.0e-5", "123456.0", "1234567.0", "1.0e100"),
    *("9007199254740993.0", "9.2233720368547758e18", "100000.0", "1.0e-4", "(-0.5)", "(-2.0)", "1.5e308", "0.3"),
)
TEXTS = (
    *("", "a", "b", "ab", "abc", "foo", "bar", "x y", "a/b", "/a/b/", "1", "1.2.3", "foo-1.2", "é", "日本", "😀"),
    *(
        "a\\nb",
        "\\t",
        '\\"',
        "\\\\",
        "\\${x}",
        "$x",
        "$$",
        "a.b",
        "foo.nix",
        "-1",
        "true",
        "null",
        "[1,2]",
        "aXbXc",
        " ",
    ),
    *('{\\"a\\":1}', "2.0pre1", "1e3", "abcabc", "A", "Z", "\\r", "/nix/store", "..", "0"),
)
"""String literals without their quotes."""

ATTRIBUTE_NAMES = (
    "a",
    "b",
    "c",
    "d",
    "x",
    "y",
    "foo",
    "bar",
    "é",
    "a b",
    "1",
    "or",
    "if",
    "",
    "x-y",
    "x'",
    "_z",
    "name",
)
"""Names of attributes; those that are no identifiers are quoted where they are written."""

VARIABLES = ("a", "b", "c", "d", "x", "y", "z", "foo", "bar", "x-y", "x'", "_z", "n", "map", "toString")
"""Names of variables; some hide globals."""

PATTERNS = (
    *("a", "ab", "a*", "(a)(b)?", "[a-c]+", "(a|ab)(c|bcd)*", ".*", "(.)(.*)", "[^a]*", "x?", "[[:alpha:]]+", "()"),
    *("[[:space:]]", "(/?[^/]*)*", "a{2}", "(ab){1,2}", "[0-9]+", "([0-9]+)\\\\.([0-9]+).*", "b|c", "", "^a", "c$"),
    *("(a*)*", "(a|b)+", "[]a]", "\\\\$", "[.]", "(foo|bar)-(.*)", "((a)|(b))*", "é", ".", "(x)|(y)"),
)
VERSIONS = ("1.0", "1.0.1", "2.3pre1", "2.3", "", "a", "1..2", "2.3a", "1-2", "1.10", "1.9", "pre", "2.3.", "1.0-rc1")
PATHS = (
    "./data/a.txt",
    "./data/b",
    "./data",
    "/a/b/c",
    "/a",
    "./missing",
    "/.",
    "./data/../data/a.txt",
    "/a/b.d/e.nix",
    "~/nowhere",
    "~/a/../b",
)
HASHES = ("md5", "sha1", "sha256", "sha512")
JSON_TEXTS = (
    *(
        "null",
        "[1, 2.5, -0]",
        '{\\"a\\": {\\"b\\": [true]}, \\"a\\": 2}',
        '\\"\\\\u00e9\\\\n\\"',
        "1e400",
        "1E2",
        "[",
        "-",
    ),
    *(
        "9223372036854775808",
        "-9223372036854775808",
        "[[[]]]",
        '{\\"é\\": \\"é\\"}',
        " 1 ",
        "01",
        "1.0",
        "tru",
        "\\t[]",
    ),
)
TOML_TEXTS = (
    "a = 1",
    "a.b = 'x'\\n[c]\\nd = [1, 2]",
    "x = 1.5",
    "[[t]]\\nk = true",
    "a = 1\\na = 2",
    "s = '''\\nx'''",
    "",
)

HASH_TEXTS = (
    "d41d8cd98f00b204e9800998ecf8427e",
    "md5:d41d8cd98f00b204e9800998ecf8427e",
    "sha256:" + "0" * 52,
    "0" * 64,
    "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "sha1:" + "z" * 32,
    "sha256-AAAA",
    "",
)
FLAKE_REFERENCES = (
    *("nixpkgs", "nixpkgs/release", "github:a/b", "github:a/b/main?dir=x", "path:/a/b", "git+https://x.y/z?ref=main"),
    *("/a/b", "./a", ".", "https://x.y/z.tar.gz", "gitlab:a%2Fb/c", "sourcehut:~a/b", "git+file:///a?rev=" + "0" * 40),
    *("", "a b", "github:a", "github:a/b/" + "1" * 40, "flake:x", "path:./a?lastModified=5", "tarball+file:///x"),
    *("git+ssh://git@x.y/z", "file:///a/b.tar.gz", "x.y", "hg+https://x.y/z", "github:a/b?host=c.d", "a/b/c/d", "#x"),
)


def quoted(text: str) -> str:
    """A literal of TEXTS and its like with its quotes."""
    return f'"{text}"'


def attribute(name: str) -> str:
    """An attribute's name as it is written in a set."""
    plain = name.isascii() and name.replace("-", "a").replace("'", "a").replace("_", "a").isalnum()
    if plain and name not in ("if", "or") and not name[0].isdigit() and name[0] not in "-'":
        return name
    return f'"{name}"'


def indented(random: Random, parts: list[str]) -> str:
    """An indented string of lines, with the given `${…}` among them."""
    lines: list[str] = []
    for _ in range(random.randint(0, 4)):
        line = " " * random.choice((0, 2, 2, 4, 4, 6)) + random.choice(
            ("", "x", "foo bar", "''$a", "'''", "''\\n", "$", "\t")
        )
        if parts and random.random() < 0.4:
            line += parts.pop()
        lines.append(line + random.choice(("", "", " ", "z")))
    start = random.choice(("", "\n", " \n", "  "))
    return "''" + start + "\n".join(lines) + random.choice(("", "\n", "\n  ")) + "".join(parts) + "''"
