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


def test_a_folder_that_cannot_be_written_is_told_and_the_answer_given(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answers = Answers(str(tmp_path / "file/host"), "stamp", Asked())
    assert answers.describe("index")["question"] == "index"
    assert str(tmp_path / "file") in answers.not_kept


def test_the_program_that_patches_is_part_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fingerprints = []
    for version in ("one", "two"):
        folder = tmp_path / version
        folder.mkdir()
        (folder / "patchelf").write_text(f"#!/bin/sh\n# {version}\n")
        (folder / "patchelf").chmod(0o755)
        monkeypatch.setattr("sys.prefix", str(tmp_path))
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        answer = this_host(str(tmp_path / "kept")).describe("attributes/bash")
        if "missing" in answer:
            pytest.skip(answer["missing"])
        fingerprints.append(this_host(str(tmp_path / "kept")).describe(f"packages/{answer['package']}")["fingerprint"])
    assert fingerprints[0] != fingerprints[1]


@pytest.mark.parametrize(("form", "recipe"), [("zstd:9", "zstd-"), ("gzip", "gzip-libdeflate-"), ("none", "none")])
def test_what_packs_layers_is_named_with_its_version(form: str, recipe: str) -> None:
    assert this_host(None).describe(f"compression/{form}")["recipe"].startswith(recipe)
