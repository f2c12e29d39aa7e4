"""The embedded library gives what the library of the same names gives: by lixeval, and by real Nix where there is one.

The cases and how they were recorded: see record_lib.py. LIXEVAL_TEST_NIX is a command to put before Nix's own;
without it the one on PATH is taken.
"""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

from lixeval.diagnostics import explained
from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.store.local import LocalStore
from tests.embedded import record_lib
from tests.support import real_nix

HERE = Path(__file__).resolve().parent


TOPICS = record_lib.topics()

# Topics of the library whose cases are in a file of another name.
FILES = {"fixedPoints": "fixed-points", "stringsWithDeps": "strings-with-deps", "misc": "deprecated"}


class Lixeval:
    """Evaluates expressions that give a string; errors of the language give None."""

    def __init__(self, directory: Path) -> None:
        settings = Settings(system="x86_64-linux")
        self.evaluator = Evaluator(
            settings, LocalStore(str(directory / "store")), cache_directory=str(directory / "code")
        )

    def __call__(self, expression: str) -> str | None:
        try:
            value = self.evaluator.text(expression, "/")
        except Exception as error:
            # Generated code fails as Python does; what is no error of the language is one of ours.
            if explained(error) is None:
                raise
            return None
        assert isinstance(value, str)
        return value


@pytest.fixture(scope="module")
def lixeval(tmp_path_factory: pytest.TempPathFactory) -> Lixeval:
    return Lixeval(tmp_path_factory.mktemp("embedded-lib"))


def nix_instantiate() -> str:
    return shlex.join(real_nix.command("nix-instantiate"))


@pytest.mark.parametrize("topic", TOPICS)
def test_cases_by_lixeval(topic: str, lixeval: Lixeval) -> None:
    found = record_lib.outcomes(topic, record_lib.OUR_LIB, lixeval)
    assert record_lib.differences(topic, found) == []


@pytest.mark.parametrize("topic", TOPICS)
def test_cases_by_real_nix(topic: str) -> None:
    found = record_lib.outcomes(topic, record_lib.OUR_LIB, record_lib.with_real_nix(nix_instantiate()))
    assert record_lib.differences(topic, found) == []


def test_every_function_has_a_case(lixeval: Lixeval) -> None:
    names = lixeval(
        f"let lib = import {record_lib.OUR_LIB};"
        " topics = builtins.filter (t: builtins.isAttrs lib.${t}) (builtins.attrNames lib);"
        " isFunction = v: builtins.isFunction v || v ? __functor;"
        " functions = set: builtins.filter (n: isFunction set.${n}) (builtins.attrNames set);"
        " named = map (t: { name = t; value = functions lib.${t}; }) topics;"
        " in builtins.toJSON { topics = builtins.listToAttrs named; top = functions lib;"
        " builtins = builtins.attrNames builtins; }"
    )
    assert names is not None
    exported = json.loads(names)
    cases = {topic: set(record_lib.expected(topic)) for topic in TOPICS}
    everywhere = {name for names in cases.values() for name in names}
    without = [
        f"{topic}.{name}"
        for topic, functions in exported["topics"].items()
        for name in functions
        # Builtins handed on are the same everywhere: one case is enough.
        if not _has_case(name, everywhere if name in exported["builtins"] else cases[FILES.get(topic, topic)])
    ]
    without += [name for name in exported["top"] if not name.startswith("__") and not _has_case(name, everywhere)]
    assert not without, ", ".join(without)
    assert len(set(exported["top"]) | {name for names in exported["topics"].values() for name in names}) >= 220


def _has_case(name: str, cases: set[str]) -> bool:
    return any(case.startswith(f"{name}-") for case in cases)


def test_extending_reaches_every_topic(lixeval: Lixeval) -> None:
    """`lib.extend` replaces a function for the functions that use it, too."""
    shown = lixeval(
        f"let lib = (import {record_lib.OUR_LIB}).extend"
        ' (final: prev: { imap1 = f: list: [ "replaced" ]; extra = 1; });'
        ' in lib.concatImapStringsSep "," (i: x: x) [ "a" ] + toString lib.extra'
    )
    assert shown == "replaced1"


def test_topics_are_read_when_used(lixeval: Lixeval, tmp_path: Path) -> None:
    """A function of one topic reads only the files that it needs."""
    copy = tmp_path / "lib"
    shutil.copytree(record_lib.OUR_LIB, copy)
    for unused in ("strings.nix", "generators.nix", "customisation.nix", "modules.nix", "types.nix", "lists/order.nix"):
        (copy / unused).write_text("a syntax error ]")
    assert lixeval(f"toString ((import {copy}).range 1 3)") == "1 2 3"
    assert lixeval(f'(import {copy}).toUpper "a"') is None
