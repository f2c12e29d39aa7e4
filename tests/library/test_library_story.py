"""`lixeval.explain`: a story as text, for rich, as HTML, and as data."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

import lixeval


def test_a_story_as_text_and_as_data() -> None:
    story = lixeval.explain("let x = 1 + 1; in x * x")
    assert story.value == "4"
    assert story.error is None
    assert str(story).splitlines()[-1] == "value: 4"
    assert story.record["outcome"] == {"value": 4}
    assert repr(story) == f"<Story of {len(story.record['steps'])} steps: 4>"
    console = Console(width=100, record=True, file=None)
    with console.capture() as captured:
        console.print(story)
    assert "asks for x" in captured.get()


def test_a_story_in_a_notebook_escapes_what_the_program_says() -> None:
    html = lixeval.explain('"<b>" + "<script>"')._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<mark>" in html


def test_a_story_that_fails_and_one_that_is_no_nix() -> None:
    assert lixeval.explain('throw "no"').error == "no"
    with pytest.raises(lixeval.LixevalError, match="syntax error"):
        lixeval.explain("1 +")


def test_a_large_story_is_told_as_frames() -> None:
    story = lixeval.explain("let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 200")
    assert story.is_large
    assert "▸" in str(story)


def test_a_session_explains_with_its_own_search_path(tmp_path: Path) -> None:
    (tmp_path / "default.nix").write_text("{ a = 1; }")
    with lixeval.Session(search_path={"x": tmp_path}) as session:
        assert session.explain("(import <x>).a").value == "1"
