"""The tables: what Lark makes of the grammar, kept on disk."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from lark.exceptions import GrammarError

from lixeval.source import Source
from lixeval.syntax import lexer, tables
from lixeval.syntax.actions import Actions
from lixeval.syntax.parser import parse
from lixeval.syntax.unparse import unparse


@pytest.fixture(autouse=True)
def _installation_without_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SHIPPED", str(tmp_path / "nothing"))


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
    assert len(rules) == 31
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


def _contents(found: tables.Tables) -> tuple[object, ...]:
    return found.actions, found.gotos, found.rules


def test_kept_tables_are_the_same(tmp_path: Path) -> None:
    folder = str(tmp_path / "cache")
    assert tables.kept(folder) is tables.grammar_tables()
    again = tables.kept(folder)
    assert _contents(again) == _contents(tables.grammar_tables()) and again is not tables.grammar_tables()


@pytest.mark.parametrize(("name", "value"), [("FORMAT", 0), ("grammar_text", lambda: "another")])
def test_another_grammar_has_other_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    tables.kept(str(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(tables, name, value)
        assert tables.kept(str(tmp_path)) is tables.grammar_tables()
    assert tables.kept(str(tmp_path)) is not tables.grammar_tables()


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert _contents(tables.kept(str(tmp_path / "file" / "cache"))) == _contents(tables.grammar_tables())


def test_parsing_with_kept_tables_does_not_import_lark(tmp_path: Path) -> None:
    tables.kept(str(tmp_path))
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
    tables.kept(str(tmp_path))
    expected = unparse(parse(Source("«test»", text, is_file=False)))
    assert unparse(parse(Source("«test»", text, is_file=False), tables=tables.kept(str(tmp_path)))) == expected
