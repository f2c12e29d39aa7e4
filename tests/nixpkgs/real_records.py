"""Real Nix's records of many attributes, one by one through a single `nix repl`; and what is kept of them as facts.

    python tests/nixpkgs/real_records.py package_set
    python tests/nixpkgs/real_records.py modules
    python tests/nixpkgs/real_records.py core FOLDER REVISION [EXPRESSION]

writes facts/NAME.json with the real Nix that LIXEVAL_TEST_NIX names (a command to put before Nix's own):

    {"nix": "2.26.3", "revision": …, "expression": …, "attributes": [[path, drvPath or {"outputs": …} or {"error": …}]]}

Of a large checkout a part is kept, chosen by a checksum of the names.  Old checkouts have their own location in each
.drv (a file:// URL), but not in any output, so of these the outputs are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
KEPT = {"core": 3, "2014": 25, "2018": 25}
"""One attribute in so many is kept."""
BY_OUTPUTS = {"2014", "2018"}

MARK = "-- end of an answer --"
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
DESCRIBE = """describe = given: let
    formals = builtins.functionArgs given;
    missing = builtins.filter (n: !formals.${n}) (builtins.attrNames formals);
    called = if !builtins.isFunction given || formals == { } then given
      else if missing == [ ] then given { }
      else throw "cannot evaluate a function that has an argument without a value";
    output = name: { inherit name; value = builtins.unsafeDiscardStringContext called.${name}.outPath; };
  in
    if !builtins.isAttrs called then { attrs = [ ]; }
    else if called.type or null == "derivation" then builtins.seq called.name {
      inherit (called) name drvPath system;
      outputs = builtins.listToAttrs (map output (called.outputs or [ "out" ]));
    }
    else { attrs = if called.recurseForDerivations or false then builtins.attrNames called else [ ]; }"""


class Repl:
    """One `nix repl`, asked line by line."""

    def __init__(self, prefix: str, directory: Path, store: Path) -> None:
        words = ["nix", "repl", "--extra-experimental-features", "nix-command", "--store", str(store)]
        environment = os.environ | {"NO_COLOR": "1", "HOME": str(store)}
        self._process = subprocess.Popen(
            [*shlex.split(prefix), *words],
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="surrogateescape",
            env=environment,
        )

    def ask(self, text: str) -> list[str]:
        """The lines of the answer to one line of input."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(" ".join(text.split("\n")) + f'\n"{MARK}"\n')
        self._process.stdin.flush()
        lines: list[str] = []
        for line in self._process.stdout:
            line = ESCAPES.sub("", line.rstrip("\n"))
            if line == f'"{MARK}"':
                return lines
            if line and not line.startswith("nix-repl> "):
                lines.append(line)
        raise RuntimeError("the REPL ended: " + "\n".join(lines[-5:]))

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)


def records(prefix: str, directory: Path, expression: str, store: Path) -> Iterator[dict[str, Any]]:
    """As `lixeval --all` prints them, of all attributes of an expression; `error` as it was printed."""
    repl = Repl(prefix, directory, store)
    try:
        repl.ask(f"root = {expression}")
        repl.ask(DESCRIBE)
        queue = [[name] for name in _value(repl.ask("builtins.toJSON (builtins.attrNames root)"))]
        while queue:
            path = queue.pop(0)
            selected = ".".join(json.dumps(name).replace("${", "\\${") for name in path)
            lines = repl.ask(f"builtins.toJSON (describe root.{selected})")
            record: dict[str, Any] = {"attrPath": path}
            if any(line.startswith("error:") for line in lines):
                # The store's own folder is only in what real Nix says, where it reads what it has copied there.
                record["error"] = re.split(r"(?:^|\n)\s*error: ?", "\n".join(lines))[-1].replace(str(store), "")
            else:
                record.update(_value(lines))
            queue += [[*path, name] for name in record.get("attrs", ())]
            if "attrs" not in record:
                yield record
    finally:
        repl.close()


def _value(lines: list[str]) -> Any:
    text = next(line for line in reversed(lines) if line.startswith('"'))[1:-1]
    return json.loads(re.sub(r"\\(.)", lambda match: {"n": "\n", "r": "\r", "t": "\t"}.get(match[1], match[1]), text))


def reason(error: str, folder: str, length: int = 160) -> str:
    """Why an attribute fails, without what differs by place: the trace, the folders, the layout of the message."""
    text = error.split("\n       at ")[0].replace(folder, "FOLDER")
    text = re.sub(r"/[\w./-]+/nix/store", "/nix/store", text)
    text = re.sub(r"argument without a value \('.*", "argument without a value", text, flags=re.DOTALL)
    return " ".join(ESCAPES.sub("", text).split())[:length]


def fact(record: dict[str, Any], folder: str, by_outputs: bool) -> Any:
    """What is kept of a record."""
    if "error" in record:
        return {"error": reason(record["error"], folder)}
    return {"outputs": record["outputs"]} if by_outputs else record["drvPath"]


def kept(path: list[str], name: str) -> bool:
    return zlib.crc32(".".join(path).encode()) % KEPT.get(name, 1) == 0


def main(name: str, folder: Path, revision: str, expression: str) -> None:
    prefix = os.environ.get("LIXEVAL_TEST_NIX", "")
    with tempfile.TemporaryDirectory() as store:
        found = [
            [record["attrPath"], fact(record, str(folder), name in BY_OUTPUTS)]
            for record in records(prefix, folder, expression, Path(store))
            if kept(record["attrPath"], name)
        ]
    version = subprocess.run(
        [*shlex.split(prefix), "nix-instantiate", "--version"], capture_output=True, text=True, check=True
    )
    about = {"nix": version.stdout.split()[-1], "revision": revision, "expression": expression}
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in sorted(found, key=lambda row: row[0]))
    head = json.dumps(about, ensure_ascii=False)[:-1]
    (HERE / "facts" / f"{name}.json").write_text(f'{head}, "attributes": [\n{rows}\n]}}\n')
    print(len(found), "attributes")


MODULE_CASES = f"import {HERE}/modules/cases.nix {{ library = {HERE.parents[1]}/lixeval/embedded/lib; }}"
MODULE_VALUES = ("nothing", "much", "priorities", "options", "found", "removed")


def module_facts(evaluate: Callable[[str], str], errors: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Of the modules' cases: the values, the longest as digests, and the messages of those that fail."""
    values: dict[str, Any] = {}
    for name in MODULE_VALUES:
        text = evaluate(f"({MODULE_CASES}).{name}").replace(str(HERE), "FOLDER")
        values[name] = json.loads(text) if len(text) < 2000 else hashlib.sha256(text.strip().encode()).hexdigest()
    reasons = {record["attrPath"][0]: reason(record["error"], str(HERE), 800) for record in errors}
    return {"values": values, "errors": dict(sorted(reasons.items()))}


def real_module_facts(prefix: str, store: Path) -> dict[str, Any]:
    def evaluate(expression: str) -> str:
        words = ["nix-instantiate", "--eval", "--strict", "--json", "-E", expression]
        return subprocess.run([*shlex.split(prefix), *words], capture_output=True, text=True, check=True).stdout

    return module_facts(evaluate, records(prefix, HERE, f"({MODULE_CASES}).fails", store))


if __name__ == "__main__":
    if sys.argv[1] == "modules":
        with tempfile.TemporaryDirectory() as folder:
            facts = real_module_facts(os.environ.get("LIXEVAL_TEST_NIX", ""), Path(folder))
        (HERE / "facts" / "modules.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    elif sys.argv[1] == "package_set":
        main("package_set", HERE / "package_set", "", "import ./cases.nix")
    else:
        main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], (sys.argv[4:] or ["import ./. { }"])[0])
