"""A recorded run as one page: whole by itself, whatever the program says."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.site.story_page import page_of
from lixeval.teach.record import story

HOSTILE = 'let x = "</script><script>alert(1)</script>@RECORD@ @TITLE@"; in "${x}<!--"'


def record_in(page: str) -> object:
    found = re.search(r'<script type="application/json" id="record">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_the_page_holds_the_record_and_nothing_else_speaks() -> None:
    record = story(HOSTILE)
    page = page_of(record, "<b>&</b>")
    assert record_in(page) == record
    assert "<title>&lt;b&gt;&amp;&lt;/b&gt;</title>" in page
    assert page.count("<script") == page.count("</script>") == 3
    assert "default-src 'none'" in page
    assert not re.search(r"^(import|export) ", page, re.MULTILINE)
    assert not re.search(r"""(src|href)=["']""", page)


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "story.html"
    assert main(["explain", "-E", HOSTILE, "--html", os.fspath(target)]) == 0
    assert capsys.readouterr().out == f"{target}\n"
    assert record_in(target.read_text())
    assert main(["explain", "-E", 'throw "no"', "--html", os.fspath(target)]) == 1
    assert "no" in target.read_text()
    (tmp_path / "thesis").write_text("mine")
    assert main(["explain", "-E", "1 + 1", "--html", os.fspath(tmp_path / "thesis")]) == 1
    assert (tmp_path / "thesis").read_text() == "mine"
    assert main(["explain", "-E", "1 + 1", "--html", os.fspath(tmp_path)]) == 1
