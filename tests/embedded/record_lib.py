"""Record and compare what functions of the Nix library give.

The cases are in ``lib/<topic>.nix``: functions from ``{ lib }`` to sets whose attributes are named
``<function>-<case>``. What each must give is in ``lib/<topic>.json``, recorded from real Nix running a library
that is not ours, so a case can only pass when both the library and the evaluator agree with the originals::

    record_lib.py record --lib /path/to/other/lib --nix "nix-instantiate" [TOPIC ...]
    record_lib.py compare --nix "nix-instantiate" [TOPIC ...]      our library under a real Nix

An outcome is ``{"value": ...}`` (as JSON has it), ``{"throws": true}`` (what ``tryEval`` catches) or
``{"fails": true}`` (any other error: then the cases of that topic are evaluated one by one).
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

CASES = Path(__file__).resolve().parent / "lib"
OUR_LIB = Path(__file__).resolve().parents[2] / "lixeval" / "embedded" / "lib"

Outcome = dict[str, Any]
# From an expression whose value is a string to that string; None when evaluation fails.
EvaluateText = Callable[[str], str | None]


def topics() -> list[str]:
    """The names of all case files."""
    return sorted(path.stem for path in CASES.glob("*.nix"))


def expected(topic: str) -> dict[str, Outcome]:
    """The recorded outcomes of a topic."""
    recorded: dict[str, Outcome] = json.loads((CASES / f"{topic}.json").read_text())
    return recorded


def with_real_nix(command: str) -> EvaluateText:
    """Evaluate with ``command`` (a nix-instantiate, perhaps behind a wrapper)."""

    def evaluate(expression: str) -> str | None:
        # Reading and writing: toFile and filtered sources have to be able to make their store paths.
        words = [*shlex.split(command), "--eval", "--strict", "--json", "--read-write-mode", "-E", expression]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return None
        text: str = json.loads(done.stdout)
        return text

    return evaluate


def outcomes(topic: str, lib: Path, evaluate: EvaluateText) -> dict[str, Outcome]:
    """What each case of a topic gives with the library in the folder ``lib``."""
    cases = f"import {CASES / topic}.nix {{ lib = import {lib}; }}"
    attempt = (
        "x: let result = builtins.tryEval (builtins.deepSeq x x);"
        " in if result.success then { value = x; } else { throws = true; }"
    )
    whole = evaluate(_as_text(f"builtins.mapAttrs (_: {attempt}) ({cases})"))
    if whole is not None:
        result: dict[str, Outcome] = json.loads(whole)
        return result
    names = evaluate(_as_text(f"builtins.attrNames ({cases})"))
    if names is None:
        raise SystemExit(f"the cases of {topic} cannot be read with the library {lib}")
    one_by_one: dict[str, Outcome] = {}
    for name in json.loads(names):
        text = evaluate(_as_text(f"({attempt}) ({cases}).{json.dumps(name)}"))
        one_by_one[name] = {"fails": True} if text is None else json.loads(text)
    return one_by_one


def _as_text(expression: str) -> str:
    """The value as JSON in a string without context."""
    return f"builtins.unsafeDiscardStringContext (builtins.toJSON ({expression}))"


def differences(topic: str, found: dict[str, Outcome]) -> list[str]:
    """One line for each case whose outcome is not the recorded one."""
    wanted = expected(topic)
    lines = [f"{topic}: {name} is not recorded" for name in sorted(found.keys() - wanted.keys())]
    for name, outcome in wanted.items():
        if found.get(name) != outcome:
            lines.append(f"{topic}: {name}\n{_first_difference(json.dumps(outcome), json.dumps(found.get(name)))}")
    return lines


def _first_difference(wanted: str, got: str, width: int = 300) -> str:
    """Both texts from a little before the place where they part."""
    same = next((at for at, (a, b) in enumerate(zip(wanted, got, strict=False)) if a != b), min(len(wanted), len(got)))
    start = max(0, same - width // 3)
    return f"  expected {wanted[start : start + width]}\n  got      {got[start : start + width]}"


def record(topic: str, lib: Path, evaluate: EvaluateText) -> None:
    """Write the outcomes of a topic, one case a line."""
    found = outcomes(topic, lib, evaluate)
    lines = (f"  {json.dumps(name)}: {json.dumps(found[name], sort_keys=True)}" for name in sorted(found))
    (CASES / f"{topic}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main(arguments: Iterable[str]) -> int:
    parser = argparse.ArgumentParser(description="Record or compare the outcomes of the library's cases.")
    parser.add_argument("action", choices=["record", "compare"])
    parser.add_argument("--lib", type=Path, help="the library's folder; ours when comparing")
    parser.add_argument("--nix", default="nix-instantiate", help="the command that evaluates")
    parser.add_argument("topics", nargs="*")
    options = parser.parse_intermixed_args(list(arguments))
    if options.action == "record" and options.lib is None:
        parser.error("record needs --lib, the folder of the library to trust")
    evaluate = with_real_nix(options.nix)
    failures = 0
    for topic in options.topics or topics():
        if options.action == "record":
            record(topic, options.lib.resolve(), evaluate)
            print(f"{topic}: {len(expected(topic))} cases recorded")
            continue
        lines = differences(topic, outcomes(topic, (options.lib or OUR_LIB).resolve(), evaluate))
        failures += len(lines)
        print("\n".join(lines) if lines else f"{topic}: {len(expected(topic))} cases agree")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
