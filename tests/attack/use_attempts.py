"""What a package has tried at whoever runs it, has a shell with it or develops it, before its program starts."""

from __future__ import annotations

from typing import NamedTuple

REFUSED = "error:"


class Use(NamedTuple):
    """A value in the place of a package, and a part of the error that each command must end with."""

    name: str
    value: str
    must: str = REFUSED


_PATHS = 'outPath = "/nix/store/00000000000000000000000000000000-x"; drvPath = "/etc/passwd";'

USES = (
    Use("an app outside of the store", '{ type = "app"; program = "/bin/sh"; }', "not in the Nix store"),
    Use("an app above the store", '{ type = "app"; program = "/nix/store/../../bin/sh"; }', "not in the Nix store"),
    Use("an app that is an option", '{ type = "app"; program = "--help"; }', "not in the Nix store"),
    Use("an app without a program", '{ type = "app"; }', "'program' missing"),
    Use("an app of a number", '{ type = "app"; program = 5; }'),
    Use("an app that steers the terminal", '{ type = "app"; program = "\x1b]0;x\x07"; }'),
    Use("a type that steers the terminal", '{ type = "\x1b]0;x\x07"; }'),
    Use("a type that is a set", "{ type = { }; }"),
    Use("words for lixeval", '{ type = "derivation"; lixeval = [ "store" "gc" ]; }', "begins with 'copy'"),
    Use("words that are options", '{ type = "derivation"; lixeval = [ "-E" "1" ]; }', "begins with 'copy'"),
    Use("no words", '{ type = "derivation"; lixeval = [ ]; }', "begins with 'copy'"),
    Use("words that are a number", '{ type = "derivation"; lixeval = 5; }'),
    Use("a derivation of nothing", '{ type = "derivation"; }'),
    Use("a derivation that is only named", '{ type = "derivation"; name = "x"; }'),
    Use("a derivation elsewhere", f'{{ type = "derivation"; name = "x"; {_PATHS} }}', "not in the Nix store"),
    Use("a derivation whose program is a list", f'{{ type = "derivation"; meta.mainProgram = [ ]; {_PATHS} }}'),
    Use("a derivation whose name is a number", f'{{ type = "derivation"; name = 5; {_PATHS} }}'),
    Use("an output elsewhere", f'{{ type = "derivation"; name = "x"; outputName = "../.."; {_PATHS} }}'),
)
"""Each is tried by `run`; the command lines of `shell` and `develop` ask for the same attributes."""

PROPAGATED = (
    "/",
    "/etc",
    ".",
    "../../../../bin",
    "-c",
    "/nix/store/../../bin",
    "\x1b]0;x\x07",
    "/dev/zero",
    "x" * 5000,
)
"""What a package says is to be installed with it: nothing of it comes into the PATH but what is in the store."""


INSTALLED_LINKS = ("/dev/zero", "/dev/tty", "propagated-user-env-packages", ".", "/etc/shadow/x")
"""Where the file that says it leads."""


class Records(NamedTuple):
    """What a program that is called bash says is the environment of a derivation's builder; it must be refused."""

    name: str
    text: str


def record(kind: str, name: str, *values: str) -> str:
    return "".join(f"{field}\0" for field in (kind, name, str(len(values)), *values))


_OUTPUTS = record("var", "outputs", "out") + record("var", "out", "/nix/store/x")

RECORDS = (
    Records("a variable that is a command", _OUTPUTS + record("var", "a; touch /tmp/x; b", "")),
    Records("a variable that ends the line", _OUTPUTS + record("exported", "a\ntouch /tmp/x\nb", "")),
    Records("a variable that is an expansion", _OUTPUTS + record("array", "a[$(touch /tmp/x)]", "")),
    Records("a variable that is an option", _OUTPUTS + record("exported", "-p", "")),
    Records("a variable without a name", _OUTPUTS + record("var", "", "")),
    Records("a function that is a command", _OUTPUTS + record("function", "touch /tmp/x; f", "f () { :; }")),
    Records("a function that ends the line", _OUTPUTS + record("function", "a\ntouch", "f () { :; }")),
    Records("a function without braces", _OUTPUTS + record("function", "f", "touch /tmp/x")),
    Records("a file of another name", _OUTPUTS + record("file", "../../x", "")),
    Records("one file of two", _OUTPUTS + record("file", ".attrs.sh", "")),
    Records("an output that is no variable", record("var", "outputs", "out dev") + record("var", "out", "x")),
    Records("outputs that are none", record("array", "outputs")[:-3]),
    Records("values without end", _OUTPUTS + "array\0a\x0099999999999\0x\0"),
    Records("values below zero", _OUTPUTS + "var\0a\0-1\0"),
    Records("a count of 5,000 digits", _OUTPUTS + "var\0a\0" + "9" * 5000 + "\0"),
    Records("keys without values", _OUTPUTS + record("associative", "a", "k")),
)
