"""From words to Options: the forms of nix-instantiate, nix-build, nix and skopeo."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lixeval.cli.command import Command
from lixeval.cli.command_table import COMMANDS, command_named
from lixeval.cli.option_reading import parse
from lixeval.cli.options import Options
from lixeval.errors import LixevalError


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NIX_CONFIG", "NIX_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NIX_CONF_DIR", str(tmp_path))
    monkeypatch.setenv("NIX_USER_CONF_FILES", os.devnull)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("a.nix b.nix", {"files": ["a.nix", "b.nix"]}),
        ("-E 1 2 --eval 3", {"expressions": ["1", "2", "3"], "evaluate": True, "files": []}),
        ("a.nix -E 1", {"files": ["a.nix"], "expressions": ["1"]}),
        ("-E --strict --eval 3", {"expressions": ["3"], "strict": True, "evaluate": True}),
        ("-E -1", {"expressions": ["-1"]}),
        ("-E -x.y", {"expressions": ["-x.y"]}),
        ("-E -vv 1", {"expressions": ["1"], "verbosity": 2}),
        ("-E -- -1 -2", {"expressions": ["-1", "-2"]}),
        ("--expr=1", {"expressions": ["1"]}),
        ("-- -a", {"files": ["-a"]}),
        ("-", {"files": ["-"]}),
        ("-Aa.b -A c --attr=d", {"attributes": ["a.b", "c", "d"]}),
        ("-Ix=y -I z --include w", {"search_path": ["x=y", "z", "w"]}),
        ("-j4", {"max_jobs": 4}),
        ("-j 5", {"max_jobs": 5}),
        ("--max-jobs auto", {"max_jobs": None}),
        ("--option max-jobs 3 -j2", {"max_jobs": 2}),
        ("-j2 --option max-jobs 3", {"max_jobs": 3}),
        ("-vvK", {"verbosity": 2, "keep_failed": True}),
        ("-Qk", {"no_build_output": True, "keep_going": True}),
        ("-L", {"print_build_logs": True}),
        ("--debug", {"verbosity": 4, "verbose": True}),
        ("-v -v", {"verbosity": 2}),
        ("--cores 3K", {"cores": 3072}),
        ("--keep-going --no-keep-going", {"keep_going": False}),
        ("--sandbox", {"sandbox": "required"}),
        ("--sandbox auto", {"sandbox": "auto"}),
        ("--sandbox ./x.nix", {"sandbox": "required", "files": ["./x.nix"]}),
        ("--sandbox --eval", {"sandbox": "required", "evaluate": True}),
        ("--sandbox=off", {"sandbox": "off"}),
        ("--no-sandbox", {"sandbox": "off"}),
        ("--relaxed-sandbox", {"sandbox": "relaxed"}),
        ("--option sandbox true", {"sandbox": "required"}),
        ("--option build-use-sandbox false", {"sandbox": "off"}),
        ("--pure-eval", {"pure": True}),
        ("--pure-eval --impure", {"pure": False}),
        ("--pure-eval --no-pure-eval", {"pure": False}),
        ("--system foo", {"system": "foo"}),
        ("--extra-experimental-features flakes", {"experimental": {"flakes"}}),
        ("--experimental-features flakes --extra-experimental-features x", {"experimental": {"flakes", "x"}}),
        ("--extra-deprecated-features url-literals", {}),
        ("--no-allow-import-from-derivation", {"no_import_from_derivation": True}),
        ("--no-eval-cache", {"no_eval_cache": True}),
        ("--option eval-cache false", {"no_eval_cache": True}),
        ("--max-call-depth 0", {"max_call_depth": 0}),
        ("--store /x", {"store": "/x"}),
        ("--tls-verify=false", {"insecure": True}),
        ("--to oci:a --to=oci:b", {"destinations": ["oci:a", "oci:b"]}),
        ("--add-root r --indirect", {"add_root": "r", "indirect": True}),
        ("--arg a 1 --argstr b 2", {"arguments": [("a", "1", False), ("b", "2", True)]}),
        ("--upgrade-nix-store-path-url x --no-http2", {}),
    ],
)
def test_words(words: str, fields: dict[str, Any]) -> None:
    options = parse(words.split())
    assert {name: getattr(options, name) for name in fields} == fields


def test_nothing_else_changes() -> None:
    usual, none = vars(parse([])), vars(Options())
    different = {name for name in usual if usual[name] != none[name]} - {"settings"}
    assert different == set()


def test_arguments_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text").write_bytes(b"a\xffb\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"piped")))
    options = parse(["--arg-from-file", "f", str(tmp_path / "text"), "--arg-from-stdin", "s"])
    assert options.arguments == [("f", "a\udcffb\n", True), ("s", "piped", True)]
    assert options.unrepeatable


SPELLINGS = sorted({name for command in COMMANDS for name in command.spellings()} - {"--arg-from-stdin"})
WORDS = st.sampled_from(
    [*SPELLINGS, *("x", "1", "-1", "-", "--", "auto", "true", "a=b", "-vv", "-Kx", "--no-cores", "")]
)


@given(st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=7), st.sampled_from(COMMANDS))
def test_any_words_are_read_or_refused(words: list[str], command: Command) -> None:
    try:
        options = parse(words, command)
    except LixevalError as error:
        assert error.message
    else:
        assert isinstance(options, Options)


def test_one_expression_each_for_commands_about_several_things() -> None:
    options = parse(["-E", "a", "b.nix", "-E", "c"], command_named("why"))
    assert (options.expressions, options.files) == (["a", "c"], ["b.nix"])


def test_options_of_one_command_come_before_those_of_all() -> None:
    options = parse(["-h", "--json"], command_named("store path-info"))
    assert options.flags == {"human", "json"}
    assert not options.help
