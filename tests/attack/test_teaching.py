"""Courses, editors and recorded programs that mean harm."""

from __future__ import annotations

import json
import os
import re
from io import BytesIO
from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.debugger.adapter import Adapter
from lixeval.site.story_page import page_of
from lixeval.teach.record import story
from tests.attack.teaching_attempts import LESSONS, MESSAGES, PROGRAMS, Lesson, Message, Program


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_lessons(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", os.fspath(tmp_path / "share"))
    monkeypatch.chdir(tmp_path)
    course = tmp_path / "course"
    course.mkdir()
    (course / "one.nix").write_text(f"{lesson.header}\n# kind: predict\n# ask: b\n# answer: 1\n1\n", newline="")
    main(["learn", "--path", "course"])
    main(["learn", "--path", "course", "--list"])
    said = capsys.readouterr()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", said.out + said.err)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_messages(message: Message) -> None:
    out = BytesIO()
    Adapter(BytesIO(message.sent), out).serve()
    assert b"the editor sent" in out.getvalue()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_pages(program: Program) -> None:
    record = story(program.text, strict=True)
    page = page_of(record, program.text)
    assert page.count("<script") == page.count("</script>") == 3
    assert "<img" not in page
    found = re.search(r'<script type="application/json" id="record">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == record


def test_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a course links to is not copied beside the learner's file."""
    monkeypatch.setenv("XDG_DATA_HOME", os.fspath(tmp_path / "share"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_text("SEKRET")
    course = tmp_path / "course"
    (course / "data").mkdir(parents=True)
    (course / "one.nix").write_text("# title: a\n# kind: predict\n# ask: b\n# answer: 1\n1\n")
    (course / "notes").symlink_to(tmp_path / "secret")
    (course / "data/inner").symlink_to(tmp_path / "secret")
    main(["learn", "--path", "course"])
    copies = [path for path in (tmp_path / "learn-nix").rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in copies if "SEKRET" in path.read_text()]
