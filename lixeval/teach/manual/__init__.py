"""The manual: every builtin and the functions of lib, with what they force, examples, and since when they are there.

builtins       their docstrings, whose examples are tests; constants.txt has those that have none; SINCE says in which
               Nix a builtin came
lib            lib.txt, whose values are recorded from real Nix and nixpkgs' own lib

entry = NAME ARGUMENT... "\n" ("  " TEXT "\n")* ("  >>> " EXAMPLE "\n" "  " VALUE "\n")*        of lib.txt
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from inspect import cleandoc

from lixeval.builtins.table import EXPERIMENTAL, INDEX
from lixeval.runtime.values import FUNCTION_TYPES, function_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.builtins.table import Table

_FOLDER = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(_FOLDER, "lib.txt")
CONSTANTS = os.path.join(_FOLDER, "constants.txt")

SINCE = {
    "0.4": "baseNameOf derivation false import isNull null toString true",
    "0.6": "map",
    "0.8": "currentSystem storePath",
    "0.9": "currentTime dirOf removeAttrs",
    "0.10": "abort add builtins getAttr getEnv hasAttr head isList lessThan pathExists tail toFile toPath toXML",
    "0.11": ("attrNames filterSource isAttrs isFunction listToAttrs readFile stringLength sub substring throw trace"),
    "0.12": "compareVersions div genericClosure length mul parseDrvName unsafeDiscardStringContext",
    "0.13": ("addErrorContext functionArgs intersectAttrs isBool isInt isString tryEval unsafeDiscardOutputDependency"),
    "0.16": "derivationStrict",
    "1.2": "concatLists elem elemAt filter langVersion nixVersion",
    "1.4": "hashString",
    "1.6.1": "typeOf",
    "1.7": "toJSON unsafeGetAttrPos",
    "1.8": "attrValues catAttrs deepSeq findFile fromJSON match nixPath readDir scopedImport seq",
    "1.9": "fetchTarball fetchurl storeDir",
    "1.10": "all any concatStringsSep foldl' genList replaceStrings sort",
    "2.0": "fetchGit fetchMercurial hasContext isFloat partition path placeholder split splitVersion",
    "2.1": "bitAnd bitOr bitXor concatMap fromTOML mapAttrs",
    "2.3": "appendContext getContext hashFile isPath",
    "2.4": "ceil fetchTree floor getFlake",
    "2.5": "groupBy",
    "2.6": "zipAttrsWith",
    "2.8": "fetchClosure",
    "2.9": "break",
    "2.10": "traceVerbose",
    "2.14": "readFileType",
    "2.18": "flakeRefToString outputOf parseFlakeRef",
    "2.19": "addDrvOutputDependencies convertHash",
    "2.23": "warn",
}
"""In which release of Nix a builtin came, by the sources of each."""

LIX = {
    "break": "later than 2.95 what stands behind it is the value itself again, which other builtins take",
    "ceil": "a number that no int holds is an error, and so are some ints beyond 2^52",
    "convertHash": "there is none",
    "fetchClosure": "there is none since 2.95",
    "fetchGit": "since 2.92 `ref` may name a tag, as in Nix 2.3",
    "fetchTree": 'since 2.93 only with the feature flakes, and what type = "file" gives has another path',
    "fetchurl": "since 2.92 from http, https, ftp and file URLs alone",
    "floor": "a number that no int holds is an error, and so are some ints beyond 2^52",
    "fromJSON": "an int of more than 64 bits is an error since 2.91; a text may hold a NUL since 2.94",
    "fromTOML": "an int of more than 64 bits is an error since 2.94",
    "outputOf": "there is none since 2.94",
    "scopedImport": "discouraged, and may be removed",
    "toString": "with the feature coerce-integers (2.94) strings interpolate ints without it",
    "warn": "since 2.95",
}
"""What is different in Lix, by its release notes and manual up to 2.95; of the others they say nothing."""

IN_LIB = (
    "add addDrvOutputDependencies addErrorContext all any appendContext attrNames attrValues baseNameOf "
    "bitAnd bitOr bitXor catAttrs ceil compareVersions concatLists concatMap concatStringsSep convertHash "
    "deepSeq dirOf div elem elemAt filter filterSource flakeRefToString floor foldl' fromJSON fromTOML "
    "functionArgs genList genericClosure getAttr getContext groupBy hasAttr hasContext hashFile hashString "
    "head intersectAttrs isAttrs isBool isFloat isFunction isInt isList isPath isString length lessThan "
    "listToAttrs map mapAttrs match mul parseDrvName parseFlakeRef partition pathExists placeholder readDir "
    "readFile readFileType removeAttrs replaceStrings seq sort split splitVersion stringLength sub substring "
    "tail toFile toJSON toString toXML trace tryEval typeOf unsafeDiscardOutputDependency "
    "unsafeDiscardStringContext unsafeGetAttrPos warn zipAttrsWith"
)
"""Builtins that lib has too, by the same name."""


@dataclass(slots=True)
class Entry:
    """One function: its name with what it is selected from, its parameters, the text, and examples with their values.

    `errors` are calls that fail, with the messages; `needs` are the experimental features that a builtin is there with;
    `since` the Nix that it came with, "" where that is not known; `lix` says what is different in Lix, "" for nothing.
    """

    name: str
    arguments: tuple[str, ...]
    text: str
    examples: list[tuple[str, str]] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    since: str = ""
    needs: tuple[str, ...] = ()
    lix: str = ""

    @property
    def summary(self) -> str:
        """The first sentence."""
        first = " ".join(self.text.split())
        end = first.find(". ")
        return first if end < 0 else first[: end + 1]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "arguments": list(self.arguments),
            "text": self.text,
            "examples": [{"expression": one, "value": value} for one, value in self.examples],
            "errors": [{"expression": one, "message": message} for one, message in self.errors],
            "since": self.since,
            "needs": list(self.needs),
            "lix": self.lix,
        }


def entries(table: Table) -> list[Entry]:
    """The whole manual: the builtins of a table, then lib."""
    return [*of_builtins(table), *of_lib()]


def of_builtins(table: Table) -> list[Entry]:
    """An entry for each builtin, by name."""
    fails = _errors()
    since = {name: release for release, names in SINCE.items() for name in names.split()}
    found: list[Entry] = []
    for name in sorted(INDEX):
        if name not in table.builtins:
            continue
        function = table.function(name)
        if function.__class__ not in FUNCTION_TYPES or not function.__doc__:
            continue
        code = function_code(function).__code__
        arguments = tuple([argument.rstrip("_") for argument in code.co_varnames[: code.co_argcount]])
        text, examples = _taken_apart(cleandoc(function.__doc__).splitlines())
        needs = EXPERIMENTAL.get(name, ())
        errors = fails.get(name, [])
        told = (errors, since.get(name, ""), needs, LIX.get(name, ""))
        found.append(Entry(f"builtins.{name}", arguments, text, examples, *told))
    for entry in _written(CONSTANTS, "builtins"):
        name = entry.name.removeprefix("builtins.")
        entry.errors, entry.since = fails.get(name, []), since.get(name, "")
        found.append(entry)
    return sorted(found, key=lambda entry: entry.name)


def of_lib() -> list[Entry]:
    """An entry for each function of lib that lib.txt tells of."""
    return _written(FILE, "lib")


def _written(path: str, of: str) -> list[Entry]:
    """The entries of a text."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    found: list[Entry] = []
    block: list[str] = []
    for line in [*lines, "."]:
        if line.startswith("  "):
            block.append(line[2:])
            continue
        if block:
            head, *body = block
            name, *arguments = head.split(" ")
            text, examples = _taken_apart(body)
            found.append(Entry(f"{of}.{name}", tuple(arguments), text, examples))
        block = [line]
    return found


def _errors() -> dict[str, list[tuple[str, str]]]:
    """Calls that fail, by the name of the builtin: a line with the name, then the call and the message."""
    with open(os.path.join(_FOLDER, "errors.txt"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    found: dict[str, list[tuple[str, str]]] = {}
    for name, call, message in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        found.setdefault(name, []).append((call.strip(), message.strip()))
    return found


def _taken_apart(lines: list[str]) -> tuple[str, list[tuple[str, str]]]:
    """A text, and the examples behind `>>>` with the values on the lines below each."""
    text: list[str] = []
    examples: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith(">>> "):
            examples.append((line[4:], ""))
        elif examples and line.strip():
            expression, value = examples[-1]
            examples[-1] = (expression, f"{value}\n{line}" if value else line)
        elif not examples:
            text.append(line)
    return "\n".join(text).strip(), examples


def find(found: list[Entry], name: str) -> list[Entry]:
    """The entries that a name means: `map`, `builtins.map`, `lib.fix`, `types.int`; `lib.map` is the builtin."""
    if name.startswith("lib.") and name.removeprefix("lib.") in IN_LIB.split():
        name = f"builtins.{name.removeprefix('lib.')}"
    exact = [entry for entry in found if entry.name == name]
    return exact or [entry for entry in found if entry.name.endswith(f".{name}")]


def near(found: list[Entry], name: str) -> list[str]:
    """Names that a mistyped one may have meant, the nearest first."""
    from difflib import get_close_matches

    last: dict[str, str] = {}
    for entry in found:
        last.setdefault(entry.name.rpartition(".")[2].lower(), entry.name)
    return [last[one] for one in get_close_matches(name.rpartition(".")[2].lower(), last, n=3, cutoff=0.75)]
