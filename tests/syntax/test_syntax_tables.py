"""The tables: what Lark makes of the grammar, kept on disk."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lark.exceptions import GrammarError

from lixeval.source import Source
from lixeval.syntax import lexer, tables
from lixeval.syntax.actions import Actions
from lixeval.syntax.parser import parse
from lixeval.syntax.unparse import unparse


def test_every_name_in_the_grammar_is_an_action() -> None:
    actions = Actions(Source("«test»", "", is_file=False))
    for _, _, name in tables.grammar_tables().rules:
        assert name is None or callable(getattr(actions, name))


def test_every_action_is_named_in_the_grammar() -> None:
    used = {name for _, _, name in tables.grammar_tables().rules}
    public = {name for name in vars(Actions) if not name.startswith("_")}
    assert public - used == {"named", "extent", "source", "outer"} & public


def test_every_rule_of_the_grammar_has_a_comment() -> None:
    lines = tables.grammar_text().split("\n")
    rules = [number for number, line in enumerate(lines) if re.match(r"[a-z_0-9]+:", line)]
    assert len(rules) == 29
    previous = -1
    for number in rules:
        assert any(line.startswith("//") for line in lines[previous + 1 : number]), lines[number]
        previous = number


def test_the_lexer_and_the_grammar_name_the_same_tokens() -> None:
    definitions = dict(re.findall(r'^([A-Z_]+): "(.*)"$', tables.grammar_text(), re.MULTILINE))
    assert {text.replace('\\"', '"'): name for name, text in definitions.items()} == lexer.KINDS


def test_a_grammar_with_a_conflict_is_refused() -> None:
    with pytest.raises(GrammarError):
        tables.build('start: start "+" start -> sum\n     | "1"\n')


def test_a_rule_without_an_action_is_refused() -> None:
    with pytest.raises(ValueError, match="start has 2 symbols and no name"):
        tables.build('start: "1" "2"\n')


def test_kept_tables_are_the_same(tmp_path: Path) -> None:
    folder = str(tmp_path / "cache")
    assert tables.load(folder) is None
    made = tables.kept(folder)
    assert tables.load(folder) == made == tables.grammar_tables()
    assert [file.name for file in (tmp_path / "cache").iterdir()] == [tables.FILE_NAME]


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert tables.kept(str(tmp_path / "file" / "cache")) == tables.grammar_tables()


def _other_grammar(data: dict[str, Any]) -> None:
    data["grammar"] += "\n"


def _other_format(data: dict[str, Any]) -> None:
    data["format"] = 0


def _state_out_of_range(data: dict[str, Any]) -> None:
    data["actions"][3]["ID"] = 100_000


def _rule_out_of_range(data: dict[str, Any]) -> None:
    data["actions"][3]["ID"] = -100_000


def _goto_out_of_range(data: dict[str, Any]) -> None:
    data["gotos"][0]["simple"] = -1


def _no_rules(data: dict[str, Any]) -> None:
    del data["rules"]


def _rules_of_another_shape(data: dict[str, Any]) -> None:
    data["rules"] = [1, 2, 3]


def _states_of_another_shape(data: dict[str, Any]) -> None:
    data["actions"] = {"0": 1}


@pytest.mark.parametrize(
    "spoil",
    [
        _other_grammar,
        _other_format,
        _state_out_of_range,
        _rule_out_of_range,
        _goto_out_of_range,
        _no_rules,
        _rules_of_another_shape,
        _states_of_another_shape,
    ],
)
def test_tables_that_do_not_fit_are_not_loaded(tmp_path: Path, spoil: Callable[[dict[str, Any]], None]) -> None:
    tables.save(tables.grammar_tables(), str(tmp_path))
    file = tmp_path / tables.FILE_NAME
    data = json.loads(file.read_text())
    spoil(data)
    file.write_text(json.dumps(data))
    assert tables.load(str(tmp_path)) is None
    assert tables.kept(str(tmp_path)) == tables.load(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"null"])
def test_a_damaged_file_is_not_loaded(tmp_path: Path, content: bytes) -> None:
    (tmp_path / tables.FILE_NAME).write_bytes(content)
    assert tables.load(str(tmp_path)) is None


def test_parsing_with_kept_tables_does_not_import_lark(tmp_path: Path) -> None:
    tables.save(tables.grammar_tables(), str(tmp_path))
    program = f"""
import sys
from lixeval.source import Source
from lixeval.syntax import parser, tables
parser.parse(Source("«test»", "{{ a = x: x + 1; }}", is_file=False), tables=tables.kept({str(tmp_path)!r}))
print(sorted(name for name in ("lark", "tempfile", "pathlib", "logging") if name in sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_kept_tables_parse_alike(tmp_path: Path) -> None:
    text = "{ a, b ? [ 1 ] }@c: let x.y = a.b or c; in ''\n  ${x} '' + rec { inherit (c) d; }.d"
    kept = tables.kept(str(tmp_path))
    expected = unparse(parse(Source("«test»", text, is_file=False)))
    assert unparse(parse(Source("«test»", text, is_file=False), tables=tables.load(str(tmp_path)))) == expected
    assert kept is tables.grammar_tables()
