"""Kept answers: they hold while what they came from is the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lixeval.host.answers import Answers, file_stamp
from lixeval.host.detect import records_of_this_host
from lixeval.host.this_host import this_host


class Asked:
    """Counts the questions that nobody had kept."""

    def __init__(self, **extra: Any) -> None:
        self.questions: list[str] = []
        self.extra = extra

    def __call__(self, question: str) -> dict[str, Any]:
        self.questions.append(question)
        return {"question": question, "number": len(self.questions), **self.extra}


def test_an_answer_is_found_out_once_and_left_as_a_file(tmp_path: Path) -> None:
    asked = Asked()
    answers = Answers(str(tmp_path), "stamp", asked)
    first = answers.describe("packages/bash")
    assert first["number"] == 1
    assert answers.describe("packages/bash")["number"] == 1
    assert Answers(str(tmp_path), "stamp", Asked()).describe("packages/bash")["number"] == 1
    assert json.loads((tmp_path / "packages/bash.json").read_text())["question"] == "packages/bash"
    assert asked.questions == ["packages/bash"]
    assert sorted(path.name for path in tmp_path.rglob("*.json*")) == ["bash.json"]


def test_another_stamp_makes_it_void(tmp_path: Path) -> None:
    Answers(str(tmp_path), "one", Asked()).describe("index")
    asked = Asked()
    Answers(str(tmp_path), "two", asked).describe("index")
    assert asked.questions == ["index"]


def test_a_watched_file_makes_it_void(tmp_path: Path) -> None:
    watched = tmp_path / "watched"
    watched.write_text("1")
    asked = Asked(watch=[str(watched), str(tmp_path / "absent")])
    answers = Answers(str(tmp_path / "kept"), "stamp", asked)
    answers.describe("index")
    answers.describe("index")
    assert len(asked.questions) == 1
    watched.write_text("22")
    answers.describe("index")
    assert len(asked.questions) == 2
    (tmp_path / "absent").write_text("")
    answers.describe("index")
    assert len(asked.questions) == 3


def test_another_path_makes_it_void(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/one")
    asked = Asked(searched="/one")
    answers = Answers(str(tmp_path), "stamp", asked)
    answers.describe("index")
    answers.describe("index")
    assert len(asked.questions) == 1
    monkeypatch.setenv("PATH", "/two")
    answers.describe("index")
    assert len(asked.questions) == 2


@pytest.mark.parametrize("damage", ["", "{", "\x00"])
def test_a_damaged_answer_is_found_out_again(tmp_path: Path, damage: str) -> None:
    asked = Asked()
    answers = Answers(str(tmp_path), "stamp", asked)
    answers.describe("index")
    (tmp_path / "index.json").write_text(damage)
    assert answers.describe("index")["number"] == 2


def test_without_a_directory_nothing_is_kept() -> None:
    asked = Asked()
    answers = Answers(None, "stamp", asked)
    answers.describe("index")
    answers.describe("index")
    assert len(asked.questions) == 2


def test_this_host_answers(tmp_path: Path) -> None:
    index = this_host(str(tmp_path)).describe("index")
    assert index["manager"] == records_of_this_host()[0]
    assert (tmp_path / "index.json").exists()


def test_stamps() -> None:
    assert file_stamp("/nonexistent") == ""
    assert file_stamp("/") == file_stamp("/") != ""
